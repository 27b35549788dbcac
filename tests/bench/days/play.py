"""Plays a day: tickets come, technicians drive and work, a way of matching says who gets what."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from statistics import fmean, pstdev
from uuid import UUID

from services.routing.dispatch import Facts, WaitingTicket, Wants
from services.routing.dispatch.members import Member
from services.routing.geodesy.distance import Place, km_between
from shared.ids import TechnicianId, TicketId
from tests.bench.days.generate import PRIORITIES, TARGETS_S, Job, Worker

DAY = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
KM_PER_S = 25 / 3600
"""In a city, doors and traffic lights included."""

Way = Callable[[list[Member], Sequence[WaitingTicket], datetime], list[tuple[TicketId, TechnicianId]]]
"""A way of matching: crew and waiting tickets in, who gets what out."""


@dataclass(slots=True)
class Day:
    """What became of a day."""

    late_min: list[float] = field(default_factory=list)
    wait_min: list[float] = field(default_factory=list)
    km: float = 0.0
    busy_h: list[float] = field(default_factory=list)
    compute_s: float = 0.0
    calls: int = 0

    def figures(self) -> dict[str, float]:
        """Means over the day's tickets; the spread of busy hours over the technicians."""
        return {
            "late_share": fmean(late > 0 for late in self.late_min),
            "late_min": fmean(self.late_min),
            "wait_min": fmean(self.wait_min),
            "km": self.km / len(self.wait_min),
            "spread_h": pstdev(self.busy_h),
            "compute_ms": self.compute_s * 1000,
        }


@dataclass(slots=True)
class _Hand:
    """A technician at work."""

    worker: Worker
    place: Place
    held: list[Job] = field(default_factory=list)
    """The one under way first."""
    busy_s: float = 0.0
    given_s: float | None = None


class Play:
    """One day, one way. With `window_s` matching happens only at its ends, else at every arrival and completion."""

    def __init__(self, workers: Sequence[Worker], jobs: Sequence[Job], way: Way, *, window_s: float = 0.0) -> None:
        self._way, self._window_s = way, window_s
        self._jobs = {UUID(int=job.serial): job for job in jobs}
        self._hands = {worker.id: _Hand(worker, worker.place) for worker in sorted(workers, key=lambda one: one.id)}
        self._waiting: dict[TicketId, WaitingTicket] = {}
        self._ahead: list[tuple[float, int, str]] = []
        self._day = Day()
        self._order = 0

    def run(self) -> Day:
        """Play it to the end: until everything is done."""
        for ticket_id, job in self._jobs.items():
            self._plan(job.opened_s, f"open {ticket_id}")
        is_planned = False
        while self._ahead:
            now_s, _, what = heappop(self._ahead)
            kind, _, id_ = what.partition(" ")
            if kind == "open":
                self._open(TicketId(UUID(id_)))
            elif kind == "done":
                self._finish(id_, now_s)
            if self._window_s and kind != "match":
                if not is_planned:
                    self._plan((now_s // self._window_s + 1) * self._window_s, "match")
                    is_planned = True
                continue
            is_planned = False
            if not self._ahead or self._ahead[0][0] > now_s:
                # What comes at one instant is matched at once.
                self._match(now_s)
        self._day.busy_h = [hand.busy_s / 3600 for hand in self._hands.values()]
        return self._day

    def _plan(self, at_s: float, what: str) -> None:
        self._order += 1
        heappush(self._ahead, (at_s, self._order, what))

    def _open(self, ticket_id: TicketId) -> None:
        job = self._jobs[ticket_id]
        opened_at = DAY + timedelta(seconds=job.opened_s)
        wants = Wants(place=job.place)
        self._waiting[ticket_id] = WaitingTicket(
            ticket_id, job.priority, opened_at, frozenset((job.skill,)), wants=wants
        )

    def _match(self, now_s: float) -> None:
        if not self._waiting or all(len(hand.held) >= hand.worker.capacity for hand in self._hands.values()):
            return
        members = [_member(hand, now_s) for hand in self._hands.values()]
        began = time.process_time()
        given = self._way(members, list(self._waiting.values()), DAY + timedelta(seconds=now_s))
        self._day.compute_s += time.process_time() - began
        self._day.calls += 1
        for ticket_id, id_ in given:
            del self._waiting[ticket_id]
            hand = self._hands[id_]
            hand.given_s = now_s
            hand.held.append(self._jobs[ticket_id])
            if len(hand.held) == 1:
                self._start(hand, now_s)

    def _start(self, hand: _Hand, now_s: float) -> None:
        """Drive to the most pressing of what is held, and work."""
        job = min(hand.held, key=lambda one: (PRIORITIES.index(one.priority), one.opened_s))
        hand.held.remove(job)
        hand.held.insert(0, job)
        km = km_between(hand.place, job.place)
        arrived_s = now_s + km / KM_PER_S
        hand.place = job.place
        hand.busy_s += arrived_s - now_s + job.work_s
        self._day.km += km
        self._day.wait_min.append((arrived_s - job.opened_s) / 60)
        self._day.late_min.append(max(0.0, arrived_s - job.opened_s - TARGETS_S[job.priority]) / 60)
        self._plan(arrived_s + job.work_s, f"done {hand.worker.id}")

    def _finish(self, id_: str, now_s: float) -> None:
        hand = self._hands[id_]
        hand.held.pop(0)
        if hand.held:
            self._start(hand, now_s)


def _member(hand: _Hand, now_s: float) -> Member:
    """The technician as dispatch sees them: where they are, or will be when the ticket under way is done."""
    facts = Facts(place=hand.place)
    idle_s = float("inf") if hand.given_s is None else now_s - hand.given_s
    worker = hand.worker
    return Member(
        TechnicianId(worker.id),
        worker.id,
        worker.skills,
        worker.capacity,
        True,
        len(hand.held),
        idle_s,
        facts,
    )
