"""Picks the store for a ticket: by the place, else the one that the contact named, else nobody but a dispatcher."""

from dataclasses import dataclass, field
from typing import Literal

from services.routing.territory.areas import areas, distance_km
from services.routing.territory.divisions import gazetteer
from services.routing.territory.locate import Located
from services.routing.territory.words import (
    Words,
    area_words,
    inside_words,
    named_words,
    nearest_words,
    nobody_words,
    place,
    unserved_words,
)
from shared.events.fact import Decision
from shared.ids import StoreId
from shared.policies import Policies

CONFIDENCE_MIN = 0.5
"""A place less sure than this is not driven to: the named store or a dispatcher comes first."""

Rule = Literal["territory", "territory_parent", "nearest_store", "named_store", "no_store"]


@dataclass(frozen=True, slots=True)
class StoreChoice:
    """The store and why; without a store the ticket waits in the dispatcher's queue with the reason `no_store`.

    `decision.rule`: `territory` (an area names the very division), `territory_parent` (an area above it),
    `nearest_store` (no area on the way up, but stores in the same city), `named_store` (the contact's), `no_store`.
    """

    store_id: StoreId | None
    decision: Decision


def choose_store(located: Located, *, named_store_id: str | None, policies: Policies) -> StoreChoice:
    """The store that serves the place found, else the known store that the contact named, else none.

    Of a whole city or province, a named store that lies in it says more than the address does. Total: a store that
    nobody knows is set aside with its reason and never refuses the ticket.
    """
    trail = _Trail(located, named_store_id, policies)
    why_not = located.words
    if located.code is not None and located.confidence >= CONFIDENCE_MIN:
        if named_store_id is not None and _lies_in_a_wider_place(named_store_id, located, policies):
            trail.is_known(named_store_id)
            words = inside_words(located.names, trail.store_name(named_store_id))
            return trail.choice("named_store", StoreId(named_store_id), words)
        by_place = _by_area(located.code, trail) or _by_distance(located.code, trail)
        if by_place is not None:
            return by_place
        why_not = unserved_words(located.names)
    if named_store_id is not None and trail.is_known(named_store_id):
        words = named_words(why_not, trail.store_name(named_store_id))
        return trail.choice("named_store", StoreId(named_store_id), words)
    return trail.choice("no_store", None, nobody_words(why_not, named_store_id))


def _lies_in_a_wider_place(store_id: str, located: Located, policies: Policies) -> bool:
    """Whether the address named no county, and the store lies in the city or province it named."""
    store = policies.store(store_id)
    if store is None or located.code is None or located.level == "county":
        return False
    return store.division.startswith(_city_prefix(located.code))


@dataclass(slots=True)
class _Trail:
    """What one choice looked at and set aside, for its record."""

    located: Located
    named_store_id: str | None
    policies: Policies
    seen: list[str] = field(default_factory=list)
    removed: dict[str, list[str]] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)

    def is_known(self, store_id: str) -> bool:
        """Whether the store exists; it is a candidate then, else set aside."""
        known = self.policies.store(store_id) is not None
        noted = self.seen if known else self.removed.setdefault("unknown_store", [])
        if store_id not in noted:
            noted.append(store_id)
        return known

    def store_name(self, store_id: str) -> str:
        """What the store is called in the reasons."""
        store = self.policies.store(store_id)
        return store.name.zh_cn if store else store_id

    def choice(self, rule: Rule, store_id: StoreId | None, words: Words) -> StoreChoice:
        """The answer, with its record; the chosen store stands first, then by score."""
        versions = {**areas(self.policies).policies, **dict(self.located.policies)}
        if store_id is not None:
            versions[f"store/{store_id}"] = self.policies.version("store", store_id)
        decision = Decision(
            rule=rule,
            candidates=sorted(self.seen, key=lambda one: (one != store_id, self.scores.get(one, 0.0))),
            removed=self.removed,
            scores=self.scores,
            policies=versions,
            inputs={
                "code": self.located.code,
                "confidence": self.located.confidence,
                "places": [one.code for one in self.located.candidates],
                "address": self.located.words,
                "named_store_id": self.named_store_id,
            },
            words=words,
        )
        return StoreChoice(store_id, decision)


def _by_area(code: str, trail: _Trail) -> StoreChoice | None:
    """The narrowest area on the way from the division up whose store is known."""
    path = tuple(dict.fromkeys((code[:2] + "0000", code[:4] + "00", code)))
    for served in areas(trail.policies).on_path(path):
        if not trail.is_known(served.store_id):
            continue
        above = None
        if served.division != code:
            above = place(gazetteer(trail.policies).names(served.division)) or served.division
        words = area_words(trail.located.names, trail.store_name(served.store_id), above=above)
        return trail.choice("territory" if above is None else "territory_parent", served.store_id, words)
    return None


def _by_distance(code: str, trail: _Trail) -> StoreChoice | None:
    """The nearest store in the same city, by the centres of the divisions; by id where a centre is not known.

    A province is too wide for that: who lives in Guangdong does not live near Guangzhou.
    """
    if code.endswith("0000") and not _is_one_city(code, trail):
        return None
    near = [one for one in areas(trail.policies).below(_city_prefix(code)) if trail.is_known(one.store_id)]
    here = _centre(code, trail)
    for one in near:
        there = _centre(one.division, trail)
        if here and there:
            kilometres = round(distance_km(here, there), 1)
            trail.scores[one.store_id] = min(kilometres, trail.scores.get(one.store_id, kilometres))
    if not near:
        return None
    chosen = min((one.store_id for one in near), key=lambda one: (trail.scores.get(one, float("inf")), one))
    words = nearest_words(trail.located.names, trail.store_name(chosen), kilometres=trail.scores.get(chosen))
    return trail.choice("nearest_store", chosen, words)


def _is_one_city(code: str, trail: _Trail) -> bool:
    """Whether the province is a city: the list has one of its own name below it (上海市, 310000 and 310100)."""
    known = gazetteer(trail.policies).by_code
    city = known.get(code[:2] + "0100")
    return city is not None and city.name == known[code].name


def _city_prefix(code: str) -> str:
    """What the codes of all that lies in a city, or in a whole province, begin with."""
    return code[:2] if code.endswith("0000") else code[:4]


def _centre(code: str, trail: _Trail) -> tuple[float, float] | None:
    division = gazetteer(trail.policies).by_code.get(code)
    return division.centre if division else None
