"""Over SMTP to a mail server, one connection per letter.

What failed before the whole message was handed over was certainly not sent and is tried again. A connection lost
while the server should say whether it took the message leaves the outcome unknown: sending again could tell someone
twice, so only a person may.
"""

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import aiosmtplib

from services.notify.senders import Later, Letter, Never, Outcome, Sent, Unknown

AT_ONCE = 8
CONNECT_TIMEOUT_S = 10.0
COMMAND_TIMEOUT_S = 30.0
"""How long the server may take to answer one command."""
DATA_TIMEOUT_S = 120.0
"""How long it may take to say whether it took the message.

The outcome is unknown after that, so it is generous (RFC 5321 says ten minutes).
"""
QUIT_TIMEOUT_S = 2.0
PERMANENT = 500

SCHEMES = {"smtp": 25, "smtp+plain": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Where mail goes. `start_tls`: None where the server offers it, True or not at all, False never."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool
    start_tls: bool | None


def read_smtp_url(url: str) -> SmtpServer:
    """`scheme://user:password@host:port`, scheme one of `SCHEMES`. Errors: ValueError, without the password."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise ValueError(
            f"GONGDAN_NOTIFY_SMTP_URL: expected one of {', '.join(SCHEMES)}://host, got {parts.scheme}://…"
        )
    return SmtpServer(
        host=parts.hostname,
        port=parts.port or SCHEMES[parts.scheme],
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls=parts.scheme == "smtps",
        start_tls={"smtp+starttls": True, "smtp": None}.get(parts.scheme, False),
    )


class SmtpSender:
    """A `LetterSender` to a real mail server."""

    at_once = AT_ONCE
    repeatable = False

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._tls = ssl.create_default_context()

    async def send(self, letters: Sequence[Letter]) -> list[Outcome]:
        """Take them out side by side."""
        return list(await asyncio.gather(*(self._send(letter) for letter in letters)))

    async def _send(self, letter: Letter) -> Outcome:
        client = self._client()
        try:
            outcome = await deliver(client, letter)
            await say_goodbye(client)
            return outcome
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.tls,
            start_tls=server.start_tls,
            tls_context=self._tls,
            timeout=COMMAND_TIMEOUT_S,
        )


async def deliver(client: aiosmtplib.SMTP, letter: Letter) -> Outcome:
    """One letter over one connection."""
    try:
        await client.connect(timeout=CONNECT_TIMEOUT_S)
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        return Later(words(error))  # nothing about this letter: the server is away, or refuses us
    try:
        await client.mail(letter.sender, timeout=COMMAND_TIMEOUT_S)
        await client.rcpt(letter.address, timeout=COMMAND_TIMEOUT_S)
    except aiosmtplib.SMTPResponseException as error:
        return refused(error)
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        return Later(words(error))
    return await hand_over(client, letter)


async def hand_over(client: aiosmtplib.SMTP, letter: Letter) -> Outcome:
    """The message itself, after which there may be no way to know."""
    if not client.is_connected:
        return Later("the connection was lost before the message")
    try:
        response = await client.data(letter.raw, timeout=DATA_TIMEOUT_S)
    except aiosmtplib.SMTPResponseException as error:
        return refused(error)
    except (aiosmtplib.SMTPException, OSError) as error:
        return Unknown(words(error))
    return Sent(f"{response.code} {response.message}")


async def say_goodbye(client: aiosmtplib.SMTP) -> None:
    """QUIT, as servers like it; what comes of it changes nothing."""
    with suppress(aiosmtplib.SMTPException, OSError):
        if client.is_connected:
            await client.quit(timeout=QUIT_TIMEOUT_S)


def refused(error: aiosmtplib.SMTPResponseException) -> Outcome:
    """The server said no: for good (5xx), or for now."""
    return Never("refused", words(error)) if error.code >= PERMANENT else Later(words(error))


def words(error: Exception) -> str:
    """What went wrong."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {error.message}"
    return f"{type(error).__name__}: {error}"
