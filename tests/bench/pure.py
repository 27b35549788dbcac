"""The pure parts: how much one process does in a second, and whether a million lines fit into bounded memory.

Each part adds a function that answers its figures. Each figure stands beside a raw one of the same run: reading and
writing the same lines as JSON and doing nothing with them.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

import orjson
import psutil

from services.cli.trying import address
from services.cli.trying.due import answer
from services.intake.understand.matter import compare
from services.intake.understand.phones import read_phone
from services.intake.understand.text import understand
from services.routing.calendar import OpenTime, Pause
from services.routing.dispatch.document import decide_document
from services.routing.ticket.clocks import Clocks, Situation, decide_clocks, evolve_clocks
from shared.divisions import parse
from shared.divisions.compile import gazetteer
from shared.policies.agreement import ServiceAgreement
from shared.policies.calendar import WEEKDAYS, Calendar
from shared.policies.workflow import Status
from tests.accuracy.address import cases
from tests.bench.days.chain import chain_day, one_call, one_crew
from tests.bench.figures import Figure, at_least, at_most
from tests.bench.texts import pair_lines, phone_lines, text_lines
from tests.support.program import ROOT

LINES_FEW, LINES_MANY = 100_000, 1_000_000
ROUNDS = 3
"""Of each figure; the best one counts, for what disturbs it only slows it down."""
GROWTH_MAX_MIB = 32
"""From the few lines to the many."""
MIB = 1 << 20
LOOKED_AT_EVERY_S = 0.1
"""At the memory of a process; what the kernel keeps as its greatest begins with that of its parent."""


def bench_pure(home: Path) -> list[Figure]:
    """Every part's figures; needs no server."""
    return [figure for part in PARTS for figure in part()]


def due_figures() -> list[Figure]:
    """Deadlines: computed, answered as lines, and a million lines; and the clocks of a ticket."""
    lines = [*due_lines(20_000)]
    baseline = "the same lines, JSON read and written"
    raw = per_second(lambda line: orjson.dumps(orjson.loads(line)), lines)
    answered = per_second(lambda line: orjson.dumps(answer(orjson.loads(line))), lines)
    asked = [*_asked(20_000)]
    plain = per_second(lambda one: one[0].due(one[1], one[2]), asked)
    paused = per_second(lambda one: one[0].due(one[1], one[2], one[3]), asked)
    return [
        at_least(Figure("due, deadlines", plain, "1/s", baseline, raw), 50_000),
        Figure("due, deadlines with two pauses", paused, "1/s", baseline, raw),
        Figure("due, a year compiled", 1 / per_second(_compiled_year, [*range(2000, 2020)]) * 1000, "ms"),
        Figure("due, lines answered", answered, "1/s", baseline, raw),
        Figure("clocks, situations decided", per_second(_a_ticket, [*range(100)]) * len(LIFE), "1/s"),
        *try_figures("due", due_lines),
    ]


def try_figures(part: str, lines: Callable[[int], Iterable[bytes]], *options: str) -> list[Figure]:
    """The command itself: lines a second with everything, and its memory with few lines and with many."""
    few_s, few_bytes = tried(part, lines(LINES_FEW), *options)
    many_s, many_bytes = tried(part, lines(LINES_MANY), *options)
    grown = at_most(
        Figure(
            f"{part}, memory grown by {LINES_MANY:,} lines",
            (many_bytes - few_bytes) / MIB,
            "MiB",
            f"{LINES_FEW:,} lines",
            few_bytes / MIB,
        ),
        GROWTH_MAX_MIB,
    )
    # Starting the process is in both: what lies between them are lines.
    return [Figure(f"{part}, try", (LINES_MANY - LINES_FEW) / (many_s - few_s), "lines/s"), grown]


def tried(part: str, lines: Iterable[bytes], *options: str) -> tuple[float, int]:
    """Seconds and bytes at the most that `gongdan try <part>` takes for these lines."""
    with tempfile.TemporaryFile() as file:
        for line in lines:
            file.write(line + b"\n")
        file.seek(0)
        began_at = perf_counter()
        command = [sys.executable, "-m", "services", "try", part, *options]
        process = psutil.Popen(command, cwd=ROOT, stdin=file, stdout=subprocess.DEVNULL)
        most = _most_memory(process)
    assert process.returncode == 0, f"gongdan try {part} ended with {process.returncode}"
    return perf_counter() - began_at, most


def _most_memory(process: psutil.Popen) -> int:
    """Wait for the end of a process; its most bytes in memory meanwhile."""
    most = 0
    while True:
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            most = max(most, process.memory_info().rss)
        with suppress(psutil.TimeoutExpired):
            process.wait(LOOKED_AT_EVERY_S)
            return most


def per_second(work: Callable[[Any], object], items: list[Any]) -> float:
    """Items a second, the best of some rounds after one that is not counted."""
    best = 0.0
    for at in range(ROUNDS + 1):
        began_at = perf_counter()
        for item in items:
            work(item)
        if at:
            best = max(best, len(items) / (perf_counter() - began_at))
    return best


# ── due ───────────────────────────────────────────────────────────────────────────────────────────────────────────

ZONES = ("Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu")
START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR_S, DAY_S = 3600, 86_400
LIFE: tuple[Status, ...] = (
    "open", "offered", "accepted", "in_progress", "waiting", "in_progress", "resolved", "closed",
)  # fmt: skip
"""The states of a ticket whose clocks are decided."""


def due_lines(count: int) -> Iterator[bytes]:
    """Lines as policy writers have them: some calendars, many starts and targets, pauses in every other one."""
    calendars, chance = _calendars(), Random(1)
    for number in range(count):
        start, target, pauses = _question(chance)
        line = {
            "id": number,
            "calendar": calendars[number % len(calendars)],
            "start": start.isoformat(),
            "target_s": target,
            "pauses": [[from_.isoformat(), to.isoformat()] for from_, to in pauses] if number % 2 else [],
        }
        yield orjson.dumps(line)


def _calendars() -> list[dict[str, Any]]:
    """Fifty: each zone with several hours and holidays."""
    holidays = [{"date": f"2026-10-0{day}", "open": []} for day in range(1, 8)]
    return [
        {"zone": zone, "week": dict.fromkeys(WEEKDAYS[:5], hours), "exceptions": holidays}
        for zone in ZONES
        for opens in range(6, 11)
        for hours in ([[f"{opens:02}:00", "18:00"]], [[f"{opens:02}:00", "12:00"], ["13:00", "18:30"]])
    ]


def _question(chance: Random) -> tuple[datetime, int, list[Pause]]:
    start = START + timedelta(seconds=chance.randrange(300 * DAY_S))
    begins = [start + timedelta(seconds=chance.randrange(-DAY_S, 3 * DAY_S)) for _ in range(2)]
    pauses = [(begin, begin + timedelta(seconds=chance.randrange(DAY_S))) for begin in begins]
    return start, chance.randrange(1, 80 * HOUR_S), pauses


def _asked(count: int) -> Iterator[tuple[OpenTime, datetime, timedelta, list[Pause]]]:
    calendars, chance = [OpenTime(Calendar.model_validate(body)) for body in _calendars()], Random(1)
    for number in range(count):
        start, target, pauses = _question(chance)
        yield calendars[number % len(calendars)], start, timedelta(seconds=target), pauses


def _compiled_year(year: int) -> object:
    """A calendar that has not seen that year: reading it, and one deadline."""
    calendar = OpenTime(_ONE_CALENDAR)
    return calendar.add(datetime(year, 6, 1, tzinfo=UTC), timedelta(hours=1))


def _a_ticket(day: int) -> object:
    """A ticket from its opening to its end, three clocks running."""
    opened_at = START + timedelta(days=day, hours=2)
    clocks: Clocks = ()
    for at, status in enumerate(LIFE):
        now = opened_at + timedelta(hours=3 * at)
        situation = Situation(at=now, event=f"ticket.{status}", opened_at=opened_at, status=status)
        for fact in decide_clocks(clocks, _AGREEMENT, situation, _HOUSE):
            clocks = evolve_clocks(clocks, fact)
    return clocks


_ONE_CALENDAR = Calendar.model_validate(_calendars()[0])
_AGREEMENT = ServiceAgreement.model_validate(
    {
        "clocks": [
            {"name": "first-response", "metric": "first_response", "target_s": 4 * HOUR_S},
            {"name": "next-response", "metric": "next_response", "target_s": 8 * HOUR_S},
            {"name": "resolve", "metric": "resolve", "target_s": 40 * HOUR_S, "pause": [{"status": ["waiting"]}]},
        ]
    }
)
_HOUSE = {"default": OpenTime(_ONE_CALENDAR)}


# ── dispatch ──────────────────────────────────────────────────────────────────────────────────────────────────────


def dispatch_figures() -> list[Figure]:
    """One choice in a crew of five, a chain's day, one great crew, and documents as lines."""
    lines = [*dispatch_lines(5_000)]
    raw = per_second(lambda line: orjson.dumps(orjson.loads(line)), lines)
    answered = per_second(lambda line: orjson.dumps(decide_document(orjson.loads(line))), lines)
    day = "10,000 tickets over 3,000 technicians"
    return [
        at_most(Figure("dispatch, one ticket before a crew of five", one_call() * 1e6, "µs"), 100),
        at_most(Figure(f"dispatch, {day} in 200 stores", chain_day(with_places=False)[0], "s"), 2),
        at_most(Figure(f"dispatch, {day} in 200 stores, with places", chain_day(with_places=True)[0], "s"), 2),
        at_most(Figure(f"dispatch, {day} in one crew, at once", one_crew(with_places=False)[0], "s"), 2),
        at_most(Figure(f"dispatch, {day} in one crew, at once, with places", one_crew(with_places=True)[0], "s"), 2),
        Figure("dispatch, lines answered", answered, "1/s", "the same lines, JSON read and written", raw),
        *try_figures("dispatch", dispatch_lines),
    ]


def dispatch_lines(count: int) -> Iterator[bytes]:
    """Lines with a crew of five with skills, loads, places and shifts, and a ticket somewhere."""
    chance = Random(1)
    for number in range(count):
        technicians = [
            {
                "id": f"t{at}",
                "skills": ["general", "electrical"][: 1 + at % 2],
                "capacity": 4,
                "load": chance.randrange(5),
                "location": {"lat": 30 + chance.random(), "lon": 120 + chance.random()},
                "shift": [["08:00", "20:00"]],
            }
            for at in range(5)
        ]
        place = {"lat": 30 + chance.random(), "lon": 120 + chance.random()}
        ticket = {"id": number, "priority": "normal", "skills": ["general"], "location": place}
        now = (START + timedelta(minutes=number % 600)).isoformat()
        document = {"id": number, "now": now, "store": "s1", "ticket": ticket, "technicians": technicians}
        yield orjson.dumps(document)


def address_figures() -> list[Figure]:
    """Addresses of the tuned set: read, answered as lines, a million lines; and what the lists cost once."""
    lines = [*address_lines(20_000)]
    baseline = "the same lines, JSON read and written"
    raw = per_second(lambda line: orjson.dumps(orjson.loads(line)), lines)
    texts = [orjson.loads(line)["text"] for line in lines]
    answer_address = address.part()
    answered = per_second(lambda line: orjson.dumps(answer_address(orjson.loads(line))), lines)
    loads_ms = min(_lists_compiled_s() for _ in range(ROUNDS)) * 1000
    return [
        at_least(Figure("address, read", per_second(parse, texts), "1/s", baseline, raw), 20_000),
        Figure("address, lines answered", answered, "1/s", baseline, raw),
        at_most(Figure("address, lists compiled", loads_ms, "ms"), 500),
        *try_figures("address", address_lines),
    ]


def address_lines(count: int) -> Iterator[bytes]:
    """Addresses of the set that the parser was tuned on, no two alike: each time another door."""
    every = [case.text for case in cases("address.tuned.tsv")]
    return (orjson.dumps({"text": f"{every[at % len(every)]} {at}室"}) for at in range(count))


def _lists_compiled_s() -> float:
    gazetteer.cache_clear()
    began_at = perf_counter()
    gazetteer()
    return perf_counter() - began_at


# ── phone, text, pair ─────────────────────────────────────────────────────────────────────────────────────────────


def phone_figures() -> list[Figure]:
    """Numbers as people write them, read one by one and as lines."""
    written = [line.decode() for line in phone_lines(20_000)]
    raw = per_second(lambda line: orjson.dumps(orjson.loads(line)), [orjson.dumps({"text": text}) for text in written])
    # Without the readings that are kept in memory: every number counts as a new one.
    read = per_second(read_phone.__wrapped__, written)
    baseline = "the same as JSON, read and written"
    return [at_least(Figure("phone, numbers", read, "1/s", baseline, raw), 10_000), *try_figures("phone", phone_lines)]


def text_figures() -> list[Figure]:
    """Texts as customers write them, understood one by one and as lines."""
    lines = [*text_lines(5_000)]
    raw = per_second(lambda line: orjson.dumps(orjson.loads(line)), lines)
    understood = per_second(understand, [orjson.loads(line)["text"] for line in lines])
    baseline = "the same as JSON, read and written"
    return [at_least(Figure("text, texts", understood, "1/s", baseline, raw), 3_000), *try_figures("text", text_lines)]


def pair_figures() -> list[Figure]:
    """Pairs of texts, compared one by one and as lines."""
    lines = [*pair_lines(2_000)]
    raw = per_second(lambda line: orjson.dumps(orjson.loads(line)), lines)
    pairs = [orjson.loads(line) for line in lines]
    compared = per_second(lambda pair: compare(pair["a"], pair["b"]), pairs)
    return [
        Figure("pair, pairs", compared, "1/s", "the same as JSON, read and written", raw),
        *try_figures("pair", pair_lines),
    ]


PARTS: tuple[Callable[[], list[Figure]], ...] = (
    due_figures,
    dispatch_figures,
    address_figures,
    phone_figures,
    text_figures,
    pair_figures,
)
"""Each part's figures; another part adds its function here."""
