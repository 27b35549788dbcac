"""The same question answered by hand, from docs/reference/who.md and nothing else: no code of the program in here."""

from datetime import datetime, timedelta
from math import acos, cos, radians, sin
from typing import Any

WEIGHTS = {
    "free": 10, "skill": 4, "idle": 2, "load": 0, "distance": 10,
    "preferred": 10, "same_order": 10, "history": 10, "today": 0,
}  # fmt: skip
Person = dict[str, Any]


class Oracle:
    """One document, looked at naively."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.now = datetime.fromisoformat(document["now"])
        self.store = document["store"]["id"]
        self.neighbours = document["neighbours"]
        self.ticket = document["ticket"]
        self.people: list[Person] = document["technicians"]
        policy = document["policy"]
        self.policy = policy
        self.weights = {**WEIGHTS, **policy.get("weights", {})}
        since = self.ticket.get("waiting_since", self.ticket["opened_at"])
        self.waited_s = self.seconds_since(since)
        self.mode, self.radius_km, self.stores = policy.get("mode", "push"), policy.get("radius_km"), [self.store]
        for step in policy.get("ladder", []):
            offers = len(self.ticket.get("asked", []))
            if self.waited_s >= step.get("after_s", 0) and offers >= step.get("after_offers", 0):
                self.mode = step.get("mode", self.mode)
                self.radius_km = step.get("radius_km", self.radius_km)
                if step.get("neighbours"):
                    self.stores = [self.store, *self.neighbours]
        self.mandatory: dict[str, int] = self.ticket.get("skills", {})
        wished: dict[str, int] = self.ticket.get("additional_skills", {})
        self.is_relaxed = self.waited_s >= policy.get("relax_after_s", 10**9)
        self.wished = {skill: level for skill, level in wished.items() if skill not in self.mandatory}
        self.needed = self.mandatory if self.is_relaxed else {**self.wished, **self.mandatory}

    def seconds_since(self, instant: str) -> float:
        return (self.now - datetime.fromisoformat(instant)).total_seconds()

    def removed_by(self, one: Person) -> str | None:
        """The first filter, in the order of the reference, that removes somebody."""
        ticket = self.ticket
        if ticket.get("blocked_by"):
            return "dependency"
        if one.get("store", self.store) not in self.stores:
            return "store"
        if "division" in ticket and "divisions" in one and not self.goes_there(one["divisions"]):
            return "territory"
        if one["id"] in ticket.get("excluded", []) or ticket.get("customer") in one.get("excluded_customers", []):
            return "excluded"
        if any(one["skills"].get(skill, 0) < level for skill, level in self.needed.items()):
            return "skills"
        if any(part not in one["parts"] for part in ticket.get("parts", [])):
            return "parts"
        if not one["on_duty"]:
            return "on_duty"
        if "shift" in one and not self.within(one["shift"]):
            return "shift"
        if "leave" in one and self.within(one["leave"]):
            return "leave"
        km = self.km(one)
        if km is not None and km > min(self.radius_km or 10**9, one.get("radius_km", 10**9)):
            return "radius"
        if one["id"] in ticket.get("asked", []):
            return "already_asked"
        if self.has_declined(one):
            return "declined"
        is_automatic = self.mode in {"push", "round_robin"}
        if is_automatic and self.share(one) >= self.policy.get("guard", {}).get("assignments", 100):
            return "fairness"
        return None if self.can_hold(one) else "capacity"

    def can_hold(self, one: Person) -> bool:
        return bool(one["capacity"] > 0 and one["load"] + self.units(one) <= one["capacity"])

    def goes_there(self, divisions: list[str]) -> bool:
        place = self.ticket["division"]
        for code in divisions:
            digits = code[:2] if code[2:] == "0000" else code[:4] if code[4:] == "00" else code
            if place[: len(digits)] == digits:
                return True
        return False

    def within(self, spans: list[list[str]]) -> bool:
        return any(
            datetime.fromisoformat(span[0]) <= self.now and self.now < datetime.fromisoformat(span[1]) for span in spans
        )

    def km(self, one: Person) -> float | None:
        if "location" not in self.ticket or "location" not in one:
            return None
        here, there = self.ticket["location"], one["location"]
        if here == there:
            return 0.0
        a, b = radians(here["lat"]), radians(there["lat"])
        across = cos(radians(here["lon"] - there["lon"]))
        return 6371.0088 * acos(sin(a) * sin(b) + cos(a) * cos(b) * across)

    def has_declined(self, one: Person) -> bool:
        pause_s = self.policy.get("declined_again_after_s", 3600)
        said = one.get("declined")
        if isinstance(said, list):
            return bool(pause_s > 0)
        # Technician and ticket may both say when: the later counts, so either is enough.
        instants = [x["at"] for x in self.ticket.get("declined", []) if x["technician"] == one["id"]]
        if said and "T1" in said:
            instants.append(said["T1"])
        return any(self.seconds_since(instant) < pause_s for instant in instants)

    def share(self, one: Person) -> int:
        found = one.get("assigned_recently", 0)
        if isinstance(found, int):
            return found
        window_s = self.policy.get("guard", {}).get("window_s", 3600)
        return len([instant for instant in found if self.seconds_since(instant) < window_s])

    def units(self, one: Person) -> int:
        by_category = self.policy.get("units", {}).get(self.ticket.get("category"), 1)
        units = self.ticket.get("units", by_category)
        return one["capacity"] if units == "whole" else int(units)

    def history(self, one: Person) -> bool:
        served = one.get("served", {}).get(self.ticket.get("customer"))
        return served is not None and self.seconds_since(served) <= self.policy.get("history_days", 7) * 86_400

    def ratings(self, one: Person) -> dict[str, float]:
        """Every criterion that this ticket has."""
        ticket, km = self.ticket, self.km(one)
        idle_s = self.seconds_since(one["last_assigned_at"]) if "last_assigned_at" in one else None
        asked = dict(self.needed)
        if self.is_relaxed:
            asked.update({skill: level for skill, level in self.wished.items() if skill in one["skills"]})
        wanted = sum(min(level, one["skills"][skill]) for skill, level in asked.items())
        left_s = [(datetime.fromisoformat(s[1]) - self.now) / timedelta(hours=8) for s in one.get("shift", [])]
        found = {
            "free": (one["capacity"] - one["load"]) / one["capacity"],
            "skill": (1 + wanted) / (1 + sum(one["skills"].values())),
            "idle": 1.0 if idle_s is None else idle_s / (idle_s + 3600),
            "load": 2 / (2 + one["load"]),
            "today": min(1.0, *left_s) if left_s else 1.0,
        }
        if "location" in ticket:
            found["distance"] = 0.0 if km is None else 10 / (10 + km)
        if "preferred" in ticket:
            found["preferred"] = float(one["id"] == ticket["preferred"])
        if any(self.did_order(x) for x in self.people):
            found["same_order"] = float(self.did_order(one))
        if any(ticket.get("customer") in x.get("served", {}) for x in self.people):
            found["history"] = float(self.history(one))
        return found

    def did_order(self, one: Person) -> bool:
        return self.ticket.get("order") in one.get("orders", [])

    def score(self, one: Person) -> float:
        ratings = self.ratings(one)
        total = sum(self.weights[name] for name in ratings)
        return sum(self.weights[name] * ratings[name] for name in ratings) / total if total else 0.0

    def tier(self, one: Person) -> int:
        """0 for whoever has the policy's first affinity, and so on."""
        ratings = self.ratings(one)
        names = [name for name in self.policy.get("affinity", []) if name in ratings]
        return [*[ratings[name] for name in names], 1.0].index(1.0)
