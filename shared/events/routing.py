"""Facts that routing decides: who works on a ticket, what state it is in, and by when."""

from typing import ClassVar, Literal

from shared.events.fact import Decision, Fact, Instant, Part, Personal, Priority, Seen, Source


class RoutingFact(Fact):
    """A decision of routing; `seen` says how much of the other sources it knew."""

    SOURCE: ClassVar[Source] = "/routing"
    seen: Seen


class AddressFound(Part):
    """The administrative division that the address text named; never a guess presented as a fact."""

    code: str | None = None
    names: list[str | None] = []
    """Province, city, county, township; null where unknown."""
    confidence: float = 0.0


class TicketRouted(RoutingFact):
    """The store and the priority were decided (no store: a dispatcher must choose)."""

    TYPE: ClassVar[str] = "ticket.routed"

    store_id: str | None
    priority: Priority
    category: str | None = None
    skills: list[str] = []
    """What a technician must be able to do for it."""
    address: AddressFound
    workflow: str
    """`name@version` of the workflow that the ticket runs on."""
    decision: Decision


class TicketQueued(RoutingFact):
    """Nobody works on it now; it waits in `queue` (`dispatcher`, or `store:<store_id>`)."""

    TYPE: ClassVar[str] = "ticket.queued"

    queue: str
    reason: str
    """A word that a program can match: `no_store`, `no_capacity`, `nobody_eligible`, `all_declined`, `pool`,
    `dispatcher`."""
    decision: Decision


class TicketAssigned(RoutingFact):
    """Someone was chosen, by the dispatcher or by a person, and is offered the ticket."""

    TYPE: ClassVar[str] = "ticket.assigned"

    technician_id: str
    store_id: str
    offer: int
    """The how-manieth offer of this ticket this is; deadlines name it."""
    accept_by: Instant
    warn_at: Instant
    round: int
    """Each eligible technician is asked once per round."""
    decision: Decision


class TicketAccepted(RoutingFact):
    """The technician took the offer."""

    TYPE: ClassVar[str] = "ticket.accepted"
    technician_id: str


class TicketDeclined(RoutingFact):
    """The technician said no; the next one is asked."""

    TYPE: ClassVar[str] = "ticket.declined"
    technician_id: str
    reason: Personal[str | None] = None


class TicketOfferExpired(RoutingFact):
    """The time to accept ended; the next one is asked."""

    TYPE: ClassVar[str] = "ticket.offer_expired"
    technician_id: str
    offer: int
    reason: Literal["time_over", "off_duty"] = "time_over"


class DeadlineWarned(RoutingFact):
    """A deadline is half over (early warning, 預警)."""

    TYPE: ClassVar[str] = "deadline.warned"
    deadline: Literal["accept"]
    stage: int
    """Which offer it was set for."""
    due_at: Instant


class TicketStarted(RoutingFact):
    """Work began."""

    TYPE: ClassVar[str] = "ticket.started"


class TicketWaited(RoutingFact):
    """Work pauses until the customer or a third party has done something."""

    TYPE: ClassVar[str] = "ticket.waited"
    waiting_for: Literal["customer", "third_party"]


class TicketResumed(RoutingFact):
    """Work goes on."""

    TYPE: ClassVar[str] = "ticket.resumed"


class TicketResolved(RoutingFact):
    """The matter is settled in the house's view."""

    TYPE: ClassVar[str] = "ticket.resolved"
    reason: Personal[str | None] = None


class TicketClosed(RoutingFact):
    """Nothing more is to be done."""

    TYPE: ClassVar[str] = "ticket.closed"


class TicketReopened(RoutingFact):
    """It was not settled after all; it goes back to its technician, or waits for one."""

    TYPE: ClassVar[str] = "ticket.reopened"
    reason: Personal[str | None] = None


class TicketCancelled(RoutingFact):
    """It will not be done."""

    TYPE: ClassVar[str] = "ticket.cancelled"
    reason: Personal[str | None] = None


class TicketReplied(RoutingFact):
    """Somebody wrote to the customer (public)."""

    TYPE: ClassVar[str] = "ticket.replied"
    text: Personal[str]


class TicketNoted(RoutingFact):
    """Somebody wrote a note for the house (internal)."""

    TYPE: ClassVar[str] = "ticket.noted"
    text: Personal[str]


class TicketPrioritySet(RoutingFact):
    """A person overrode the priority."""

    TYPE: ClassVar[str] = "ticket.priority_set"
    priority: Priority
    reason: Personal[str | None] = None
