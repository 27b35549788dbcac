"""Builders of tickets for routing's tests: policies, facts in their envelopes, and `given(...).when(...).then(...)`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from services.routing.ticket.commands import AnyPersonCommand, Asked, Command, Offer
from services.routing.ticket.decide import decide
from services.routing.ticket.evolve import Heard, RoutingDecision, TicketEvent, TicketFact, evolve
from services.routing.ticket.state import TicketState, Unopened
from shared.events.fact import Decision, Seen
from shared.events.intake import Contact, Customer, TicketOpened
from shared.events.routing import AddressFound, TicketRouted
from shared.identity.principal import Principal, Role
from shared.ids import StoreId, TechnicianId, derived_id
from shared.policies import Policies

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
STORE = StoreId("hz-wulin")
OTHER_STORE = StoreId("hz-binjiang")
LIN = TechnicianId("t-lin")
WANG = TechnicianId("t-wang")
ZHAO = TechnicianId("t-zhao")
WHY = Decision(rule="test", words={"zh": "测试", "en": "test"})
TICKET = derived_id("a ticket of the tests")
JOURNEY = derived_id("a journey of the tests")

AGENT = Principal(Role.AGENT, "li")
BOSS = Principal(Role.BOSS, "chen")
CLERK = Principal(Role.STORE, "wulin", store_id=STORE)
TECHNICIAN_LIN = Principal(Role.TECHNICIAN, "lin", store_id=STORE, technician_id=LIN)
TECHNICIAN_WANG = Principal(Role.TECHNICIAN, "wang", store_id=STORE, technician_id=WANG)

EVERYBODY = ["agent", "store", "technician", "boss"]
ACTIVE = ["open", "queued", "offered", "accepted", "in_progress", "waiting"]


def rule(origin: list[str], to: str | None = None, **more: Any) -> dict[str, Any]:
    return {"from": origin, "to": to, "roles": EVERYBODY} | more


WORKFLOW: dict[str, Any] = {
    "commands": {
        "accept": rule(["offered"], "accepted"),
        "decline": rule(["offered"], "open", optional=["reason"]),
        "start": rule(["accepted"], "in_progress"),
        "wait": rule(["in_progress"], "waiting", required=["for"]),
        "resume": rule(["waiting"], "in_progress"),
        "resolve": rule(["accepted", "in_progress", "waiting"], "resolved", optional=["reason"]),
        "close": rule(["resolved"], "closed", roles=["agent", "store", "boss"]),
        "reopen": rule(["resolved", "closed"], "open", optional=["reason"]),
        "cancel": rule(ACTIVE, "cancelled", roles=["agent", "boss"], required=["reason"]),
        "assign": rule(ACTIVE, "offered", roles=["agent", "store", "boss"], required=["technician_id"]),
        "set_priority": rule(ACTIVE, roles=["agent", "boss"], required=["priority"]),
        "note": rule([*ACTIVE, "resolved", "closed", "cancelled"], required=["text"]),
        "reply": rule([*ACTIVE, "resolved"], required=["text"]),
    },
    "accept_minutes": 30,
    "priorities": {
        urgency: dict.fromkeys(["low", "normal", "high"], "normal") for urgency in ("low", "normal", "high")
    },
}


def some_policies() -> Policies:
    """Two stores with crews (Lin and Wang in one, Zhao in the other) and one workflow."""
    crew = [{"id": LIN, "name": "林", "capacity": 2}, {"id": WANG, "name": "王", "capacity": 2}]
    other = [{"id": ZHAO, "name": "赵", "capacity": 1}]
    return (
        Policies()
        .with_policy("workflow", "default", 3, WORKFLOW)
        .with_policy("crew", STORE, 2, {"technicians": crew})
        .with_policy("crew", OTHER_STORE, 1, {"technicians": other})
    )


POLICIES = some_policies()


def an_opened_fact(*, store_id: str | None = STORE, address: str | None = None) -> TicketOpened:
    contact = Contact(contact_id=derived_id("contact"), channel="store", external_id="v-1", digest="0" * 64)
    return TicketOpened(
        ticket_id=TICKET,
        ticket_number="GD-261122-000018",
        contact=contact,
        customer=Customer(),
        description="杯子漏水",
        address_text=address,
        store_id=store_id,
    )


def a_routed_fact(*, store_id: str | None = STORE, seen: int = 1) -> TicketRouted:
    return TicketRouted(
        seen=Seen(intake=seen),
        store_id=store_id,
        priority="normal",
        category="other",
        address=AddressFound(),
        workflow="default@3",
        decision=WHY,
    )


def source_of(fact: TicketFact) -> str:
    return "/intake" if isinstance(fact, Heard) else fact.SOURCE


@dataclass
class Envelopes:
    """Puts facts into envelopes: the sequence per source, a second between each."""

    sequences: dict[str, int] = field(default_factory=dict)
    seconds: int = 0

    def event(self, fact: TicketFact) -> TicketEvent:
        source = source_of(fact)
        self.sequences[source] = self.sequences.get(source, 0) + 1
        self.seconds += 1
        at = NOON + timedelta(seconds=self.seconds)
        event_id = event_id_of(source, self.sequences[source])
        return TicketEvent(
            id=event_id,
            sequence=self.sequences[source],
            occurred_at=at,
            recorded_at=at,
            correlation_id=JOURNEY,
            data=fact,
        )

    def events(self, facts: Sequence[TicketFact]) -> list[TicketEvent]:
        return [self.event(fact) for fact in facts]


def event_id_of(source: str, sequence: int) -> UUID:
    return derived_id("event", source, sequence)


def fold(state: TicketState, events: Sequence[TicketEvent]) -> TicketState:
    for event in events:
        state = evolve(state, event)
    return state


def command(name: str, **fields: Any) -> AnyPersonCommand:
    adapter: TypeAdapter[AnyPersonCommand] = TypeAdapter(AnyPersonCommand)
    return adapter.validate_python({"command": name} | fields)


def asked(name: str, by: Principal = AGENT, held: dict[TechnicianId, int] | None = None, **fields: Any) -> Asked:
    return Asked(command(name, **fields), by, held or {})


def an_offer(technician_id: TechnicianId = LIN, store_id: StoreId = STORE) -> Offer:
    return Offer(store_id, technician_id, WHY)


@dataclass
class Ticket:
    """A ticket that facts and commands are put to, in the order of a sentence: given, when, then."""

    state: TicketState = field(default_factory=Unopened)
    envelopes: Envelopes = field(default_factory=Envelopes)
    policies: Policies = POLICIES
    now: datetime = NOON
    last: Command | None = None
    answer: list[RoutingDecision] = field(default_factory=list)

    @property
    def status(self) -> str:
        return self.state.status

    def given(self, *facts: TicketFact) -> "Ticket":
        self.state = fold(self.state, self.envelopes.events(facts))
        return self

    def when(self, *commands: Command) -> "Ticket":
        for one in commands:
            self.last = one
            self.answer = decide(self.state, one, self.policies, self.now)
            self.given(*self.answer)
        return self

    def then(self, *types: str) -> "Ticket":
        """These facts, and none when the same command comes a second time (notes and replies are new each time)."""
        assert [fact.TYPE for fact in self.answer] == list(types)
        assert self.last is not None
        additive = isinstance(self.last, Asked) and self.last.command.command in ("note", "reply")
        if not additive:
            assert decide(self.state, self.last, self.policies, self.now) == [], "the second time adds nothing"
        return self


def an_opened_ticket() -> Ticket:
    return Ticket().given(an_opened_fact())


def an_open_ticket() -> Ticket:
    """Opened and routed to the store, nobody has it."""
    return an_opened_ticket().given(a_routed_fact())


def an_offered_ticket(technician_id: TechnicianId = LIN) -> Ticket:
    return an_open_ticket().when(an_offer(technician_id))


def an_accepted_ticket() -> Ticket:
    return an_offered_ticket().when(asked("accept", TECHNICIAN_LIN))


def a_ticket_in_progress() -> Ticket:
    return an_accepted_ticket().when(asked("start", TECHNICIAN_LIN))


def a_resolved_ticket() -> Ticket:
    return a_ticket_in_progress().when(asked("resolve", TECHNICIAN_LIN))


def a_closed_ticket() -> Ticket:
    return a_resolved_ticket().when(asked("close", AGENT))
