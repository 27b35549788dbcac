"""When everything has come to rest, and what still moves, or is stuck."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tests.chaos.checks.broken import Broken
from tests.chaos.tables import READERS, StepBack, Tables

RESTS = "nothing waits that could move"
FORWARD = "a reader's position never goes back"

LOG_STATE = """
    SELECT (SELECT count(*) FROM outbox) AS outbox,
           (SELECT count(*) FROM log_subjects WHERE stopped IS NOT NULL) AS stopped,
           (SELECT count(*) FROM parked) AS parked,
           (SELECT count(*) FROM dead_letters WHERE status = 'waiting') AS dead,
           (SELECT halted FROM log_database) AS halted
"""
ROUTING_STATE = """
    SELECT (SELECT count(*) FROM waiting WHERE reason IS NULL) AS unseen,
           (SELECT count(*) FROM marks) AS marks,
           (SELECT count(*) FROM tickets WHERE status = 'open') AS undecided
"""
NOTIFY_STATE = "SELECT count(*) FROM deliveries WHERE status IN ('held', 'waiting', 'sending')"
WAITING = "SELECT ticket_id::text, store_id, needs::text FROM waiting WHERE reason = 'no_capacity'"


async def what_moves(tables: Tables, ends: Mapping[str, Mapping[int, int]]) -> list[str]:
    """What has not come to rest, in words. `ends`: by topic, the offset after the last record of each partition."""
    found: list[str] = []
    for service in READERS:
        (row,) = await tables.rows(service, LOG_STATE)
        found += [f"{service}: {name} {value}" for name, value in row.items() if value]
    for topic, reached in ends.items():
        for service, positions in (await tables.positions(topic)).items():
            for partition, end in reached.items():
                if positions.get(partition, 0) != end:
                    found.append(f"{service}: {topic}[{partition}] at {positions.get(partition)} of {end}")
    (row,) = await tables.rows("routing", ROUTING_STATE)
    found += [f"routing: {name} {value}" for name, value in row.items() if value]
    if count := await tables.value("notify", NOTIFY_STATE):
        found.append(f"notify: {count} deliveries have not ended")
    return found


async def who_waits_in_vain(tables: Tables, capacity_of: Mapping[str, int]) -> list[str]:
    """Tickets that wait for room although somebody of their crew, not asked yet, has some."""
    held = await tables.held()
    rows: Sequence[Any] = await tables.rows("routing", WAITING)
    found = []
    for row in rows:
        crew = [one for one in capacity_of if one.startswith(f"t-{row['store_id']}-") and one not in row["needs"]]
        if free := [one for one in crew if held.get(one, 0) < capacity_of[one]]:
            found.append(f"routing: {row['ticket_id']} waits although {free} have room")
    return found


def never_back(steps: Iterable[StepBack], when: str) -> Iterator[Broken]:
    """Nothing set a position back."""
    for one in steps:
        place = f"{one.service} {one.topic}[{one.partition}]"
        yield Broken(FORWARD, f"{when}: {place} went from {one.reached} back to {one.became}")
