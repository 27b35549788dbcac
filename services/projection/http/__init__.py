"""Projection's routes: tickets, people and places, the log.

`door.py` has what they share: what they stand on, and whose tickets a caller may see; `asked.py` the parameters.
"""

from services.projection.http import log, people, tickets

ROUTERS = (tickets.router, people.router, log.router)

__all__ = ["ROUTERS"]
