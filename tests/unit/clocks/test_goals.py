"""What each named goal measures: from where, until when, and what does not count as reaching it."""

from datetime import datetime, timedelta

from services.routing.ticket.clocks import Breached, Cancelled, Stopped, Warned, next_due
from tests.unit.clocks.desk import WAITING, Desk, an_agreement, at

NONE, HOUR = timedelta(0), timedelta(hours=1)


def test_the_first_response_is_a_public_reply() -> None:
    desk = Desk(an_agreement({"metric": "first_response"}))
    assert desk.clock().due_at == at(0, 10)
    assert desk.is_replied_to(at(0, 9, 30)) == [Stopped("first-response#1", at(0, 9, 30), NONE, NONE)]


def test_a_status_change_is_no_response_and_another_crew_begins_no_new_clock() -> None:
    desk = Desk(an_agreement({"metric": "first_response"}))
    assert desk.becomes(at(0, 9, 10), "accepted") == []
    assert desk.happens(at(0, 9, 20), "ticket.transferred", status="open") == []
    assert desk.happens(at(0, 10, 1)) == [Breached("first-response#1", at(0, 10), is_silent=False)]


def test_a_first_response_is_asked_for_once() -> None:
    desk = Desk(an_agreement({"metric": "first_response"}))
    desk.becomes(at(0, 9, 30), "resolved")
    assert desk.becomes(at(0, 9, 40), "open") == []


def test_the_next_response_counts_from_the_oldest_unanswered_word() -> None:
    desk = Desk(an_agreement({"metric": "next_response"}))
    desk.customer_writes(at(0, 11))
    desk.customer_writes(at(0, 11, 50))
    assert (desk.clock().started_at, desk.clock().due_at) == (at(0, 11), at(0, 12))
    desk.is_replied_to(at(0, 11, 55))
    desk.customer_writes(at(0, 13))
    assert [clock.clock_id for clock in desk.clocks] == ["next-response#1", "next-response#2"]
    assert desk.clock().due_at == at(0, 14)


def test_resolving_answers_what_the_customer_wrote() -> None:
    desk = Desk(an_agreement({"metric": "next_response"}))
    desk.customer_writes(at(0, 11))
    assert desk.becomes(at(0, 11, 30), "resolved") == [Stopped("next-response#1", at(0, 11, 30), NONE, NONE)]


def test_the_next_update_is_due_again_after_each_reply() -> None:
    desk = Desk(an_agreement({"metric": "next_update"}))
    desk.is_replied_to(at(0, 9, 30))
    desk.customer_writes(at(0, 9, 45))
    assert [clock.state for clock in desk.clocks] == ["stopped", "running"]
    assert desk.clock().due_at == at(0, 10, 30)


def test_accepting_goes_on_when_an_offer_is_declined() -> None:
    desk = Desk(an_agreement({"metric": "accept"}))
    for minute, status in ((5, "offered"), (20, "open"), (21, "offered")):
        assert desk.becomes(at(0, 9, minute), status) == []
    assert desk.becomes(at(0, 10, 6), "accepted") == [
        Breached("accept#1", at(0, 10), is_silent=False),
        Stopped("accept#1", at(0, 10, 6), NONE, timedelta(minutes=6)),
    ]


def test_arriving_counts_from_accepting_and_anew_for_somebody_else() -> None:
    desk = Desk(an_agreement({"metric": "arrive", "pause": WAITING}))
    assert desk.clocks == ()
    desk.happens(at(0, 10), "ticket.accepted", status="accepted", accepted_at=at(0, 10))
    desk.becomes(at(0, 10, 30), "waiting")
    assert desk.clock().state == "paused"
    assert desk.becomes(at(0, 10, 40), "offered") == [Cancelled("arrive#1", at(0, 10, 40), "condition")]
    desk.happens(at(0, 11), "ticket.accepted", status="accepted", accepted_at=at(0, 11))
    assert desk.becomes(at(0, 11, 30), "in_progress") == [Stopped("arrive#2", at(0, 11, 30), NONE, NONE)]


def test_resolving_is_due_over_night_and_weekend() -> None:
    desk = Desk(an_agreement({"metric": "resolve", "target_s": 10 * 3600}), opened_at=at(4, 16))
    assert desk.clock().due_at == at(8, 10)


def test_a_ticket_that_is_cancelled_has_no_goals_left() -> None:
    desk = Desk(an_agreement({"metric": "resolve"}, {"metric": "first_response"}))
    assert {type(fact) for fact in desk.becomes(at(0, 9, 5), "cancelled")} == {Cancelled}


def test_a_promise_is_due_on_its_date_and_no_pause_moves_it() -> None:
    desk = Desk(an_agreement({"metric": "promise"}, {"metric": "resolve", "pause": WAITING}))
    assert [clock.rule.name for clock in desk.clocks] == ["resolve"]
    # A Saturday: a person may promise what the calendar does not know.
    desk.happens(at(0, 9, 30), "ticket.promised", promised_at=at(5, 12))
    desk.becomes(at(0, 9, 40), "waiting")
    promise, resolve = desk.clock(), desk.clock(0)
    assert (promise.due_at, promise.state) == (at(5, 12), "running")
    assert (resolve.due_at, resolve.state) == (None, "paused")


def test_another_promise_replaces_the_one_before_and_an_overrun_counts_open_time() -> None:
    desk = Desk(an_agreement({"metric": "promise"}))
    desk.happens(at(0, 10), promised_at=at(5, 12))
    assert desk.happens(at(1), promised_at=at(4, 16))[0] == Cancelled("promise#1", at(1), "promise")
    facts = desk.becomes(at(7, 10), "resolved")
    assert facts[0] == Breached("promise#2", at(4, 16), is_silent=False)
    assert isinstance(facts[1], Stopped)
    assert facts[1].overrun == 2 * HOUR


def promise_alarms(promised_at: datetime, *, given_at: datetime, looked_at: datetime) -> list[tuple[str, datetime]]:
    """What a promise sounds until it is looked at, `breach` among it."""
    alarms = [{"name": f"at-{part}", "fraction": part / 100} for part in (50, 100, 150)]
    desk = Desk(an_agreement({"metric": "promise", "alarms": [*alarms, {"name": "soon", "lead_s": 600}]}))
    desk.happens(given_at, "ticket.promised", promised_at=promised_at)
    desk.happens(looked_at)
    facts = [fact for fact in desk.facts if isinstance(fact, Warned | Breached)]
    return [(fact.alarm if isinstance(fact, Warned) else "breach", fact.at) for fact in facts]


def test_a_promise_for_before_the_doors_open_sounds_nothing_before_its_date() -> None:
    evening, early = at(0, 20), at(1, 8)
    assert promise_alarms(early, given_at=evening, looked_at=early) == []
    found = promise_alarms(early, given_at=evening, looked_at=at(1))
    assert sorted(found) == [(name, early) for name in ("at-100", "at-150", "at-50", "breach", "soon")]


def test_the_alarms_of_a_promise_for_late_at_night_are_before_at_and_after_its_date() -> None:
    found = promise_alarms(at(0, 22), given_at=at(0, 13), looked_at=at(2))
    assert found == [
        ("at-50", at(0, 15)),
        ("soon", at(0, 16, 50)),
        ("at-100", at(0, 22)),
        ("breach", at(0, 22)),
        ("at-150", at(1, 11)),
    ]


def test_settled_time_moves_no_alarm_of_a_promise() -> None:
    desk = Desk(an_agreement({"metric": "promise", "alarms": [{"name": "half", "fraction": 0.5}]}))
    desk.happens(at(0, 9), promised_at=at(0, 17))
    desk.becomes(at(0, 10), "resolved")
    desk.becomes(at(0, 12), "open")
    assert desk.happens(at(0, 13, 1)) == [Warned("promise#1", "half", at(0, 13), is_silent=False)]


def test_what_is_due_next_is_never_hidden_by_a_later_stage() -> None:
    desk = Desk(an_agreement({"metric": "resolve", "target_s": 8 * 3600}, {"metric": "first_response"}))
    assert next_due(desk.clocks) == at(0, 10)
    desk.becomes(at(0, 9, 10), "in_progress")
    assert next_due(desk.clocks) == at(0, 10)
    desk.is_replied_to(at(0, 9, 20))
    assert next_due(desk.clocks) == at(0, 17)
    desk.becomes(at(0, 9, 30), "resolved")
    assert next_due(desk.clocks) is None
