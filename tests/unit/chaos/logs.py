"""Logs, histories and answers that nobody wrote, so that checkers can be shown what is wrong."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.chaos.checks.log import Index
from tests.chaos.history import Operation, Outcome
from tests.chaos.log_reader import Raw


def a_fact(number: int = 1, **changes: Any) -> Raw:
    """The `number`th fact of a source on a ticket, in the partition and at the place of that number."""
    fact = Raw(
        place=f"tickets[0]@{number}",
        partition=0,
        offset=number,
        key="ticket-1",
        id=f"id-{changes.get('source', '/routing')}-{changes.get('subject', 'ticket-1')}-{number}",
        source="/routing",
        type="ticket.noted",
        subject="ticket-1",
        sequence=number,
        recorded_at="2026-11-22T02:15:00+00:00",
        data={},
    )
    changed = replace(fact, **changes)
    return changed if "key" in changes else replace(changed, key=changed.subject)


def a_contact_fact(number: int = 1, contact: str = "contact-1", **changes: Any) -> Raw:
    """A contact that became a ticket (the first), or joined it."""
    kind = "ticket.opened" if number == 1 else "ticket.followed_up"
    data = {"contact": {"contact_id": contact, "channel": "store"}}
    return a_fact(number, **{"source": "/intake", "type": kind, "data": data} | changes)


def indexed(facts: Sequence[Raw]) -> Index:
    """An index of these facts, whatever is wrong with them."""
    index = Index()
    index.take(facts)
    return index


def an_operation(kind: str, told: Any, *, at: tuple[float, float] = (0, 1), number: int = 0, **asked: Any) -> Operation:
    """One that was answered well."""
    known = {"path": "/intake/store/contacts", "repeats": False, "key": "k", "at_least": None, "version": 0}
    outcome: Outcome = "ok"
    return Operation(number, 1, "client-1", kind, known | asked, at[0], at[1], outcome, 200, told)


def a_told_contact(contact: str = "contact-1", disposition: str = "opened") -> dict[str, Any]:
    """What a caller is told."""
    return {"contact_id": contact, "disposition": disposition, "ticket_id": "ticket-1"}
