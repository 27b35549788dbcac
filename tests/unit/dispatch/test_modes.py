"""Push, pull, round robin and dispatcher; units, the fairness guard, affinity and relaxation, one claim each."""

from datetime import timedelta
from typing import Any

import pytest

from services.routing.dispatch import Facts, WaitingTicket, Wants
from services.routing.dispatch.match import match
from shared.ids import TechnicianId
from shared.policies import Policies
from tests.unit.dispatch.crews import NOW, STORE, a_crew, a_technician, a_ticket, chosen
from tests.unit.dispatch.documents import Document, a_document, at, decided, someone


def a_batch_of(count: int, *technicians: Document, policy: Document, **ticket: Any) -> list[str | None]:
    """Who gets the tickets of a batch of equals, in turn."""
    document = a_document(*technicians, policy=policy)
    del document["ticket"]
    document["tickets"] = [{"id": f"T{serial}", **ticket} for serial in range(count)]
    return [answer["chosen"] for answer in decided(document)["decisions"]]


def test_round_robin_goes_round() -> None:
    people = (someone("a", last_assigned_at=at(-5)), someone("b", last_assigned_at=at(-50)), someone("c"))
    found = a_batch_of(7, *people, policy={"mode": "round_robin"})
    assert found == ["c", "b", "a", "c", "b", "a", "c"]


def test_round_robin_passes_over_who_is_full() -> None:
    people = (someone("a", capacity=1), someone("b"))
    assert a_batch_of(4, *people, policy={"mode": "round_robin"}) == ["a", "b", "b", "b"]


@pytest.mark.parametrize(("mode", "reason"), [("pull", "pool"), ("dispatcher", "dispatcher")])
def test_a_mode_that_leaves_the_choice_open_ranks_and_chooses_nobody(mode: str, reason: str) -> None:
    answer = decided(a_document(someone("a", load=2), someone("b"), policy={"mode": mode}))
    assert (answer["chosen"], answer["reason"], answer["candidates"]) == (None, reason, ["b", "a"])


@pytest.mark.parametrize("mode", ["pull", "dispatcher"])
def test_a_mode_that_leaves_the_choice_open_still_says_when_there_is_nobody(mode: str) -> None:
    assert decided(a_document(someone("a", load=4), policy={"mode": mode}))["reason"] == "no_capacity"


def test_a_capacity_of_six_holds_three_tickets_of_two() -> None:
    found = a_batch_of(4, someone("a", capacity=6), policy={"units": {"install": 2}}, category="install")
    assert found == ["a", "a", "a", None]


def test_a_whole_ticket_leaves_no_room_beside_it() -> None:
    assert a_batch_of(2, someone("a"), policy={}, units="whole") == ["a", None]


def test_who_can_hold_nothing_gets_no_whole_ticket_either() -> None:
    answer = decided(a_document(someone("a", capacity=0), units="whole"))
    assert (answer["chosen"], answer["reason"], answer["removed"]) == (None, "no_capacity", {"capacity": ["a"]})
    assert a_batch_of(3, someone("a", capacity=0), someone("b"), policy={}, units="whole") == ["b", None, None]


def test_the_fairness_guard_ends_a_run_of_luck() -> None:
    people = (someone("a", capacity=9, assigned_recently=1), someone("b", skills=[]))
    found = a_batch_of(3, *people, policy={"guard": {"assignments": 3}}, skills=["general"])
    assert found == ["a", "a", None]


@pytest.mark.parametrize("mode", ["pull", "dispatcher"])
def test_the_fairness_guard_is_not_asked_where_a_person_chooses(mode: str) -> None:
    people = (someone("a", assigned_recently=100), someone("b", load=1))
    answer = decided(a_document(*people, policy={"mode": mode}))
    assert (answer["candidates"], answer["removed"]) == (["a", "b"], {})
    on_a_rung = {"guard": {"assignments": 1}, "ladder": [{"after_s": 600, "mode": mode}]}
    assert decided(a_document(*people, policy=on_a_rung))["candidates"] == ["a", "b"]


def test_the_fairness_guard_is_asked_in_turn_too() -> None:
    answer = decided(a_document(someone("a", assigned_recently=100), policy={"mode": "round_robin"}))
    assert answer["removed"] == {"fairness": ["a"]}


def test_affinity_goes_before_a_better_score_and_never_past_a_filter() -> None:
    policy = {"affinity": ["preferred"]}
    people = (someone("a"), someone("b", load=3))
    assert decided(a_document(*people, preferred="b", policy=policy))["chosen"] == "b"
    full = (someone("a"), someone("b", load=4))
    assert decided(a_document(*full, preferred="b", policy=policy))["chosen"] == "a"


def test_the_earlier_affinity_goes_before_the_later() -> None:
    people = (someone("a", served={"c1": at(-60)}), someone("b", orders=["o1"]), someone("c"))
    for names, expected in ((["history", "same_order"], ["a", "b", "c"]), (["same_order", "history"], ["b", "a", "c"])):
        document = a_document(*people, customer="c1", order="o1", policy={"affinity": names})
        assert decided(document)["candidates"] == expected


@pytest.mark.parametrize(("waited_min", "expected"), [(9, None), (10, "a")])
def test_wished_skills_are_dropped_after_so_long_and_needed_ones_never(waited_min: int, expected: str | None) -> None:
    ticket = {"opened_at": at(-waited_min), "additional_skills": ["piano"]}
    policy = {"relax_after_s": 600}
    assert decided(a_document(someone("a"), policy=policy, skills=["general"], **ticket))["chosen"] == expected
    assert decided(a_document(someone("a"), policy=policy, skills=["organ"], **ticket))["chosen"] is None


def test_whoever_has_a_dropped_skill_is_not_behind_for_it() -> None:
    people = (someone("a"), someone("b", skills=["general", "piano"]))
    document = a_document(*people, skills=["general"], additional_skills=["piano"], policy={"relax_after_s": 0})
    answer = decided(document)
    assert answer["scores"]["a"] == answer["scores"]["b"]


def two_pairs(matching: str, *, is_pair: bool) -> list[tuple[str, str | None, str]]:
    """Two tickets, of which the first is nearly as near to the technician whom the second is far nearer to."""
    east, west = {"lat": 30.0, "lon": 120.30}, {"lat": 30.0, "lon": 120.0}
    tickets = [
        {"id": "T1", "opened_at": at(-9), "location": {"lat": 30.0, "lon": 120.16}},
        {"id": "T2", "opened_at": at(-1), "location": {"lat": 30.0, "lon": 120.31}},
    ]
    people = (someone("a", location=west, capacity=1), someone("b", location=east, capacity=1))
    document = a_document(*people, policy={"matching": matching})
    del document["ticket"]
    document["tickets"] = tickets if is_pair else tickets[:1]
    return [(one["ticket"], one["chosen"], one["words"]["en"]) for one in decided(document)["decisions"]]


def test_together_two_tickets_change_hands_where_both_gain() -> None:
    assert [one[:2] for one in two_pairs("one_by_one", is_pair=True)] == [("T1", "b"), ("T2", "a")]
    found = two_pairs("together", is_pair=True)
    assert [one[:2] for one in found] == [("T1", "a"), ("T2", "b")]
    assert "an exchange with another ticket of this batch" in found[0][2]


def test_without_the_other_ticket_there_is_no_exchange() -> None:
    assert two_pairs("together", is_pair=False)[0][:2] == ("T1", "b")


def test_match_takes_facts_and_wants_beside_the_crew() -> None:
    crew = a_crew(a_technician("a"), a_technician("b"))
    policies = Policies().with_policy("crew", STORE, 1, crew)
    wants = Wants(place=(30.27, 120.15))
    near, far = Facts(place=(30.28, 120.16)), Facts(place=(30.90, 120.90))
    ticket = WaitingTicket(a_ticket(1).ticket_id, "normal", NOW, wants=wants)
    facts = {TechnicianId("a"): far, TechnicianId("b"): near}
    assert chosen(match(crew, [ticket], {}, policies, NOW, store_id=STORE, facts=facts)) == {1: "b"}


def test_a_new_version_of_the_policy_counts_at_once() -> None:
    crew = a_crew(a_technician("a", capacity=4), a_technician("b", capacity=4))
    policies = Policies().with_policy("crew", STORE, 1, crew)
    idle = {TechnicianId("a"): NOW - timedelta(hours=9), TechnicianId("b"): NOW}
    held = {TechnicianId("a"): 1}
    for version, mode, expected in ((1, "push", "b"), (2, "round_robin", "a"), (3, "push", "b")):
        policies = policies.with_policy("dispatch", "default", version, {"mode": mode})
        found = match(crew, [a_ticket(1)], held, policies, NOW, store_id=STORE, idle_since=idle)
        assert found[0].technician_id == expected
        assert found[0].decision.policies["dispatch/default"] == version
