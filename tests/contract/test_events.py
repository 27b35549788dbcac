"""Schemas equal what is committed, every example is an event, every type has one owner."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from cloudevents.core.formats.json import JSONFormat

from shared.contracts.documents import ASYNCAPI, EXAMPLES, SCHEMAS, asyncapi_document, schema_of, schema_path
from shared.contracts.write import as_text
from shared.events.fact import PersonalMark
from shared.events.registry import FACTS, UPCASTERS, decode, encode
from shared.log.record import read_attributes
from shared.log.topics import topic_cards

EXAMPLE_FILES = sorted(EXAMPLES.glob("*/*.json"))
PERSONAL_NAMES = {"name", "phone", "email", "description", "address_text", "text", "address", "detail"}


def example(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def headers(found: dict[str, Any]) -> list[tuple[str, bytes | None]]:
    return [(name, value.encode()) for name, value in found["headers"].items()]


@pytest.mark.parametrize("event_type", sorted(FACTS))
def test_a_schema_changes_only_with_a_new_version(event_type: str) -> None:
    fact = FACTS[event_type]
    committed = schema_path(event_type, fact.VERSION).read_text(encoding="utf-8")
    assert committed == as_text(schema_of(fact)), f"{event_type}: give it a new VERSION, an upcaster and an example"


@pytest.mark.parametrize("event_type", sorted(FACTS))
def test_every_version_of_a_type_has_a_schema_an_example_and_a_way_up(event_type: str) -> None:
    versions = {read_attributes(headers(example(path))).version for path in (EXAMPLES / event_type).glob("*.json")}
    expected = set(range(1, FACTS[event_type].VERSION + 1))
    assert versions == expected
    assert {int(path.stem.rpartition(".")[2]) for path in SCHEMAS.glob(f"{event_type}.*.json")} == expected
    assert {version for name, version in UPCASTERS if name == event_type} == expected - {FACTS[event_type].VERSION}


@pytest.mark.parametrize("path", EXAMPLE_FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_example_is_an_event_of_its_version(path: Path) -> None:
    found = example(path)
    attributes = read_attributes(headers(found))
    assert attributes.type == path.parent.name
    value = json.dumps(found["data"]).encode()
    fact = decode(attributes.type, attributes.version, value)
    schema = json.loads(schema_path(attributes.type, attributes.version).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(found["data"])
    if attributes.version == fact.VERSION:
        assert json.loads(encode(fact)) == found["data"]


@pytest.mark.parametrize("path", EXAMPLE_FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_example_is_a_cloud_event_for_the_reference_library(path: Path) -> None:
    found = example(path)
    raw = dict(headers(found))
    kafka = {name: value for name, value in raw.items() if value is not None}
    event = from_binary_event(KafkaMessage(kafka, b"key", json.dumps(found["data"]).encode()), JSONFormat())
    assert event.get_type() == found["headers"]["ce_type"]
    assert event.get_subject() == found["headers"]["ce_subject"]
    assert event.get_extension("sequence") == found["headers"]["ce_sequence"]


def test_version_1_of_ticket_opened_is_lifted() -> None:
    found = example(EXAMPLES / "ticket.opened" / "version-1.json")
    newest = example(EXAMPLES / "ticket.opened" / "leaking-cup.json")
    lifted = decode("ticket.opened", 1, json.dumps(found["data"]).encode())
    expected = dict(newest["data"])
    expected["contact"] = {**expected["contact"], "details": {}}
    assert json.loads(encode(lifted)) == expected


def test_every_type_stands_on_one_card_under_its_one_owner() -> None:
    owners = Counter((owned, owner) for card in topic_cards() for owner, types in card.types.items() for owned in types)
    assert set(owners.values()) == {1}
    assert {(name, fact.SOURCE.strip("/")) for name, fact in FACTS.items() if name != "log.fenced"} == set(owners)


def test_every_field_about_a_person_is_marked() -> None:
    for fact in FACTS.values():
        schema = schema_of(fact)
        for part in (schema, *schema.get("$defs", {}).values()):
            for name, field in part.get("properties", {}).items():
                if name in PERSONAL_NAMES and part.get("title") not in {"Product", "PolicyPublished", "TicketRouted"}:
                    assert field.get("x-personal") or "$ref" in field, f"{fact.TYPE}: {part.get('title')}.{name}"
    assert PersonalMark.__doc__


def test_the_asyncapi_document_is_the_committed_one() -> None:
    assert ASYNCAPI.read_text(encoding="utf-8") == as_text(asyncapi_document())
