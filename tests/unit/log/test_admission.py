"""Admission: however records are doubled or cut into batches, the same ones count, in the same order."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.envelope import Event
from shared.events.registry import FACTS
from shared.ids import derived_id
from shared.log.admission import SubjectState, parse, sort_records, subjects_of
from shared.log.record import Record, headers_of, value_of
from tests.support.log import A_TIME, a_decision, an_event

TICKETS = [derived_id("ticket", number) for number in range(3)]
FOLDS = frozenset(FACTS)


def record_of(event: Event, offset: int) -> Record:
    return Record("tickets", 0, offset, event.subject.encode(), tuple(headers_of(event)), value_of(event))


def log_of(events: Sequence[Event]) -> list[Record]:
    return [record_of(event, offset) for offset, event in enumerate(events)]


def admitted(records: Sequence[Record], states: dict[str, SubjectState]) -> list[tuple[str, str, int, object]]:
    out = sort_records(parse(records), states, FOLDS)
    return [(a.attributes.subject, a.attributes.source, a.attributes.sequence, a.seen_at) for a in out.admitted]


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    """Events of some tickets from two sources, each source's order kept, some written twice."""
    queues = [
        [made(ticket, sequence) for sequence in range(1, draw(st.integers(1, 5)) + 1)]
        for ticket in TICKETS
        for made in (an_event, a_decision)
    ]
    events: list[Event] = []
    while any(queues):
        events.append(draw(st.sampled_from([queue for queue in queues if queue])).pop(0))
        if draw(st.booleans()):
            events.append(draw(st.sampled_from(events)))
    return events


@given(logs(), st.integers(1, 7))
def test_doubles_and_the_size_of_batches_change_nothing(events: list[Event], size: int) -> None:
    records = log_of(events)
    whole = admitted(records, {})
    states: dict[str, SubjectState] = {}
    in_batches = [
        one for start in range(0, len(records), size) for one in admitted(records[start : start + size], states)
    ]
    assert in_batches == whole
    first_of_each = list({event.id: event for event in events}.values())
    assert [one[:3] for one in whole] == [(event.subject, event.source, event.sequence) for event in first_of_each]


@given(logs())
def test_the_time_as_seen_rises_strictly_per_ticket_and_is_never_before_the_recorded_time(events: list[Event]) -> None:
    seen: dict[str, list[object]] = {}
    for subject, _, _, seen_at in admitted(log_of(events), {}):
        seen.setdefault(subject, []).append(seen_at)
    for instants in seen.values():
        assert (
            instants
            == sorted(set(instants), key=instants.index)
            == [A_TIME + timedelta(microseconds=number) for number in range(len(instants))]
        )


def kinds(events: Sequence[Event], states: dict[str, SubjectState] | None = None) -> list[str]:
    return [letter.kind for letter in sort_records(parse(log_of(events)), {} if states is None else states, FOLDS).dead]


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-14:00", "2026-11-22T10:00:00"])
def test_an_instant_that_utc_does_not_have_is_unreadable_and_the_others_count(instant: str) -> None:
    first, odd = log_of([an_event(TICKETS[0]), an_event(TICKETS[1])])
    headers = tuple((name, instant.encode() if name == "ce_time" else value) for name, value in odd.headers)
    out = sort_records(parse([first, odd._replace(headers=headers)]), {}, FOLDS)
    assert [letter.kind for letter in out.dead] == ["unreadable"]
    assert len(out.admitted) == 1


def test_the_same_sequence_with_another_id_is_a_conflict() -> None:
    assert kinds([an_event(TICKETS[0]), an_event(TICKETS[0], cause=TICKETS[1])]) == ["conflict"]


def test_a_sequence_above_the_next_is_a_gap_and_what_follows_is_parked() -> None:
    events = [an_event(TICKETS[0], 1), an_event(TICKETS[0], 3), a_decision(TICKETS[0], 1), an_event(TICKETS[1], 1)]
    out = sort_records(parse(log_of(events)), {}, FOLDS)
    assert [letter.kind for letter in out.dead] == ["gap"]
    assert [subject for subject, _ in out.parked] == [str(TICKETS[0])]
    assert [one.attributes.subject for one in out.admitted] == [str(TICKETS[0]), str(TICKETS[1])]


def test_a_duplicate_of_a_stopped_ticket_is_skipped_not_parked() -> None:
    events = [an_event(TICKETS[0], 1), an_event(TICKETS[0], 3), an_event(TICKETS[0], 1)]
    out = sort_records(parse(log_of(events)), {}, FOLDS)
    assert (out.duplicates, out.parked) == (1, [])


def test_a_type_that_is_not_folded_is_admitted_without_being_decoded() -> None:
    event = an_event(TICKETS[0])
    garbage = Record("tickets", 0, 0, event.subject.encode(), tuple(headers_of(event)), b"garbage")
    out = sort_records(parse([garbage]), {}, frozenset())
    assert [one.data for one in out.admitted] == [None]


def test_a_discarded_record_is_admitted_without_an_effect() -> None:
    event = an_event(TICKETS[0])
    broken = Record("tickets", 0, 0, event.subject.encode(), tuple(headers_of(event)), b"garbage")
    states: dict[str, SubjectState] = {}
    out = sort_records(parse([broken]), states, FOLDS, discarded={("tickets", 0, 0)})
    assert (out.admitted, out.dead) == ([], [])
    assert states[str(TICKETS[0])].last_sequence("/intake") == 1


def test_a_condemned_record_stops_its_ticket_with_the_reason() -> None:
    states: dict[str, SubjectState] = {}
    out = sort_records(parse(log_of([an_event(TICKETS[0])])), states, FOLDS, condemned={("tickets", 0, 0): "KeyError"})
    assert [(letter.kind, letter.reason) for letter in out.dead] == [("impossible", "KeyError")]
    assert states[str(TICKETS[0])].stopped == "impossible: KeyError"


def test_only_the_subjects_of_readable_records_need_states() -> None:
    event = an_event(TICKETS[0])
    foreign = Record("tickets", 0, 1, b"x", (("x", None),), None)
    assert subjects_of(parse([record_of(event, 0), foreign])) == {str(TICKETS[0])}


def test_a_run_of_unreadable_records_is_counted_over_batches() -> None:
    foreign = [Record("tickets", 0, offset, None, (), b"") for offset in range(5)]
    assert sort_records(parse(foreign), {}, FOLDS, poison_run=3).poison_run_longest == 8
    mended = [*foreign, record_of(an_event(UUID(int=7)), 9)]
    assert sort_records(parse(mended), {}, FOLDS).poison_run == 0
