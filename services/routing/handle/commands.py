"""One command about one ticket: lock, load, decide, save with outbox, answer.

Order of locks: the crew (for commands that add load), then the ticket, then the rest. An Idempotency-Key is looked up
before the version is compared, so that a repeated command gets its first answer whatever happened since.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from services.routing.parts import Parts
from services.routing.store.answers import KeyedCommand, decisions_after, load_answer, save_answer
from services.routing.store.changes import Cause, Change, decided, unchanged
from services.routing.store.crews import Load, load_of, lock_crew
from services.routing.store.policies import has_newer_crew
from services.routing.store.save import save
from services.routing.store.tickets import database_now, load_ticket, lock_tickets
from services.routing.ticket.assign import ADDS_LOAD, crew_to_lock
from services.routing.ticket.commands import AnyPersonCommand, Asked
from services.routing.ticket.decide import decide
from services.routing.ticket.scope import check_commands, check_reads
from services.routing.ticket.state import TicketState, Unopened
from services.routing.ticket.transitions import Action, actions, is_stale
from shared.errors import FieldError, Refused, Unavailable
from shared.events.history import history_item
from shared.events.registry import encode
from shared.http.answers import json_bytes
from shared.identity.principal import Principal
from shared.ids import StoreId, derived_id, random_id
from shared.log.failpoints import failpoint
from shared.log.position import fact_position
from shared.policies import Policies

MEET_S_MAX = 2.0
"""How long a command waits for a ticket that was opened a moment ago."""
TRIES_MAX = 5
"""So often a command begins again when its ticket went to another crew or two transactions met each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One command as it came."""

    ticket_id: UUID
    command: AnyPersonCommand
    by: Principal
    key: str | None = None
    traceparent: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    """Of stores and technicians, for the lines of the answer."""

    def keyed(self) -> KeyedCommand | None:
        """The scope of its Idempotency-Key, with the digest of the body; None without a key."""
        if self.key is None:
            return None
        body = orjson.dumps(self.command.model_dump(mode="json", by_alias=True), option=orjson.OPT_SORT_KEYS)
        return KeyedCommand(self.by.actor, self.ticket_id, self.key, hashlib.sha256(body).digest())

    def causation_id(self) -> UUID:
        """The same for the same key, so that its facts have the same ids."""
        return random_id() if self.key is None else derived_id(self.by.actor, self.ticket_id, self.key)


class NotMet(Exception):  # noqa: N818 - an event: the ticket was not read from the log yet
    """Routing does not know the ticket."""


class CrewChanged(Exception):  # noqa: N818 - an event: the wrong crew is locked
    """The ticket went to another crew between looking and locking, or somebody came to the crew or left it."""


async def give(parts: Parts, given: Given) -> bytes:
    """Decide about the command; answers the JSON body `{events, version, position}`.

    Raises Refused: 403, 404 for a ticket that routing does not meet in time, 409 with what came in between, 422 with
    what is allowed; Unavailable when others stood in the way too often.
    """
    try:
        return await _give(parts, given)
    except NotMet:
        await _meet(parts, given.ticket_id)
        return await _give(parts, given)


async def read_actions(parts: Parts, ticket_id: UUID, by: Principal) -> tuple[TicketState, list[Action]]:
    """What may be done about a ticket now."""
    state = await load_ticket(parts.pool, ticket_id)
    if state is None or isinstance(state, Unopened):
        await _meet(parts, ticket_id)
        state = await load_ticket(parts.pool, ticket_id) or Unopened()
    check_reads(state, by)
    return state, actions(state, by, parts.book.current)


async def _meet(parts: Parts, ticket_id: UUID) -> None:
    """Wait until routing has read that the ticket was opened."""
    try:
        await parts.waiters.wait(fact_position(ticket_id, {"/intake": 1}), within_s=MEET_S_MAX)
    except Refused:
        raise not_found(ticket_id) from None


async def _give(parts: Parts, given: Given) -> bytes:
    policies = parts.book.current
    for _ in range(TRIES_MAX):
        crew = await _crew_of(parts, given, policies)
        try:
            async with parts.pool.acquire() as connection, connection.transaction():
                answer = await _decide(connection, given, crew, policies)
                failpoint("routing.command_before_commit")
            failpoint("routing.command_after_commit")
            return answer
        except (CrewChanged, asyncpg.TransactionRollbackError):
            policies = await parts.book.refresh()
    raise Unavailable(f"ticket {given.ticket_id} is too busy; try again")


async def _crew_of(parts: Parts, given: Given, policies: Policies) -> StoreId | None:
    """The crew whose load the command may add to, read without a lock."""
    if not isinstance(given.command, ADDS_LOAD):
        return None
    state = await load_ticket(parts.pool, given.ticket_id) or Unopened()
    return crew_to_lock(state, given.command, policies)


async def _decide(connection: Any, given: Given, crew: StoreId | None, policies: Policies) -> bytes:
    """One try, in one transaction."""
    if crew is not None:
        await lock_crew(connection, crew)
        if await has_newer_crew(connection, crew, policies):
            raise CrewChanged
    state = (await lock_tickets(connection, [given.ticket_id])).get(given.ticket_id)
    if state is None or isinstance(state, Unopened):
        raise NotMet
    if crew_to_lock(state, given.command, policies) != crew:
        raise CrewChanged
    keyed = given.keyed()
    if keyed is not None and (answer := await _answered(connection, keyed)) is not None:
        return answer
    check_commands(state, given.by)
    await _check_version(connection, given, state)
    load = await _load(connection, crew, policies)
    now = await database_now(connection)
    facts = decide(state, Asked(given.command, given.by, load.held, load.on_duty), policies, now)
    change = decided(unchanged(given.ticket_id, state), facts, _cause(given, state), now)
    await save(connection, [change])
    answer = _answer(given, change)
    if keyed is not None:
        await save_answer(connection, keyed, answer)
    return answer


async def _answered(connection: Any, keyed: KeyedCommand) -> bytes | None:
    """The first answer to this key. Raises Refused (422) when it came with another body."""
    found = await load_answer(connection, keyed)
    if found is None:
        return None
    if found.digest != keyed.digest:
        error = FieldError("Idempotency-Key", "a key that was not used yet, or the body it was used with", keyed.key)
        raise Refused(422, "Idempotency-Key used", "this key came with another body before", errors=[error])
    return found.answer


async def _check_version(connection: Any, given: Given, state: TicketState) -> None:
    """Raise Refused (409), with what came in between, when the sender saw a version that does not hold any more."""
    expected = given.command.expected_version
    if expected is None or not is_stale(state, expected):
        return
    rows = await decisions_after(connection, given.ticket_id, expected)
    events = [history_item(attributes, value, names=given.names) for attributes, value in rows]
    version = state.known.version
    raise Refused(
        409,
        "Version conflict",
        f"ticket {given.ticket_id}: expected version {expected}, it is {version}",
        extra={"version": version, "events": events, "position": _position(given.ticket_id, state)},
    )


async def _load(connection: Any, crew: StoreId | None, policies: Policies) -> Load:
    found = policies.crew(crew) if crew is not None else None
    return await load_of(connection, [one.id for one in found.technicians]) if found is not None else Load({}, {}, {})


def _cause(given: Given, state: TicketState) -> Cause:
    """A key that was swept and comes again at another version must not give an old id again."""
    return Cause(
        causation_id=given.causation_id(),
        purpose=f"command@{state.known.version}",
        actor=given.by.actor,
        traceparent=given.traceparent,
    )


def _answer(given: Given, change: Change) -> bytes:
    events = [history_item(event, encode(event.data), names=given.names) for event in change.events]
    version = change.after.known.version
    return json_bytes({"events": events, "version": version, "position": _position(given.ticket_id, change.after)})


def _position(ticket_id: UUID, state: TicketState) -> str:
    sequences = {"/intake": state.known.intake, "/routing": state.known.version}
    return fact_position(ticket_id, sequences)


def not_found(ticket_id: UUID) -> Refused:
    """The 404 for a ticket that routing did not meet in time."""
    return Refused(404, "Ticket not found", f"routing has not met ticket {ticket_id}")
