"""Picks the store for a ticket: by the place, else the one that the contact named, else nobody but a dispatcher."""

from dataclasses import dataclass
from typing import Any, Literal

from services.routing.territory.areas import Areas, Served, areas, distance_km
from services.routing.territory.divisions import Gazetteer, gazetteer
from services.routing.territory.locate import Located
from services.routing.territory.words import Words, place
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

    Total: a store that nobody knows is set aside with its reason and never refuses the ticket.
    """
    search = _Search(located, named_store_id, policies)
    if located.code is not None and located.confidence >= CONFIDENCE_MIN:
        by_place = search.by_area(located.code) or search.by_distance(located.code)
        if by_place is not None:
            return by_place
    if named_store_id is not None:
        if policies.store(named_store_id) is not None:
            return search.chosen("named_store", StoreId(named_store_id), search.named_words())
        search.set_aside("unknown_store", named_store_id)
    return search.nobody()


class _Search:
    """One choice while it is being made: what was looked at, what was set aside, and the answer's record."""

    def __init__(self, located: Located, named_store_id: str | None, policies: Policies) -> None:
        self._located = located
        self._named_store_id = named_store_id
        self._policies = policies
        self._areas: Areas = areas(policies)
        self._places: Gazetteer = gazetteer(policies)
        self._seen: list[str] = []
        self._removed: dict[str, list[str]] = {}
        self._scores: dict[str, float] = {}

    def by_area(self, code: str) -> StoreChoice | None:
        """The narrowest area on the way from the division up whose store is known."""
        for served in self._areas.on_path(self._path(code)):
            if not self._is_known(served):
                continue
            itself = served.division == code
            words = self._area_words(served, itself=itself)
            return self.chosen("territory" if itself else "territory_parent", served.store_id, words)
        return None

    def by_distance(self, code: str) -> StoreChoice | None:
        """The nearest store in the same city, by the centres of the divisions; by id where a centre is not known."""
        if code.endswith("0000"):
            return None
        here = self._centre(code)
        near = [one for one in self._areas.below(code[:4]) if self._is_known(one)]
        for one in near:
            there = self._centre(one.division)
            if here and there:
                kilometres = round(distance_km(here, there), 1)
                self._scores[one.store_id] = min(kilometres, self._scores.get(one.store_id, kilometres))
        if not near:
            return None
        store_id = min((one.store_id for one in near), key=lambda one: (self._scores.get(one, float("inf")), one))
        return self.chosen("nearest_store", store_id, self._nearest_words(store_id))

    def set_aside(self, why: str, store_id: str) -> None:
        """A store that was looked at and cannot be it."""
        removed = self._removed.setdefault(why, [])
        if store_id not in removed:
            removed.append(store_id)

    def chosen(self, rule: Rule, store_id: StoreId, words: Words) -> StoreChoice:
        """The answer, with its record."""
        self._look_at(store_id)
        return StoreChoice(store_id, self._decision(rule, store_id, words))

    def nobody(self) -> StoreChoice:
        """No store: a dispatcher must choose."""
        return StoreChoice(None, self._decision("no_store", None, self._nobody_words()))

    def named_words(self) -> Words:
        """Why the contact's store and not one by place."""
        name = self._store_name(str(self._named_store_id))
        why_zh, why_en = self._why_not_by_place()
        return {
            "zh": f"{why_zh}；按来件所指门店{name}受理",
            "en": f"{why_en}; {name}, which the contact named, takes it",
        }

    def _is_known(self, served: Served) -> bool:
        if self._policies.store(served.store_id) is None:
            self.set_aside("unknown_store", served.store_id)
            return False
        self._look_at(served.store_id)
        return True

    def _look_at(self, store_id: str) -> None:
        if store_id not in self._seen:
            self._seen.append(store_id)

    def _path(self, code: str) -> tuple[str, ...]:
        """From the province down, also where the divisions' list does not know a step."""
        return tuple(dict.fromkeys((code[:2] + "0000", code[:4] + "00", code)))

    def _centre(self, code: str) -> tuple[float, float] | None:
        division = self._places.by_code.get(code)
        return division.centre if division else None

    def _decision(self, rule: Rule, store_id: StoreId | None, words: Words) -> Decision:
        versions = {**self._areas.policies, **dict(self._located.policies)}
        if store_id is not None:
            versions[f"store/{store_id}"] = self._policies.version("store", store_id)
        best_first = sorted(self._seen, key=lambda one: (one != store_id, self._scores.get(one, 0.0)))
        return Decision(
            rule=rule,
            candidates=best_first,
            removed=self._removed,
            scores=self._scores,
            policies=versions,
            inputs=self._inputs(),
            words=words,
        )

    def _inputs(self) -> dict[str, Any]:
        return {
            "code": self._located.code,
            "confidence": self._located.confidence,
            "candidates": [one.code for one in self._located.candidates],
            "address": self._located.words,
            "named_store_id": self._named_store_id,
        }

    def _area_words(self, served: Served, *, itself: bool) -> Words:
        here, name = place(self._located.names), self._store_name(served.store_id)
        if itself:
            return {"zh": f"{here}由{name}负责", "en": f"{name} serves {here}"}
        above = place(self._places.names(served.division)) or served.division
        return {
            "zh": f"{here}没有专属门店，由负责{above}的{name}受理",
            "en": f"no store for {here} itself; {name}, which serves {above}, takes it",
        }

    def _nearest_words(self, store_id: StoreId) -> Words:
        here, name = place(self._located.names), self._store_name(store_id)
        kilometres = self._scores.get(store_id)
        zh = "" if kilometres is None else f"，约 {kilometres:g} 公里"
        en = "" if kilometres is None else f", about {kilometres:g} km"
        return {
            "zh": f"{here}没有负责门店，取同城最近的{name}{zh}",
            "en": f"no store serves {here}; {name} is the nearest in the same city{en}",
        }

    def _nobody_words(self) -> Words:
        why_zh, why_en = self._why_not_by_place()
        if self._named_store_id is None:
            return {
                "zh": f"{why_zh}，来件也未指明门店；由调度员处理",
                "en": f"{why_en}, and no store was named; a dispatcher decides",
            }
        return {
            "zh": f"{why_zh}，来件所指门店 {self._named_store_id} 不存在；由调度员处理",
            "en": f"{why_en}, and the named store {self._named_store_id} is not known; a dispatcher decides",
        }

    def _why_not_by_place(self) -> tuple[str, str]:
        """Why the address did not lead to a store."""
        if self._located.code is None or self._located.confidence < CONFIDENCE_MIN:
            return self._located.words["zh"], self._located.words["en"]
        here = place(self._located.names)
        return f"{here}没有门店", f"no store serves {here}"

    def _store_name(self, store_id: str) -> str:
        store = self._policies.store(store_id)
        return store.name.zh_cn if store else store_id
