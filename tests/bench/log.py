"""A log of realistic shape, straight into Kafka: many tickets under way at once, sequences as writers give them."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

from aiokafka import AIOKafkaProducer

from shared.events import intake, notify, routing
from shared.events.envelope import Event
from shared.events.fact import Decision, Fact, Seen
from shared.ids import derived_id
from shared.log.kafka import Kafka
from shared.log.record import headers_of, value_of

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
APART = timedelta(milliseconds=37)
UNDER_WAY = 400
"""So many tickets are told of side by side; an ended one makes place for a new one."""
CHUNK = 2_000
STORES = tuple(f"s-{n:02}" for n in range(20))
MATTERS = (
    "上个月买的双层玻璃杯，杯子漏水，夹层里都是水，盖子拧紧了还是漏。",
    "电热水壶不加热，按下去灯亮一下就灭，昨天还好好的，请尽快派人来看。",
    "沙发腿松动，坐上去摇晃，家里有老人，怕摔着，想换一只新的。",
    "The ceiling lamp flickers in the evening and buzzes; it was installed last week.",
    "收納櫃少了一包螺絲，說明書上的第七步裝不上，師傅可以帶配件過來嗎？",
)
SEEN_BY_ROUTING = Seen(intake=1)


async def write_log(kafka: Kafka, count: int) -> int:
    """Write about `count` events, whole tickets; answers how many."""
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap_servers,
        enable_idempotence=True,
        acks="all",
        linger_ms=5,
        max_batch_size=512 * 1024,
    )
    await producer.start()
    written = 0
    try:
        log = events(random.Random(7), count)
        while chunk := list(islice(log, CHUNK)):
            sent = [
                await producer.send(
                    kafka.topic("tickets"), key=event.subject.encode(), value=value_of(event), headers=headers_of(event)
                )
                for event in chunk
            ]
            await asyncio.gather(*sent)
            written += len(chunk)
    finally:
        await producer.stop()
    return written


def events(chance: random.Random, count: int) -> Iterator[Event]:
    """Whole tickets, their events among each other's, until there are about `count`."""
    number = told = 0
    under_way: list[Iterator[Event]] = []
    clock = Clock()
    while told < count or under_way:
        while len(under_way) < UNDER_WAY and told + len(under_way) * 8 < count:
            number += 1
            under_way.append(ticket_events(number, chance, clock))
        at = chance.randrange(len(under_way))
        event = next(under_way[at], None)
        if event is None:
            under_way[at] = under_way[-1]
            under_way.pop()
            if told >= count and not under_way:
                return
            continue
        told += 1
        yield event


class Clock:
    """Rises with each event."""

    def __init__(self) -> None:
        self._at = BEGIN

    def __call__(self) -> datetime:
        self._at += APART
        return self._at


def ticket_events(number: int, chance: random.Random, clock: Clock) -> Iterator[Event]:
    """The life of one ticket: eight to ten events from three sources."""
    ticket_id = derived_id("bench ticket", number)
    last: dict[str, int] = {}
    correlation_id = derived_id("contact", "store", f"bench-{number}")
    cause = correlation_id
    for position, fact in enumerate(facts(ticket_id, number, chance, clock)):
        source = fact.SOURCE
        last[source] = last.get(source, 0) + 1
        at = clock()
        event = Event(
            id=derived_id(source, ticket_id, position),
            source=source,
            type=fact.TYPE,
            version=fact.VERSION,
            subject=str(ticket_id),
            sequence=last[source],
            occurred_at=at,
            recorded_at=at,
            causation_id=cause,
            correlation_id=correlation_id,
            actor="system:routing" if source == "/routing" else "integration:till",
            data=fact,
        )
        cause = event.id
        yield event


def facts(ticket_id: UUID, number: int, chance: random.Random, clock: Clock) -> Iterator[Fact]:
    """What happens to it."""
    store_id = chance.choice(STORES)
    technician_id = f"t-{store_id}-{chance.randrange(5)}"
    yield opened(ticket_id, number, store_id, chance)
    yield mail(ticket_id, "ticket.opened", "customer", number)
    yield routed(store_id)
    yield assigned(store_id, technician_id, clock)
    yield mail(ticket_id, "ticket.assigned", "technician", number)
    yield routing.TicketAccepted(seen=SEEN_BY_ROUTING, technician_id=technician_id)
    if chance.random() < 0.5:
        yield routing.TicketNoted(seen=SEEN_BY_ROUTING, text="客人下午三点以后在家")
    yield routing.TicketStarted(seen=SEEN_BY_ROUTING)
    if chance.random() < 0.8:
        yield routing.TicketResolved(seen=SEEN_BY_ROUTING, reason="换了密封圈")
        yield mail(ticket_id, "ticket.resolved", "customer", number)


def opened(ticket_id: UUID, number: int, store_id: str, chance: random.Random) -> intake.TicketOpened:
    customer = chance.randrange(1, 500)
    return intake.TicketOpened(
        ticket_id=ticket_id,
        ticket_number=f"GD-261122-{number:06}",
        contact=intake.Contact(
            contact_id=derived_id("contact", "store", f"bench-{number}"),
            channel="store",
            external_id=f"bench-{number}",
            digest="6f" * 32,
            details={"clerk": "小陈"},
        ),
        customer=intake.Customer(
            customer_id=f"C{customer:05}",
            name="王小明",
            phone=f"+86166{customer:08}",
            email=f"c{customer:05}@mail.example",
            language="zh-CN",
        ),
        description=chance.choice(MATTERS),
        address_text="浙江省杭州市余杭区文一西路969号3幢2单元",
        store_id=store_id,
        order_id=f"DD-261016-{customer:04}",
        product_sku="CUP-002",
        product=intake.Product(sku="CUP-002", name="双层玻璃杯", category="drinkware"),
    )


def routed(store_id: str) -> routing.TicketRouted:
    return routing.TicketRouted(
        seen=SEEN_BY_ROUTING,
        store_id=store_id,
        priority="normal",
        category="leak",
        skills=["general"],
        address=routing.AddressFound(code="330110", names=["浙江省", "杭州市", "余杭区", None], confidence=0.9),
        workflow="default@1",
        decision=Decision(
            rule="county",
            candidates=[store_id],
            policies={"territory/zhejiang": 1, "division/sample": 1},
            inputs={"code": "330110", "confidence": 0.9},
            words={"zh": "地址在余杭区", "en": "the address is in Yuhang"},
        ),
    )


def assigned(store_id: str, technician_id: str, clock: Clock) -> routing.TicketAssigned:
    crew: Sequence[str] = [f"t-{store_id}-{n}" for n in range(5)]
    now = clock()
    return routing.TicketAssigned(
        seen=SEEN_BY_ROUTING,
        technician_id=technician_id,
        store_id=store_id,
        offer=1,
        accept_by=now + timedelta(minutes=30),
        warn_at=now + timedelta(minutes=15),
        round=1,
        decision=Decision(
            rule="best_score",
            candidates=list(crew),
            scores=dict.fromkeys(crew, 0.9),
            policies={f"crew/{store_id}": 1, "dispatch/default": 1},
            inputs={"load": 1, "capacity": 6},
            words={"zh": "得分最高，手上 1/6 单", "en": "best score, holds 1 of 6"},
        ),
    )


def mail(ticket_id: UUID, about: str, recipient: str, number: int) -> notify.NotificationSent:
    delivery_id = derived_id("delivery", ticket_id, about, recipient)
    return notify.NotificationSent(
        delivery_id=delivery_id,
        about_event_id=derived_id("about", ticket_id, about),
        about_type=about,
        recipient="customer" if recipient == "customer" else "technician",
        recipient_id=f"{recipient}-{number % 500}",
        channel="email",
        address=f"{recipient}-{number % 500}@mail.example",
        template="opened@zh-CN",
        message_id=f"<{delivery_id}@localhost>",
        attempts=1,
    )
