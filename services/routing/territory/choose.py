"""Picks the store for a ticket: by the place, else the one that the contact named, else nobody but a dispatcher."""

from dataclasses import dataclass, field, replace
from typing import Literal

from services.routing.territory.index import Place, Served, index
from services.routing.territory.index import Rule as AreaRule
from services.routing.territory.lists import lists_digest
from services.routing.territory.locate import Located
from services.routing.territory.own import own_names
from services.routing.territory.words import (
    Words,
    area_words,
    inside_words,
    named_words,
    nearest_words,
    nobody_words,
    place,
    point_words,
    postcode_words,
    unserved_words,
    unsure_words,
)
from shared.events.fact import Decision
from shared.ids import StoreId
from shared.policies import Policies

CONFIDENCE_MIN = 0.6
"""A place less sure than this is not driven to: below it stand the parser's rules for names that contradict."""

Rule = AreaRule | Literal["named_store", "no_store"]


@dataclass(frozen=True, slots=True)
class StoreChoice:
    """The store and why; without a store the ticket waits in the dispatcher's queue with the reason `no_store`.

    `decision.rule`: `territory_…` (the kind of area that holds the place, or `territory_nearest`), `named_store` (the
    contact's), `no_store`; `docs/reference/where.md`.
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
    sure = located.code is not None and located.confidence >= CONFIDENCE_MIN
    where = Place(located.code if sure else None, located.postcode, located.point)
    by_place = _by_place(where, trail)
    if by_place is not None:
        return by_place
    if located.code is not None:
        why_not = unserved_words(located.names) if sure else unsure_words(located.words)
    if named_store_id is not None and trail.is_known(named_store_id):
        words = named_words(why_not, trail.store_name(named_store_id))
        return trail.choice("named_store", StoreId(named_store_id), words)
    return trail.choice("no_store", None, nobody_words(why_not, named_store_id))


def _by_place(where: Place, trail: "_Trail") -> StoreChoice | None:
    """By the most specific area whose store is known, else by the nearest."""
    lies_in_it = _lies_in_a_wider_place(trail.named_store_id, where.code, trail)
    areas = index(trail.policies)
    for served in areas.all_that_hold(replace(where, code=None) if lies_in_it else where):
        if trail.is_known(served.claim.store_id):
            return trail.choice(served.rule, served.claim.store_id, _why(served, where, trail))
    if lies_in_it and trail.named_store_id is not None and trail.is_known(trail.named_store_id):
        words = inside_words(trail.located.names, trail.store_name(trail.named_store_id))
        return trail.choice("named_store", StoreId(trail.named_store_id), words)
    near = [one for one in areas.near(where.code) if trail.is_known(one.claim.store_id)] if where.code else []
    for one in reversed(near):
        trail.scores[one.claim.store_id] = one.kilometres or 0.0
    return trail.choice(near[0].rule, near[0].claim.store_id, _why(near[0], where, trail)) if near else None


def _lies_in_a_wider_place(store_id: str | None, code: str | None, trail: "_Trail") -> bool:
    """Whether the address named no county, and the store lies in the city or province it named."""
    store = trail.policies.store(store_id) if store_id is not None else None
    if store is None or code is None or trail.located.level not in ("province", "city"):
        return False
    return store.division.startswith(code[:2] if trail.located.level == "province" else code[:4])


def _why(served: Served, where: Place, trail: "_Trail") -> Words:
    """What is told of an area that holds the place, or is nearest."""
    names, store = trail.located.names, trail.store_name(served.claim.store_id)
    area = served.claim.area
    if served.kilometres is not None:
        return nearest_words(names, store, kilometres=served.kilometres)
    if area.postcode is not None:
        return postcode_words(where.postcode or "", store, begins=area.postcode)
    if area.division is None:
        return point_words(store)
    above = None
    if area.division != where.code:
        above = place(own_names(trail.policies).names(area.division)) or area.division
    return area_words(names, store, above=above)


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
        versions = {one.key: one.version for one in self.policies.territories()}
        versions |= dict(self.located.policies)
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
                "postcode": self.located.postcode,
                "address_rules": list(self.located.rules),
                "address_lists": lists_digest(),
                "address": self.located.words,
                "named_store_id": self.named_store_id,
            },
            words=words,
        )
        return StoreChoice(store_id, decision)
