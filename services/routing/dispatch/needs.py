"""What a new ticket needs: its category, the skills, and the priority, by the workflow's rules."""

from dataclasses import dataclass
from functools import lru_cache

from shared.events.fact import Priority, Urgency
from shared.folding import fold
from shared.policies import CategoryRule, Workflow
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
    folded = fold(description)
    rule = next((one for one in workflow.categories if _holds(one, folded, product_category)), None)
    impact: Impact = rule.impact if rule else "normal"
    return Needs(
        category=rule.category if rule else workflow.default_category,
        skills=rule.skills if rule else (),
        impact=impact,
        priority=workflow.priority(urgency=urgency, impact=impact),
        rule=rule.name if rule else None,
    )


def _holds(rule: CategoryRule, folded: str, product_category: str | None) -> bool:
    """Whether product and words are the rule's; an empty list asks nothing."""
    product_fits = not rule.product_categories or product_category in rule.product_categories
    return product_fits and (not rule.words or any(_folded(word) in folded for word in rule.words))


@lru_cache(maxsize=4096)
def _folded(word: str) -> str:
    """A policy's word as it is compared; the same few words are asked for every ticket."""
    return fold(word)
