"""Opening hours as arithmetic on instants: when is a deadline, how much open time lies between two instants.

`walls.py` wall times as instants; `year.py` one calendar in one year, compiled; `open_time.py` deadlines and durations;
`check.py` what is refused before it is published. What a calendar is stands in `shared/policies/calendar.py`.
"""

from services.routing.calendar.check import check_calendars, open_time_of
from services.routing.calendar.open_time import YEARS, Due, OpenTime, Pause

__all__ = ["YEARS", "Due", "OpenTime", "Pause", "check_calendars", "open_time_of"]
