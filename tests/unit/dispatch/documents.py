"""Documents as `gongdan try dispatch` takes them: one builder for tests that change one fact, drawn ones for laws.

Without Hypothesis, so that a process that only answers documents starts quickly.
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any

import orjson

from services.routing.dispatch.document import decide_document

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
HERE = {"lat": 30.27, "lon": 120.15}
NEAR = {"lat": 30.29, "lon": 120.17}
FAR = {"lat": 30.60, "lon": 120.60}

Document = dict[str, Any]


def at(minutes: float) -> str:
    """An instant so many minutes from now."""
    return (NOW + timedelta(minutes=minutes)).isoformat()


def a_document(*technicians: Document, policy: Document | None = None, **ticket: Any) -> Document:
    """A document in which nothing stands in anybody's way."""
    found: Document = {
        "id": "d1",
        "now": at(0),
        "store": "s1",
        "ticket": {"id": "T1", "opened_at": at(-60), **ticket},
        "technicians": list(technicians),
    }
    return found if policy is None else {**found, "policy": policy}


def someone(id_: str, **facts: Any) -> Document:
    return {"id": id_, "capacity": 4, "skills": ["general"], **facts}


def decided(document: Document) -> Document:
    return decide_document(document)


SKILLS = ("general", "electrical", "piano")
PLACES = (HERE, NEAR, FAR)
MOMENTS_MIN = (-400, -90, -61, -10, 0)
SPANS_MIN = ((-60, 60), (-60, 0), (0, 30), (-600, -300))
WEIGHTS = ("free", "skill", "idle", "load", "distance", "preferred", "same_order", "history", "today")
LADDERS: tuple[list[Document], ...] = (
    [{"radius_km": 3}, {"after_s": 600, "radius_km": 100, "neighbours": True}],
    [{"after_offers": 1, "neighbours": True}],
    [{"after_s": 600, "mode": "dispatcher"}, {"after_s": 1800, "mode": "pull"}],
)


class Maker:
    """Draws documents: few values for each fact, so that they tie; most facts absent, so that somebody is left."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)
        self._pick = self._chance.choice

    def document(self) -> Document:
        ids = self._chance.sample("abcdef", self._pick((0, 1, 3, 4, 5, 6, 6, 6)))
        return {
            "id": 1,
            "now": at(0),
            "store": {"id": "s1"},
            "neighbours": ["s2"],
            "ticket": without_nothing(self.ticket()),
            "technicians": [without_nothing(self.technician(id_)) for id_ in ids],
            "policy": self.policy(),
        }

    def technician(self, id_: str) -> Document:
        pick, moment = self._pick, at(self._pick(MOMENTS_MIN))
        return {
            "id": id_,
            "skills": self._skills(2),
            "capacity": pick((0, 1, 2, 3, 4, 4)),
            "load": pick((0, 0, 0, 1, 1, 2, 3)),
            "on_duty": pick((*[True] * 7, False)),
            "last_assigned_at": pick((None, at(-300), at(-30), at(-30), at(-1))),
            "location": pick((None, *PLACES)),
            "shift": self._seldom(self._spans()),
            "leave": self._seldom(self._spans()),
            "radius_km": self._seldom(2.0, 30.0),
            "store": self._seldom("s1", "s1", "s2", "s3"),
            "divisions": self._seldom(["330100"], ["330110"], ["440000"], ["330000"]),
            "declined": self._seldom({"T1": moment}, {"T2": moment}, ["T1"]),
            "excluded_customers": self._seldom(["c1"]),
            "parts": pick(([], ["pump"], ["pump", "seal"])),
            "orders": self._seldom(["o1"], of=3),
            "served": self._seldom({"c1": moment}, of=3),
            "assigned_recently": self._seldom(2, 3, 99, 100, [at(-59), at(-60), at(-1), at(-2)]),
        }

    def ticket(self) -> Document:
        pick = self._pick
        return {
            "id": "T1",
            "priority": pick(("low", "normal", "major")),
            "opened_at": at(pick((-100, -20))),
            "waiting_since": pick((None, at(-15), at(-5))),
            "skills": pick(({}, {pick(SKILLS): pick((1, 1, 2))})),
            "additional_skills": self._seldom({pick(SKILLS): 1, pick(SKILLS): pick((1, 2))}, of=3),
            "customer": pick((None, "c1")),
            "order": pick((None, "o1")),
            "location": pick((None, *PLACES)),
            "asked": self._seldom(self._chance.sample("abcdef", pick((0, 1, 2, 3))), of=3),
            "declined": self._seldom([{"technician": "b", "at": at(pick(MOMENTS_MIN))}]),
            "excluded": self._seldom(["c"]),
            "preferred": self._seldom("a", "d", of=3),
            "units": self._seldom(2, 3, "whole", of=3),
            "category": pick((None, "repair", "install")),
            "division": pick((None, "330110", "330110005")),
            "parts": self._seldom(["pump"]),
            "blocked_by": self._seldom(["T0"], of=20),
        }

    def policy(self) -> Document:
        affinities = self._chance.sample(("same_order", "preferred", "history"), 2)
        policy = {
            "mode": self._pick(("push", "push", "round_robin", "pull", "dispatcher")),
            "weights": {name: self._pick((0, 0.5, 10, 40)) for name in self._chance.sample(WEIGHTS, 4)},
            "matching": self._pick(("one_by_one", "together")),
            "affinity": self._seldom(affinities, of=3),
            "history_days": self._seldom(0.05, of=2),
            "radius_km": self._seldom(10),
            "relax_after_s": self._seldom(0, 400, 2000, of=2),
            "declined_again_after_s": self._seldom(60, 3660, 20_000, of=2),
            "guard": self._seldom({"assignments": 3}, {"assignments": 2, "window_s": 90}),
            "units": self._seldom({"repair": 2, "install": "whole"}),
            "ladder": self._seldom(*LADDERS, of=3),
        }
        return {name: value for name, value in policy.items() if value is not None and self._chance.random() < 0.5}

    def _seldom(self, *values: Any, of: int = 10) -> Any:
        """Absent most of the time."""
        return self._pick(values) if self._chance.randrange(of) == 0 else None

    def _skills(self, least: int) -> dict[str, int]:
        names = self._chance.sample(SKILLS, self._chance.randint(least, len(SKILLS)))
        return {name: self._pick((1, 1, 1, 2)) for name in names}

    def _spans(self) -> list[list[str]]:
        start, end = self._pick(SPANS_MIN)
        return [[at(start), at(end)]]


def a_batch(seed: int) -> Document:
    """A document with several tickets, alike often enough to share a group."""
    maker, chance = Maker(seed), Random(seed)
    document = maker.document()
    kinds = [without_nothing(maker.ticket()) for _ in range(chance.randint(1, 3))]
    del document["ticket"]
    document["tickets"] = [
        {**chance.choice(kinds), "id": f"T{serial}", "opened_at": at(-chance.randint(0, 90))}
        for serial in range(chance.randint(1, 12))
    ]
    return document


def digest() -> str:
    """What many documents are answered, as one number: the same in every process on every machine."""
    answers = [decided(Maker(seed).document()) for seed in range(100)] + [decided(a_batch(seed)) for seed in range(50)]
    return sha256(orjson.dumps(answers)).hexdigest()


def without_nothing(document: Document) -> Document:
    """The object without its nulls."""
    return {name: value for name, value in document.items() if value is not None}
