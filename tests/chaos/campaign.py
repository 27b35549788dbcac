"""A run: rounds on one machine under load, each followed by rest and by all the checkers."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import orjson

from tests.chaos.chain import CAPACITY_OF, publish_chain
from tests.chaos.checks.answers import check_answers
from tests.chaos.checks.broken import Broken
from tests.chaos.checks.counted import answers_by_channel, decisions_had_room, ledger_adds_up
from tests.chaos.checks.dead import all_kept
from tests.chaos.checks.log import Index
from tests.chaos.checks.shown import Seen, holds_the_log, is_again
from tests.chaos.checks.told import check_told
from tests.chaos.clients import Load
from tests.chaos.faults import FAULTS
from tests.chaos.history import History, Operation, a_history
from tests.chaos.log_reader import Raw, RawLog, a_raw_log
from tests.chaos.machine import Machine
from tests.chaos.rounds import Round, Step
from tests.chaos.sampler import Sampler
from tests.chaos.settle import Settling
from tests.chaos.tables import tables_of

THEN_ASKED = 12
"""So many of a round's views are asked for again as of then."""
WHOLE_EVERY_FACTS = 40_000
"""The checks that look at everything are made each round at first, and for each so many facts a round less often."""
AGAIN_WITHIN_S = 20.0
"""So long for what a deadline set in motion while the tables were read."""
COMES_BACK = "what was ended is ready again by itself"
LEDGER = "SELECT channel, disposition, count(*) FROM ledger GROUP BY channel, disposition"
CONTACTS = "SELECT channel, count(*) FROM contacts GROUP BY channel"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a round ended."""

    round: Round
    operations: int
    facts: int
    rested_after_s: float
    took_s: float
    broken: tuple[Broken, ...]


@dataclass(slots=True)
class Campaign:
    """What a run has, and what it has seen so far."""

    machine: Machine
    load: Load
    history: History
    log: RawLog
    policies: RawLog
    dead: RawLog
    index: Index = field(default_factory=Index)
    seen: Seen = field(default_factory=Seen)
    answers: Counter[str] = field(default_factory=Counter)
    sampler: Sampler = field(init=False)
    stuck: list[Broken] = field(default_factory=list)
    """What did not come back after its fault was mended."""
    outcomes: list[Outcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sampler = Sampler(self.machine)

    async def play(self, script: Round) -> Outcome:
        """One round: load, faults, rest, checks."""
        began, before = time.monotonic(), len(self.history.operations)
        facts_before = len(self.log.facts)
        self.history.round = script.number
        self.load.is_open.set()
        await asyncio.gather(*self._faults(script))
        self.machine.fair_weather()
        settling = self._settling()
        mended = time.monotonic()
        await self.load.pause()
        await settling.run()
        rested_after_s = time.monotonic() - mended
        broken = [*self.stuck, *settling.broken, *self.sampler.broken]
        self.sampler.broken, self.stuck = [], []
        operations = self.history.operations[before:]
        broken += await self.check(operations)
        outcome = Outcome(
            script,
            len(operations),
            len(self.log.facts) - facts_before,
            rested_after_s,
            time.monotonic() - began,
            tuple(broken),
        )
        self.outcomes.append(outcome)
        return outcome

    def _faults(self, script: Round) -> list[Any]:
        """The faults of a round: the second one begins some time after the first."""
        first_after_s = script.steps[0].after_s
        return [self._break(one, one.after_s + (first_after_s if n else 0)) for n, one in enumerate(script.steps)]

    async def _break(self, step: Step, after_s: float) -> None:
        await asyncio.sleep(after_s)
        try:
            async with FAULTS[step.fault].run(self.machine, step.target, Random(step.seed)):
                await asyncio.sleep(step.hold_s)
        except AssertionError as error:
            self.stuck.append(Broken(COMES_BACK, f"{step}: {error}"))

    async def check(self, operations: list[Operation], *, whole: bool = False) -> list[Broken]:
        """All checkers, over what is new since the last time; those that look at everything not at every time."""
        broken = await self._read_on()
        broken += check_answers(operations, self.index)
        broken += self.seen.take(operations)
        broken += await self._ask_again()
        self.answers += answers_by_channel(operations)
        if whole or len(self.outcomes) % (1 + len(self.log.facts) // WHOLE_EVERY_FACTS) == 0:
            broken += await self._check_tables_at_rest()
        return broken

    async def _read_on(self) -> list[Broken]:
        """What is wrong with what has come into the log since the last time."""
        injected = len(self.log.injected)
        fresh: list[Raw] = await self.log.advance()
        await self.dead.advance()
        broken = self.index.take(fresh)
        broken += [Broken("every record can be read", line) for line in self.log.unreadable]
        broken += decisions_had_room((fact for fact in fresh if fact.type == "ticket.assigned"), CAPACITY_OF)
        broken += all_kept(self.log.injected[injected:], self.dead.injected)
        return broken

    async def _check_tables_at_rest(self) -> list[Broken]:
        """The tables against the log. A deadline strikes when it will: then both are looked at once more."""
        while True:
            known = len(self.log.facts)
            if not (broken := await self._check_tables()):
                return []
            await self._settling().run(AGAIN_WITHIN_S)
            if wrong := await self._read_on():
                return wrong
            if len(self.log.facts) == known:
                return broken

    def _settling(self) -> Settling:
        return Settling(self.machine, {"tickets": self.log, "policies": self.policies})

    async def _check_tables(self) -> list[Broken]:
        async with tables_of(self.machine.where.databases) as tables:
            lines = {(row[0], row[1]): row[2] for row in await tables.rows("intake", LEDGER)}
            contacts = {row[0]: row[1] for row in await tables.rows("intake", CONTACTS)}
            letters = [row[0] for row in await tables.rows("notify", "SELECT delivery_id::text FROM mails")]
            shown = await tables.shown()
        return [
            *ledger_adds_up(lines, contacts, self.index, self.answers),
            *check_told(self.index, letters),
            *holds_the_log(shown, self.index),
        ]

    async def _ask_again(self) -> list[Broken]:
        """Some of what was read, as of the instant it named."""
        chance = Random(len(self.history.operations))
        kept = chance.sample(self.seen.fresh, min(THEN_ASKED, len(self.seen.fresh)))
        self.seen.fresh.clear()
        broken: list[Broken] = []
        for told in kept:
            path = f"/projection/tickets/{told['ticket_id']}?as_of={told['as_of'].replace('+', '%2B')}"
            status, answer = await self.load.once(lambda path=path: self.load.call("GET", path, "auditor"))  # type: ignore[misc]  # bound now
            broken += is_again(told, orjson.loads(answer) if status == 200 else None)
        return broken


@asynccontextmanager
async def a_campaign(machine: Machine, folder: Path, seed: int) -> AsyncIterator[Campaign]:
    """Everything ready for the first round: the chain published, clients waiting, the log open."""
    await publish_chain(machine)
    async with AsyncExitStack() as stack:
        tickets, policies, dead = [
            await stack.enter_async_context(a_raw_log(machine.where.kafka, machine.where.topic(topic)))
            for topic in ("tickets", "policies", "tickets.dead")
        ]
        async with tables_of(machine.where.databases) as tables:
            await tables.note_steps_back()
        history = stack.enter_context(a_history(folder / "history.ndjson"))
        load = Load(machine, history, seed)
        campaign = Campaign(machine, load, history, tickets, policies, dead)
        sampling = asyncio.create_task(campaign.sampler.run(), name="sampler")
        load.start()
        try:
            yield campaign
        finally:
            sampling.cancel()
            await asyncio.gather(sampling, return_exceptions=True)
            await load.stop()
