"""The way of a ticket as data: which command is allowed in which state, to whom, with what; priorities; categories."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from shared.events.fact import Priority, Urgency
from shared.policies.model import PolicyName, Rule, Word

Status = Literal[
    "open", "queued", "offered", "accepted", "in_progress", "waiting", "resolved", "closed", "cancelled", "merged"
]
"""The words of a ticket's `status`."""

CommandRole = Literal["agent", "store", "technician", "boss"]
"""Who may act on tickets; integrations, auditors and operators never do."""

Impact = Literal["low", "normal", "high"]
"""How much it touches the house, told by the category; the urgency is the customer's."""

FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,40}$")]


class CommandRule(Rule):
    """One command: where it may come from, where it leads, who may give it, what it takes along."""

    from_states: Annotated[tuple[Status, ...], Field(alias="from", min_length=1)]
    to: Status | None = None
    """The state afterwards; unset for additive commands, which leave it as it is."""
    roles: Annotated[tuple[CommandRole, ...], Field(min_length=1)]
    required: tuple[FieldName, ...] = ()
    optional: tuple[FieldName, ...] = ()

    @model_validator(mode="after")
    def fields_are_named_once(self) -> "CommandRule":
        """A field is required or optional."""
        if both := set(self.required) & set(self.optional):
            raise ValueError(f"a field is required or optional, {', '.join(sorted(both))} is both")
        return self


class CategoryRule(Rule):
    """What makes a ticket one of a category, and what a technician must be able to do for it.

    It holds when the product's category is one of `product_categories` (empty: any) and one of `words` stands in the
    description (empty: any text). Words are compared folded: Simplified, lower case. The first rule that holds wins.
    """

    name: PolicyName
    category: Word
    product_categories: tuple[Word, ...] = ()
    words: tuple[Word, ...] = ()
    skills: tuple[Word, ...] = ()
    impact: Impact = "normal"


class Workflow(Rule):
    """`workflow/<name>`: how tickets go through the house."""

    commands: Annotated[dict[FieldName, CommandRule], Field(min_length=1)]
    accept_minutes: Annotated[float, Field(gt=0, le=10_080)] = 30
    """Minutes in which an offer must be accepted, else the next one is asked."""
    warn_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """The part of that time after which the technician and the store are warned."""
    priorities: dict[Urgency, dict[Impact, Priority]]
    """The matrix urgency × impact. `major` stands outside it: only a person gives it."""
    major_roles: Annotated[tuple[CommandRole, ...], Field(min_length=1)] = ("boss",)
    """Who may set the priority `major`."""
    categories: tuple[CategoryRule, ...] = ()
    """In order; the first that holds wins."""
    default_category: Word = "other"

    @model_validator(mode="after")
    def matrix_is_whole(self) -> "Workflow":
        """Every urgency has a priority for every impact, and none of them is `major`."""
        for urgency in ("low", "normal", "high"):
            row = self.priorities.get(urgency, {})
            for impact in ("low", "normal", "high"):
                if impact not in row:
                    raise ValueError(f"priorities: expected an entry for urgency {urgency} and impact {impact}")
                if row[impact] == "major":
                    raise ValueError(f"priorities: {urgency}/{impact} is major, which only a person may give")
        return self

    def allowed(self, status: Status) -> dict[str, CommandRule]:
        """The commands that may be given in `status`, by name."""
        return {name: rule for name, rule in self.commands.items() if status in rule.from_states}

    def priority(self, *, urgency: Urgency, impact: Impact) -> Priority:
        """What the matrix says; total, because the matrix is whole."""
        return self.priorities[urgency][impact]
