"""A ticket in the hands of a test: something happens to it, minute by minute, and its clocks follow."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.routing.calendar import OpenTime
from services.routing.ticket.clocks import Clock, ClockFact, Clocks, Situation, decide_clocks, evolve_clocks
from shared.policies.agreement import ServiceAgreement
from shared.policies.calendar import WEEKDAYS, Calendar

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""Nine in the morning; the calendar opens from nine to five on weekdays."""
OFFICE = OpenTime(Calendar.model_validate({"zone": "UTC", "week": dict.fromkeys(WEEKDAYS[:5], (("09:00", "17:00"),))}))
CALENDARS: Mapping[str, OpenTime] = {"default": OFFICE}
WAITING: Any = [{"status": ["waiting"]}]


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    """Day 0 is the Monday."""
    return MONDAY + timedelta(days=day, hours=hour - 9, minutes=minute)


def an_agreement(*rules: dict[str, Any], **fields: Any) -> ServiceAgreement:
    """Rules with an hour to go where they say nothing else."""
    whole = [{"name": rule["metric"].replace("_", "-"), **_an_hour(rule), **rule} for rule in rules]
    return ServiceAgreement.model_validate({"clocks": whole, **fields})


def _an_hour(rule: dict[str, Any]) -> dict[str, Any]:
    return {} if rule["metric"] == "promise" or "targets_s" in rule else {"target_s": 3600}


class Desk:
    """One ticket, opened at a moment, with what happened to it."""

    def __init__(
        self,
        agreement: ServiceAgreement,
        opened_at: datetime = MONDAY,
        calendars: Mapping[str, OpenTime] = CALENDARS,
        **fields: Any,
    ) -> None:
        self.agreement = agreement
        self.calendars = calendars
        self.clocks: Clocks = ()
        self.history: list[Situation] = []
        self.facts: list[ClockFact] = []
        self.situation = Situation(at=opened_at, event="ticket.opened", opened_at=opened_at, **fields)
        self._decide()

    def happens(self, when: datetime, event: str = "ticket.noted", **changes: Any) -> list[ClockFact]:
        """Something happens; answers the facts that follow."""
        self.history.append(self.situation)
        self.situation = replace(self.situation, at=when, event=event, **changes)
        return self._decide()

    def becomes(self, when: datetime, status: str) -> list[ClockFact]:
        answered = {"unanswered_since": None} if status == "resolved" else {}
        return self.happens(when, f"ticket.{status}", status=status, **answered)

    def is_replied_to(self, when: datetime) -> list[ClockFact]:
        return self.happens(when, "ticket.replied", replied_at=when, unanswered_since=None)

    def customer_writes(self, when: datetime) -> list[ClockFact]:
        oldest = self.situation.unanswered_since or when
        return self.happens(when, "ticket.followed_up", unanswered_since=oldest)

    def gets(self, agreement: ServiceAgreement, when: datetime) -> list[ClockFact]:
        """Another version of the agreement holds from now on."""
        self.agreement = agreement
        return self.happens(when, "policy.published")

    def clock(self, number: int = -1) -> Clock:
        return self.clocks[number]

    def _decide(self) -> list[ClockFact]:
        facts = decide_clocks(self.clocks, self.agreement, self.situation, self.calendars, self.history)
        for fact in facts:
            self.clocks = evolve_clocks(self.clocks, fact)
        self.facts += facts
        again = decide_clocks(self.clocks, self.agreement, self.situation, self.calendars, self.history)
        assert again == [], "the same situation again gives no fact"
        return facts
