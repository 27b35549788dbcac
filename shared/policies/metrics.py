"""The named goals of a service agreement: from where each counts, and what starts, stops and restarts it.

What a policy adds is when it pauses and how long it may take; what a first response *is* is the same in every house.
"""

from dataclasses import dataclass
from typing import Final, Literal

from shared.policies.conditions import Clause, Condition
from shared.policies.workflow import Status

Metric = Literal["first_response", "next_response", "next_update", "accept", "arrive", "resolve", "promise", "custom"]
Begins = Literal["now", "opened", "unanswered", "replied", "accepted"]
"""Where a clock counts from: when it is attached, or the instant of the ticket that it is about."""
Again = Literal["never", "anew", "continue"]
"""When its start holds again after it was stopped: nothing; a new clock; the same one, the time between as a pause."""

UNDER_WAY: Final[tuple[Status, ...]] = ("open", "queued", "offered", "accepted", "in_progress", "waiting")
SETTLED: Final[tuple[Status, ...]] = ("resolved", "closed")
GIVEN_UP: Final[tuple[Status, ...]] = ("cancelled", "merged")

_OVER: Final = Clause(status=SETTLED)


@dataclass(frozen=True, slots=True)
class Goal:
    """What a metric measures."""

    begins: Begins
    again: Again
    start: Condition
    stop: Condition
    reset: Condition = ()
    cancel: Condition = ()
    start_must_last: bool = True
    """Whether it is cancelled as soon as its start no longer holds."""


GOALS: Final[dict[Metric, Goal]] = {
    # From the opening to the first public reply. Another store, another technician or another status is no reply.
    "first_response": Goal("opened", "never", (Clause(status=UNDER_WAY),), (Clause(answered=(True,)), _OVER)),
    # From the oldest word of the customer that nobody answered, to the reply; resolving answers it too.
    "next_response": Goal(
        "unanswered",
        "anew",
        (Clause(status=UNDER_WAY, customer_waits=(True,)),),
        (Clause(customer_waits=(False,)), _OVER),
    ),
    # From one public reply to the next, whatever the customer says.
    "next_update": Goal(
        "replied", "continue", (Clause(status=UNDER_WAY),), (_OVER,), (Clause(event=("ticket.replied",)),)
    ),
    # From the opening until somebody has accepted; declined or expired, it goes on.
    "accept": Goal(
        "opened", "never", (Clause(status=UNDER_WAY),), (Clause(status=("accepted", "in_progress", "waiting")), _OVER)
    ),
    # From accepting until the work begins; given to somebody else, it counts anew from when that one accepts.
    "arrive": Goal(
        "accepted",
        "anew",
        (Clause(status=("accepted",)),),
        (Clause(status=("in_progress",)), _OVER),
        cancel=(Clause(status=("open", "queued", "offered", *GIVEN_UP)),),
        start_must_last=False,
    ),
    # From the opening until it is settled. Reopened, it goes on, and the time that it was settled counts as a pause.
    "resolve": Goal("opened", "continue", (Clause(status=UNDER_WAY),), (_OVER,)),
    # Until the date that a person has promised.
    "promise": Goal("now", "continue", (Clause(status=UNDER_WAY),), (_OVER,)),
}
"""`custom` is not here: its policy says all of it."""
