"""Who does it? Pure: a store's crew, what waits and what each holds in, who gets what and the reasons out.

`needs.py` category, skills and priority of a new ticket. `match.py` gives waiting tickets to technicians, oldest of the
highest priority first. It stands on: `waiting.py` the ticket and the order of priorities, `members.py` the crew at this
moment, `rules.py` the policy with ladder and relaxation, `candidates.py` the hard filters, `criteria.py` and `score.py`
the weights, `group.py` the ranking, `sifted.py` the same before a large crew (with `crowd.py`, `cells.py`, `heap.py`,
`roll.py`), `together.py` exchanges within a batch, `record.py`, `words.py` and `phrases.py` why. `ladder.py` tells who
would be asked next, and when. `document.py` reads all of it from one plain document, with `fields.py` and `hours.py`.
The reference is docs/reference/who.md.
"""

from services.routing.dispatch.match import Match, MatchReason, WaitingTicket, match
from services.routing.dispatch.members import Facts
from services.routing.dispatch.needs import Needs, needs_of
from services.routing.dispatch.waiting import Wants

__all__ = ["Facts", "Match", "MatchReason", "Needs", "WaitingTicket", "Wants", "match", "needs_of"]
