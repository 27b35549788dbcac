"""Servers that outlived their keeper (it was killed): found by their marks, stopped, never anybody else's.

A mark is the home's random id in the command line, beside the home's own path; psutil compares a process's start time
before each signal, so a pid that was given to another process meanwhile is never signalled.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from signal import Signals

import psutil

from shared.embedded.home import Home
from shared.embedded.kafka import STOP_SIGNALS as KAFKA_STOP
from shared.embedded.kafka import Kafka
from shared.embedded.lock import current_owner
from shared.embedded.postgres import STOP_SIGNALS as POSTGRES_STOP
from shared.embedded.postgres import Postgres
from shared.embedded.process import stop_all


@dataclass(frozen=True, slots=True)
class LeftOver:
    """The processes of one server that nobody keeps."""

    title: str
    processes: Sequence[psutil.Process]
    stop_signals: Sequence[tuple[Signals, float]]


def left_over(home: Home) -> list[LeftOver]:
    """What runs although nobody keeps it; nothing while a keeper lives.

    Looks for processes first and for the keeper then: a keeper names itself before it starts servers, so those found
    beside a dead one are not a new one's.
    """
    remembered = home.remembered()
    kafka, postgres = Kafka(home, remembered), Postgres(home, remembered)
    found = [
        LeftOver(kafka.title, kafka.left_over(), KAFKA_STOP),
        LeftOver(postgres.title, postgres.left_over(), POSTGRES_STOP),
    ]
    held, owner = current_owner(home.lock_file)
    if held and (owner is None or owner.process is not None):
        return []
    return [each for each in found if each.processes]


def stop_left_overs(home: Home, tell: Callable[[str], None]) -> bool:
    """Stop them all; answer whether there were any."""
    found = left_over(home)
    for each in found:
        tell(f"Stopping a {each.title} that was left over (pid {each.processes[0].pid})")
        stop_all(each.processes, each.stop_signals)
    if found:
        home.servers_file.unlink(missing_ok=True)
    return bool(found)
