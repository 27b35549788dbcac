"""A rebuild from beginning to end, and what a person may do about generations."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg
import structlog

from services.projection.rebuild.build import Builder, Offsets
from services.projection.rebuild.compare import Differences, find_differences, keep_built_digest, keep_live_digest
from services.projection.rebuild.switch import (
    drop_generation,
    drop_scaffold,
    flip,
    hold_positions,
    live_generation,
    make_generation,
    read_positions,
    replace_admission,
    take_lock,
)
from services.projection.rebuild.workers import fold_with_all, sessions
from services.projection.settings import Settings
from services.projection.tables import INDEXES, of_generation
from shared import clock
from shared.errors import Refused
from shared.log.kafka import Kafka
from shared.log.position import log_position
from shared.log.replay import read_settled

NEAR_RECORDS = 10_000
"""So close to the live readers the rest is folded while they are held."""
PASSES_MAX = 20
ANALYZED = ("history", "ticket_search", "ticket_list", "admission", "policies")

log = structlog.get_logger("rebuild")


@dataclass(slots=True)
class Report:
    """What a rebuild did."""

    generation: int
    events: int = 0
    tickets: int = 0
    seconds: float = 0.0
    """Of reading, folding and writing up to near the head, without indexes and comparing."""
    events_per_s: float = 0.0
    position: str = ""
    """The place in the log at which it was compared."""
    differences: int = 0
    examples: list[str] = field(default_factory=list)
    switched: bool = False


async def rebuild(settings: Settings, *, check: bool = False, force: bool = False) -> Report:
    """Build the read model anew beside the live one, compare, and switch to it.

    `check`: compare only, then drop it again. `force`: switch in spite of differences. Refuses (409) to switch when
    there are any, or while another rebuild runs; what was built is dropped then.
    """
    kafka = Kafka(settings.kafka, settings.topic_prefix)
    async with sessions(settings, "control", "load", "copy") as (control, load, copy):
        await take_lock(control)
        builder = Builder((load, copy), kafka, await make_generation(control))
        is_kept = False
        try:
            report = await build(settings, control, (load, copy), builder)
            found = await compare(control, builder, report)
            if not check:
                await switch(control, builder, found, force=force)
                report.switched = is_kept = True  # read and fed from here on, whatever fails below
                await drop_scaffold(control, builder.generation)
        finally:
            if not is_kept:
                if control.is_in_transaction():  # stopped while it waited for a commit, which counts or does not
                    await control.execute("ROLLBACK")
                await drop_generation(control, builder.generation)
    return report


async def switch_back(settings: Settings) -> int:
    """Make the newest retained generation the live one again; answers its number. Refuses (409) when there is none."""
    async with sessions(settings, "control") as (control,):
        await take_lock(control)
        async with hold_positions(control):
            number: int | None = await control.fetchval("SELECT max(number) FROM generations WHERE state = 'retained'")
            if number is None:
                raise Refused(409, "Nothing to switch back to", "no generation is retained")
            await flip(control, number)
    return number


async def drop_retained(settings: Settings) -> list[int]:
    """Drop the generations that are only kept to be switched back to; answers their numbers."""
    async with sessions(settings, "control") as (control,):
        await take_lock(control)
        rows = await control.fetch("SELECT number FROM generations WHERE state = 'retained' ORDER BY number")
        for row in rows:
            await drop_generation(control, row["number"])
    return [row["number"] for row in rows]


async def build(
    settings: Settings, control: asyncpg.Connection, loading: Sequence[asyncpg.Connection], builder: Builder
) -> Report:
    """Fold the log up to near the live readers, then make the indexes, then what came meanwhile."""
    report = Report(builder.generation)
    began_s = clock.monotonic()
    await fold_with_all(settings, builder, await read_positions(control), await read_settled(control))
    report.seconds = clock.monotonic() - began_s
    report.events = builder.events
    report.events_per_s = builder.events / report.seconds if report.seconds else 0.0
    log.info("rebuild folded", generation=builder.generation, events=report.events, seconds=round(report.seconds, 2))
    await share_out([of_generation(statement, builder.generation) for statement in INDEXES], loading)
    await share_out([of_generation(f"ANALYZE {{g}}.{table}", builder.generation) for table in ANALYZED], loading)
    for _ in range(PASSES_MAX):
        positions = await read_positions(control)
        await builder.advance(positions, await read_settled(control))
        if behind(builder.reached, await read_positions(control)) < NEAR_RECORDS:
            break
    return report


async def share_out(statements: Sequence[str], connections: Sequence[asyncpg.Connection]) -> None:
    """Execute the statements, each connection taking the next one."""
    left = iter(statements)

    async def take(connection: asyncpg.Connection) -> None:
        for statement in left:
            await connection.execute(statement)

    await asyncio.gather(*map(take, connections))


async def compare(control: asyncpg.Connection, builder: Builder, report: Report) -> Differences:
    """Advance to exactly where a snapshot of the live rows stands, and compare ticket by ticket."""
    live = await live_generation(control)
    async with control.transaction(isolation="repeatable_read"):
        positions = await read_positions(control)
        settled = await read_settled(control)
        await keep_live_digest(control, live=live, built=builder.generation)
    await builder.advance(positions, settled)
    await keep_built_digest(control, built=builder.generation)
    found = await find_differences(control, built=builder.generation)
    report.position = log_position({p: offset for (topic, p), offset in positions.items() if topic == "tickets"})
    report.tickets = await control.fetchval(of_generation("SELECT count(*) FROM {g}.ticket_list", builder.generation))
    report.differences, report.examples = found.total, found.examples
    log.info("rebuild compared", generation=builder.generation, tickets=report.tickets, differences=found.total)
    return found


async def switch(control: asyncpg.Connection, builder: Builder, found: Differences, *, force: bool) -> None:
    """Hold the live readers, fold the rest, and name the new generation the live one: all in one transaction."""
    if found.total and not force:
        raise Refused(
            409,
            "Rebuilt otherwise",
            f"{found.total} things differ from the live read model, such as {'; '.join(found.examples[:3])}",
            extra={"differences": found.total, "examples": found.examples},
        )
    async with hold_positions(control) as positions:
        await builder.advance(positions, await read_settled(control))
        if found.total:
            await replace_admission(control, builder.generation, builder.aside)
        await flip(control, builder.generation)


def behind(reached: Offsets, positions: Offsets) -> int:
    """How many records the build is behind the live readers."""
    return sum(max(0, offset - reached.get(place, 0)) for place, offset in positions.items())
