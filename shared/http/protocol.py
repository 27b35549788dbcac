"""uvicorn's HTTP/1.1 with two things more: its own refusals are problems too, and a request's head has a limit."""

from http import HTTPStatus
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.http.problems import MEDIA_TYPE, Problem

HEAD_BYTES_MAX: Final = 64 * 1024
"""Request line and headers; our longest token is 2 KiB."""


class Protocol(HttpToolsProtocol):
    """One connection. What is no HTTP is a 400, a head without end a 431; both close the connection."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._head_bytes = 0
        self._is_in_head = True

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
        self._head_bytes = 0
        self._is_in_head = True

    def on_headers_complete(self) -> None:
        """Its head is whole."""
        self._is_in_head = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Say that it is no HTTP."""
        self._refuse(400, msg)

    def _refuse(self, status: int, detail: str) -> None:
        phrase = HTTPStatus(status).phrase
        content: bytes = Problem(status, phrase, detail).response().body  # type: ignore[assignment]  # bytes, as made there
        head = (
            f"HTTP/1.1 {status} {phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(content)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + content)
        self.transport.close()
