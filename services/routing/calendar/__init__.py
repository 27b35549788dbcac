"""Opening hours as arithmetic on instants: when is a deadline, how much open time lies between two instants.

`walls.py` wall times as instants; `year.py` one calendar in one year, compiled; `open_time.py` deadlines and durations.
What a calendar is stands in `shared/policies/calendar.py`.
"""

from services.routing.calendar.open_time import YEARS, Due, OpenTime, Pause

__all__ = ["YEARS", "Due", "OpenTime", "Pause"]
