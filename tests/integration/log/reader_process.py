"""A reader alone in a process of its own, whose effect notes each event: `python -m … URL KAFKA PREFIX`."""

import asyncio
import sys
from collections.abc import Sequence

from shared.database.pool import Connection
from shared.events.registry import FACTS
from shared.log.admission import Admitted
from shared.log.kafka import Kafka
from shared.log.reader import Reader
from tests.support.log import a_pool


async def note(connection: Connection, batch: Sequence[Admitted]) -> None:
    """The effect of these tests: one row for each event."""
    await connection.executemany(
        "INSERT INTO effects (event_id, subject, sequence) VALUES ($1, $2, $3)",
        [(a.attributes.id, a.attributes.subject, a.attributes.sequence) for a in batch],
    )


async def main(url: str, bootstrap_servers: str, prefix: str) -> None:
    async with a_pool(url, "reader") as pool:
        kafka = Kafka(bootstrap_servers, prefix)
        reader = Reader(service="notify", pool=pool, kafka=kafka, topic="tickets", folds=frozenset(FACTS), effect=note)
        await reader.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
