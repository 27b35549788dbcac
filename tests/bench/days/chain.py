"""A day of the whole chain, matched event by event as the running service does it; computing time only."""

import time
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Any
from uuid import UUID

from services.routing.dispatch import Facts, WaitingTicket, Wants, match
from shared.ids import StoreId, TechnicianId, TicketId
from shared.policies import Crew, Policies, Technician
from tests.bench.days.generate import Job, Scene, Worker, generate
from tests.bench.days.play import DAY

STORES, TECHNICIANS_EACH, TICKETS_EACH = 200, 15, 50
RUNS = 3
"""The quickest counts: other work on the machine only ever adds."""

Call = tuple[tuple[Any, ...], dict[str, Any]]
"""What `match` was called with."""


def chain_day(*, with_places: bool) -> tuple[float, int]:
    """10,000 tickets over 3,000 technicians in 200 stores: seconds of computing in `match`, and how often it ran.

    The day is played first and its calls kept, so that nothing but `match` is measured.
    """
    scene = Scene("a store", TECHNICIANS_EACH, TICKETS_EACH)
    calls = [call for at in range(STORES) for call in _played(StoreId(f"s{at:03}"), scene, at, with_places=with_places)]
    return min(_took_s(calls) for _ in range(RUNS)), len(calls)


def one_crew(technicians: int = 3000, tickets: int = 10_000, *, with_places: bool) -> tuple[float, int]:
    """All of them in one crew and waiting at once: seconds of computing in `match`, and how many were served."""
    workers, jobs = generate(Scene("one crew", technicians, tickets), 1)
    crew, policies = _crew(StoreId("all"), workers)
    waiting = [_waiting(job, with_places=with_places) for job in jobs]
    facts = _facts(workers, with_places=with_places)
    named = {"store_id": StoreId("all"), "facts": facts}
    call: Call = (crew, waiting, {}, policies, DAY + timedelta(hours=9)), named
    served = sum(one.technician_id is not None for one in match(*call[0], **call[1]))
    return min(_took_s([call]) for _ in range(RUNS)), served


def one_call(times: int = 2000) -> float:
    """A crew of five and one waiting ticket: seconds of computing."""
    workers, jobs = generate(Scene("five", 5, 1), 1)
    crew, policies = _crew(StoreId("five"), workers)
    held = {TechnicianId(workers[0].id): 1}
    call: Call = (crew, [_waiting(jobs[0], with_places=False)], held, policies, DAY), {"store_id": StoreId("five")}
    return min(_took_s([call] * times) for _ in range(RUNS)) / times


def _took_s(calls: list[Call]) -> float:
    began = time.process_time()
    for given, named in calls:
        match(*given, **named)
    return time.process_time() - began


def _played(store_id: StoreId, scene: Scene, seed: int, *, with_places: bool) -> list[Call]:
    """One store's day: what `match` is called with at every arrival and completion while something waits."""
    workers, jobs = generate(scene, seed)
    crew, policies = _crew(store_id, workers)
    facts = _facts(workers, with_places=with_places)
    by_id = {TicketId(UUID(int=job.serial)): job for job in jobs}
    held: dict[TechnicianId, int] = {}
    idle_since: dict[TechnicianId, datetime] = {}
    waiting: dict[TicketId, WaitingTicket] = {}
    ahead: list[tuple[float, int, TechnicianId | None]] = [(job.opened_s, job.serial, None) for job in jobs]
    heapify(ahead)
    calls: list[Call] = []
    while ahead:
        now_s, serial, technician_id = heappop(ahead)
        now = DAY + timedelta(seconds=now_s)
        if technician_id is None:
            ticket_id = TicketId(UUID(int=serial))
            waiting[ticket_id] = _waiting(by_id[ticket_id], with_places=with_places)
        else:
            held[technician_id] -= 1
        if not waiting:
            continue
        named = {"store_id": store_id, "idle_since": dict(idle_since), "facts": facts}
        calls.append(((crew, list(waiting.values()), dict(held), policies, now), named))
        for one in match(*calls[-1][0], **calls[-1][1]):
            if one.technician_id is not None:
                del waiting[one.ticket_id]
                held[one.technician_id] = held.get(one.technician_id, 0) + 1
                idle_since[one.technician_id] = now
                done_s = now_s + 2 * by_id[one.ticket_id].work_s
                heappush(ahead, (done_s, one.ticket_id.int, one.technician_id))
    return calls


def _crew(store_id: StoreId, workers: list[Worker]) -> tuple[Crew, Policies]:
    technicians = [
        Technician(id=worker.id, name=worker.id, skills=tuple(sorted(worker.skills)), capacity=worker.capacity)
        for worker in workers
    ]
    crew = Crew(technicians=tuple(technicians))
    return crew, Policies().with_policy("crew", store_id, 1, crew)


def _facts(workers: list[Worker], *, with_places: bool) -> dict[TechnicianId, Facts] | None:
    return {TechnicianId(worker.id): Facts(place=worker.place) for worker in workers} if with_places else None


def _waiting(job: Job, *, with_places: bool) -> WaitingTicket:
    ticket_id, opened_at = TicketId(UUID(int=job.serial)), DAY + timedelta(seconds=job.opened_s)
    if not with_places:
        return WaitingTicket(ticket_id, job.priority, opened_at, frozenset((job.skill,)))
    return WaitingTicket(ticket_id, job.priority, opened_at, frozenset((job.skill,)), wants=Wants(place=job.place))
