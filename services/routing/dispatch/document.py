"""One plain document in, the decision out: what `gongdan try dispatch` answers, and a policy's author can play with.

The fields, their other names and their meaning stand in docs/reference/who.md. Errors are `Unreadable` and name the
field.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from sys import maxsize
from typing import Any, Final

import orjson
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from services.routing.dispatch import fields as read
from services.routing.dispatch.candidates import CROWD, Asking
from services.routing.dispatch.document_crew import TECHNICIAN, Ground, members_at, members_of
from services.routing.dispatch.document_ticket import Said, ticket_of
from services.routing.dispatch.hours import zone_of
from services.routing.dispatch.ladder import MembersAt, rungs
from services.routing.dispatch.match import Desk, Match
from services.routing.dispatch.rules import DEFAULT, Rules, compiled
from services.routing.dispatch.waiting import WaitingTicket
from shared.errors import Unreadable
from shared.ids import StoreId, TicketId
from shared.policies import Dispatch

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
STORE: Final = read.table(
    {
        "id store_id": read.text,
        **read.PLACED,
        "zone": read.anything,
        **dict.fromkeys(("name", "names", "address", "division", "email", "phone", "languages"), read.unread),
    }
)


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
    members = members_of(technicians, ground)
    neighbours = known.get("neighbours", frozenset[str]())
    where = "ticket" if "ticket" in known else "tickets"
    asked = [known["ticket"]] if where == "ticket" else _listed(known["tickets"], "tickets")
    paths = [where] if where == "ticket" else [f"tickets[{at}]" for at in range(len(asked))]
    said = Said(technicians)
    tickets = [ticket_of(one, path, said, ground.now) for one, path in zip(asked, paths, strict=True)]
    crowd = crowd_of(len(tickets) * len(members))
    asking = Asking(ground.store_id, neighbours, ground.now, ground.rules, has_facts=True, crowd=crowd)
    _each_once([ticket.ticket_id for ticket in tickets], paths)
    accept_s = known.get("accept_s", 1800.0)
    ahead = _ahead(members_at(members, technicians, ground), tickets, asking, accept_s) if foretell else {}
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


def _ground(known: Mapping[str, Any], store: Mapping[str, Any]) -> Ground:
    if "now" not in known:
        raise Unreadable("now: expected an instant with its offset, such as 2026-11-22T08:00:00Z, got nothing")
    zone = zone_of(known.get("zone") or store.get("zone") or ZONE_DEFAULT, "zone")
    policy = known.get("policy")
    rules = DEFAULT if policy is None else _rules(_canonical(policy))
    return Ground(known["now"], zone, store.get("location"), rules, StoreId(store.get("id", "")))


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
