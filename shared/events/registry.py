"""Which model a type has, who owns it, and how an old version is lifted to the newest one."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import orjson
from pydantic import ValidationError

from shared.errors import Unreadable
from shared.events import intake, log, notify, policies, routing
from shared.events.fact import Fact

FACTS: Mapping[str, type[Fact]] = MappingProxyType(
    {
        fact.TYPE: fact
        for fact in (
            intake.TicketOpened,
            intake.TicketFollowedUp,
            routing.TicketRouted,
            routing.TicketQueued,
            routing.TicketAssigned,
            routing.TicketAccepted,
            routing.TicketDeclined,
            routing.TicketOfferExpired,
            routing.DeadlineWarned,
            routing.TicketStarted,
            routing.TicketWaited,
            routing.TicketResumed,
            routing.TicketResolved,
            routing.TicketClosed,
            routing.TicketReopened,
            routing.TicketCancelled,
            routing.TicketReplied,
            routing.TicketNoted,
            routing.TicketPrioritySet,
            notify.NotificationSent,
            notify.NotificationFailed,
            notify.NotificationSuppressed,
            policies.PolicyPublished,
            log.LogFenced,
        )
    }
)

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTERS: Mapping[tuple[str, int], Upcaster] = MappingProxyType(
    {("ticket.opened", 1): intake.lift_ticket_opened_1},
)
"""`(type, version)` → the function that makes version + 1 of it."""


class NewerThanThisProgram(Exception):  # noqa: N818 - not an error: it is parked and tried again at the next start
    """A type or version from its owner that this program does not know yet."""


READ: Mapping[str, tuple[int, Callable[[bytes], Fact]]] = MappingProxyType(
    {name: (fact.VERSION, fact.__pydantic_validator__.validate_json) for name, fact in FACTS.items()}
)
"""Type → its newest version, and what reads its bytes: `model_validate_json` without its wrapper (1 µs of 7)."""


def decode(event_type: str, version: int, value: bytes | None) -> Fact:
    """The fact in `value`, lifted to the newest version.

    Raises NewerThanThisProgram for an unknown type or a later version, Unreadable for bytes that are not what their
    type says.
    """
    newest, read = READ.get(event_type, (0, None))
    if read is None or version > newest:
        raise NewerThanThisProgram(f"{event_type} version {version}")
    try:
        if version == newest:
            return read(value or b"")
        return FACTS[event_type].model_validate(lift(event_type, version, orjson.loads(value or b"")), strict=False)
    except (ValidationError, orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"{event_type} version {version}: {describe(error)}") from error


def lift(event_type: str, version: int, data: dict[str, Any]) -> dict[str, Any]:
    """`data` of `version`, as the newest version of its type has it."""
    newest = FACTS[event_type].VERSION
    while version < newest:
        data = UPCASTERS[event_type, version](data)
        version += 1
    return data


def encode(fact: Fact) -> bytes:
    """The bytes of `fact` as they go on the log (JSON, UTF-8, every field, names as declared)."""
    return fact.__pydantic_serializer__.to_json(fact)


def describe(error: Exception) -> str:
    """What was expected and what came, without the values (they may be about a person)."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']} ({error.error_count()} in all)"
    return f"{type(error).__name__}: {error}"
