"""Several services in one process on one port: the first part of the path says whose a request is."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from starlette.types import Receive, Scope, Send

from shared.http.app import ServiceApp
from shared.http.problems import Problem

_NOT_FOUND: Final = 404


class Combined:
    """An ASGI app made of services."""

    def __init__(self, apps: Mapping[str, ServiceApp]) -> None:
        self.apps = dict(apps)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to the service whose prefix it carries; 404 where there is none."""
        app = self.apps.get(scope["path"].split("/", 2)[1])
        if app is not None:
            await app(scope, receive, send)
        elif scope["type"] == "http":
            await self._nobody().response()(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    @asynccontextmanager
    async def lifetime(self) -> AsyncGenerator[None, None]:
        """The lifetimes of all services: entered in the order given, left in reverse."""
        async with AsyncExitStack() as stack:
            for app in self.apps.values():
                await stack.enter_async_context(app.lifetime())
            yield

    def drain(self) -> None:
        """Let each service end its endless answers."""
        for app in self.apps.values():
            app.drain()

    def _nobody(self) -> Problem:
        prefixes = [f"/{name}" for name in self.apps]
        detail = f"there is nothing at this address; services here: {', '.join(prefixes)}"
        return Problem(_NOT_FOUND, "Not Found", detail, extra={"services": prefixes})


def combine(apps: Mapping[str, ServiceApp]) -> Combined:
    """One ASGI app for `{"intake": app, …}`."""
    return Combined(apps)
