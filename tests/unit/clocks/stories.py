"""Stories of a ticket for the oracle, and the same story told to the state machine."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from services.routing.ticket.clocks import Clock, elapsed_of
from shared.policies.agreement import ServiceAgreement
from tests.unit.calendar.cases import cases, instant, open_time
from tests.unit.calendar.oracle import Case, open_steps
from tests.unit.clocks.desk import WAITING, Desk
from tests.unit.clocks.oracle import RULES, STATUS_AFTER, Happening, Kind, Run, Terms, Walk

DAYS = 4
MINUTES = DAYS * 1440
KINDS: tuple[Kind, ...] = (
    "wait", "wait", "go_on", "go_on", "reply", "word", "resolve", "reopen", "cancel", "urgent", "normal", "policy",
    "promise",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Story:
    """A calendar, an agreement in two versions, and what happens."""

    case: Case
    terms: tuple[Terms, Terms]
    happenings: tuple[Happening, ...]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """At most a dozen things happen within some days; after each of them time is looked at once more."""
    case = draw(cases(steps=(60,)))
    minute, happenings = 0, []
    for kind in draw(st.lists(st.sampled_from(KINDS), max_size=12)):
        minute += draw(st.one_of(st.integers(2, 90), st.integers(2, 600), st.sampled_from((60, 120))))
        promised = draw(st.one_of(st.integers(0, MINUTES // 2), st.sampled_from((0, 120))))  # some dates come again
        happenings.append(Happening(minute, kind, promised=promised))
        happenings.append(Happening(minute + 1, "note"))
    last = min(minute + draw(st.integers(2, 600)), MINUTES - 1)
    story = [one for one in happenings if one.minute < last]
    return Story(case, draw(_terms()), (*story, Happening(last, "note")))


def _terms() -> st.SearchStrategy[tuple[Terms, Terms]]:
    """Two versions that differ in every target."""
    targets = st.lists(st.integers(3, 150).map(lambda n: 4 * n), min_size=5, max_size=5)
    retroactive = st.sampled_from(((True, True), (True, False), (False, False)))
    return st.tuples(targets, retroactive, retroactive).map(
        lambda drawn: (
            _version(drawn[0], drawn[1]),
            _version([target + 4 * at for at, target in enumerate(drawn[0], start=1)], drawn[2]),
        )
    )


def _version(targets: list[int], retroactive: tuple[bool, bool]) -> Terms:
    """Minutes for each rule, multiples of four, so that halves are whole."""
    return Terms(
        resolve=targets[0],
        resolve_urgent=targets[1],
        first_response=targets[2],
        next_response=targets[3],
        next_update=targets[4],
        retroactive_start=retroactive[0],
        retroactive_pause=retroactive[1],
    )


def agreement_of(terms: Terms) -> ServiceAgreement:
    """The same terms as a policy."""
    rules: list[dict[str, Any]] = [
        {"metric": "resolve", "targets_s": {"urgent": terms.resolve_urgent * 60}, "target_s": terms.resolve * 60},
        {"metric": "first_response", "target_s": terms.first_response * 60},
        {"metric": "next_response", "target_s": terms.next_response * 60},
        {"metric": "next_update", "target_s": terms.next_update * 60},
        {"metric": "promise"},
    ]
    rules[0]["pause"] = WAITING
    sounds = [{"name": "half", "fraction": 0.5}, {"name": "soon", "lead_s": 600}, {"name": "director", "fraction": 1.5}]
    named = [{**rule, "name": name, "alarms": sounds} for rule, name in zip(rules, RULES, strict=True)]
    return ServiceAgreement.model_validate(
        {
            "clocks": [{**rule, "alarms": []} if rule["name"] == "promise" else rule for rule in named],
            "retroactive_start": terms.retroactive_start,
            "retroactive_pause": terms.retroactive_pause,
        }
    )


def disagreement(story: Story) -> str | None:
    """What the state machine says otherwise than the walk; None when they agree at every look."""
    walk = Walk(open_steps(story.case, DAYS), story.terms[0])
    opened_at = instant(story.case.start)
    agreements = {terms: agreement_of(terms) for terms in story.terms}
    calendar = open_time(story.case)
    desk = Desk(agreements[walk.terms], opened_at, {"default": calendar})
    walk.do("note", 0, walk.terms)
    for one in story.happenings:
        walk.go_to(one.minute)
        terms = walk.terms
        if one.kind == "policy":
            terms = story.terms[1] if terms == story.terms[0] else story.terms[0]
        walk.do(one.kind, one.promised, terms)
        _tell(desk, one, opened_at, agreements[terms])
        if one.kind == "note":
            found = next(_differences(walk, desk), None)
            if found is not None:
                return f"minute {one.minute}: {found}"
    return None


def _tell(desk: Desk, one: Happening, opened_at: Any, agreement: ServiceAgreement) -> None:
    when = opened_at + timedelta(minutes=one.minute)
    match one.kind:
        case "reply":
            desk.is_replied_to(when)
        case "word":
            desk.customer_writes(when)
        case "policy":
            desk.gets(agreement, when)
        case "promise":
            desk.happens(when, "ticket.promised", promised_at=opened_at + timedelta(minutes=one.promised))
        case "urgent" | "normal":
            desk.happens(when, "ticket.priority_set", priority=one.kind)
        case "note":
            desk.happens(when)
        case _:
            desk.becomes(when, STATUS_AFTER[one.kind])


def _differences(walk: Walk, desk: Desk) -> Iterator[str]:
    for rule, runs in walk.runs.items():
        clocks = [clock for clock in desk.clocks if clock.rule.name == rule]
        if len(clocks) != len(runs):
            yield f"{rule}: {len(runs)} clocks, got {len(clocks)}"
        for run, clock in zip(runs, clocks, strict=False):
            yield from (f"{clock.clock_id}: {text}" for text in _compared(walk, desk, run, clock))


def _compared(walk: Walk, desk: Desk, run: Run, clock: Clock) -> Iterator[str]:
    if run.state != clock.state:
        yield f"{run.state}, got {clock.state}"
    if run.is_late != (clock.breached_at is not None):
        yield f"late {run.is_late}, got {clock.breached_at}"
    if run.state == "stopped" and clock.overrun != timedelta(minutes=run.overrun or 0):
        yield f"{run.overrun} minutes over, got {clock.overrun}"
    if clock.rule.metric == "promise" or run.state in {"stopped", "cancelled"}:
        return
    now = desk.situation.at
    if elapsed_of(clock, now, desk.calendars) != timedelta(minutes=run.elapsed):
        yield f"{run.elapsed} minutes elapsed, got {elapsed_of(clock, now, desk.calendars)}"
    if run.state == "running":
        if run.fired != clock.fired:
            yield f"sounded {sorted(run.fired)}, got {sorted(clock.fired)}"
        due = _due(walk, run)
        if due is not None and clock.due_at != desk.situation.opened_at + timedelta(minutes=due):
            yield f"due in minute {due}, got {clock.due_at}"


def _due(walk: Walk, run: Run) -> int | None:
    """The minute at whose beginning the count will be full if nothing happens; None: it is full, or not in the walk."""
    left = run.target - run.elapsed
    for minute in range(walk.minute, len(walk.is_open)):
        if left <= 0:
            return minute if minute > walk.minute else None
        left -= walk.is_open[minute]
    return None
