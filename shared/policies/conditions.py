"""Conditions over a ticket's situation as closed data, so that what contains what can be told before they are used.

A clause holds when each of its fields does (an empty field always does); a condition holds when any of its clauses
does, so that a condition without clauses never holds.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import Field

from shared.events.fact import Channel, Priority
from shared.policies.model import Rule, Word
from shared.policies.workflow import Status

EventName = Annotated[str, Field(pattern=r"^[a-z]+(\.[a-z_]+)+$", max_length=60)]
WaitingFor = Literal["customer", "third_party", "nobody"]
Values = Annotated[tuple[Any, ...], Field(max_length=30)]
CLAUSES_MAX: Final = 20
ATOMS_MAX: Final = 200_000
OTHER: Final = "(another)"
"""Of a field that anything may stand in: for every value that no clause names."""


class Clause(Rule):
    """One way in which a condition can hold; each field lists the values that are meant."""

    status: Annotated[tuple[Status, ...], Field(max_length=30)] = ()
    priority: Annotated[tuple[Priority, ...], Field(max_length=30)] = ()
    channel: Annotated[tuple[Channel, ...], Field(max_length=30)] = ()
    category: Annotated[tuple[Word, ...], Field(max_length=30)] = ()
    waiting_for: Annotated[tuple[WaitingFor, ...], Field(max_length=3)] = ()
    answered: tuple[bool, ...] = ()
    """Whether the customer got a public reply at any time; a change of status is none."""
    customer_waits: tuple[bool, ...] = ()
    """Whether there is a word of the customer that nobody has replied to."""
    event: Annotated[tuple[EventName, ...], Field(max_length=30)] = ()
    """What happened just now; true at that moment only."""

    def holds(self, situation: Mapping[str, Any]) -> bool:
        """Whether the situation, with a value for each field, is one that is meant."""
        return all(situation[field] in meant for field, meant in self.named())

    def named(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """The fields that say something."""
        return ((field, meant) for field in FIELDS if (meant := getattr(self, field)))


FIELDS: Final = tuple(Clause.model_fields)
CLOSED: Final[Mapping[str, tuple[Any, ...]]] = {
    "status": get_args(Status),
    "priority": get_args(Priority),
    "channel": get_args(Channel),
    "waiting_for": get_args(WaitingFor),
    "answered": (True, False),
    "customer_waits": (True, False),
}
"""The fields that have no values but these; in `category` and `event` anything may stand."""
Condition = Annotated[tuple[Clause, ...], Field(max_length=CLAUSES_MAX)]


def holds(condition: Sequence[Clause], situation: Mapping[str, Any]) -> bool:
    """Whether any clause does."""
    return any(clause.holds(situation) for clause in condition)


def is_within(inner: Sequence[Clause], outer: Sequence[Clause]) -> bool:
    """Whether `outer` holds in every situation in which `inner` does."""
    return all(holds(outer, situation) for situation in _situations(inner, outer) if holds(inner, situation))


def exclude_each_other(one: Sequence[Clause], other: Sequence[Clause]) -> bool:
    """Whether there is no situation in which both hold."""
    return not any(holds(one, situation) and holds(other, situation) for situation in _situations(one, other))


def _situations(*conditions: Sequence[Clause]) -> Iterator[dict[str, Any]]:
    """One situation for each combination of values that clauses can tell apart.

    Some combinations cannot happen, so that a containment may go unseen, but none is seen that is not there. Raises
    ValueError for more than `ATOMS_MAX`.
    """
    named: dict[str, dict[Any, None]] = {}
    for condition in conditions:
        for clause in condition:
            for field, meant in clause.named():
                named.setdefault(field, {}).update(dict.fromkeys(meant))
    ranges = {field: (*values, *_another(field, values)) for field, values in named.items()}
    count = 1
    for values in ranges.values():
        count *= len(values)
    if count > ATOMS_MAX:
        raise ValueError(f"conditions that can be compared: at most {ATOMS_MAX} combinations of values, got {count}")
    return (dict(zip(ranges, values, strict=True)) for values in product(*ranges.values()))


def _another(field: str, named: Collection[Any]) -> list[Any]:
    """One value that stands for all that no clause names; none where they are all named."""
    return [value for value in CLOSED.get(field, (OTHER,)) if value not in named][:1]
