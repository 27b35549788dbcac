"""What the readers of `tickets` and `policies` do with a batch: write it to every generation that is fed.

The generations are looked up inside the transaction, after the positions have moved: a switch of generations holds the
positions, so the first batch after it sees it.
"""

from collections.abc import Sequence

import asyncpg

from services.projection import store
from services.projection.handle import POLICIES, POLICY_TYPES, TICKET_TYPES, TICKETS
from shared.database.pool import Connection
from shared.log.admission import Admitted
from shared.log.kafka import Kafka
from shared.log.reader import Reader

SERVICE = "projection"
RECORDS_MAX = 4_000
"""Of one batch: a ticket's facts lie near each other in the log, and each batch writes each of its tickets once."""


def readers(pool: asyncpg.Pool, kafka: Kafka) -> tuple[Reader, Reader]:
    """The reader of `tickets` and the reader of `policies`; `pool` speaks as `store.speak` says."""
    return (
        Reader(
            service=SERVICE,
            pool=pool,
            kafka=kafka,
            topic=TICKETS,
            folds=TICKET_TYPES,
            effect=take_tickets,
            records_max=RECORDS_MAX,
        ),
        Reader(service=SERVICE, pool=pool, kafka=kafka, topic=POLICIES, folds=POLICY_TYPES, effect=take_policies),
    )


async def take_tickets(connection: Connection, batch: Sequence[Admitted]) -> None:
    """Write a batch of `tickets` to each generation, inside the reader's transaction."""
    for generation in await store.fed_generations(connection):
        await store.take_tickets(connection, generation, batch)


async def take_policies(connection: Connection, batch: Sequence[Admitted]) -> None:
    """Write a batch of `policies` to each generation, inside the reader's transaction."""
    for generation in await store.fed_generations(connection):
        await store.take_policies(connection, generation, batch)
