"""What a clock's time comes to: when it is due, when its alarms are, how far it is over, what is due next."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from services.routing.calendar import OpenTime
from services.routing.ticket.clocks.clock import NO_TIME, Breached, Clock, Warned
from shared.policies.agreement import Alarm

Calendars = Mapping[str, OpenTime]
"""By the name that rules give."""


def due_of(clock: Clock, calendars: Calendars) -> datetime | None:
    """When it is due if nothing pauses it any more: its target and its pauses, counted from its start.

    A promise is due at its date. None when that is not within ten years.
    """
    if clock.rule.metric == "promise":
        return clock.promised_at
    return calendars[clock.rule.calendar].add(clock.started_at, clock.target + clock.paused)


def elapsed_of(clock: Clock, now: datetime, calendars: Calendars) -> timedelta:
    """The open time that it has run until `now`."""
    end = now if clock.state == "running" else clock.since
    return calendars[clock.rule.calendar].open_between(clock.started_at, end) - clock.paused


def overrun_of(clock: Clock, now: datetime, calendars: Calendars) -> timedelta:
    """The open time after its target, at `now`; pauses after the breach are not counted."""
    if clock.overrun is not None:
        return clock.overrun
    if clock.promised_at is not None:
        return calendars[clock.rule.calendar].open_between(clock.promised_at, now)
    return max(NO_TIME, elapsed_of(clock, now, calendars) - clock.target)


def passed(clock: Clock, now: datetime, calendars: Calendars, *, is_silent: bool) -> list[Warned | Breached]:
    """What time alone has brought about before `now`, in order: alarms and the breach, each at its own instant.

    Before, not at: whatever happens in the very instant at which something is due is in time.
    """
    if clock.state != "running":
        return []
    quiet = is_silent or clock.is_silent
    found: list[Warned | Breached] = [
        Warned(clock.clock_id, alarm.name, at, quiet) for alarm, at in _open_alarms(clock, calendars) if at < now
    ]
    if clock.breached_at is None and clock.due_at is not None and clock.due_at < now:
        found.append(Breached(clock.clock_id, clock.due_at, quiet))
    return sorted(found, key=lambda fact: fact.at)


def next_due(clocks: Iterable[Clock]) -> datetime | None:
    """The earliest instant at which a running clock is due: one whose goal is met never hides another's."""
    return min((clock.due_at for clock in clocks if clock.state == "running" and clock.due_at), default=None)


def next_look(clocks: Iterable[Clock], calendars: Calendars) -> datetime | None:
    """The instant after which time has to be looked at again: the next alarm or breach; None when there is none."""
    return min((at for clock in clocks if clock.state == "running" for at in _ahead(clock, calendars)), default=None)


def _ahead(clock: Clock, calendars: Calendars) -> Iterator[datetime]:
    yield from (at for _, at in _open_alarms(clock, calendars))
    if clock.breached_at is None and clock.due_at is not None:
        yield clock.due_at


def _open_alarms(clock: Clock, calendars: Calendars) -> Iterator[tuple[Alarm, datetime]]:
    """The alarms that have not sounded, with their instants as things stand."""
    for alarm in clock.rule.alarms:
        if alarm.name in clock.fired:
            continue
        at = _instant_of(alarm, clock, calendars[clock.rule.calendar])
        if at is not None:
            yield alarm, at


def _instant_of(alarm: Alarm, clock: Clock, calendar: OpenTime) -> datetime | None:
    """When an alarm sounds; None when that is not within ten years."""
    after = clock.target * alarm.fraction if alarm.fraction else clock.target - timedelta(seconds=alarm.lead_s or 0)
    if clock.promised_at is None:
        return calendar.add(clock.started_at, max(NO_TIME, after) + clock.paused)
    # A promise is due on its date, open or not, and no pause moves it: all of the target may be over long before.
    if after >= clock.target or not clock.target:
        return calendar.add(clock.promised_at, max(NO_TIME, after - clock.target))
    return calendar.add(clock.started_at, max(NO_TIME, after))
