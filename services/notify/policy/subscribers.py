"""Which subscribers want an event, and the body they get. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

import orjson

from shared.events.envelope import Attributes

EVERYTHING = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Somebody's address for events. `ordered`: the events of one ticket one after the other."""

    id: UUID
    event_types: frozenset[str]
    ordered: bool
    sender: str | None = None
    """The integration that subscribed: it gets what belongs to contacts of its own only. None: somebody else did."""

    def wants(self, event_type: str, senders: Collection[str]) -> bool:
        """Whether this event goes there.

        Its type is named, or all are (`*`), or all of its kind (`ticket.*`); `senders` are those it belongs to.
        """
        if self.sender is not None and self.sender not in senders:
            return False
        kind = event_type.partition(".")[0]
        return not self.event_types.isdisjoint((event_type, EVERYTHING, f"{kind}.*"))


def wanting(subscribers: Iterable[Subscriber], event_type: str, senders: Collection[str]) -> list[Subscriber]:
    """The subscribers that want an event of this type that belongs to contacts of `senders`."""
    return [subscriber for subscriber in subscribers if subscriber.wants(event_type, senders)]


def body_of(event: Attributes, value: bytes | None) -> bytes:
    """The event as recorded, in CloudEvents' structured JSON form: the attributes, and the data byte for byte."""
    document: dict[str, object] = {
        "specversion": "1.0",
        "id": str(event.id),
        "source": event.source,
        "type": event.type,
        "subject": event.subject,
        "time": event.occurred_at.isoformat(),
        "datacontenttype": "application/json",
        "dataschema": f"gongdan:{event.type}:{event.version}",
        "recordedat": event.recorded_at.isoformat(),
        "sequence": event.sequence,
        "causationid": str(event.causation_id),
        "correlationid": str(event.correlation_id),
        "actor": event.actor,
    }
    if event.traceparent is not None:
        document["traceparent"] = event.traceparent
    document["data"] = orjson.Fragment(value or b"null")
    return orjson.dumps(document)
