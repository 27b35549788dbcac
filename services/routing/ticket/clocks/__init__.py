"""The clocks of service agreements (standard term: SLA): pure, from situations of a ticket to facts about its clocks.

`situation.py` what clocks look at; `decide.py` what follows from it; `clock.py` the clock, its facts, and their fold;
`time.py` when it is due, alarms, overrun, what is next; `past.py` pauses before a clock was there. The rules stand in
`shared/policies/agreement.py`, the named goals in `shared/policies/metrics.py`. The deadline of an offer is another
thing: `services/routing/ticket/deadlines.py`.
"""

from services.routing.ticket.clocks.clock import (
    Attached,
    Breached,
    Cancelled,
    Clock,
    ClockFact,
    Clocks,
    Paused,
    Resumed,
    Stopped,
    Warned,
    evolve_clocks,
)
from services.routing.ticket.clocks.decide import decide_clocks
from services.routing.ticket.clocks.past import pauses_after_an_answer
from services.routing.ticket.clocks.situation import Situation
from services.routing.ticket.clocks.time import Calendars, due_of, elapsed_of, next_due, next_look, overrun_of

__all__ = [
    "Attached",
    "Breached",
    "Calendars",
    "Cancelled",
    "Clock",
    "ClockFact",
    "Clocks",
    "Paused",
    "Resumed",
    "Situation",
    "Stopped",
    "Warned",
    "decide_clocks",
    "due_of",
    "elapsed_of",
    "evolve_clocks",
    "next_due",
    "next_look",
    "overrun_of",
    "pauses_after_an_answer",
]
