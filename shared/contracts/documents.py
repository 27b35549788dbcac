"""The documents that are made from the models and the topic cards: JSON Schemas and AsyncAPI."""

from pathlib import Path
from typing import Any

from shared.events.fact import Fact
from shared.events.registry import FACTS
from shared.log.topics import TopicCard, topic_cards

FOLDER = Path(__file__).parent
SCHEMAS = FOLDER / "schemas"
EXAMPLES = FOLDER / "examples"
ASYNCAPI = FOLDER / "asyncapi.json"

ATTRIBUTES: dict[str, dict[str, Any]] = {
    "ce_specversion": {"const": "1.0"},
    "ce_id": {"type": "string", "format": "uuid", "description": "derived: the same fact always has the same id"},
    "ce_source": {"enum": ["/intake", "/routing", "/notify"]},
    "ce_type": {"type": "string"},
    "ce_subject": {"type": "string", "description": "also the record's key"},
    "ce_time": {"type": "string", "format": "date-time", "description": "when it happened"},
    "ce_dataschema": {"type": "string", "pattern": r"^gongdan:[a-z_.]+:\d+$"},
    "ce_recordedat": {"type": "string", "format": "date-time", "description": "when it was written (database clock)"},
    "ce_sequence": {"type": "string", "pattern": r"^[1-9]\d*$", "description": "1, 2, 3 … per source and subject"},
    "ce_causationid": {"type": "string", "format": "uuid"},
    "ce_correlationid": {"type": "string", "format": "uuid"},
    "ce_actor": {"type": "string", "examples": ["agent:li", "system:routing"]},
    "ce_traceparent": {"type": "string", "description": "W3C trace context, where there is one"},
    "content-type": {"const": "application/json"},
}
OPTIONAL = {"ce_traceparent"}


def schema_of(fact: type[Fact]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the newest version of a type, fields about a person marked `x-personal`."""
    schema = fact.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"gongdan:{fact.TYPE}:{fact.VERSION}",
        "x-owner": fact.SOURCE,
        **schema,
    }


def schema_path(event_type: str, version: int) -> Path:
    """Where the schema of one version is committed."""
    return SCHEMAS / f"{event_type}.{version}.json"


def asyncapi_document() -> dict[str, Any]:
    """AsyncAPI 3: every topic as a channel, who sends and who receives, every message with its schema.

    Made from the topic cards: FastStream's own document knows what it subscribes, and our writes go through the
    relay.
    """
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Gongdan",
            "version": "1",
            "description": "CloudEvents 1.0 in Kafka's binary mode: attributes are headers, the value is data.",
        },
        "defaultContentType": "application/json",
        "channels": {channel_id(card): channel(card) for card in topic_cards()},
        "operations": {name: body for card in topic_cards() for name, body in operations(card).items()},
        "components": {
            "schemas": {"Attributes": attributes_schema()},
            "messages": {message_id(event_type): message(FACTS[event_type]) for event_type in sorted(FACTS)},
        },
    }


def channel_id(card: TopicCard) -> str:
    """A channel's id in the document."""
    return card.name.replace(".", "-")


def message_id(event_type: str) -> str:
    """A message's id in the document."""
    return event_type.replace(".", "-")


def channel(card: TopicCard) -> dict[str, Any]:
    """One topic."""
    types = sorted({event_type for owned in card.types.values() for event_type in owned} | {"log.fenced"})
    return {
        "address": card.name,
        "description": card.holds,
        "messages": {message_id(name): {"$ref": f"#/components/messages/{message_id(name)}"} for name in types},
        "bindings": {"kafka": {"partitions": card.partitions, "topicConfiguration": binding(card)}},
    }


def binding(card: TopicCard) -> dict[str, Any]:
    """The part of a topic's settings that the Kafka binding names."""
    return {
        "cleanup.policy": [card.config["cleanup.policy"]],
        "retention.ms": int(card.config["retention.ms"]),
        "retention.bytes": int(card.config["retention.bytes"]),
        "max.message.bytes": int(card.config["max.message.bytes"]),
    }


def operations(card: TopicCard) -> dict[str, Any]:
    """Who sends what to one topic, who receives from it."""
    reference = {"$ref": f"#/channels/{channel_id(card)}"}
    found: dict[str, Any] = {}
    for writer in card.writers:
        types = sorted({*card.types.get(writer, ()), "log.fenced"})
        messages = [{"$ref": f"#/channels/{channel_id(card)}/messages/{message_id(name)}"} for name in types]
        found[f"{writer}-sends-{channel_id(card)}"] = {"action": "send", "channel": reference, "messages": messages}
    for reader in card.readers:
        found[f"{reader}-receives-{channel_id(card)}"] = {"action": "receive", "channel": reference}
    return found


def message(fact: type[Fact]) -> dict[str, Any]:
    """One type."""
    return {
        "name": fact.TYPE,
        "summary": (fact.__doc__ or "").strip().splitlines()[0],
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/Attributes"},
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": schema_of(fact),
        },
    }


def attributes_schema() -> dict[str, Any]:
    """The headers that every event has."""
    return {
        "type": "object",
        "required": [name for name in ATTRIBUTES if name not in OPTIONAL],
        "properties": ATTRIBUTES,
    }
