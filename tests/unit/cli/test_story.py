"""The story and the stream say only what the front doors take."""

from itertools import islice

import pytest

from services.cli.sample import SAMPLE_STORE_ID, SAMPLE_TECHNICIAN_ID, sample_policies
from services.cli.story import FIRST_VISIT, SECOND_VISIT
from services.cli.stream import TROUBLES, contacts
from services.intake.channels.phone import PhoneContact
from services.intake.channels.store import StoreContact
from shared.policies import POLICY_KINDS, parse_policy

BODIES: dict[str, type[StoreContact | PhoneContact]] = {"store": StoreContact, "phone": PhoneContact}
MANY = 200


@pytest.mark.parametrize("visit", [FIRST_VISIT, {**SECOND_VISIT, "ticket_number": "GD-261122-000018"}])
def test_each_visit_of_the_story_is_a_contact(visit: dict[str, object]) -> None:
    assert StoreContact.model_validate(visit).store_id == SAMPLE_STORE_ID


def test_every_contact_of_the_stream_is_one_that_its_channel_takes() -> None:
    for contact in islice(contacts(), MANY):
        assert BODIES[contact.channel].model_validate(contact.body).description == contact.description


def test_no_two_contacts_of_the_stream_are_the_same() -> None:
    bodies = [contact.body for contact in islice(contacts(), MANY)]
    assert len({body.get("visit_id") or body["call_id"] for body in bodies}) == MANY


def test_troubles_are_known_for_every_category_of_product() -> None:
    assert all(TROUBLES.values())
    assert len(TROUBLES) == 10


def test_every_policy_of_the_sample_is_one_that_routing_takes() -> None:
    kinds = set()
    for kind, name, body in sample_policies():
        parse_policy(kind, name, body)
        kinds.add(kind)
    assert kinds == set(POLICY_KINDS)


def test_the_principals_of_run_json_are_of_the_sample_chain() -> None:
    policies = {(kind, name): body for kind, name, body in sample_policies()}
    crew = policies["crew", SAMPLE_STORE_ID]["technicians"]
    assert ("store", SAMPLE_STORE_ID) in policies
    assert SAMPLE_TECHNICIAN_ID in {technician["id"] for technician in crew}
