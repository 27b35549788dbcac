"""A routing database with a crew: tickets put into it as the reader would, commands as the front door gives them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from services.routing.consume import effect
from services.routing.handle.commands import Given, give
from services.routing.handle.policies import Proposed, apply
from services.routing.parts import Parts
from services.routing.store.deadlines import due_tickets
from services.routing.store.tickets import load_ticket
from services.routing.ticket.state import TicketState, Unopened
from services.routing.work.deadlines import answer_due
from services.routing.work.dispatch import dispatch_round
from services.routing.work.policies import PolicyBook
from shared import clock
from shared.database.pool import open_pool
from shared.errors import Refused
from shared.events.envelope import Attributes, Draft, Event
from shared.events.intake import Contact, Customer, TicketOpened
from shared.identity.principal import Principal, Role
from shared.ids import StoreId, TechnicianId, derived_id, uuid7
from shared.log.admission import Admitted
from shared.log.position import PositionWaiters
from shared.log.record import Record, headers_of, value_of
from tests.unit.routing.tickets import WORKFLOW, command

STORE = StoreId("hz-wulin")
OTHER_STORE = StoreId("hz-binjiang")
AGENT = Principal(Role.AGENT, "li")
BOSS = Principal(Role.BOSS, "chen")
EMPTY = """
    TRUNCATE tickets, decisions, commands, deadlines, waiting, crews, marks, technicians, policies, outbox, log_subjects
"""


def technician(number: int, store_id: StoreId = STORE) -> TechnicianId:
    return TechnicianId(f"t-{store_id}-{number:02}")


def as_technician(technician_id: TechnicianId, store_id: StoreId = STORE) -> Principal:
    return Principal(Role.TECHNICIAN, str(technician_id), store_id=store_id, technician_id=technician_id)


def a_store(name: str) -> dict[str, Any]:
    return {
        "name": {"zh-CN": name},
        "address": f"{name}路1号",
        "division": "330105",
        "email": f"{name}@stores.example",
        "phone": "+8657188000000",
    }


def a_crew(store_id: StoreId, technicians: int, capacity: int) -> dict[str, Any]:
    members = [
        {"id": technician(number, store_id), "name": f"师傅{number}", "capacity": capacity}
        for number in range(technicians)
    ]
    return {"technicians": members}


def an_opened_event(ticket_id: UUID, store_id: str | None = STORE, urgency: str = "normal") -> Event:
    contact = Contact(contact_id=derived_id(ticket_id), channel="store", external_id=str(ticket_id), digest="0" * 64)
    fact = TicketOpened(
        ticket_id=ticket_id,
        ticket_number="GD-261122-000018",
        contact=contact,
        customer=Customer(),
        description="杯子漏水",
        store_id=store_id,
        urgency=urgency,  # type: ignore[arg-type]  # one of three words
    )
    return Draft(
        subject=str(ticket_id),
        sequence=1,
        data=fact,
        occurred_at=clock.now(),
        recorded_at=clock.now(),
        causation_id=contact.contact_id,
        correlation_id=contact.contact_id,
        actor="store:wulin",
        purpose="contact",
    ).event()


def admitted(event: Event) -> Admitted:
    names = Attributes.__dataclass_fields__
    attributes = Attributes(**{name: getattr(event, name) for name in names})
    record = Record("tickets", 0, 0, event.subject.encode(), tuple(headers_of(event)), value_of(event))
    return Admitted(record, attributes, event.recorded_at, event.data)


@dataclass
class Desk:
    """One routing database, without Kafka: what is written lies in its outbox."""

    pool: asyncpg.Pool
    parts: Parts
    url: str
    opened: list[UUID] = field(default_factory=list)

    async def apply(self, *proposed: Proposed) -> list[dict[str, Any]]:
        return await apply(self.parts, proposed, by=BOSS, traceparent=None)

    async def set_up(self, *, technicians: int = 2, capacity: int = 2, accept_minutes: float = 30) -> "Desk":
        workflow = WORKFLOW | {"accept_minutes": accept_minutes}
        await self.apply(
            Proposed("store", STORE, a_store("武林")),
            Proposed("store", OTHER_STORE, a_store("滨江")),
            Proposed("crew", STORE, a_crew(STORE, technicians, capacity)),
            Proposed("crew", OTHER_STORE, a_crew(OTHER_STORE, 1, capacity)),
            Proposed("workflow", "default", workflow),
        )
        return self

    async def read(self, events: Sequence[Event]) -> None:
        """What the reader does with a batch."""
        async with self.pool.acquire() as connection, connection.transaction():
            await effect(lambda: self.parts.book.current)(connection, [admitted(one) for one in events])

    async def open(self, count: int = 1, **more: Any) -> list[UUID]:
        ids = [uuid7() for _ in range(count)]
        await self.read([an_opened_event(one, **more) for one in ids])
        self.opened += ids
        return ids

    async def dispatch(self) -> None:
        while await dispatch_round(self.pool, self.parts.book.current):
            pass

    async def answer_due(self) -> None:
        await answer_due(self.pool, self.parts.book.current, await due_tickets(self.pool, 100))

    async def give(
        self, ticket_id: UUID, name: str, by: Principal = AGENT, key: str | None = None, **fields: Any
    ) -> dict[str, Any]:
        body = await self.give_raw(ticket_id, name, by, key, **fields)
        answer: dict[str, Any] = orjson.loads(body)
        return answer

    async def give_raw(
        self, ticket_id: UUID, name: str, by: Principal = AGENT, key: str | None = None, **fields: Any
    ) -> bytes:
        return await give(self.parts, Given(ticket_id=ticket_id, command=command(name, **fields), by=by, key=key))

    async def try_to(self, *arguments: Any, **fields: Any) -> dict[str, Any] | Refused:
        try:
            return await self.give(*arguments, **fields)
        except Refused as refused:
            return refused

    async def state(self, ticket_id: UUID) -> TicketState:
        return await load_ticket(self.pool, ticket_id) or Unopened()

    async def statuses(self) -> dict[str, int]:
        rows = await self.pool.fetch("SELECT status, count(*) AS many FROM tickets GROUP BY status")
        return {row["status"]: row["many"] for row in rows}

    async def held(self) -> dict[str, int]:
        rows = await self.pool.fetch(
            "SELECT holder, count(*) AS many FROM tickets WHERE holder IS NOT NULL GROUP BY holder ORDER BY holder"
        )
        return {row["holder"]: row["many"] for row in rows}

    async def types(self, ticket_id: UUID) -> list[str]:
        rows = await self.pool.fetch("SELECT type FROM decisions WHERE ticket_id = $1 ORDER BY sequence", ticket_id)
        return [row["type"] for row in rows]

    async def facts(self, ticket_id: UUID, kind: str) -> list[dict[str, Any]]:
        rows = await self.pool.fetch(
            "SELECT value FROM decisions WHERE ticket_id = $1 AND type = $2 ORDER BY sequence", ticket_id, kind
        )
        return [orjson.loads(row["value"]) for row in rows]

    async def make_due(self) -> None:
        """As if the time of every offer were over."""
        await self.pool.execute("UPDATE deadlines SET due_at = due_at - interval '1 day'")


async def a_desk(url: str, **settings: Any) -> Desk:
    pool = await open_pool(url, application="test-desk", size_max=20)
    await pool.execute(EMPTY)  # quicker than a database for each test
    parts = Parts(pool, PolicyBook(pool), PositionWaiters(pool))
    return await Desk(pool, parts, url).set_up(**settings)


async def check_everything(desk: Desk) -> None:
    """What holds at every moment: sequences without gaps, the outbox in order, tables that follow from the states."""
    gaps = await desk.pool.fetch(
        """
        SELECT t.ticket_id FROM tickets AS t
        LEFT JOIN (SELECT ticket_id, count(*) AS many, max(sequence) AS last FROM decisions GROUP BY 1) AS d
        USING (ticket_id)
        WHERE t.version <> coalesce(d.many, 0) OR t.version <> coalesce(d.last, 0)
        """
    )
    assert gaps == []
    disorder = await desk.pool.fetch(
        """
        SELECT o.record_id FROM outbox AS o JOIN decisions AS d ON d.event_id = o.record_id
        JOIN outbox AS o2 ON o2.key = o.key JOIN decisions AS d2 ON d2.event_id = o2.record_id
        WHERE o.position < o2.position AND d.sequence > d2.sequence
        """
    )
    assert disorder == []
    late = await desk.pool.fetch(
        """
        SELECT a.ticket_id FROM decisions AS a JOIN decisions AS b USING (ticket_id)
        WHERE a.sequence < b.sequence AND a.recorded_at >= b.recorded_at
        """
    )
    assert late == []
    over = await desk.pool.fetch(
        "SELECT ticket_id FROM waiting JOIN tickets USING (ticket_id) WHERE holder IS NOT NULL"
    )
    assert over == []


async def side_by_side(*work: Any) -> list[Any]:
    return await asyncio.gather(*work)
