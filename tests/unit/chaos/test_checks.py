"""Each checker finds what it is for, in a log or history with one thing wrong, and says nothing about a sound one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.checks import answers, counted, dead, log, rest, shown, told
from tests.chaos.checks.broken import Broken
from tests.chaos.log_reader import INJECTED, Injected, Raw
from tests.chaos.tables import StepBack
from tests.unit.chaos.logs import a_contact_fact, a_fact, a_told_contact, an_operation, indexed

SOUND = [a_contact_fact(1), a_contact_fact(2, "contact-2"), a_fact(1), a_fact(2), a_fact(3)]

Mutate = Callable[[list[Raw]], Sequence[Raw]]


def claims(found: Iterable[Broken]) -> set[str]:
    return {one.claim for one in found}


def test_a_sound_log_breaks_nothing() -> None:
    assert log.Index().take(SOUND) == []


@pytest.mark.parametrize(
    ("mutate", "claim"),
    [
        pytest.param(lambda facts: facts[:3] + facts[4:], log.NO_GAPS, id="one event dropped"),
        pytest.param(lambda facts: [*facts[:2], facts[3], facts[2], facts[4]], log.NO_GAPS, id="two swapped"),
        pytest.param(lambda facts: [*facts, replace(facts[4], offset=9)], log.ONCE, id="one sent again"),
        pytest.param(
            lambda facts: [*facts, replace(facts[1], id="another", sequence=3)], log.CONTACT_ONCE, id="a contact twice"
        ),
        pytest.param(
            lambda facts: [*facts[:4], replace(facts[4], partition=1)], log.ONE_PARTITION, id="in another partition"
        ),
        pytest.param(lambda facts: [replace(facts[0], key="x"), *facts[1:]], log.ONE_PARTITION, id="another key"),
    ],
)
def test_what_is_wrong_in_a_log_is_found(mutate: Mutate, claim: str) -> None:
    assert claim in claims(log.Index().take(mutate(list(SOUND))))


def test_a_contact_that_was_acknowledged_and_is_missing_is_found() -> None:
    operation = an_operation("contact", a_told_contact())
    assert list(answers.acknowledged([operation], indexed(SOUND))) == []
    assert claims(answers.acknowledged([operation], indexed(SOUND[1:]))) == {answers.ACKNOWLEDGED}


def test_a_command_whose_event_is_missing_is_found() -> None:
    event = {"event_id": SOUND[4].id, "sequence": 3}
    operation = an_operation("command", {"events": [event]})
    assert list(answers.acknowledged([operation], indexed(SOUND))) == []
    assert claims(answers.acknowledged([operation], indexed(SOUND[:4]))) == {answers.ACKNOWLEDGED}


@pytest.mark.parametrize(("second_at", "is_broken"), [((2.0, 3.0), True), ((0.5, 3.0), False)])
def test_an_order_that_somebody_saw_is_kept(second_at: tuple[float, float], *, is_broken: bool) -> None:
    """The log has contact 1 before contact 2; 2 was acknowledged at 1, and only then (or at once) was 1 asked for."""
    later_in_log = an_operation("contact", a_told_contact("contact-2", "follow_up"), at=(0.0, 1.0))
    earlier_in_log = an_operation("contact", a_told_contact(), at=second_at, number=1)
    found = answers.ordered([later_in_log, earlier_in_log], indexed(SOUND))
    assert claims(found) == ({answers.ORDER} if is_broken else set())


def test_other_bytes_for_the_same_contact_are_found() -> None:
    told_again = a_told_contact() | {"same_bytes": False}
    assert claims(answers.same_answers([an_operation("contact", told_again, repeats=True)])) == {answers.SAME_ANSWER}


def test_a_500_and_a_request_without_an_answer_are_found() -> None:
    failed = replace(an_operation("contact", "oh"), outcome="unknown", status=500)
    hung = replace(an_operation("command", "no answer"), outcome="unknown", status=0)
    assert claims(answers.answered([failed, hung])) == {answers.NO_BUG, answers.ANSWERED}


def test_a_view_that_lacks_ones_own_write_is_found() -> None:
    view = an_operation("view", {"version": 2}, at_least="p", version=3)
    assert claims(answers.own_writes([view])) == {answers.OWN_WRITES}


@pytest.mark.parametrize(
    "places",
    [
        pytest.param([], id="the position was saved before the effect, and the effect was lost"),
        pytest.param([(0, 1), (0, 9)], id="an effect was applied twice"),
        pytest.param([(0, 7)], id="from another place"),
    ],
)
def test_a_view_that_does_not_hold_the_log_is_found(places: list[tuple[int, int]]) -> None:
    index = indexed([a_fact(1)])
    assert list(shown.holds_the_log({a_fact(1).id: [(0, 1)]}, index)) == []
    assert claims(shown.holds_the_log({a_fact(1).id: places}, index)) == {shown.SHOWN}


def test_two_answers_for_one_instant_are_found() -> None:
    seen = shown.Seen()
    ticket = {"ticket_id": "t", "as_of": "then", "status": "open", "overdue": False, "position": "a"}
    once = an_operation("view", ticket)
    again = an_operation("view", ticket | {"overdue": True, "position": "b"})
    other = an_operation("view", ticket | {"status": "offered"})
    assert seen.take([once, again]) == []
    assert claims(seen.take([other])) == {shown.THEN}
    assert claims(shown.is_again(seen.fresh[0], None)) == {shown.THEN}


def an_end(kind: str = "notification.sent", number: int = 1, delivery: str = "d-1") -> Raw:
    data = {"about_event_id": "e-1", "recipient": "customer", "channel": "email", "delivery_id": delivery}
    return a_fact(number, source="/notify", type=kind, data=data)


def test_two_ends_of_one_delivery_are_found() -> None:
    assert claims(told.once([an_end(), an_end("notification.failed", 2)])) == {told.ONCE}


def test_who_was_left_untold_is_found() -> None:
    opened = a_contact_fact(1, id="e-1")
    opened.data["store_id"] = "s-1"
    told_store = replace(an_end(), data=an_end().data | {"recipient": "store"}, id="other", sequence=2)
    assert list(told.visible(indexed([opened]), [an_end(), told_store])) == []
    assert claims(told.visible(indexed([opened]), [an_end()])) == {told.VISIBLE}
    opened.data["store_id"] = None
    assert list(told.visible(indexed([opened]), [an_end()])) == [], "there is no store yet that could be told"


@pytest.mark.parametrize(
    ("letters", "claim"),
    [
        pytest.param(["d-1", "d-1"], told.ONCE, id="one letter twice"),
        pytest.param(["d-1", "d-2"], told.NO_OTHER, id="a letter that nothing tells of"),
        pytest.param([], told.NO_OTHER, id="a letter that was told of and is not there"),
    ],
)
def test_letters_that_do_not_fit_the_log_are_found(letters: list[str], claim: str) -> None:
    assert list(told.no_other([an_end()], ["d-1"])) == []
    assert claims(told.no_other([an_end()], letters)) == {claim}


@pytest.mark.parametrize(
    ("lines", "contacts", "answered"),
    [
        pytest.param({("store", "opened"): 1}, {"store": 1}, {}, id="a line is missing"),
        pytest.param({("store", "opened"): 1, ("store", "follow_up"): 1}, {"store": 1}, {}, id="a contact is missing"),
        pytest.param(
            {("store", "opened"): 1, ("store", "follow_up"): 1}, {"store": 2}, {"store": 3}, id="a repeat is missing"
        ),
    ],
)
def test_a_ledger_that_does_not_add_up_is_found(
    lines: dict[tuple[str, str], int], contacts: dict[str, int], answered: dict[str, int]
) -> None:
    good = {("store", "opened"): 1, ("store", "follow_up"): 1}
    assert list(counted.ledger_adds_up(good, {"store": 2}, indexed(SOUND), {"store": 2})) == []
    assert claims(counted.ledger_adds_up(lines, contacts, indexed(SOUND), answered)) == {counted.LEDGER}


def test_who_holds_too_much_is_found() -> None:
    assert list(counted.nobody_is_overloaded({"t-1": 2}, {"t-1": 2}, "now")) == []
    assert claims(counted.nobody_is_overloaded({"t-1": 3}, {"t-1": 2}, "now")) == {counted.CAPACITY}


def test_a_decision_for_somebody_without_room_is_found() -> None:
    inputs: dict[str, Any] = {"load": 2, "capacity": 2}
    assigned = a_fact(1, data={"technician_id": "t-1", "decision": {"inputs": inputs}})
    assert claims(counted.decisions_had_room([assigned], {"t-1": 2})) == {counted.CAPACITY}


def test_a_position_that_goes_back_is_found() -> None:
    assert list(rest.never_back([], "now")) == []
    assert claims(rest.never_back([StepBack("intake", 1, "tickets", 0, 5, 4)], "now")) == {rest.FORWARD}


def a_letter(reader: str, record: Injected, **changes: Any) -> Injected:
    headers = (
        *record.headers,
        ("gongdan_dead_place", record.place.encode()),
        ("gongdan_dead_source", reader.encode()),
    )
    return replace(record, place=f"tickets.dead[0]@{reader}", headers=headers, **changes)


def test_a_foreign_record_that_one_reader_did_not_keep_or_changed_is_found() -> None:
    record = Injected("bytes", "tickets[0]@7", 0, 7, b"key", ((INJECTED, b"bytes"),), b"value")
    letters = [a_letter(reader, record) for reader in dead.READERS]
    assert list(dead.all_kept([record], letters)) == []
    assert claims(dead.all_kept([record], letters[1:])) == {dead.KEPT}
    assert claims(dead.all_kept([record], [*letters[1:], a_letter("/intake", record, value=b"other")])) == {dead.KEPT}
