"""uvicorn's HTTP/1.1 with more limits: of a request's head, of the time it may take, of a client that does not read.

Its own refusals are problems too.
"""

import asyncio
from http import HTTPStatus
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.http.problems import MEDIA_TYPE, Problem

HEAD_BYTES_MAX: Final = 64 * 1024
"""Request line and headers; our longest token is 2 KiB."""
HEAD_S_MAX: Final = 20.0
"""How long a connection may take to say what it wants."""
WRITE_S_MAX: Final = 30.0
"""How long a client may leave what we sent it unread; then the connection is cut, and what it held is free."""
CONNECTIONS_MAX: Final = 4_096
"""Open connections of one process; one more is answered 503. (Requests at once have a limit of their own: the edge.)"""


class Protocol(HttpToolsProtocol):
    """One connection. What is no HTTP is a 400, a head without end a 431; both close the connection."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._head_bytes = 0
        self._is_in_head = True
        self._head_since: float | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Somebody connected."""
        super().connection_made(transport)
        self._head_since = self.loop.time()
        if len(self.connections) > CONNECTIONS_MAX:
            self._refuse(503, f"more than {CONNECTIONS_MAX} connections at once", "retry-after: 1\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        """It ended, whoever ended it."""
        self._forget_unread()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        super().data_received(data)
        if self._is_in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self._refuse(431, f"the headers are over the limit of {HEAD_BYTES_MAX} bytes")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._head_since = self.loop.time()
        self._head_bytes = 0
        self._is_in_head = True

    def on_headers_complete(self) -> None:
        """Its head is whole."""
        self._is_in_head = False
        self._head_since = None
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Say that it is no HTTP."""
        self._refuse(400, msg)

    def end_if_slow(self, now: float) -> None:
        """Close the connection if it has taken too long to say what it wants; `now` as the loop counts."""
        if self._head_since is not None and now - self._head_since > HEAD_S_MAX and not self.transport.is_closing():
            self._refuse(408, f"no request within {HEAD_S_MAX:g} s")

    def pause_writing(self) -> None:
        """The client reads slower than we write."""
        super().pause_writing()
        self._unread = self.loop.call_later(WRITE_S_MAX, self.transport.abort)

    def resume_writing(self) -> None:
        """It has read."""
        self._forget_unread()
        super().resume_writing()

    def _forget_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _refuse(self, status: int, detail: str, header: str = "") -> None:
        phrase = HTTPStatus(status).phrase
        content: bytes = Problem(status, phrase, detail).response().body  # type: ignore[assignment]  # bytes, as made there
        head = (
            f"HTTP/1.1 {status} {phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(content)}\r\n{header}connection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + content)
        self.transport.close()
