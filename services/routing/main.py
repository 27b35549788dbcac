"""Routing wired: settings in, adapters built, app out."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import asyncpg
from fastapi import FastAPI

from services.routing.consume import FOLDS, effect
from services.routing.http import policies, technicians, tickets
from services.routing.parts import Parts
from services.routing.settings import Settings
from services.routing.work.deadlines import deadlines_forever
from services.routing.work.dispatch import dispatch_forever
from services.routing.work.policies import PolicyBook
from services.routing.work.supervise import Loops
from services.routing.work.sweep import measure_forever, sweep_forever
from shared.database.pool import START_S_MAX, open_pool
from shared.divisions.compile import gazetteer
from shared.http import dead_letters
from shared.http.app import ServiceApp, create_app
from shared.http.health import Readiness
from shared.identity.keys import load_key
from shared.identity.tokens import Tokens
from shared.log.dead_letters import DeadLetters
from shared.log.kafka import Kafka
from shared.log.outbox import TICKETS
from shared.log.position import PositionWaiters
from shared.log.reader import Reader
from shared.log.relay import Relay
from shared.log.watch import Watch
from shared.policies import Policies

SERVICE: Final = "routing"
POOL_SIZE_MAX: Final = 12
"""Connections for requests, reader, relay and loops together."""


def build(settings: Settings) -> ServiceApp:
    """The app of routing; its lifespan opens the pool and runs relay, reader, dispatch, deadlines and sweep."""
    running: list[Running] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None, None]:
        gazetteer()  # compiled before anything is answered: at the first address it would hold everybody up
        pool = await open_pool(
            settings.database_url(SERVICE), application=SERVICE, size_max=POOL_SIZE_MAX, within_s=START_S_MAX
        )
        service = Running(settings, pool)
        app.state.parts = service.parts
        letters = app.state.dead_letters = DeadLetters(pool, {TICKETS: service.reader})
        try:
            await service.parts.book.refresh()
            async with service.open(), letters.retrying_newer():
                running.append(service)
                yield
        finally:
            running.clear()
            await pool.close()

    async def readiness() -> Readiness:
        return await running[0].readiness() if running else Readiness(ready=False)

    return create_app(
        SERVICE,
        "Routing: something is decided",
        lifespan=lifespan,
        routers=[tickets.router, technicians.router, policies.router, dead_letters.router],
        readiness=readiness,
        tokens=Tokens(load_key(home=settings.home, token_key=settings.token_key)),
    )


class Running:
    """The parts of one running routing, built from its settings."""

    def __init__(self, settings: Settings, pool: asyncpg.Pool) -> None:
        self.url = settings.database_url(SERVICE)
        kafka = Kafka(settings.kafka, settings.topic_prefix)
        self.loops = Loops()
        self.relay = Relay(service=SERVICE, pool=pool, url=self.url, kafka=kafka)
        self.reader = Reader(
            service=SERVICE, pool=pool, kafka=kafka, topic=TICKETS, folds=FOLDS, effect=effect(self.policies)
        )
        self.watch = Watch(service=SERVICE, url=self.url, kafka=kafka, relay=self.relay, readers=[self.reader])
        self.parts = Parts(pool, PolicyBook(pool), PositionWaiters(pool))

    def open(self) -> AbstractAsyncContextManager[None]:
        """Everything that runs for as long as the service does."""
        pool, book, waiters = self.parts.pool, self.parts.book, self.parts.waiters
        return self.loops.running(
            policies=lambda: book.watch(self.url),
            waiters=lambda: waiters.listen(self.url, application="routing-waiters"),
            relay=self.relay.run,
            reader=self.reader.run,
            dispatch=lambda: dispatch_forever(pool, self.url, self.policies),
            deadlines=lambda: deadlines_forever(pool, self.policies),
            sweep=lambda: sweep_forever(pool),
            measure=lambda: measure_forever(pool),
            watch=self.watch.run,
        )

    def policies(self) -> Policies:
        """The rules of this moment."""
        return self.parts.book.current

    async def readiness(self) -> Readiness:
        """Ready to decide: see docs/decisions/0021-what-readiness-says.md. `loops` names the last failure of each."""
        standing = await self.watch.standing()
        return Readiness(standing.ready, {**standing.checks, "loops": self.loops.alarms or "ok"})
