"""Wiring: settings in, adapters built, app out."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from email.utils import parseaddr
from typing import Any

from fastapi import FastAPI

from services.notify.consume import POLICIES, SERVICE, TICKETS, Readers
from services.notify.http import deliveries, mailbox, subscriptions
from services.notify.letters import ADDRESS
from services.notify.mailbox import MailboxSender
from services.notify.mime import Mailbox
from services.notify.senders import LetterSender
from services.notify.senders.email import SmtpSender, read_smtp_url
from services.notify.senders.webhook import WebhookSender
from services.notify.settings import Settings
from services.notify.work.in_hand import InHand
from services.notify.work.mail import CHANNEL, MailWorker
from services.notify.work.upkeep import Upkeep
from services.notify.work.webhooks import WebhookWorker
from shared.background import background
from shared.database.listen import Wakeup
from shared.database.pool import START_S_MAX, open_pool
from shared.http import Readiness, create_app, dead_letters
from shared.identity.keys import load_key
from shared.identity.tokens import Tokens
from shared.ids import random_id
from shared.log.dead_letters import DeadLetters
from shared.log.kafka import Kafka
from shared.log.position import PositionWaiters
from shared.log.relay import Relay
from shared.log.watch import Watch

POOL_SIZE_MAX = 10
RELAY_PACE_S = 0.2


def build(settings: Settings) -> FastAPI:
    """The application of notify; its lifespan runs the relay, the readers and the workers."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await open_parts(app, settings, stack)
            readers: Readers = app.state.readers
            of_topic = {TICKETS: readers.tickets, POLICIES: readers.policies}
            letters = app.state.dead_letters = DeadLetters(app.state.pool, of_topic)
            await stack.enter_async_context(letters.retrying_newer())
            yield

    async def readiness() -> Readiness:
        return await ready(app)

    app = create_app(
        SERVICE,
        "Gongdan · notify",
        lifespan=lifespan,
        routers=[deliveries.router, subscriptions.router, mailbox.router, dead_letters.router],
        readiness=readiness,
        tokens=Tokens(load_key(home=settings.home, token_key=settings.token_key)),
    )
    app.state.webhook_reach = settings.webhook_reach
    return app


async def open_parts(app: FastAPI, settings: Settings, stack: AsyncExitStack) -> None:
    """Open what the routes and the loops need, and start the loops; the stack closes all of it in reverse."""
    url = settings.database_url(SERVICE)
    kafka = Kafka(settings.kafka, settings.topic_prefix)
    pool = await open_pool(url, application=SERVICE, size_max=POOL_SIZE_MAX, within_s=START_S_MAX)
    stack.push_async_callback(pool.close)
    webhooks = WebhookSender(reach=settings.webhook_reach)
    stack.push_async_callback(webhooks.close)
    mail_wakeup = await stack.enter_async_context(Wakeup(url, CHANNEL, application="notify-mail"))
    webhook_wakeup = await stack.enter_async_context(Wakeup(url, CHANNEL, application="notify-webhooks"))
    app.state.pool = pool
    waiters = app.state.waiters = PositionWaiters(pool)
    app.state.readers = Readers(pool=pool, url=url, kafka=kafka, age_max=timedelta(seconds=settings.notify_max_age_s))
    relay = app.state.relay = Relay(service=SERVICE, pool=pool, url=url, kafka=kafka, pace_s=RELAY_PACE_S)
    readers = [app.state.readers.policies, app.state.readers.tickets]
    app.state.watch = Watch(service=SERVICE, url=url, kafka=kafka, relay=relay, readers=readers)
    loops = build_loops(settings, pool, webhooks)
    await stack.enter_async_context(
        background(
            waiters=lambda: waiters.listen(url, application="notify-waiters"),
            relay=relay.run,
            readers=app.state.readers.run,
            mail=lambda: loops["mail"].run(mail_wakeup),
            webhooks=lambda: loops["webhooks"].run(webhook_wakeup),
            upkeep=loops["upkeep"].run,
            release=loops["upkeep"].run_release,
            watch=app.state.watch.run,
        )
    )


def build_loops(settings: Settings, pool: Any, webhooks: WebhookSender) -> dict[str, Any]:
    """The workers of this process, under one id."""
    sender = letter_sender(settings, pool)
    worker_id, lease_s, retries = random_id(), settings.notify_lease_s, settings.retries
    in_hand = InHand()
    return {
        "mail": MailWorker(
            pool=pool,
            in_hand=in_hand,
            sender=sender,
            origin=read_origin(settings.notify_from),
            retries=retries,
            worker_id=worker_id,
            lease_s=lease_s,
        ),
        "webhooks": WebhookWorker(
            pool=pool, in_hand=in_hand, sender=webhooks, retries=retries, worker_id=worker_id, lease_s=lease_s
        ),
        "upkeep": Upkeep(
            pool=pool,
            in_hand=in_hand,
            worker_id=worker_id,
            lease_s=lease_s,
            age_max_s=settings.notify_max_age_s,
            repeatable=sender.repeatable,
        ),
    }


def letter_sender(settings: Settings, pool: Any) -> LetterSender:
    """Over SMTP where a server is set, else into the local mailbox."""
    if settings.notify_smtp_url is None:
        return MailboxSender(pool)
    return SmtpSender(read_smtp_url(settings.notify_smtp_url.get_secret_value()))


def read_origin(text: str) -> Mailbox:
    """The sender in `Name <address>`. Errors: ValueError."""
    name, address = parseaddr(text)
    if ADDRESS.fullmatch(address) is None or not address.isascii():
        raise ValueError(f"GONGDAN_NOTIFY_FROM: expected a name and an address, got {text!r}")
    return Mailbox(name, address)


async def ready(app: FastAPI) -> Readiness:
    """Whether people are told of what happens now: see docs/decisions/0021-what-readiness-says.md."""
    watch: Watch | None = getattr(app.state, "watch", None)
    if watch is None:
        return Readiness(ready=False)
    standing = await watch.standing()
    return Readiness(standing.ready, standing.checks)
