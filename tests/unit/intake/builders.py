"""Contacts and bodies, as tests need them."""

from datetime import UTC, datetime
from typing import Any

from services.intake.contact import Arrival, Recorded, contact_id_of
from shared.ids import TicketId, uuid7

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def a_visit(**changes: Any) -> dict[str, Any]:
    """The body of a visit, as a counter posts it."""
    return {
        "visit_id": "visit-1",
        "store_id": "hz-wulin",
        "clerk": "王芳",
        "customer": {"name": "李雷", "phone": "138 0013 8000"},
        "description": "杯子漏水",
    } | changes


def a_call(**changes: Any) -> dict[str, Any]:
    """The body of a call, as an agent posts it."""
    return {
        "call_id": "call-1",
        "caller": "13800138000",
        "callee": "0571-88888888",
        "description": "杯子漏水",
    } | changes


def an_arrival(**changes: Any) -> Arrival:
    """A contact that came in at a counter."""
    given = {
        "channel": "store",
        "external_id": "visit-1",
        "digest": b"\x01" * 32,
        "description": "杯子漏水",
        "actor": "integration:till",
    }
    return Arrival(**(given | changes))


def recorded(arrival: Arrival, **changes: Any) -> Recorded:
    """What stands in the database after `arrival` opened the fourth ticket of a day."""
    contact_id = contact_id_of(arrival.channel, arrival.external_id)
    given: dict[str, Any] = {
        "is_new": True,
        "digest": arrival.digest,
        "contact_id": contact_id,
        "disposition": "opened",
        "ticket_id": TicketId(uuid7()),
        "ticket_number": "GD-261122-000042",
        "related_ticket_ids": [],
        "sequence": 1,
        "recorded_at": NOW,
        "opening_contact_id": contact_id,
    }
    return Recorded(**(given | changes))
