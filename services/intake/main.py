"""Intake wired: settings in, adapters built, app out."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg
from fastapi import FastAPI

from services.intake.consume import FOLDS
from services.intake.directory.entries import Place
from services.intake.http import contacts, directory, look
from services.intake.parts import Parts
from services.intake.settings import Settings
from services.intake.stores import STORE_FACTS, follow_with_stores
from services.intake.work import CONNECTIONS_MAX, PLAN_ONCE, Recorder
from shared.background import background
from shared.database.pool import START_S_MAX, open_pool
from shared.http import dead_letters
from shared.http.app import ServiceApp, create_app
from shared.http.health import Readiness
from shared.identity.keys import load_key
from shared.identity.tokens import Tokens
from shared.log.dead_letters import DeadLetters
from shared.log.kafka import Kafka
from shared.log.outbox import TICKETS
from shared.log.reader import Reader
from shared.log.relay import Relay
from shared.log.watch import Watch
from shared.telemetry.metrics import metrics_for

SERVICE: Final = "intake"
PACE_S: Final = 0.25
"""The reader's: nobody waits for what it keeps."""


def build(settings: Settings) -> ServiceApp:
    """The app of intake; its lifespan opens the pool and runs relay, reader and recorder."""
    running: list[Running] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None, None]:
        url = settings.database_url(SERVICE)
        async with (
            await open_pool(url, application=SERVICE, within_s=START_S_MAX) as pool,
            await open_recording_pool(url) as recording,
        ):
            service = Running(settings, pool, recording)
            letters = app.state.dead_letters = DeadLetters(pool, {TICKETS: service.reader})
            app.state.parts = service.parts
            try:
                async with (
                    background(
                        recorder=service.recorder.run,
                        relay=service.relay.run,
                        reader=service.reader.run,
                        watch=service.watch.run,
                    ),
                    letters.retrying_newer(),
                ):
                    running.append(service)
                    yield
            finally:
                running.clear()

    async def readiness() -> Readiness:
        return await running[0].readiness() if running else Readiness(ready=False)

    app = create_app(
        SERVICE,
        "Intake: something came in",
        lifespan=lifespan,
        routers=[contacts.router, directory.router, look.router, dead_letters.router],
        readiness=readiness,
        tokens=Tokens(load_key(home=settings.home, token_key=settings.token_key)),
    )
    contacts.count_refusals(app.router.routes)
    return app


async def open_recording_pool(url: str) -> asyncpg.Pool:
    """The recorder's own connections."""
    return await open_pool(
        url,
        application=f"{SERVICE}-recorder",
        size_min=1,
        size_max=CONNECTIONS_MAX,
        settings=PLAN_ONCE,
        within_s=START_S_MAX,
    )


class Running:
    """The parts of one running intake, built from its settings."""

    def __init__(self, settings: Settings, pool: asyncpg.Pool, recording: asyncpg.Pool) -> None:
        url, kafka = settings.database_url(SERVICE), Kafka(settings.kafka, settings.topic_prefix)
        self.recorder = Recorder(
            pool=recording,
            time_zone=settings.time_zone,
            waiting_max=settings.contacts_waiting_max,
            batch_max=settings.contacts_batch_max,
            metrics=metrics_for(SERVICE),
        )
        self.relay = Relay(service=SERVICE, pool=pool, url=url, kafka=kafka)
        self.reader = Reader(
            service=SERVICE,
            pool=pool,
            kafka=kafka,
            topic=TICKETS,
            folds=FOLDS | STORE_FACTS,
            effect=follow_with_stores,
            pace_s=PACE_S,
        )
        self.watch = Watch(service=SERVICE, url=url, kafka=kafka, relay=self.relay, readers=[self.reader])
        self.parts = Parts(
            pool=pool,
            recorder=self.recorder,
            place=Place(settings.phone_region, settings.phone_area, ZoneInfo(settings.time_zone)),
        )

    async def readiness(self) -> Readiness:
        """Ready to record: see docs/decisions/0021-what-readiness-says.md."""
        standing = await self.watch.standing()
        return Readiness(standing.ready, standing.checks)
