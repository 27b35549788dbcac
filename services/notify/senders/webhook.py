"""To a subscriber's URL, after Standard Webhooks: id, timestamp and a signature over the raw body.

No redirect is followed, and no address that is not public is reached unless a setting allows it: the guard sits
where sockets are made, so neither a name that resolves to a private address nor an IP literal passes it.
"""

import ipaddress
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import IntEnum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import aiohttp
from standardwebhooks import Webhook

from services.notify.senders import Later, Never, Outcome, Sent

CONNECT_TIMEOUT_S = 5.0
TOTAL_TIMEOUT_S = 15.0
ANSWER_BYTES_MAX = 1_024
"""How much of an answer is read; it is only kept to be looked at."""
CONNECTIONS_MAX = 100
TOO_MANY = 429
SERVER_ERROR = 500


class Reach(IntEnum):
    """How near an address may be; each allows the ones before, too."""

    PUBLIC = 0
    LOOPBACK = 1
    PRIVATE = 2
    """Private, link-local and whatever else nobody on the internet has."""


class ForbiddenAddress(OSError):  # noqa: N818 - what happened, in the words of the outcome
    """The URL leads to an address that may not be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One event on its way to one subscriber."""

    url: str
    secret: str
    event_id: UUID
    delivery_id: UUID
    sequence: int
    body: bytes
    at: datetime


class WebhookSender:
    """Posts events. Open it in the loop that uses it, and close it."""

    def __init__(self, *, reach: Reach) -> None:
        self._connector = aiohttp.TCPConnector(
            limit=CONNECTIONS_MAX, ttl_dns_cache=60, socket_factory=lambda info: guarded_socket(info, reach=reach)
        )
        self._session = aiohttp.ClientSession(
            connector=self._connector,
            timeout=aiohttp.ClientTimeout(total=TOTAL_TIMEOUT_S, sock_connect=CONNECT_TIMEOUT_S),
            trust_env=False,  # a proxy of the environment would step around the guard
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # answers are not looked into: no bomb can unfold
        )

    async def close(self) -> None:
        """Let the connections go."""
        await self._session.close()

    async def send(self, call: Call) -> Outcome:
        """Post one event; never raises for what the other side does."""
        try:
            async with self._session.post(
                call.url, data=call.body, headers=headers_of(call), allow_redirects=False
            ) as response:
                answer = await response.content.read(ANSWER_BYTES_MAX)
                asked_s = retry_after_s(response.headers.get("Retry-After"), call.at)
                return judge(response.status, answer.decode("utf-8", "replace"), asked_s)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return failed(error)


def headers_of(call: Call) -> dict[str, str]:
    """Standard Webhooks' headers, and ours.

    Which delivery it is, and the event's place among those of its ticket and source.
    """
    return {
        "Content-Type": "application/cloudevents+json; charset=utf-8",
        "User-Agent": "Gongdan-Webhooks/1",
        "webhook-id": str(call.event_id),
        "webhook-timestamp": str(int(call.at.timestamp())),
        "webhook-signature": Webhook(call.secret).sign(str(call.event_id), call.at.astimezone(UTC), call.body.decode()),
        "Gongdan-Delivery-Id": str(call.delivery_id),
        "Gongdan-Sequence": str(call.sequence),
    }


def judge(status: int, answer: str, asked_s: float | None) -> Outcome:
    """What an HTTP answer means: 2xx taken, 429 and 5xx later, anything else never."""
    detail = f"{status} {' '.join(answer.split())}".strip()
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP's own numbers
        return Sent(detail)
    if status == TOO_MANY or status >= SERVER_ERROR:
        return Later(detail, asked_s)
    return Never("refused", detail)


def failed(error: Exception) -> Outcome:
    """What an error on the way means: nothing was answered, so it is tried again, but for what will never work."""
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, ForbiddenAddress) or isinstance(getattr(error, "os_error", None), ForbiddenAddress):
        return Never("forbidden_address", detail)
    if isinstance(error, aiohttp.InvalidURL | ValueError):
        return Never("refused", detail)
    return Later(detail)


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """The pause that a Retry-After header asks for, in seconds or until a date; None when it says nothing readable."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())


def guarded_socket(info: Any, *, reach: Reach) -> socket.socket:
    """A socket for this address, or ForbiddenAddress.

    Called by aiohttp for every connection, whatever the URL looked like.
    """
    family, kind, protocol, _, address = info
    needed = reach_of(address[0])
    if needed > reach:
        raise ForbiddenAddress(f"{address[0]} is a {needed.name.lower()} address")
    return socket.socket(family, kind, protocol)


def reach_of(address: str) -> Reach:
    """What it takes to reach this address; those that carry another one inside are judged by that."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None) or nat64(parsed)
        if inner is not None:
            return reach_of(str(inner))
    if parsed.is_loopback:
        return Reach.LOOPBACK
    is_site_local = isinstance(parsed, ipaddress.IPv6Address) and parsed.is_site_local
    return Reach.PUBLIC if parsed.is_global and not parsed.is_multicast and not is_site_local else Reach.PRIVATE


def nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside of one of NAT64's well-known prefix (RFC 6052)."""
    if address in ipaddress.IPv6Network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def check_url(url: str, *, reach: Reach) -> str | None:
    """Why this cannot be a subscriber's URL, or None. Names are judged when they are called."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "a URL"
    if parts.scheme not in {"http", "https"} or not host or len(url) > 2000:  # noqa: PLR2004 - what clients take
        return "an http or https URL with a host, at most 2000 characters"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "a URL without user, password or fragment"
    try:
        needed = reach_of(host)
    except ValueError:
        is_local = f".{host.lower().rstrip('.')}".endswith(".localhost")
        needed = Reach.LOOPBACK if is_local else Reach.PUBLIC
    if needed <= reach:
        return None
    nearest = "public or loopback" if reach is Reach.LOOPBACK else "public"
    return f"a {nearest} address (others only where the settings allow)"
