"""One plain document in, the decision out: what `gongdan try dispatch` answers, and a policy's author can play with.

The fields, their other names and their meaning stand in docs/reference/who.md. Errors are `Unreadable` and name the
field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from sys import maxsize
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import orjson
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from services.routing.dispatch import fields as read
from services.routing.dispatch.candidates import CROWD, Asking
from services.routing.dispatch.hours import leave_spans, shift_spans, zone_of
from services.routing.dispatch.ladder import RUNGS_MAX, MembersAt, rungs
from services.routing.dispatch.match import Desk, Match
from services.routing.dispatch.members import Facts, Member, idle_s_of
from services.routing.dispatch.rules import DEFAULT, Rules, compiled
from services.routing.dispatch.waiting import Place, WaitingTicket, Wants
from shared.errors import Unreadable
from shared.ids import StoreId, TechnicianId, TicketId
from shared.policies import Dispatch

CAPACITY_DEFAULT: Final = 5
ZONE_DEFAULT: Final = "Asia/Shanghai"
NAMES_MAX: Final = 300_000
"""Tickets times technicians of one document whose records name everybody; of more, as the running service's do."""

DOCUMENT: Final = read.table(
    {
        "id": read.anything,
        "now": read.instant,
        "store": read.anything,
        "neighbours": read.texts,
        "zone": read.anything,
        "ticket": read.anything,
        "tickets waiting": read.anything,
        "technicians crew": read.anything,
        "policy": read.anything,
        "accept_s": read.positive,
    }
)
_PLACE: Final = {
    "location place coordinates": read.place,
    "lat latitude": read.degrees(90),
    "lon lng longitude": read.degrees(180),
}
STORE: Final = read.table(
    {
        "id store_id": read.text,
        **_PLACE,
        "zone": read.anything,
        **dict.fromkeys(("name", "names", "address", "division", "email", "phone", "languages"), read.unread),
    }
)
_SHOWN: Final = (
    "ticket_number version status urgency channel store_id technician_id description product_sku accept_by due_at "
    "overdue as_of urges reopened tags related_ticket_ids queue position"
)
"""What a ticket is shown with beside what decides: it can be given here as it came from there."""
TICKET: Final = read.table(
    {
        "id ticket_id": read.text,
        "priority": read.priority,
        "opened_at created_at": read.instant,
        "waiting_since queued_at": read.instant,
        "skills required_skills": read.skills,
        "additional_skills wished_skills": read.skills,
        "parts required_parts": read.texts,
        "category": read.text,
        "units weight": read.units,
        "customer customer_id": read.customer,
        "order order_id": read.text,
        **_PLACE,
        "division": read.text,
        "address": read.address,
        "preferred preferred_technician preferred_technician_id preferred_technicians": read.texts,
        "same_order": read.texts,
        "history": read.moments("technician"),
        "asked": read.texts,
        "declined declined_by": read.moments("technician"),
        "excluded excluded_technicians": read.texts,
        "blocked_by depends_on": read.texts,
        **dict.fromkeys(_SHOWN.split(), read.unread),
    }
)
TECHNICIAN: Final = read.table(
    {
        "id technician_id": read.text,
        "name": read.text,
        "skills": read.skills,
        "capacity max_load": read.whole,
        "load held open_tickets current_load": read.load,
        "on_duty available": read.boolean,
        "shift shifts": read.anything,
        "leave on_leave": read.anything,
        "zone": read.anything,
        "store store_id stores": read.texts,
        "divisions territories division territory": read.texts,
        **_PLACE,
        "radius_km max_radius_km": read.positive,
        "last_assigned_at idle_since": read.instant,
        "declined": read.moments("ticket"),
        "excluded_customers": read.texts,
        "parts": read.texts,
        "orders": read.texts,
        "served": read.moments("customer"),
        "assigned_recently": read.given,
        "email": read.unread,
        "phone": read.unread,
    }
)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What all tickets and technicians of a document stand on."""

    now: datetime
    zone: ZoneInfo
    place: Place | None
    rules: Rules
    store_id: StoreId


def decide_document(document: Mapping[str, Any], *, foretell: bool = False) -> dict[str, Any]:
    """The answer to one document: the decision about its ticket, or about each of its tickets in their order.

    `foretell` adds who would be asked one after the other if everybody let the time pass. Raises `Unreadable`.
    """
    try:
        return _decided(document, foretell=foretell)
    except OverflowError:
        raise Unreadable("now: expected instants between the years 1 and 9999, with a day to spare") from None


def _decided(document: Mapping[str, Any], *, foretell: bool) -> dict[str, Any]:
    known = read.read_object(document, "", DOCUMENT)
    if ("ticket" in known) == ("tickets" in known):
        raise Unreadable("ticket: expected either ticket or tickets")
    store = _store(known.get("store"))
    ground = _ground(known, store)
    raw = _listed(known.get("technicians"), "technicians")
    technicians = [read.read_placed(one, f"technicians[{at}]", TECHNICIAN) for at, one in enumerate(raw)]
    members = _members(technicians, ground)
    neighbours = known.get("neighbours", frozenset[str]())
    where = "ticket" if "ticket" in known else "tickets"
    asked = [known["ticket"]] if where == "ticket" else _listed(known["tickets"], "tickets")
    paths = [where] if where == "ticket" else [f"tickets[{at}]" for at in range(len(asked))]
    said = _Said(technicians)
    tickets = [_ticket(one, path, said, ground) for one, path in zip(asked, paths, strict=True)]
    crowd = crowd_of(len(tickets) * len(members))
    asking = Asking(ground.store_id, neighbours, ground.now, ground.rules, has_facts=True, crowd=crowd)
    _each_once([ticket.ticket_id for ticket in tickets], paths)
    accept_s = known.get("accept_s", 1800.0)
    ahead = _ahead(_members_at(members, technicians, ground), tickets, asking, accept_s) if foretell else {}
    desk = Desk(members, asking, {"dispatch": ground.rules.version})
    answers = [_answer(found) | ahead.get(found.ticket_id, {}) for found in desk.give_all(tickets)]
    id_ = known.get("id")
    if where == "ticket":
        return {"id": id_, **answers[0]}
    return {"id": id_, "decisions": answers}


def crowd_of(pairs: int) -> int:
    """How many candidates are so many that a record names only the first, for so many tickets times technicians."""
    return maxsize if pairs <= NAMES_MAX else CROWD


def _each_once(ids: list[TicketId], paths: list[str]) -> None:
    """Two tickets of one id would get one answer."""
    seen: set[TicketId] = set()
    for id_, path in zip(ids, paths, strict=True):
        if id_ in seen:
            raise Unreadable(f"{path}.id: expected each ticket once, {id_} is here twice")
        seen.add(id_)


def _answer(found: Match) -> dict[str, Any]:
    """The decision record, with the choice and its reason before it."""
    decision = found.decision
    return {
        "ticket": found.ticket_id,
        "chosen": found.technician_id,
        "reason": found.reason,
        "rule": decision.rule,
        "candidates": decision.candidates,
        "removed": decision.removed,
        "scores": decision.scores,
        "inputs": decision.inputs,
        "words": decision.words,
    }


def _ahead(
    members_at: MembersAt, tickets: list[WaitingTicket], asking: Asking, accept_s: float
) -> dict[TicketId, dict[str, Any]]:
    return {
        ticket.ticket_id: {
            "ladder": [
                {"technician": one.technician_id, "at": _shown(one.at), "step": one.step}
                for one in rungs(members_at, ticket, asking, accept_s=accept_s)
            ]
        }
        for ticket in tickets
    }


def _shown(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _store(value: Any) -> dict[str, Any]:
    """The store: an object, or its id alone."""
    return read.read_placed(value if isinstance(value, dict) else {"id": value}, "store", STORE)


def _ground(known: Mapping[str, Any], store: Mapping[str, Any]) -> _Ground:
    if "now" not in known:
        raise Unreadable("now: expected an instant with its offset, such as 2026-11-22T08:00:00Z, got nothing")
    zone = zone_of(known.get("zone") or store.get("zone") or ZONE_DEFAULT, "zone")
    policy = known.get("policy")
    rules = DEFAULT if policy is None else _rules(_canonical(policy))
    return _Ground(known["now"], zone, store.get("location"), rules, StoreId(store.get("id", "")))


def _members(technicians: list[dict[str, Any]], ground: _Ground) -> list[Member]:
    """The crew by id; each id once."""
    found: dict[str, Member] = {}
    for at, one in enumerate(technicians):
        path = f"technicians[{at}]"
        if "id" not in one:
            raise Unreadable(f"{path}.id: expected a text, got nothing")
        if one["id"] in found:
            raise Unreadable(f"{path}.id: expected each technician once, {one['id']} is here twice")
        found[one["id"]] = _member(one, path, ground)
    return [found[id_] for id_ in sorted(found)]


def _member(one: Mapping[str, Any], path: str, ground: _Ground) -> Member:
    skills: dict[str, int] = one.get("skills", {})
    facts = _facts(one, path, ground)
    return Member(
        TechnicianId(one["id"]),
        one.get("name", one["id"]),
        frozenset(skills),
        one.get("capacity", CAPACITY_DEFAULT),
        one.get("on_duty", True),
        one.get("load", 0),
        idle_s_of(one.get("last_assigned_at"), ground.now),
        facts,
        facts.given,
    )


def _facts(one: Mapping[str, Any], path: str, ground: _Ground) -> Facts:
    zone = _zone(one, path, ground)
    skills: dict[str, int] = one.get("skills", {})
    return Facts(
        levels=skills if any(level > 1 for level in skills.values()) else None,
        stores=one.get("store"),
        divisions=tuple(sorted(one.get("divisions", ()))),
        shift=shift_spans(one["shift"], f"{path}.shift", ground.now, zone) if "shift" in one else None,
        leave=leave_spans(one["leave"], f"{path}.leave", zone) if "leave" in one else (),
        place=one.get("location", ground.place),
        radius_km=one.get("radius_km"),
        excluded=one.get("excluded_customers", frozenset()),
        parts=one.get("parts", frozenset()),
        given=_given(one.get("assigned_recently", 0), ground),
    )


def _zone(one: Mapping[str, Any], path: str, ground: _Ground) -> ZoneInfo:
    return zone_of(one["zone"], f"{path}.zone") if "zone" in one else ground.zone


def _members_at(members: list[Member], technicians: list[dict[str, Any]], ground: _Ground) -> MembersAt:
    """The crew as it is now, with its shifts around another moment; tickets climb through the same few moments."""
    on_shift = {one["id"]: (one, f"technicians[{at}]") for at, one in enumerate(technicians) if "shift" in one}

    def around(member: Member, moment: datetime) -> Member:
        one, path = on_shift[member.id]
        shift = shift_spans(one["shift"], f"{path}.shift", moment, _zone(one, path, ground))
        return replace(member, facts=replace(member.facts, shift=shift))

    @lru_cache(maxsize=RUNGS_MAX)
    def members_at(moment: datetime) -> list[Member]:
        return [around(member, moment) if member.id in on_shift else member for member in members]

    return members_at


def _given(value: int | list[datetime], ground: _Ground) -> int:
    """A number as it is; of instants those within the guard's window."""
    if isinstance(value, int):
        return value
    return sum(0 <= (ground.now - at).total_seconds() < ground.rules.guard_window_s for at in value)


class _Said:
    """What technicians say about tickets, by what they say it of: looked up for each ticket, not looked for."""

    def __init__(self, technicians: list[dict[str, Any]]) -> None:
        self.declined: dict[str, dict[str, datetime | None]] = {}
        """Ticket → who declined it, and when."""
        self.served: dict[str, dict[str, datetime]] = {}
        """Customer → who served them, and when."""
        self.orders: dict[str, set[str]] = {}
        """Order → who worked on it."""
        for one in technicians:
            for ticket, at in one.get("declined", {}).items():
                self.declined.setdefault(ticket, {})[one["id"]] = at
            for customer, at in one.get("served", {}).items():
                if at is not None:
                    self.served.setdefault(customer, {})[one["id"]] = at
            for order in one.get("orders", ()):
                self.orders.setdefault(order, set()).add(one["id"])


def _ticket(value: Any, path: str, said: _Said, ground: _Ground) -> WaitingTicket:
    one = read.read_placed(value, path, TICKET)
    skills, wished = one.get("skills", {}), one.get("additional_skills", {})
    id_ = one.get("id", path)
    return WaitingTicket(
        ticket_id=cast("TicketId", id_),
        priority=one.get("priority", "normal"),
        opened_at=one.get("opened_at", ground.now),
        skills=frozenset(skills),
        asked=frozenset(map(TechnicianId, one.get("asked", ()))),
        wants=_wants(one, {**wished, **skills}, said, ground.now),
        waiting_since=one.get("waiting_since"),
    )


def _wants(one: Mapping[str, Any], levels: Mapping[str, int], said: _Said, now: datetime) -> Wants:
    """What the ticket says itself, and what technicians say about it: who declined, who knows order or customer."""
    declined = {**one.get("declined", {}), **said.declined.get(one.get("id", ""), {})}
    history = {id_: at for id_, at in one.get("history", {}).items() if at is not None}
    history |= said.served.get(one.get("customer") or "", {})
    same_order = {*one.get("same_order", ()), *said.orders.get(one.get("order", ""), ())}
    units = one.get("units")
    return Wants(
        category=one.get("category"),
        units=None if units == "whole" else units,
        whole=units == "whole",
        levels=frozenset((skill, level) for skill, level in levels.items() if level > 1),
        additional=frozenset(one.get("additional_skills", ())),
        parts=one.get("parts", frozenset()),
        customer_id=one.get("customer"),
        place=one.get("location"),
        division=one.get("division", one.get("address")),
        excluded=frozenset(map(TechnicianId, one.get("excluded", ()))),
        preferred=frozenset(map(TechnicianId, one.get("preferred", ()))),
        same_order=frozenset(map(TechnicianId, same_order)),
        history=frozenset((TechnicianId(id_), at) for id_, at in history.items()),
        declined=frozenset((TechnicianId(id_), at or now) for id_, at in declined.items()),
        blocked_by=one.get("blocked_by", frozenset()),
    )


def _canonical(policy: Any) -> bytes:
    """The policy as a key: a file of a million lines names the same few."""
    return orjson.dumps(policy, option=orjson.OPT_SORT_KEYS)


@lru_cache(maxsize=256)
def _rules(policy: bytes) -> Rules:
    try:
        return compiled(Dispatch.model_validate(orjson.loads(policy)), version=0)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = ".".join(["policy", *map(str, first["loc"])])
        raise _wrong_policy(path, first) from None


def _wrong_policy(path: str, error: ErrorDetails) -> Unreadable:
    """The model's error, in the words of the other fields."""
    match error["type"]:
        case "extra_forbidden":
            return Unreadable(f"{path}: unknown field of a policy")
        case "model_type":
            return read.refused(path, "an object", error["input"])
        case "value_error":
            return Unreadable(f"{path}: {error['msg'].removeprefix('Value error, ')}")
        case _:
            return read.refused(path, error["msg"].removeprefix("Input should be "), error["input"])


def _listed(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise Unreadable(f"{path}: expected a list, got {type(value).__name__ if value is not None else 'nothing'}")
    return value
