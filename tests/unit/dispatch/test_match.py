from datetime import timedelta
from time import process_time

from shared.ids import TechnicianId
from tests.unit.dispatch.crews import NOW, a_crew, a_technician, a_ticket, chosen, matched

EQUAL = {"free": 0.0, "skill": 0.0, "idle": 0.0}


def test_the_only_technician_gets_the_ticket() -> None:
    found = matched(a_crew(a_technician("a")), [a_ticket(1)])
    assert (found[0].technician_id, found[0].reason) == ("a", "chosen")


def test_who_lacks_a_skill_is_removed_by_the_filter_of_that_name() -> None:
    found = matched(
        a_crew(a_technician("a"), a_technician("b", skills="general electrical")), [a_ticket(1, skills="electrical")]
    )
    assert found[0].technician_id == "b"
    assert found[0].decision.removed == {"skills": ["a"]}


def test_who_is_off_duty_gets_nothing() -> None:
    found = matched(a_crew(a_technician("a", on_duty=False), a_technician("b")), [a_ticket(1)])
    assert found[0].technician_id == "b"
    assert found[0].decision.removed == {"on_duty": ["a"]}


def test_a_report_on_duty_counts_more_than_the_policy() -> None:
    crew = a_crew(a_technician("a", on_duty=False), a_technician("b"))
    found = matched(crew, [a_ticket(1)], on_duty={TechnicianId("a"): True, TechnicianId("b"): False})
    assert found[0].technician_id == "a"


def test_nobody_is_asked_twice_in_a_round() -> None:
    found = matched(a_crew(a_technician("a"), a_technician("b")), [a_ticket(1, asked="a")])
    assert found[0].technician_id == "b"
    assert found[0].decision.removed == {"already_asked": ["a"]}


def test_when_all_were_asked_the_reason_is_all_declined() -> None:
    found = matched(a_crew(a_technician("a"), a_technician("b")), [a_ticket(1, asked="a b")])
    assert (found[0].technician_id, found[0].reason) == (None, "all_declined")


def test_when_all_are_full_the_reason_is_no_capacity() -> None:
    found = matched(a_crew(a_technician("a", capacity=1)), [a_ticket(1)], {"a": 1})
    assert (found[0].technician_id, found[0].reason) == (None, "no_capacity")
    assert found[0].decision.inputs["loads"] == {"a": [1, 1]}


def test_when_one_declined_and_the_other_is_full_the_reason_is_no_capacity() -> None:
    crew = a_crew(a_technician("a"), a_technician("b", capacity=1))
    assert matched(crew, [a_ticket(1, asked="a")], {"b": 1})[0].reason == "no_capacity"


def test_when_nobody_on_duty_has_the_skills_the_reason_is_nobody_eligible() -> None:
    crew = a_crew(a_technician("a"), a_technician("b", skills="piano", on_duty=False))
    found = matched(crew, [a_ticket(1, skills="piano")])
    assert (found[0].technician_id, found[0].reason) == (None, "nobody_eligible")
    assert found[0].decision.removed == {"skills": ["a"], "on_duty": ["b"]}


def test_a_crew_of_nobody_is_nobody_eligible() -> None:
    assert matched(a_crew(), [a_ticket(1)])[0].reason == "nobody_eligible"


def test_more_load_than_capacity_from_before_is_left_alone() -> None:
    assert matched(a_crew(a_technician("a", capacity=1)), [a_ticket(1)], {"a": 5})[0].reason == "no_capacity"


def test_the_last_place_goes_to_the_higher_priority_though_it_is_younger() -> None:
    waiting = [a_ticket(1, priority="normal", minutes_old=90), a_ticket(2, priority="urgent", minutes_old=1)]
    assert chosen(matched(a_crew(a_technician("a", capacity=1)), waiting)) == {2: "a", 1: None}


def test_major_comes_before_urgent() -> None:
    waiting = [a_ticket(1, priority="urgent", minutes_old=90), a_ticket(2, priority="major")]
    assert chosen(matched(a_crew(a_technician("a", capacity=1)), waiting)) == {2: "a", 1: None}


def test_of_one_priority_the_oldest_comes_first() -> None:
    waiting = [a_ticket(1, minutes_old=5), a_ticket(2, minutes_old=50)]
    assert chosen(matched(a_crew(a_technician("a", capacity=1)), waiting)) == {2: "a", 1: None}


def test_of_one_instant_the_lower_id_comes_first() -> None:
    assert chosen(matched(a_crew(a_technician("a", capacity=1)), [a_ticket(2), a_ticket(1)])) == {1: "a", 2: None}


def test_a_ticket_that_nobody_can_take_does_not_hold_up_the_next() -> None:
    waiting = [a_ticket(1, priority="urgent", skills="piano"), a_ticket(2)]
    assert chosen(matched(a_crew(a_technician("a")), waiting)) == {1: None, 2: "a"}


def test_a_batch_fills_everybody_and_not_more() -> None:
    found = matched(a_crew(a_technician("a"), a_technician("b")), [a_ticket(serial) for serial in range(1, 7)])
    assert sorted(id_ or "" for id_ in chosen(found).values()) == ["", "", "a", "a", "b", "b"]


def test_the_freer_technician_is_preferred() -> None:
    crew = a_crew(a_technician("a", capacity=4), a_technician("b", capacity=4))
    assert matched(crew, [a_ticket(1)], {"a": 2, "b": 1})[0].technician_id == "b"


def test_enough_skill_is_preferred_to_far_more() -> None:
    crew = a_crew(a_technician("a", skills="general electrical plumbing textile"), a_technician("b", skills="general"))
    assert matched(crew, [a_ticket(1, skills="general")])[0].technician_id == "b"


def test_the_longest_idle_is_preferred_when_all_else_is_equal() -> None:
    crew = a_crew(a_technician("a"), a_technician("b"))
    idle = {TechnicianId("a"): NOW - timedelta(minutes=5), TechnicianId("b"): NOW - timedelta(hours=2)}
    assert matched(crew, [a_ticket(1)], idle_since=idle)[0].technician_id == "b"


def test_equal_scores_go_to_the_longest_idle_then_the_lowest_id_whatever_they_hold() -> None:
    crew = a_crew(*(a_technician(id_, capacity=4) for id_ in "dcba"))
    idle = {TechnicianId("c"): NOW - timedelta(hours=2), TechnicianId("b"): NOW, TechnicianId("d"): NOW}
    found = matched(crew, [a_ticket(1)], {"a": 1, "b": 1}, weights=EQUAL, idle_since=idle)
    assert found[0].decision.candidates == ["a", "c", "b", "d"]


def test_a_decision_carries_what_an_auditor_must_check() -> None:
    crew = a_crew(a_technician("a", capacity=4), a_technician("b", skills="piano"))
    decision = matched(crew, [a_ticket(1, skills="general")], {"a": 3})[0].decision
    assert decision.policies == {"crew/hz-wulin": 3, "dispatch/default": 0}
    assert decision.inputs["load"] == 3
    assert decision.inputs["capacity"] == 4
    assert set(decision.scores) == {"a"}


def test_the_load_before_grows_within_a_batch() -> None:
    found = matched(a_crew(a_technician("a", capacity=3)), [a_ticket(1), a_ticket(2), a_ticket(3)])
    assert [one.decision.inputs["load"] for one in found] == [0, 1, 2]


def test_the_words_name_the_true_reason() -> None:
    crew = a_crew(a_technician("a"), a_technician("b", skills="piano"))
    words = matched(crew, [a_ticket(1, skills="general")])[0].decision.words
    assert "a师傅" in words["zh"]
    assert "唯一" in words["zh"]
    assert "1 lack the skills" in words["en"]
    full = matched(crew, [a_ticket(1, skills="general")], {"a": 2})[0].decision.words
    assert "满" in full["zh"]
    assert "can hold" in full["en"]


def test_a_thousand_tickets_before_sixty_technicians_take_well_under_a_tenth_of_a_second() -> None:
    skills = ("general", "general electrical", "general plumbing", "general furniture textile")
    crew = a_crew(*(a_technician(f"t-{at:02}", skills=skills[at % 4], capacity=4) for at in range(60)))
    asks = ("", "general", "electrical", "plumbing")
    waiting = [a_ticket(serial, skills=asks[serial % 4], minutes_old=serial % 50) for serial in range(1, 1001)]
    took_s = []
    for _ in range(3):
        began = process_time()
        matched(crew, waiting)
        took_s.append(process_time() - began)
    assert min(took_s) < 0.1
