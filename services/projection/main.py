"""Wiring of projection: settings in, adapters built, app out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from fastapi import FastAPI

from services.projection.chain import Chain
from services.projection.consume import SERVICE, readers
from services.projection.handle import POLICIES, TICKETS
from services.projection.http import ROUTERS
from services.projection.http.door import Door
from services.projection.live import Tail
from services.projection.settings import Settings
from services.projection.store import speak
from shared.background import background
from shared.database.pool import START_S_MAX, open_pool
from shared.http import Readiness, ServiceApp, create_app, dead_letters
from shared.identity.keys import load_key
from shared.identity.tokens import Tokens
from shared.log.dead_letters import DeadLetters
from shared.log.kafka import Kafka
from shared.log.position import PositionWaiters
from shared.log.reader import Reader
from shared.log.relay import Relay
from shared.log.watch import Watch

WRITING_CONNECTIONS = 4
"""Two readers, the relay, and a person who settles a dead letter."""
PLANS = {"plan_cache_mode": "force_custom_plan"}
"""Lists and searches depend on their values: a generic plan may be a hundred times slower."""


def build(settings: Settings) -> ServiceApp:
    """The app of projection. Errors: NotConfigured when an address is missing."""
    url = settings.database_url("projection")
    kafka = Kafka(settings.kafka, settings.topic_prefix)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with (
            pool(url, application="projection-reader", size_max=WRITING_CONNECTIONS, setup=speak) as writing,
            pool(url, application=SERVICE, size_max=settings.projection_pool_size, settings=PLANS) as reading,
        ):
            tickets, policies = readers(writing, kafka)
            relay = Relay(service=SERVICE, pool=writing, url=url, kafka=kafka)
            letters = app.state.dead_letters = DeadLetters(writing, {TICKETS: tickets, POLICIES: policies})
            watch = app.state.watch = Watch(
                service=SERVICE, url=url, kafka=kafka, relay=relay, readers=[tickets, policies]
            )
            app.state.door = door = make_door(settings, reading, (tickets, policies), watch)
            async with (
                background(
                    relay=relay.run,
                    tail=lambda: door.tail.run(url),
                    policies=policies.run,
                    tickets=tickets.run,
                    watch=watch.run,
                ),
                letters.retrying_newer(),
            ):
                yield

    async def readiness() -> Readiness:
        watch: Watch | None = getattr(app.state, "watch", None)
        return Readiness(ready=False) if watch is None else await ready(watch)

    app = create_app(
        SERVICE,
        "Gongdan projection: something is shown",
        lifespan=lifespan,
        routers=[*ROUTERS, dead_letters.router],
        readiness=readiness,
        tokens=Tokens(load_key(home=settings.home, token_key=settings.token_key)),
    )
    return app


def make_door(settings: Settings, pool: asyncpg.Pool, the_readers: tuple[Reader, ...], watch: Watch) -> Door:
    """What the routes stand on."""
    waiters = PositionWaiters(pool)
    return Door(
        pool=pool,
        chain=Chain(pool),
        tail=Tail(pool, waiters, views_max=settings.projection_live_views),
        waiters=waiters,
        readers=the_readers,
        watch=watch,
        at_least_wait_s=settings.projection_at_least_wait_s,
    )


async def ready(watch: Watch) -> Readiness:
    """Whether questions can be answered with what is so now: see docs/decisions/0021-what-readiness-says.md."""
    standing = await watch.standing()
    return Readiness(standing.ready, standing.checks)


@asynccontextmanager
async def pool(url: str, **options: Any) -> AsyncIterator[asyncpg.Pool]:
    """A pool that is closed at the end."""
    opened = await open_pool(url, within_s=START_S_MAX, **options)
    try:
        yield opened
    finally:
        await opened.close()
