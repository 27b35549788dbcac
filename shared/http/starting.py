"""What is answered while a process is starting: it lives, and everything else comes again in a moment.

The port is open before anything else, so that nobody else takes it; without this a caller would be let in and then
hear nothing until the database answers.
"""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.http.health import LIVE
from shared.http.problems import Problem

RETRY_AFTER_S: Final = 1
STARTING: Final = Problem(
    503,
    "Starting",
    "this process is starting; ask again",
    slug="starting",
    extra={"ready": False, "checks": {"starting": "what it stands on is being opened"}},
    headers={"retry-after": str(RETRY_AFTER_S)},
)


class Gate:
    """An ASGI app before another one, closed until `is_open` is set."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.is_open = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, or say that it came too early."""
        if self.is_open or scope["path"].endswith(LIVE):
            await self._app(scope, receive, send)
        else:
            await STARTING.response()(scope, receive, send)
