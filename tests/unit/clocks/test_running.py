"""Pausing, warning, breaching, reopening, and rules that change while a ticket is under way."""

from datetime import timedelta

from services.routing.ticket.clocks import (
    Attached,
    Breached,
    Cancelled,
    Paused,
    Resumed,
    Stopped,
    Warned,
    overrun_of,
    pauses_after_an_answer,
)
from services.routing.ticket.clocks.time import elapsed_of, next_look
from shared.policies.agreement import ServiceAgreement
from tests.unit.clocks.desk import CALENDARS, WAITING, Desk, an_agreement, at

NONE, MINUTE = timedelta(0), timedelta(minutes=1)
ALARMS = [{"name": "half", "fraction": 0.5}, {"name": "soon", "lead_s": 600}, {"name": "director", "fraction": 2}]
RESOLVE = {"metric": "resolve", "pause": WAITING}


def test_a_pause_is_measured_on_the_calendar_and_while_it_lasts_nothing_is_due() -> None:
    desk = Desk(an_agreement(RESOLVE), opened_at=at(0, 16, 30))
    assert desk.becomes(at(0, 16, 40), "waiting") == [Paused("resolve#1", at(0, 16, 40))]
    assert desk.clock().due_at is None
    assert desk.happens(at(3)) == []
    # 20 minutes of Monday and 30 of Thursday, whatever the nights between.
    assert desk.becomes(at(3, 9, 30), "in_progress") == [
        Resumed("resolve#1", at(3, 9, 30), timedelta(hours=16, minutes=50), at(3, 10, 20))
    ]


def test_a_breach_that_a_pause_prevents_never_comes() -> None:
    desk = Desk(an_agreement(RESOLVE))
    desk.becomes(at(0, 9, 59), "waiting")
    desk.becomes(at(0, 12), "in_progress")
    assert desk.becomes(at(0, 12, 1), "resolved") == [Stopped("resolve#1", at(0, 12, 1), 121 * MINUTE, NONE)]


def test_what_happens_in_the_very_instant_at_which_it_is_due_is_in_time() -> None:
    desk = Desk(an_agreement(RESOLVE))
    assert desk.becomes(at(0, 10), "resolved") == [Stopped("resolve#1", at(0, 10), NONE, NONE)]


def test_a_breach_comes_once_and_an_overrun_is_open_time_without_pauses() -> None:
    desk = Desk(an_agreement(RESOLVE), opened_at=at(0, 16))
    assert desk.happens(at(1, 9, 10)) == [Breached("resolve#1", at(0, 17), is_silent=False)]
    desk.becomes(at(1, 9, 20), "waiting")
    desk.becomes(at(1, 11), "in_progress")
    assert overrun_of(desk.clock(), at(1, 11, 5), CALENDARS) == 25 * MINUTE
    assert desk.becomes(at(1, 11, 5), "resolved") == [Stopped("resolve#1", at(1, 11, 5), 100 * MINUTE, 25 * MINUTE)]
    assert desk.clock().breached_at == at(0, 17)


def test_each_alarm_sounds_once_at_its_own_instant_however_seldom_time_is_looked_at() -> None:
    desk = Desk(an_agreement({**RESOLVE, "alarms": ALARMS}))
    assert next_look(desk.clocks, CALENDARS) == at(0, 9, 30)
    assert desk.happens(at(0, 12)) == [
        Warned("resolve#1", "half", at(0, 9, 30), is_silent=False),
        Warned("resolve#1", "soon", at(0, 9, 50), is_silent=False),
        Breached("resolve#1", at(0, 10), is_silent=False),
        Warned("resolve#1", "director", at(0, 11), is_silent=False),
    ]
    assert next_look(desk.clocks, CALENDARS) is None


def test_a_pause_moves_the_alarms_that_have_not_sounded_only() -> None:
    desk = Desk(an_agreement({**RESOLVE, "alarms": ALARMS}))
    assert [type(fact) for fact in desk.becomes(at(0, 9, 40), "waiting")] == [Warned, Paused]
    desk.becomes(at(0, 11), "in_progress")
    assert desk.happens(at(0, 11, 11)) == [Warned("resolve#1", "soon", at(0, 11, 10), is_silent=False)]


def test_reopened_it_goes_on_and_the_time_that_it_was_settled_counts_as_a_pause() -> None:
    desk = Desk(an_agreement(RESOLVE))
    desk.becomes(at(0, 9, 40), "resolved")
    assert desk.becomes(at(2, 9), "open") == [
        Resumed("resolve#1", at(2), timedelta(hours=15, minutes=20), at(2, 9, 20))
    ]


def test_reopened_after_a_breach_it_stays_failed() -> None:
    desk = Desk(an_agreement(RESOLVE))
    desk.becomes(at(0, 10, 30), "resolved")
    desk.becomes(at(1), "open")
    assert desk.happens(at(1, 12)) == []
    assert desk.becomes(at(1, 12, 30), "resolved")[0] == Stopped(
        "resolve#1", at(1, 12, 30), timedelta(hours=6, minutes=30), timedelta(hours=4)
    )
    assert desk.clock().breached_at == at(0, 10)


def test_a_pause_that_begins_by_an_event_ends_by_another_one_only() -> None:
    rule = {"metric": "resolve", "pause": [{"event": ["ticket.waited"]}], "resume": [{"event": ["ticket.resumed"]}]}
    desk = Desk(an_agreement(rule))
    desk.happens(at(0, 9, 10), "ticket.waited")
    assert desk.happens(at(0, 9, 20), "ticket.noted") == []
    assert [type(fact) for fact in desk.happens(at(0, 9, 30), "ticket.resumed")] == [Resumed]


def test_a_target_follows_the_priority_and_counts_from_the_beginning() -> None:
    desk = Desk(an_agreement({"metric": "resolve", "targets_s": {"normal": 7200, "urgent": 1800}, "pause": WAITING}))
    facts = desk.happens(at(0, 9, 10), "ticket.priority_set", priority="urgent")
    assert facts[0] == Cancelled("resolve#1", at(0, 9, 10), "priority")
    assert (desk.clock().started_at, desk.clock().due_at) == (at(0), at(0, 9, 30))
    # There is no target for this one: no clock.
    assert desk.happens(at(0, 9, 20), priority="low") == [Cancelled("resolve#2", at(0, 9, 20), "priority")]


def other(**fields: bool) -> object:
    return an_agreement({**RESOLVE, "target_s": 5400, "alarms": ALARMS}, **fields)


def a_paused_hour(agreement: object) -> Desk:
    """Opened at nine, paused from 9:30 to 10:30; the agreement changes at eleven."""
    desk = Desk(an_agreement({**RESOLVE, "target_s": 7200}))
    desk.becomes(at(0, 9, 30), "waiting")
    desk.becomes(at(0, 10, 30), "in_progress")
    desk.gets(agreement, at(0, 11))  # type: ignore[arg-type]
    return desk


def test_a_new_agreement_counts_from_the_opening_and_keeps_the_pauses() -> None:
    desk = a_paused_hour(other())
    assert desk.clock(0).state == "cancelled"
    assert (desk.clock().started_at, desk.clock().paused, desk.clock().due_at) == (at(0), 60 * MINUTE, at(0, 11, 30))


def test_without_retroactive_pause_the_pauses_before_it_count() -> None:
    desk = a_paused_hour(other(retroactive_pause=False))
    assert (desk.clock().due_at, desk.clock().is_silent) == (at(0, 10, 30), True)


def test_without_retroactive_start_it_counts_from_now() -> None:
    desk = a_paused_hour(other(retroactive_start=False, retroactive_pause=False))
    assert desk.clock().due_at == at(0, 12, 30)


def test_a_clock_that_is_breached_when_it_is_attached_is_silent() -> None:
    facts = a_paused_hour(other(retroactive_pause=False)).facts
    assert [fact for fact in facts if isinstance(fact, Breached)] == [
        Breached("resolve#2", at(0, 10, 30), is_silent=True)
    ]
    assert all(fact.is_silent for fact in facts if isinstance(fact, Warned))


def test_unless_the_agreement_wants_to_hear_it() -> None:
    facts = a_paused_hour(other(retroactive_pause=False, run_for_breached=True)).facts
    assert Breached("resolve#2", at(0, 10, 30), is_silent=False) in facts


def test_what_has_sounded_for_the_replaced_clock_does_not_sound_again_at_once() -> None:
    desk = Desk(an_agreement({**RESOLVE, "alarms": ALARMS}))
    assert [type(fact) for fact in desk.happens(at(0, 9, 31))] == [Warned]
    facts = desk.gets(an_agreement({**RESOLVE, "target_s": 3660, "alarms": ALARMS}), at(0, 9, 35))
    assert [type(fact) for fact in facts] == [Cancelled, Attached]
    assert desk.clock().fired == {"half"}


def longer() -> ServiceAgreement:
    return an_agreement({**RESOLVE, "target_s": 3660, "alarms": ALARMS})


def test_reopened_under_another_agreement_what_has_sounded_does_not_sound_again() -> None:
    desk = Desk(an_agreement({**RESOLVE, "alarms": ALARMS}))
    assert [type(fact) for fact in desk.becomes(at(0, 9, 40), "resolved")] == [Warned, Stopped]
    desk.gets(longer(), at(0, 12))
    assert [type(fact) for fact in desk.becomes(at(0, 13), "open")] == [Attached]
    assert (desk.clock().clock_id, desk.clock().fired) == ("resolve#2", {"half"})
    assert [fact.alarm for fact in desk.happens(at(0, 13, 12)) if isinstance(fact, Warned)] == ["soon"]


def test_taken_up_again_after_it_was_given_up_what_has_sounded_does_not_sound_again() -> None:
    desk = Desk(an_agreement({**RESOLVE, "alarms": ALARMS}))
    desk.becomes(at(0, 9, 40), "cancelled")
    assert [type(fact) for fact in desk.becomes(at(0, 9, 45), "open")] == [Attached]


def test_the_same_agreement_in_a_new_version_changes_nothing() -> None:
    desk = Desk(an_agreement(RESOLVE))
    assert desk.gets(an_agreement(RESOLVE), at(0, 9, 10)) == []


def test_a_rule_that_is_gone_takes_its_clock_along() -> None:
    desk = Desk(an_agreement(RESOLVE, {"metric": "first_response"}))
    assert desk.gets(an_agreement(RESOLVE), at(0, 9, 10)) == [Cancelled("first-response#1", at(0, 9, 10), "policy")]


def test_a_pause_before_the_new_agreement_that_still_lasts_goes_on() -> None:
    desk = Desk(an_agreement({**RESOLVE, "target_s": 7200}))
    desk.becomes(at(0, 9, 30), "waiting")
    desk.gets(an_agreement(RESOLVE), at(0, 11))
    assert (desk.clock().state, desk.clock().paused) == ("paused", 90 * MINUTE)
    desk.becomes(at(0, 12), "in_progress")
    assert desk.clock().due_at == at(0, 12, 30)
    assert elapsed_of(desk.clock(), at(0, 12, 10), CALENDARS) == 40 * MINUTE


def test_an_imported_past_is_folded_and_nobody_is_told() -> None:
    desk = Desk(an_agreement({**RESOLVE, "alarms": ALARMS}), is_imported=True)
    facts = desk.happens(at(0, 12))
    assert {type(fact) for fact in facts} == {Warned, Breached}
    assert all(fact.is_silent for fact in facts if isinstance(fact, Warned | Breached))


def test_a_live_ticket_after_the_import_sounds_again() -> None:
    desk = Desk(an_agreement({**RESOLVE, "alarms": ALARMS}), is_imported=True)
    desk.happens(at(0, 9, 31))
    assert desk.happens(at(0, 9, 51), is_imported=False) == [Warned("resolve#1", "soon", at(0, 9, 50), is_silent=False)]


def test_a_pause_for_a_customer_who_has_written_is_found() -> None:
    desk = Desk(an_agreement(RESOLVE))
    desk.happens(at(0, 9, 10), "ticket.waited", status="waiting", waiting_for="customer")
    desk.customer_writes(at(0, 9, 30))
    desk.happens(at(0, 10), "ticket.noted")
    desk.happens(at(0, 10, 15), "ticket.resumed", status="in_progress", waiting_for="nobody")
    desk.happens(at(0, 11), "ticket.waited", status="waiting", waiting_for="third_party")
    found = pauses_after_an_answer(desk.agreement.clocks[0], [*desk.history, desk.situation], until=at(0, 12))
    assert found == [(at(0, 9, 30), at(0, 10, 15))]
