"""Clients that behave like real ones, and note what they were told.

They repeat what had no answer under the same id, mix the channels, add to tickets that are open, command tickets with
versions that may be stale, and read what is shown. Each draws from a chance of its own, so a run's wishes follow from
its seed; what comes of them, the machine decides.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from tests.chaos.chain import STORES
from tests.chaos.history import History, Operation, Outcome
from tests.chaos.machine import Machine

RECORDED = frozenset({200, 201})
REFUSED = frozenset({400, 401, 403, 404, 409, 422})
"""Answers that say: this did not happen."""
AGAIN_S = 0.25
"""What a client waits before it asks again."""
PATIENCE_S = 75.0
"""After so long without an answer a client gives up: that is a fault of the program, and the checkers say so."""
PAUSE_S = (0.15, 0.45)
LIVE_MAX = 150
"""With more tickets open than that, commands mostly end some."""
REMEMBERED = 400

Send = Callable[[], Awaitable[tuple[int, bytes]]]


@dataclass(slots=True)
class Known:
    """What clients know of the world, from answers alone."""

    tickets: deque[dict[str, Any]] = field(default_factory=deque)
    """Open as far as anybody knows: `ticket_id`, `ticket_number`, `version`."""
    posted: deque[tuple[str, dict[str, Any], bytes]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    """Contacts that were recorded: path, body, the first answer."""
    count: int = 0


@dataclass(slots=True)
class Load:
    """The clients of a run. `is_open` lets them go on; closed, each finishes what it is about."""

    machine: Machine
    history: History
    seed: int
    known: Known = field(default_factory=Known)
    is_open: asyncio.Event = field(default_factory=asyncio.Event)
    busy: int = 0
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    def start(self, *, callers: int = 4, agents: int = 4, viewers: int = 2) -> None:
        """Let them come; they begin when `is_open` is set."""
        kinds = [("caller", self.call_once, callers), ("agent", self.command_once, agents)]
        kinds.append(("viewer", self.view_once, viewers))
        for kind, act, count in kinds:
            for number in range(1, count + 1):
                name = f"{kind}-{number}"
                self._tasks.append(asyncio.create_task(self._live(name, act), name=name))

    async def pause(self) -> None:
        """Let nobody begin anything new, and return when everybody has finished."""
        self.is_open.clear()
        while self.busy:
            self.raise_what_failed()
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """End them all."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def raise_what_failed(self) -> None:
        """A client that ended by an error of its own ends the run."""
        for task in self._tasks:
            if task.done() and not task.cancelled() and task.exception():
                task.result()

    async def _live(self, name: str, act: Callable[[str, random.Random], Awaitable[None]]) -> None:
        chance = random.Random(f"{self.seed}/{name}")
        while True:
            await self.is_open.wait()
            self.busy += 1
            try:
                await act(name, chance)
            finally:
                self.busy -= 1
            await asyncio.sleep(chance.uniform(*PAUSE_S))

    # ── callers and clerks ──────────────────────────────────────────────────────────────────────────────────────────

    async def call_once(self, name: str, chance: random.Random) -> None:
        """One contact: new, a further one about a ticket, the same again, or another one under a used id."""
        draw = chance.random()
        if draw < 0.12 and self.known.posted:
            path, body, first = chance.choice(self.known.posted)
            await self.contact(name, path, body, first=first)
        elif draw < 0.15 and self.known.posted:
            path, body, _ = chance.choice(self.known.posted)
            await self.contact(name, path, body | {"description": "别的事"}, kind="other-body")
        elif draw < 0.4 and self.known.tickets:
            ticket = chance.choice(self.known.tickets)
            await self.contact(name, *self.further(ticket["ticket_number"], chance))
        else:
            await self.contact(name, *self.visit(chance))

    def visit(self, chance: random.Random) -> tuple[str, dict[str, Any]]:
        """A new matter at a counter."""
        self.known.count += 1
        person = {"name": "王芳", "phone": f"138{chance.randrange(10**8):08}"}
        if chance.random() < 0.7:
            person["email"] = f"c{chance.randrange(500)}@mail.example"
        return "/intake/store/contacts", {
            "visit_id": f"V-{self.seed}-{self.known.count}",
            "store_id": chance.choice(STORES),
            "clerk": "小陈",
            "customer": person,
            "description": "杯子漏水，刚买一个星期",
            "urgency": chance.choice(["normal", "normal", "high"]),
        }

    def further(self, ticket_number: str, chance: random.Random) -> tuple[str, dict[str, Any]]:
        """A call about a ticket that the caller knows."""
        self.known.count += 1
        return "/intake/phone/contacts", {
            "call_id": f"C-{self.seed}-{self.known.count}",
            "caller": f"138{chance.randrange(10**8):08}",
            "callee": "0571 8888 0000",
            "description": "快点，还要等多久",
            "ticket_number": ticket_number,
        }

    async def contact(
        self, name: str, path: str, body: dict[str, Any], *, kind: str = "contact", first: bytes | None = None
    ) -> None:
        """Post it until it is answered."""
        asked = {"path": path, "id": body.get("visit_id") or body.get("call_id"), "repeats": first is not None}
        content = orjson.dumps(body)
        operation = self.history.invoke(name, kind, asked)
        status, answer = await self.until_answered(lambda: self.call("POST", path, "integration", content))
        if status not in RECORDED:
            self.end(operation, status, answer)
            return
        told = orjson.loads(answer)
        if first is not None:
            told["same_bytes"] = answer == first
        self.history.end(operation, "ok", status, told)
        if first is None and kind == "contact":
            self.known.posted.append((path, body, answer))
            if told["disposition"] == "opened":
                self.known.tickets.append(
                    {"ticket_id": told["ticket_id"], "ticket_number": told["ticket_number"], "version": 0}
                )

    # ── agents ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def command_once(self, name: str, chance: random.Random) -> None:
        """One command about a ticket, with the version that was seen last, or without one."""
        if not self.known.tickets:
            return
        ticket = chance.choice(self.known.tickets)
        body: dict[str, Any] = self.wish(chance)
        if chance.random() < 0.6:
            body["expected_version"] = max(0, ticket["version"] - (chance.random() < 0.15))
        key = f"k-{chance.getrandbits(48):x}" if chance.random() < 0.8 else None
        asked = {"ticket_id": ticket["ticket_id"], "key": key, **body}
        operation = self.history.invoke(name, "command", asked)
        path = f"/routing/tickets/{ticket['ticket_id']}/commands"
        headers = {"Idempotency-Key": key} if key else {}
        content = orjson.dumps(body)
        send = lambda: self.call("POST", path, "agent", content, headers)  # noqa: E731 - one expression, used twice
        status, answer = await (self.until_answered(send) if key else self.once(send))
        if status != 200:
            if status == 409:
                ticket["version"] = orjson.loads(answer).get("version", ticket["version"])
            self.end(operation, status, answer)
            return
        told = orjson.loads(answer)
        ticket["version"] = told["version"]
        self.history.end(operation, "ok", status, told)
        if body["command"] in {"resolve", "cancel"} and ticket in self.known.tickets:
            self.known.tickets.remove(ticket)
        if chance.random() < 0.25:
            await self.view(name, ticket["ticket_id"], at_least=told["position"], version=told["version"])

    def wish(self, chance: random.Random) -> dict[str, Any]:
        """What an agent wants of a ticket."""
        if len(self.known.tickets) > LIVE_MAX:
            return {"command": chance.choice(["resolve", "cancel"])}
        names = ["note", "accept", "start", "wait", "resume", "reply", "decline", "resolve", "resolve", "cancel"]
        command = chance.choice(names)
        more = {"note": {"text": "记一笔"}, "reply": {"text": "快了"}, "wait": {"for": "customer"}}
        return {"command": command, **more.get(command, {})}

    # ── viewers ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def view_once(self, name: str, chance: random.Random) -> None:
        """Look at one ticket."""
        if self.known.tickets:
            await self.view(name, chance.choice(self.known.tickets)["ticket_id"])

    async def view(self, name: str, ticket_id: str, *, at_least: str | None = None, version: int = 0) -> None:
        """Read it once; what cannot be shown now is no loss."""
        operation = self.history.invoke(
            name, "view", {"ticket_id": ticket_id, "at_least": at_least, "version": version}
        )
        path = f"/projection/tickets/{ticket_id}" + (f"?at_least={at_least}" if at_least else "")
        status, answer = await self.once(lambda: self.call("GET", path, "auditor"))
        if status == 200:
            self.history.end(operation, "ok", status, orjson.loads(answer))
        else:
            self.end(operation, status, answer)

    # ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def call(
        self, method: str, path: str, role: str, content: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """One request to one of the processes that serve the path, as a balancer would choose it."""
        url = random.choice(self.machine.urls(path))
        given = {"Authorization": f"Bearer {self.machine.tokens[role]}", **(headers or {})}
        if content is not None:
            given["Content-Type"] = "application/json"
        async with self.machine.session.request(method, url, data=content, headers=given) as answer:
            return answer.status, await answer.read()

    async def once(self, send: Send) -> tuple[int, bytes]:
        """The answer, or status 0 when there was none."""
        try:
            return await send()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return 0, repr(error).encode()

    async def until_answered(self, send: Send) -> tuple[int, bytes]:
        """Ask again, under the same id, while nobody says what became of it."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            status, answer = await self.once(send)
            if status in RECORDED | REFUSED or status == 500 or time.monotonic() > deadline:
                return status, answer
            await asyncio.sleep(AGAIN_S)

    def end(self, operation: Operation, status: int, answer: bytes) -> None:
        """Note an answer that is no success."""
        outcome: Outcome = "fail" if status in REFUSED else "unknown"
        self.history.end(operation, outcome, status, answer[:500].decode("utf-8", "replace"))
