"""The services' databases as the checkers see them: a few queries of their own, on connections of their own."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

READERS = {
    "intake": ("tickets",),
    "routing": ("tickets",),
    "notify": ("tickets", "policies"),
    "projection": ("tickets", "policies"),
}
"""Which topics each service reads."""


NOTE_STEPS_BACK = """
    CREATE TABLE IF NOT EXISTS chaos_steps_back (
        step bigint GENERATED ALWAYS AS IDENTITY, topic text, partition integer, reached bigint, became bigint
    );
    CREATE OR REPLACE FUNCTION chaos_note_step_back() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO chaos_steps_back (topic, partition, reached, became)
        VALUES (old.topic, old.partition, old.next_offset, new.next_offset);
        RETURN NULL;
    END $$;
    CREATE OR REPLACE TRIGGER chaos_step_back AFTER UPDATE ON log_positions
    FOR EACH ROW WHEN (new.next_offset < old.next_offset) EXECUTE FUNCTION chaos_note_step_back()
"""
"""A look now and then would miss a position that is set back for half a second: the database notes it itself."""


@dataclass(frozen=True, slots=True)
class StepBack:
    """A position that was set back: the `step`-th of this service."""

    service: str
    step: int
    topic: str
    partition: int
    reached: int
    became: int


@dataclass(frozen=True, slots=True)
class Tables:
    """A connection to each database."""

    connections: Mapping[str, asyncpg.Connection]

    async def rows(self, service: str, statement: str, *arguments: Any) -> list[Any]:
        """What one service's database answers."""
        return list(await self.connections[service].fetch(statement, *arguments))

    async def value(self, service: str, statement: str, *arguments: Any) -> Any:
        """The first field of the first row."""
        return await self.connections[service].fetchval(statement, *arguments)

    async def positions(self, topic: str) -> dict[str, dict[int, int]]:
        """The place that each service has reached, per partition."""
        found = {}
        for service, topics in READERS.items():
            if topic in topics:
                statement = "SELECT partition, next_offset FROM log_positions WHERE topic = $1"
                rows = await self.rows(service, statement, topic)
                found[service] = {row["partition"]: row["next_offset"] for row in rows}
        return found

    async def note_steps_back(self) -> None:
        """Let the databases note every position that is set back, from now on."""
        for connection in self.connections.values():
            await connection.execute(NOTE_STEPS_BACK)

    async def steps_back(self) -> list[StepBack]:
        """Every position that was ever set back."""
        return [
            StepBack(service, **row)
            for service in self.connections
            for row in await self.rows(service, "SELECT * FROM chaos_steps_back ORDER BY step")
        ]

    async def shown(self) -> dict[str, list[tuple[int, int]]]:
        """Which events the live view holds, by id, each with its places in the log."""
        live = await self.value("projection", "SELECT number FROM generations WHERE state = 'live'")
        statement = f'SELECT event_id::text, partition, "offset" FROM g{live}.history'
        found: dict[str, list[tuple[int, int]]] = {}
        for event_id, partition, offset in await self.rows("projection", statement):
            found.setdefault(event_id, []).append((partition, offset))
        return found

    async def held(self) -> dict[str, int]:
        """How many tickets each technician holds, at one moment."""
        statement = "SELECT holder, count(*) AS held FROM tickets WHERE holder IS NOT NULL GROUP BY holder"
        return {row["holder"]: row["held"] for row in await self.rows("routing", statement)}


@asynccontextmanager
async def tables_of(databases: Mapping[str, str]) -> AsyncIterator[Tables]:
    """Connections for one look."""
    connections: dict[str, asyncpg.Connection] = {}
    try:
        for service, url in databases.items():
            connections[service] = await asyncpg.connect(url, timeout=10)
        yield Tables(connections)
    finally:
        for connection in connections.values():
            connection.terminate()
