"""A service whose parts never close, in a process of its own: prints its port, then answers until it is ended."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event

from shared.http import Combined, serve
from shared.http.server import run
from tests.unit.http.front_door import a_service


class NeverCloses(Combined):
    @asynccontextmanager
    async def lifetime(self) -> AsyncIterator[None]:
        async with super().lifetime():
            yield
            Event().wait()  # the worst there is: the loop itself hangs


if __name__ == "__main__":
    app = NeverCloses({"counter": a_service()})
    run(serve(app, port=0, started=lambda port: print(port, flush=True), drain_s=0.1, close_s=0.2))  # noqa: T201
