"""What clients asked, what they were told and when: kept in memory for the checkers, and on disk as NDJSON.

As in Jepsen, every operation is invoked once and ends as `ok` (it holds), `fail` (it certainly does not) or `unknown`
(no answer, or one that says neither). Times are seconds on the harness's own monotonic clock.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

import orjson

Outcome = Literal["ok", "fail", "unknown"]


@dataclass(slots=True)
class Operation:
    """One request. `asked` says what was wanted, `told` what the answer said; both JSON."""

    number: int
    round: int
    client: str
    kind: str
    asked: dict[str, Any]
    invoked_at: float
    ended_at: float = 0.0
    outcome: Outcome = "unknown"
    status: int = 0
    told: Any = None


@dataclass(slots=True)
class History:
    """All operations of a run, in the order in which they were invoked; each is written when invoked and when ended."""

    file: BinaryIO
    round: int = 0
    operations: list[Operation] = field(default_factory=list)

    def invoke(self, client: str, kind: str, asked: dict[str, Any]) -> Operation:
        """Note that something is about to be asked."""
        operation = Operation(len(self.operations), self.round, client, kind, asked, time.monotonic())
        self.operations.append(operation)
        self._write("invoke", operation)
        return operation

    def end(self, operation: Operation, outcome: Outcome, status: int = 0, told: Any = None) -> None:
        """Note how it ended."""
        operation.ended_at = time.monotonic()
        operation.outcome, operation.status, operation.told = outcome, status, told
        self._write(outcome, operation)

    def of_round(self, number: int) -> list[Operation]:
        """The operations of one round."""
        return [operation for operation in self.operations if operation.round == number]

    def _write(self, event: str, operation: Operation) -> None:
        self.file.write(orjson.dumps({"event": event, **asdict(operation)}) + b"\n")


@contextmanager
def a_history(path: Path) -> Iterator[History]:
    """A history that is kept in `path`."""
    with path.open("ab", buffering=64 * 1024) as file:
        yield History(file)
