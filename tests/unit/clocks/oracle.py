"""A ticket's clocks minute by minute: an oracle that shares nothing with the state machine but the inputs.

Each minute it does what happens in it, then counts one for every clock that runs while it is open. It knows no
deadlines: a goal is late as soon as its count is full and its clock still runs.
"""

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "note", "wait", "go_on", "reply", "word", "resolve", "reopen", "cancel", "urgent", "normal", "policy", "promise"
]
SETTLED, GIVEN_UP = ("resolved",), ("cancelled",)
RULES = ("resolve", "first-response", "next-response", "next-update", "promise")


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of the agreement, in minutes."""

    resolve: int
    resolve_urgent: int
    first_response: int
    next_response: int
    next_update: int
    retroactive_start: bool
    retroactive_pause: bool


@dataclass(frozen=True, slots=True)
class Happening:
    """In minute `minute` after the opening something happens; for a promise, `promised` is the minute it names."""

    minute: int
    kind: Kind
    promised: int = 0


@dataclass(slots=True)
class Run:
    """One clock, counted."""

    target: int
    elapsed: int = 0
    state: str = "running"
    is_late: bool = False
    fired: set[str] = field(default_factory=set)
    overrun: int | None = None
    terms: Terms | None = None


@dataclass(slots=True)
class Walk:
    """The ticket and its clocks at one minute."""

    is_open: bytearray
    terms: Terms
    minute: int = 0
    status: str = "open"
    is_urgent: bool = False
    was_answered: bool = False
    replied_at: int = 0
    waits_since: int | None = None
    promised: int | None = None
    statuses: list[str] = field(default_factory=list)
    runs: dict[str, list[Run]] = field(default_factory=lambda: {rule: [] for rule in RULES})

    def go_to(self, minute: int) -> None:
        """Let minutes pass, with nothing happening in them."""
        while self.minute < minute:
            for rule, runs in self.runs.items():
                for run in runs:
                    if run.state == "running":
                        self._pass(rule, run)
            self.statuses.append(self.status)
            self.minute += 1

    def _pass(self, rule: str, run: Run) -> None:
        """One minute of a running clock; what is full when the minute begins is over within it."""
        if rule == "promise":
            run.is_late |= self.minute >= run.target
            return
        run.is_late |= run.elapsed >= run.target
        for name, at in alarms(run.target):
            if run.elapsed >= at:
                run.fired.add(name)
        run.elapsed += self.is_open[self.minute]

    def do(self, kind: Kind, promised: int, terms: Terms) -> None:
        """What happens in this minute, and what it does to each clock."""
        is_reply = kind == "reply"
        if kind in STATUS_AFTER:
            self.status = STATUS_AFTER[kind]
        if is_reply:
            self.was_answered, self.replied_at = True, self.minute
        if is_reply or kind == "resolve":
            self.waits_since = None
        if kind == "word" and self.waits_since is None:
            self.waits_since = self.minute
        if kind in {"urgent", "normal"}:
            self.is_urgent = kind == "urgent"
        if kind == "promise":
            self.promised = promised
        self.terms = terms
        for rule in RULES:
            self._follow(rule, is_reply=is_reply)

    def _follow(self, rule: str, *, is_reply: bool) -> None:
        run = self.runs[rule][-1] if self.runs[rule] else None
        if run is not None and run.state in {"running", "paused"}:
            if self._is_met(rule):
                self._stop(rule, run)
            elif self._changed(rule, run):
                run.state = "cancelled"
                self._begin(rule)
            elif self.status in GIVEN_UP:
                run.state = "cancelled"
            elif rule == "next-update" and is_reply:
                self._stop(rule, run)
                self._begin(rule)
        elif self._is_wanted(rule):
            self._begin_or_go_on(rule, run)
        self._pause(rule)

    def _begin_or_go_on(self, rule: str, run: Run | None) -> None:
        if run is None or run.state == "cancelled" or rule == "next-response":
            self._begin(rule)
        elif rule != "first-response":
            if self._changed(rule, run):  # a promise that was changed while the ticket was settled is another one
                self._begin(rule)
            else:
                run.state, run.overrun = "running", None

    def _begin(self, rule: str) -> None:
        if not self._is_wanted(rule) or (rule == "promise" and self.promised is None):
            return
        begin = self._beginning(rule) if self.terms.retroactive_start else self.minute
        stood_still = {"resolve": {"waiting", *SETTLED}, "next-update": set(SETTLED)}.get(rule, set())
        counted = [
            minute
            for minute in range(begin, self.minute)
            if self.is_open[minute] and not (self.terms.retroactive_pause and self.statuses[minute] in stood_still)
        ]
        elapsed = 0 if rule == "promise" else len(counted)
        self.runs[rule].append(Run(self.target(rule), elapsed, terms=self.terms))

    def _beginning(self, rule: str) -> int:
        if rule == "next-response":
            return self.minute if self.waits_since is None else self.waits_since
        if rule == "next-update":
            return self.replied_at
        return self.minute if rule == "promise" else 0

    def _stop(self, rule: str, run: Run) -> None:
        run.state = "stopped"
        late = sum(self.is_open[run.target : self.minute]) if rule == "promise" else run.elapsed - run.target
        run.overrun = max(0, late)

    def _pause(self, rule: str) -> None:
        run = self.runs[rule][-1] if self.runs[rule] else None
        if rule == "resolve" and run is not None and run.state in {"running", "paused"}:
            run.state = "paused" if self.status == "waiting" else "running"

    def _is_met(self, rule: str) -> bool:
        answered = {"first-response": self.was_answered, "next-response": self.waits_since is None}
        return self.status in SETTLED or answered.get(rule, False)

    def _is_wanted(self, rule: str) -> bool:
        return self.status not in SETTLED + GIVEN_UP and not self._is_met(rule)

    def _changed(self, rule: str, run: Run) -> bool:
        """Whether the terms of this clock are others now; a promise has none but its date, and the same is no other."""
        return self.target(rule) != run.target or (rule != "promise" and run.terms != self.terms)

    def target(self, rule: str) -> int:
        if rule == "promise":
            return self.promised or 0
        if rule == "resolve" and self.is_urgent:
            return self.terms.resolve_urgent
        return int(getattr(self.terms, rule.replace("-", "_")))


STATUS_AFTER: dict[Kind, str] = {
    "wait": "waiting",
    "go_on": "in_progress",
    "resolve": "resolved",
    "reopen": "open",
    "cancel": "cancelled",
}


def alarms(target: int) -> tuple[tuple[str, int], ...]:
    """Each alarm with the minutes after which it sounds."""
    return ("half", target // 2), ("soon", target - 10), ("director", target * 3 // 2)
