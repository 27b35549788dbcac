"""The way in over HTTP, for commands: where the front door is, whose token is shown, and what its answers mean."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import psutil

from services.cli.settings import common_settings
from shared.errors import Refused, Unavailable
from shared.settings import RUN_FILE, CommonSettings

ANSWER_S_MAX = 30
LINE_BYTES_MAX = 8 * 1024 * 1024
COMMAND_NAME = "gongdan"
TOKEN_DAYS = 1
UNBOUND_ROLES = ("integration", "agent", "boss", "auditor", "operator")


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where the front door is, and a token for each role that may be shown there."""

    url: str
    tokens: Mapping[str, str]


def find_entrance(home: Path | None = None, url: str | None = None) -> Entrance:
    """The running `gongdan run` of the home folder; else the port of the settings, with tokens made from the key."""
    settings = common_settings(home=home)
    running = read_run_file(settings.home)
    if running is not None and url in {None, running["http"]}:
        return Entrance(running["http"], running["tokens"])
    return Entrance(url or f"http://127.0.0.1:{settings.port}", own_tokens(settings))


def read_run_file(home: Path) -> dict[str, Any] | None:
    """What `run` wrote, None when it does not run (a file that a kill left behind counts as none)."""
    try:
        document: dict[str, Any] = orjson.loads((home / RUN_FILE).read_bytes())
        return document if psutil.pid_exists(document["pid"]) else None
    except (FileNotFoundError, ValueError, KeyError):
        return None


def own_tokens(settings: CommonSettings) -> dict[str, str]:
    """Tokens for the command itself; who has the signing key may be anybody."""
    from shared.identity.keys import load_key
    from shared.identity.tokens import issue_token

    key = load_key(home=settings.home, token_key=settings.token_key)
    return {role: issue_token(key, role=role, name=COMMAND_NAME, days=TOKEN_DAYS) for role in UNBOUND_ROLES}


class FrontDoor:
    """Calls with the right token. Errors: Refused for a problem, with its words; Unavailable when nothing answers."""

    def __init__(self, entrance: Entrance, session: aiohttp.ClientSession) -> None:
        self.url = entrance.url
        self._tokens = entrance.tokens
        self._session = session

    async def get(self, path: str, *, role: str = "auditor", **params: str | int | None) -> Any:
        """The JSON at `path`; parameters that are None are left out."""
        return await self._call("GET", path, role, params=_given(params))

    async def post(self, path: str, body: Any = None, *, role: str, headers: Mapping[str, str] | None = None) -> Any:
        """The JSON that answers a body: bytes and iterators of bytes as they are, anything else as JSON."""
        return await self._send("POST", path, body, role, headers or {})

    async def put(self, path: str, body: Any, *, role: str) -> Any:
        """The JSON that answers a replacement."""
        return await self._send("PUT", path, body, role, {})

    async def lines(
        self, path: str, *, role: str = "auditor", **params: str | int | None
    ) -> AsyncGenerator[dict[str, Any], None]:
        """The documents of an NDJSON answer, one by one, for as long as it lasts. Errors: Unavailable if it breaks."""
        timeout = aiohttp.ClientTimeout(total=None)
        async with (
            _answering(self.url),
            self._request("GET", path, role, params=_given(params), timeout=timeout) as got,
        ):
            await _refuse_problems(got)
            async for line in got.content:
                if not line.endswith(b"\n"):
                    raise aiohttp.ClientPayloadError("half a line")  # what stands between closed the connection
                if line.strip():
                    yield orjson.loads(line)

    async def _send(self, method: str, path: str, body: Any, role: str, headers: Mapping[str, str]) -> Any:
        raw = body is None or isinstance(body, bytes)
        sent = {"data": body} if raw else {"data": orjson.dumps(body)}
        kind = {} if raw else {"Content-Type": "application/json"}
        return await self._call(method, path, role, headers={**kind, **headers}, **sent)

    async def _call(self, method: str, path: str, role: str, **options: Any) -> Any:
        async with _answering(self.url), self._request(method, path, role, **options) as got:
            await _refuse_problems(got)
            return orjson.loads(await got.read() or b"null")

    def _request(self, method: str, path: str, role: str, **options: Any) -> Any:
        headers = {**options.pop("headers", {}), "Authorization": f"Bearer {self._tokens[role]}"}
        return self._session.request(method, self.url + path, headers=headers, allow_redirects=False, **options)


@asynccontextmanager
async def open_door(entrance: Entrance) -> AsyncIterator[FrontDoor]:
    """A front door with connections of its own."""
    timeout = aiohttp.ClientTimeout(total=ANSWER_S_MAX)
    async with aiohttp.ClientSession(timeout=timeout, read_bufsize=LINE_BYTES_MAX) as session:
        yield FrontDoor(entrance, session)


@asynccontextmanager
async def _answering(url: str) -> AsyncIterator[None]:
    try:
        yield
    except aiohttp.ClientPayloadError as error:
        raise Unavailable(f"the answer of {url} broke off ({error})") from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Unavailable(
            f"nothing answers at {url} ({error}); is `gongdan run` or `gongdan serve` running?"
        ) from error


async def _refuse_problems(got: aiohttp.ClientResponse) -> None:
    if got.status < 400:  # noqa: PLR2004 - where problems begin
        return
    text = await got.text()
    try:
        problem = orjson.loads(text)
        title, detail = str(problem["title"]), str(problem.get("detail", ""))
    except (ValueError, KeyError, TypeError):
        problem, title, detail = {}, got.reason or "problem", text[:500]
    wrong = "; ".join(f"{e['field']}: expected {e['expected']}, got {e['got']}" for e in problem.get("errors", ()))
    said = f"{got.status} {title}: {detail}" + (f" ({wrong})" if wrong else "")
    raise Refused(got.status, title, said, extra=problem)


def _given(params: Mapping[str, str | int | None]) -> dict[str, str | int]:
    return {name: value for name, value in params.items() if value is not None}
