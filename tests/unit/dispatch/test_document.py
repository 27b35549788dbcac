"""What a document may say, in how many ways, and what is said about one that is wrong."""

import math
from typing import Any

import pytest

from services.routing.dispatch.hours import zone_of
from shared.errors import Unreadable
from shared.policies.zones import time_zone
from tests.unit.dispatch.documents import FAR, HERE, NEAR, Document, a_document, at, decided, someone


def removed(technician: Document, *, policy: Document | None = None, **ticket: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = decided(a_document(technician, policy=policy, **ticket))["removed"]
    return found


@pytest.mark.parametrize(
    ("name", "fact", "ticket"),
    [
        ("dependency", {}, {"blocked_by": ["T0"]}),
        ("store", {"store": "s2"}, {}),
        ("territory", {"territories": ["330200"]}, {"division": "330110"}),
        ("excluded", {"excluded_customers": ["c1"]}, {"customer": {"id": "c1", "name": "王芳"}}),
        ("excluded", {}, {"excluded": "a"}),
        ("skills", {}, {"skills": ["piano"]}),
        ("skills", {"skills": {"piano": 2}}, {"skills": {"piano": 3}}),
        ("parts", {"parts": ["seal"]}, {"parts": ["pump", "seal"]}),
        ("on_duty", {"on_duty": False}, {}),
        ("shift", {"shift": [["09:00", "12:00"]]}, {}),
        ("shift", {"shift": []}, {}),
        ("leave", {"leave": True}, {}),
        ("radius", {"location": FAR, "radius_km": 5}, {"location": HERE}),
        ("already_asked", {}, {"asked": ["a"]}),
        ("declined", {"declined": ["T1"]}, {}),
        ("declined", {}, {"declined": {"a": at(-59)}}),
        ("fairness", {"assigned_recently": 100}, {}),
        ("fairness", {"assigned_recently": [at(-59)] * 100}, {}),
        ("capacity", {"load": 4}, {}),
        ("capacity", {"held": [{"id": "T8", "units": 3}]}, {"units": 2}),
        ("capacity", {"held": ["T8"]}, {"units": "whole"}),
        ("capacity", {"capacity": 0}, {}),
        ("capacity", {"open_tickets": 4}, {}),
        ("on_duty", {"available": False}, {}),
        ("leave", {"on_leave": True}, {}),
        ("radius", {**FAR, "max_radius_km": 5}, {"latitude": HERE["lat"], "longitude": HERE["lon"]}),
        ("skills", {"skills": [{"skill": "piano", "level": 2}]}, {"skills": [{"name": "piano", "level": 3}]}),
        ("territory", {"territory": "330200"}, {"address": {"text": "余杭区五常", "code": "330110", "names": []}}),
        ("excluded", {"excluded_customers": ["c1"]}, {"customer": {"customer_id": "c1", "name": None, "phone": None}}),
    ],
)
def test_each_fact_is_found_by_the_filter_of_its_name(name: str, fact: Document, ticket: Document) -> None:
    assert removed(someone("a", **fact), **ticket) == {name: ["a"]}


@pytest.mark.parametrize(
    ("fact", "ticket"),
    [
        ({"store": ["s2", "s1"]}, {}),
        ({"divisions": ["330100"]}, {"division": "330110005"}),
        ({"skills": {"piano": 3}}, {"skills": {"piano": 3}}),
        ({"shift": "15:00-18:00"}, {}),
        ({"shift": {"sun": [["15:00", "18:00"]]}}, {}),
        ({"shift": {"from": at(-1), "to": at(1)}}, {}),
        ({"shift": [["22:00", "17:00"]]}, {}),
        ({"shift": [["15:59:30", "24:00:00"]]}, {}),
        ({"leave": []}, {}),
        ({"leave": ["2026-11-21"]}, {}),
        ({"leave": [["2026-11-20", "2026-11-21"]]}, {}),
        ({"leave": [{"from": at(-60), "to": at(0), "kind": "ill"}]}, {}),
        ({"location": FAR}, {"location": HERE}),
        ({"radius_km": 1}, {"location": HERE}),
        ({"declined": [{"ticket": "T1", "at": at(-60)}]}, {}),
        ({"declined": {"T2": at(0)}}, {}),
        ({"declined": ["T1"]}, {"policy": {"declined_again_after_s": 0}}),
        ({}, {"declined": ["a"], "policy": {"declined_again_after_s": 0}}),
        ({"assigned_recently": [at(-60)] * 100}, {}),
        ({"load": 0}, {"units": "whole"}),
        ({"load": 2}, {"units": 2}),
    ],
)
def test_what_just_holds_removes_nobody(fact: Document, ticket: Document) -> None:
    assert removed(someone("a", **fact), **ticket) == {}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tickt": {}}, "tickt: unknown field, expected one of id, now"),
        ({"now": "2026-11-22T08:00:00"}, "now: expected an instant with its offset"),
        ({"now": "2026-W47-7T08:00:00Z"}, "now: expected an instant with its offset"),
        (
            {"ticket": {"division": "hangzhou"}},
            "ticket.division: expected the code of a division, such as 33",
        ),
        ({"ticket": {"address": {"code": "33011"}}}, "ticket.address.code: expected the code of a division"),
        (
            {"technicians": [{"id": "a", "divisions": ["330110", "杭州市"]}]},
            "technicians[0].divisions[1]: expected the code of a division, such as 330110, got the text 杭州市",
        ),
        (
            {"ticket": {"location": {"lat": 30, "lon": 120, "datum": "GCJ02"}}},
            "ticket.location.datum: expected one of WGS-84, GCJ-02, BD-09, got GCJ02",
        ),
        ({"ticket": {"skils": []}}, "ticket.skils: unknown field"),
        ({"ticket": {"priority": "top"}}, "ticket.priority: expected one of low, normal"),
        ({"ticket": {"units": 0}}, "ticket.units: expected a whole number, 1 or more, got 0"),
        ({"ticket": {"id": "a", "ticket_id": "b"}}, "ticket.ticket_id: said twice"),
        ({"ticket": {"location": {"lat": 300, "lon": 1}}}, "ticket.location.lat: expected degrees from -90 to 90"),
        (
            {"ticket": {"location": {"lat": "30", "lon": 120}}},
            "ticket.location.lat: expected degrees from -90 to 90, got the text 30",
        ),
        ({"technicians": [{"id": "a", "radius_km": "5"}]}, "technicians[0].radius_km: expected a number above 0, at m"),
        (
            {"technicians": [{"id": "a", "capacity": "4"}]},
            "technicians[0].capacity: expected a whole number, 0 or more and at most 1000000000, got the text 4",
        ),
        (
            {"technicians": [{"id": "a", "on_duty": "true"}]},
            "technicians[0].on_duty: expected true or false, got the t",
        ),
        ({"technicians": {}}, "technicians: expected a list, got dict"),
        ({"technicians": [{"name": "x"}]}, "technicians[0].id: expected a text, got nothing"),
        ({"technicians": [{"id": "a"}, {"id": "a"}]}, "technicians[1].id: expected each technician once"),
        ({"technicians": [{"id": "a", "capacity": -1}]}, "technicians[0].capacity: expected a whole number"),
        (
            {"technicians": [{"id": "a", "capacity": 1e30}]},
            "technicians[0].capacity: expected a whole number, 0 or more",
        ),
        ({"technicians": [{"id": "a", "capacity": math.inf}]}, "technicians[0].capacity: expected a whole number"),
        ({"technicians": [{"id": "a", "capacity": math.nan}]}, "technicians[0].capacity: expected a whole number"),
        ({"technicians": [{"id": "a", "shift": [["9", "x"]]}]}, "technicians[0].shift[0]: expected wall times"),
        *(
            ({"technicians": [{"id": "a", "shift": [pair]}]}, "technicians[0].shift[0]: expected wall times such as")
            for pair in (
                ["01:00Z", "10:00Z"],
                ["09:00+02:00", "18:00+02:00"],
                ["24:00", "24:00"],
                ["09", "18"],
                ["09:00:00.5", "18:00"],
                ["09:00", "24:01"],
            )
        ),
        ({"technicians": [{"id": "a", "leave": ["20261122"]}]}, "technicians[0].leave[0]: expected a date"),
        ({"technicians": [{"id": "a", "leave": ["soon"]}]}, "technicians[0].leave[0]: expected a date"),
        (
            {"technicians": [{"id": "a", "on_duty": "yes"}]},
            "technicians[0].on_duty: expected true or false, got the text yes",
        ),
        ({"technicians": [{"id": "a", "lat": 30.1}]}, "technicians[0]: expected lat and lon, got lat"),
        ({"technicians": [{"id": "a", "lng": 181}]}, "technicians[0].lng: expected degrees from -180 to 180"),
        ({"ticket": {"lat": 1, "lon": 2, "location": [1, 2]}}, "ticket.lat: said twice, a location is here too"),
        ({"ticket": {"skills": [{"level": 2}]}}, "ticket.skills[0]: expected skill and level, got level"),
        ({"ticket": {"address": {"kode": "330110"}}}, "ticket.address.kode: unknown field, expected one of code"),
        ({"store": []}, "store.id: expected a text, got list"),
        ({"policy": []}, "policy: expected an object, got list"),
        ({"policy": {"weights": 3}}, "policy.weights: expected an object, got 3"),
        ({"policy": {"mode": "rund"}}, "policy.mode: expected 'push', 'pull', 'round_robin' or 'dispatcher', got rund"),
        ({"policy": {"weights": {"free": -1}}}, "policy.weights.free: expected greater than or equal to 0, got -1"),
        ({"policy": {"weights": {"luck": 1}}}, "policy.weights.luck: unknown field of a policy"),
        ({"policy": {"ladder": [{"after_s": 9}, {"after_s": 1}]}}, "policy: ladder: expected after_s"),
        ({"zone": "Asia/Nowhere"}, "zone: expected an IANA zone"),
        ({"tickets": []}, "ticket: expected either ticket or tickets"),
        ({"ticket": None, "tickets": [{"id": 1}, {"id": "1"}]}, "tickets[1].id: expected each ticket once, 1 is here"),
    ],
)
def test_what_is_wrong_is_named(change: Document, words: str) -> None:
    with pytest.raises(Unreadable) as caught:
        decided({**a_document(someone("a")), **change})
    assert str(caught.value).startswith(words)


def test_a_technician_without_a_place_is_at_the_store() -> None:
    document = a_document(someone("a", location=FAR), someone("b"), location=HERE)
    assert decided({**document, "store": {"id": "s1", "location": NEAR}})["inputs"]["km"]["b"] < 5


def test_several_tickets_are_decided_in_the_order_of_service() -> None:
    document = a_document(someone("a", capacity=1))
    del document["ticket"]
    document["tickets"] = [{"id": "T1"}, {"id": "T2", "priority": "urgent"}]
    answers = decided(document)["decisions"]
    assert [(one["ticket"], one["chosen"]) for one in answers] == [("T2", "a"), ("T1", None)]


def test_a_load_over_the_capacity_is_full_and_no_error() -> None:
    assert removed(someone("a", load=9)) == {"capacity": ["a"]}


def test_wall_times_are_those_of_the_pinned_tables_and_not_of_the_machine() -> None:
    assert zone_of("America/Havana", "zone") is time_zone("America/Havana")


def test_a_ticket_and_a_technician_can_be_given_as_the_projection_shows_them() -> None:
    nobody = {"customer_id": None, "name": None, "phone": None}
    nowhere = {"text": None, "code": None, "names": [None] * 4}
    shown = {"ticket_id": "T1", "version": 3, "status": "queued", "customer": nobody, "address": nowhere}
    shown |= {"technician_id": None, "order_id": None, "queue": {"name": "s1", "reason": "no_capacity"}, "tags": []}
    technician = {"id": "a", "name": "李", "store_id": "s1", "skills": [], "on_duty": True, "capacity": 4, "load": 1}
    assert decided({"now": at(0), "store": 7, "ticket": shown, "technicians": [{**technician, "store_id": 7}]})[
        "chosen"
    ]


def test_an_error_does_not_offer_fields_that_are_not_looked_at() -> None:
    with pytest.raises(Unreadable) as caught:
        decided({**a_document(someone("a")), "ticket": {"skils": []}})
    assert "description" not in str(caught.value)


def test_of_two_who_say_when_it_was_declined_the_later_counts() -> None:
    two_days, a_minute = at(-2880), at(-1)
    for by_ticket, by_technician in ((two_days, a_minute), (a_minute, two_days)):
        technician = someone("a", declined={"T1": by_technician})
        assert removed(technician, declined={"a": by_ticket}) == {"declined": ["a"]}
    assert removed(someone("a", declined={"T1": two_days}), declined={"a": two_days}) == {}


def test_of_two_who_say_when_the_customer_was_served_the_later_counts() -> None:
    a_month, a_day = at(-43_200), at(-1440)
    for by_ticket, by_technician in ((a_month, a_day), (a_day, a_month)):
        crew = [someone("a", served={"c1": by_technician}), someone("b")]
        answer = decided(a_document(*crew, policy={"affinity": ["history"]}, customer="c1", history={"a": by_ticket}))
        assert answer["candidates"] == ["a", "b"]
        assert answer["scores"]["a"] > answer["scores"]["b"]


def test_a_skill_that_is_said_twice_has_the_higher_level() -> None:
    for said in (["piano", {"skill": "piano", "level": 3}], [{"skill": "piano", "level": 3}, "piano"]):
        assert removed(someone("a", skills=said), skills={"piano": 3}) == {}


def test_places_of_different_datums_are_measured_on_one() -> None:
    # GCJ-02 shows this place of WGS-84 half a kilometre further to the south-east.
    shifted = {"lat": 30.267683, "lon": 120.154706, "datum": "GCJ-02"}
    here = decided(a_document(someone("a", location=shifted), location={**HERE, "datum": "WGS-84"}))
    assert here["inputs"]["km"]["a"] < 0.01


@pytest.mark.parametrize(
    ("facts", "hours"),
    [
        ({"shift": [[at(-60), at(120)]]}, 2),
        ({"shift": [[at(-60), at(1)], [at(1), at(240)]]}, 4),
        ({"shift": [[at(-60), at(1)], [at(2), at(240)]]}, 1 / 60),
        ({"shift": [[at(-60), at(240)]], "leave": [[at(60), at(90)]]}, 1),
        ({"shift": [[at(-60), at(240)]], "leave": [[at(-90), at(-30)]]}, 4),
    ],
)
def test_what_is_left_of_the_shift_goes_on_into_the_next_and_ends_with_leave(facts: Document, hours: float) -> None:
    only_today = dict.fromkeys(("free", "skill", "idle"), 0) | {"today": 1}
    answer = decided(a_document(someone("a", **facts), policy={"weights": only_today}))
    assert answer["scores"]["a"] == pytest.approx(hours / 8, abs=1e-6)
