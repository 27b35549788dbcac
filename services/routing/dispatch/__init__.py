"""Who does it? Pure: a store's crew, what waits and what each holds in, who gets what and the reasons out.

`needs.py` category, skills and priority of a new ticket; `match.py` gives waiting tickets to technicians, oldest of the
highest priority first; `candidates.py` the hard filters; `score.py` weighs who is left; `words.py` says why.
"""

from services.routing.dispatch.match import Match, MatchReason, WaitingTicket, match
from services.routing.dispatch.needs import Needs, needs_of

__all__ = ["Match", "MatchReason", "Needs", "WaitingTicket", "match", "needs_of"]
