"""A real SMTP server in the test's own loop that does as it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


@dataclass(slots=True)
class MailServer:
    """What came, and what to answer: by default everything is taken."""

    url: str = ""
    taken: list[EmailMessage] = field(default_factory=list)
    answers: list[str | bytes] = field(default_factory=list)
    """Answers to the next messages, bytes as they are; `hang up` takes the message and says nothing any more."""
    refuse: str | None = None
    """What each RCPT is answered with."""
    logins: list[str] = field(default_factory=list)
    pause: asyncio.Event = field(default_factory=asyncio.Event)
    """While it is cleared, a message that came is not answered."""
    at_work: int = 0
    """How many messages have come, answered or not."""

    def __post_init__(self) -> None:
        self.pause.set()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse is not None:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str | bytes:  # noqa: N802 - as above
        self.at_work += 1
        await self.pause.wait()
        answer = self.answers.pop(0) if self.answers else "250 taken"
        content = envelope.original_content or b""
        if answer[:3] in {"250", b"250"} or answer == "hang up":
            message: Any = message_from_bytes(content, policy=default)
            self.taken.append(message)
        if answer == "hang up":
            transport: Any = server.transport
            transport.abort()
            return "421 gone"
        return answer

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins.append(data.login.decode())
        return AuthResult(success=data.password == b"p@ss/word")


@asynccontextmanager
async def mail_server(*, auth: bool = False) -> AsyncIterator[MailServer]:
    """Listening on loopback until the end."""
    handler = MailServer()
    options: dict[str, Any] = {"authenticator": handler.login, "auth_required": True, "auth_require_tls": False}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, loop=loop, hostname="mail.test", **(options if auth else {})), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    handler.url = f"smtp://{'gong:p%40ss%2Fword@' if auth else ''}127.0.0.1:{port}"
    async with server:
        yield handler
