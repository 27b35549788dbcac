"""structlog for the whole program: JSON lines unless on a terminal, one per request or batch.

`structlog.get_logger().info("batch", contacts=12, duration_ms=3.1)`: the event's name first, then fields.
Libraries that use `logging` come out in the same shape, from `WARNING` up.
"""

import logging
import sys
from collections.abc import Sequence
from typing import BinaryIO, Final, TextIO, cast

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from shared.clock import now
from shared.telemetry.failures import error_of, failure_text

QUIET_LIBRARIES: Final = ("aiokafka", "asyncio", "alembic", "faststream", "httpx", "httpcore", "uvicorn", "mail.log")
LEVELS: Final = {"exception": "error", "warn": "warning", "fatal": "critical", "msg": "info"}
"""Names of logging methods that are not the level's own."""

_CONSOLE = structlog.dev.ConsoleRenderer()
_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def configure_logging(*, stream: TextIO | None = None, as_json: bool | None = None, level: int = logging.INFO) -> None:
    """Set logging up for the process; call it once, in the command.

    `stream` is standard error unless given, so that standard output stays free for what a command answers;
    `as_json` unset means: unless the stream is a terminal.
    """
    out = stream or sys.stderr
    is_json = not out.isatty() if as_json is None else as_json
    chain: list[Processor] = [_without_values, *([_json_line] if is_json else [_level_and_instant, _CONSOLE])]
    raw = getattr(out, "buffer", None) if is_json else None
    structlog.configure(
        processors=chain if raw or not is_json else [*chain, _decoded],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Bytes past the text layer: a line for each request is a good part of what a request costs.
        logger_factory=structlog.BytesLoggerFactory(cast("BinaryIO", raw))
        if raw
        else structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=True,
    )
    _configure_libraries(out, [*chain, _decoded] if is_json else chain)


def _configure_libraries(out: TextIO, chain: Sequence[Processor]) -> None:
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *chain],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)


def _without_values(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """The error told without what it was about (see `failures.py`), for our own lines and those of libraries."""
    error = error_of(event.pop("exc_info", None))
    if error is not None:
        event["exception"] = failure_text(error)
    return event


def _json_line(_: WrappedLogger, method: str, event: EventDict) -> bytes:
    """The whole line: instant (UTC, the program's own clock), level and the event's name in front."""
    line = {"at": now(), "level": LEVELS.get(method, method), "event": event.pop("event", ""), **event}
    return orjson.dumps(line, default=str, option=_OPTIONS)


def _decoded(_: WrappedLogger, __: str, line: object) -> str:
    """The line as text, where the stream takes no bytes."""
    return cast("bytes", line).decode()


def _level_and_instant(_: WrappedLogger, method: str, event: EventDict) -> EventDict:
    event["level"] = LEVELS.get(method, method)
    event["timestamp"] = now().isoformat(timespec="milliseconds")
    return event
