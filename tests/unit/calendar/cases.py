"""Questions for the oracle: zones with and without changes of their clocks, and hours where they hurt."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from services.routing.calendar import Due, OpenTime
from shared.policies.calendar import Calendar
from tests.unit.calendar.oracle import DAY, EPOCH, WEEKDAYS, Case, Hours, Walked, walk

# Zone → days on which something happens to its clocks, or nothing ever does.
ZONES = {
    "Asia/Shanghai": (date(2026, 2, 16), date(2026, 10, 1)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
    "Asia/Kathmandu": (date(1986, 1, 1), date(2026, 5, 1)),
    "Pacific/Apia": (date(2011, 12, 30), date(2011, 9, 24)),
}
EDGES = ("00:00", "00:30", "01:00", "01:30", "01:45", "02:00", "02:15", "02:30", "02:59", "03:00", "03:30", "23:59")
DAYTIME = ("08:00", "09:00", "12:00", "13:30", "18:00", "21:00")
MINUTE_DAYS, SECOND_DAYS = (20, 400), (2, 12)
"""How many days the walk goes on at first, and at most."""

WALLS = st.sampled_from(EDGES + DAYTIME)
SPANS = st.tuples(WALLS, st.one_of(WALLS, st.just("24:00")))
HOURS = st.one_of(st.just((("09:00", "18:00"),)), st.lists(SPANS, max_size=3).map(tuple))
TURNED = (("02:30", "03:00"), ("02:15", "02:30"), ("02:59", "03:30"))
NIGHTS = st.one_of(
    st.sampled_from(TURNED).map(lambda span: (span,)),
    st.lists(st.tuples(st.sampled_from(EDGES), st.sampled_from(EDGES)), min_size=1, max_size=2).map(tuple),
)
"""Hours whose ends lie where clocks change."""
WEEKS = st.one_of(
    st.lists(HOURS, min_size=7, max_size=7).map(tuple),
    HOURS.map(lambda hours: (hours,) * 7),
    HOURS.map(lambda hours: (*(hours,) * 5, (), ())),
)


@st.composite
def cases(draw: st.DrawFn, steps: tuple[int, ...] = (60, 1)) -> Case:
    """A case of one of these steps, in seconds."""
    zone = draw(st.sampled_from(sorted(ZONES)))
    change = draw(st.sampled_from(ZONES[zone]))
    near = change + timedelta(days=draw(st.integers(-4, 2)))
    step = draw(st.sampled_from(steps))
    start = int((datetime(near.year, near.month, near.day, tzinfo=UTC) - EPOCH).total_seconds())
    start += step * draw(st.integers(0, DAY // step))
    days = st.integers(-2, 6).map(lambda ahead: near + timedelta(days=ahead))
    exceptions = draw(st.dictionaries(days, HOURS, max_size=3))
    if draw(st.booleans()):
        exceptions[change] = draw(NIGHTS)
    return Case(
        zone=zone,
        week=draw(WEEKS),
        exceptions=tuple(exceptions.items()),
        start=start,
        target=step * draw(_targets(step)),
        pauses=tuple(draw(st.lists(_pauses(start, step), max_size=4))),
        step=step,
    )


def _targets(step: int) -> st.SearchStrategy[int]:
    """Seconds up to a day, or minutes up to 90 days; often those that lead to a closing time."""
    if step == 1:
        return st.one_of(st.integers(1, DAY), st.sampled_from((1, 900, 1800, 3600, 9 * 3600, DAY)))
    return st.one_of(
        st.integers(1, 90 * DAY // 60), st.integers(1, 3 * DAY // 60), st.sampled_from((30, 60, 540, 1440, 14_400))
    )


def _pauses(start: int, step: int) -> st.SearchStrategy[tuple[int, int]]:
    """Around the start; lengths that make them touch and overlap."""
    grid = (3 if step == 1 else 10) * 3600
    on_grid = st.integers(-5, 10).map(lambda at: at * grid)
    anywhere = st.integers(-DAY // step, 5 * DAY // step).map(lambda at: at * step)
    lengths = st.one_of(st.just(grid), st.integers(0, 3 * DAY // step).map(lambda steps: steps * step))
    return st.tuples(st.one_of(on_grid, anywhere), lengths).map(
        lambda pause: (start + pause[0], start + pause[0] + pause[1])
    )


def open_time(case: Case) -> OpenTime:
    """The case's calendar, compiled."""
    return OpenTime(
        Calendar.model_validate(
            {
                "zone": case.zone,
                "week": dict(zip(WEEKDAYS, case.week, strict=True)),
                "exceptions": [{"date": on, "open": hours} for on, hours in case.exceptions],
            }
        )
    )


def asked(case: Case) -> Due | None:
    """What the program answers."""
    pauses = [(instant(from_), instant(to)) for from_, to in case.pauses]
    return open_time(case).due(instant(case.start), timedelta(seconds=case.target), pauses)


def instant(number: int) -> datetime:
    """Seconds since 1970 as an instant."""
    return EPOCH + timedelta(seconds=number)


def walked(case: Case) -> Walked:
    """What the walk finds; most are over soon."""
    soon, at_most = MINUTE_DAYS if case.step > 1 else SECOND_DAYS
    found = walk(case, soon)
    return found if found.due is not None else walk(case, at_most)


def hours_of(*spans: str) -> Hours:
    """`hours_of("09:00-18:00")`."""
    return tuple((span[:5], span[6:]) for span in spans)
