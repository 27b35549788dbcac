"""A subscriber's HTTP server, real and on loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook


@dataclass(slots=True)
class Receiver:
    """What came, as it came: headers and raw bodies."""

    url: str = ""
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.came.append((dict(request.headers), await request.read()))
        return web.Response(status=204)

    def verified(self, secret: str, ticket_id: str) -> list[dict[str, Any]]:
        """The events of one ticket, in the order they came, each with a signature that the reference library takes."""
        webhook = Webhook(secret)
        events = [webhook.verify(body, headers) for headers, body in self.came]
        return [event for event in events if event["subject"] == ticket_id]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    made = Receiver()
    app = web.Application()
    app.router.add_post("/hook", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        yield made
    finally:
        await runner.cleanup()
