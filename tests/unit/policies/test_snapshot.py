import pytest

from shared.errors import Refused
from shared.policies import Policies, policy_body

A_CREW = {"technicians": [{"id": "t-1", "name": "王", "capacity": 2}]}


def test_a_snapshot_stays_as_it_was_when_a_policy_is_published() -> None:
    before = Policies().with_policy("crew", "a", 1, A_CREW)
    after = before.with_policy("crew", "a", 2, {"technicians": []})
    assert (before.version("crew", "a"), after.version("crew", "a")) == (1, 2)
    assert before.technician("t-1") is not None
    assert after.technician("t-1") is None


def test_a_technician_is_found_with_the_store_of_the_crew() -> None:
    found = Policies().with_policy("crew", "a", 1, A_CREW).technician("t-1")
    assert found is not None
    assert (found[0], found[1].name) == ("a", "王")


def test_what_nobody_published_is_none_and_version_zero() -> None:
    empty = Policies()
    assert empty.store("a") is None
    assert empty.workflow() is None
    assert empty.version("store", "a") == 0


def test_dispatch_has_defaults_before_anybody_published_it() -> None:
    assert Policies().dispatch().weights.free == 10


def test_the_same_policies_give_the_same_snapshot_in_any_order() -> None:
    one = Policies().with_policy("crew", "a", 1, A_CREW).with_policy("crew", "b", 1, {"technicians": []})
    other = Policies().with_policy("crew", "b", 1, {"technicians": []}).with_policy("crew", "a", 1, A_CREW)
    assert [(e.key, policy_body(e.body)) for e in one.of_kind("crew")] == [
        (e.key, policy_body(e.body)) for e in other.of_kind("crew")
    ]


def test_a_body_that_cannot_be_read_leaves_no_snapshot() -> None:
    with pytest.raises(Refused):
        Policies().with_policy("crew", "a", 1, {"technicians": "all"})
