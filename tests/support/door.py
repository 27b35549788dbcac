"""The front door as a client sees it: one call, one role, the answer as it came."""

import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from tests.support.eventually import eventually
from tests.support.program import Program

ANSWER_S_MAX = 30
SERVICES = ("intake", "routing", "notify", "projection")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it came."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return orjson.loads(self.content)


@dataclass(frozen=True, slots=True)
class Door:
    """Calls by role; tokens are those of run.json."""

    session: aiohttp.ClientSession
    tokens: Mapping[str, str]
    urls: Mapping[str, str]
    """Where each service is, by its name."""

    def url(self, path: str) -> str:
        """The address of a path: its first part names the service."""
        return self.urls[path.split("/", 2)[1]] + path

    async def call(
        self,
        method: str,
        path: str,
        role: str | None = "agent",
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        content: bytes | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Any call, whatever it answers; `token` instead of the role's own."""
        shown = token or (self.tokens[role] if role else None)
        given = {"Authorization": f"Bearer {shown}"} if shown else {}
        if json is not None:
            given["Content-Type"], content = "application/json", orjson.dumps(json)
        given.update(headers or {})
        data = None if content is None else io.BytesIO(content)
        async with self.session.request(method, self.url(path), headers=given, data=data, params=params) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def get(self, path: str, role: str = "agent", **params: Any) -> Any:
        """The JSON of a good answer."""
        answer = await self.call("GET", path, role, params=params)
        assert answer.status_code == 200, f"GET {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def contact(self, body: Mapping[str, Any], *, channel: str = "store", role: str = "integration") -> Any:
        """The JSON that answers a new contact."""
        answer = await self.call("POST", f"/intake/{channel}/contacts", role, json=body)
        assert answer.status_code == 201, f"{channel}: {answer.status_code} {answer.text}"
        return answer.json()

    async def try_command(
        self, ticket_id: str, name: str, role: str = "agent", *, key: str | None = None, **fields: Any
    ) -> Answer:
        """The answer to a command, whatever it is."""
        headers = {"Idempotency-Key": key} if key else {}
        body = {"command": name, **fields}
        return await self.call("POST", f"/routing/tickets/{ticket_id}/commands", role, json=body, headers=headers)

    async def command(self, ticket_id: str, name: str, role: str = "agent", **fields: Any) -> Any:
        """The JSON that answers a command that is allowed."""
        answer = await self.try_command(ticket_id, name, role, **fields)
        assert answer.status_code == 200, f"{name}: {answer.status_code} {answer.text}"
        return answer.json()

    async def ticket(self, ticket: str, role: str = "agent", **params: Any) -> Any:
        """The ticket as the projection shows it."""
        return await self.get(f"/projection/tickets/{ticket}", role, **params)

    async def history(self, ticket: str, **params: Any) -> list[dict[str, Any]]:
        """Every event of the ticket that is shown, once the projection has reached `at_least=` if that is given."""
        shown = await self.get(f"/projection/tickets/{ticket}/history", "auditor", **params)
        items: list[dict[str, Any]] = shown["items"]
        return items

    async def ticket_when(self, ticket_id: str, within_s: float = 10, **wanted: Any) -> Any:
        """The ticket once these fields have these values (`...`: any value but null)."""

        async def check() -> Any:
            answer = await self.call("GET", f"/projection/tickets/{ticket_id}")
            assert answer.status_code == 200, answer.text
            shown = answer.json()
            for name, value in wanted.items():
                is_so = shown[name] is not None if value is ... else shown[name] == value
                assert is_so, f"{name} is {shown[name]!r}, status {shown['status']}"
            return shown

        return await eventually(check, within_s)


@asynccontextmanager
async def open_doors(
    urls: Mapping[str, str], tokens: Mapping[str, str], *, connections: int = 40
) -> AsyncIterator[Door]:
    """A door to services that are apart, with connections of its own."""
    timeout = aiohttp.ClientTimeout(total=ANSWER_S_MAX)
    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        yield Door(session, tokens, urls)


@asynccontextmanager
async def open_door(program: Program, *, connections: int = 40) -> AsyncIterator[Door]:
    """A door to a program in one process."""
    urls = dict.fromkeys(SERVICES, program.url)
    async with open_doors(urls, program.document["tokens"], connections=connections) as door:
        yield door
