"""structlog for the whole program: JSON lines unless on a terminal, one per request or batch.

`structlog.get_logger().info("batch", contacts=12, duration_ms=3.1)`: the event's name first, then fields.
Libraries that use `logging` come out in the same shape, from `WARNING` up.
"""

import logging
import sys
from collections.abc import Sequence
from typing import Final, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from shared.clock import now

QUIET_LIBRARIES: Final = ("aiokafka", "asyncio", "alembic", "faststream", "httpx", "httpcore", "uvicorn", "mail.log")


def configure_logging(*, stream: TextIO | None = None, as_json: bool | None = None, level: int = logging.INFO) -> None:
    """Set logging up for the process; call it once, in the command.

    `stream` is standard error unless given, so that standard output stays free for what a command answers;
    `as_json` unset means: unless the stream is a terminal.
    """
    out = stream or sys.stderr
    render = _renderer(as_json=not out.isatty() if as_json is None else as_json)
    shared: list[Processor] = [structlog.stdlib.add_log_level, _stamp]
    structlog.configure(
        processors=[*shared, *render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=True,
    )
    _configure_libraries(out, shared, render)


def _renderer(*, as_json: bool) -> list[Processor]:
    if as_json:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_dumps)]
    return [structlog.dev.ConsoleRenderer()]


def _configure_libraries(out: TextIO, shared: Sequence[Processor], render: Sequence[Processor]) -> None:
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)


def _stamp(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Put the instant (UTC, the program's own clock), the level and the event's name in front."""
    at = now().isoformat(timespec="milliseconds")
    return {"at": at, "level": event.pop("level"), "event": event.pop("event"), **event}


def _dumps(event: EventDict, **_: object) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
