"""What a document says of its technicians, as the members that dispatch chooses among."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.routing.dispatch import fields as read
from services.routing.dispatch.hours import leave_spans, shift_spans, zone_of
from services.routing.dispatch.ladder import RUNGS_MAX, MembersAt
from services.routing.dispatch.members import Facts, Member, idle_s_of
from services.routing.dispatch.rules import Rules
from services.routing.geodesy.distance import Place
from shared.errors import Unreadable
from shared.ids import StoreId, TechnicianId

CAPACITY_DEFAULT: Final = 5

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
        "divisions territories division territory": read.divisions,
        **read.PLACED,
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
class Ground:
    """What all tickets and technicians of a document stand on."""

    now: datetime
    zone: ZoneInfo
    place: Place | None
    rules: Rules
    store_id: StoreId


def members_of(technicians: list[dict[str, Any]], ground: Ground) -> list[Member]:
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


def _member(one: Mapping[str, Any], path: str, ground: Ground) -> Member:
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


def _facts(one: Mapping[str, Any], path: str, ground: Ground) -> Facts:
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


def _zone(one: Mapping[str, Any], path: str, ground: Ground) -> ZoneInfo:
    return zone_of(one["zone"], f"{path}.zone") if "zone" in one else ground.zone


def members_at(members: list[Member], technicians: list[dict[str, Any]], ground: Ground) -> MembersAt:
    """The crew as it is now, with its shifts around another moment; tickets climb through the same few moments."""
    on_shift = {one["id"]: (one, f"technicians[{at}]") for at, one in enumerate(technicians) if "shift" in one}

    def around(member: Member, moment: datetime) -> Member:
        one, path = on_shift[member.id]
        shift = shift_spans(one["shift"], f"{path}.shift", moment, _zone(one, path, ground))
        return replace(member, facts=replace(member.facts, shift=shift))

    @lru_cache(maxsize=RUNGS_MAX)
    def crew_at(moment: datetime) -> list[Member]:
        return [around(member, moment) if member.id in on_shift else member for member in members]

    return crew_at


def _given(value: int | list[datetime], ground: Ground) -> int:
    """A number as it is; of instants those within the guard's window."""
    if isinstance(value, int):
        return value
    return sum(0 <= (ground.now - at).total_seconds() < ground.rules.guard_window_s for at in value)
