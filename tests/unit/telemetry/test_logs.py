import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest
import structlog

from shared.errors import Impossible
from shared.telemetry.logs import configure_logging


@pytest.fixture(autouse=True)
def _unconfigured_again() -> Iterator[None]:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = before


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_and_begins_with_instant_level_and_name() -> None:
    stream = io.StringIO()
    configure_logging(stream=stream)
    structlog.get_logger().info("batch", contacts=3, store="杭州")
    (line,) = lines(stream)
    assert list(line) == ["at", "level", "event", "contacts", "store"]
    assert (line["level"], line["event"], line["contacts"], line["store"]) == ("info", "batch", 3, "杭州")
    assert line["at"].endswith("Z")


def test_a_stream_of_bytes_gets_the_same_line() -> None:
    raw = io.BytesIO()
    configure_logging(stream=io.TextIOWrapper(raw), as_json=True)
    structlog.get_logger().info("batch")
    assert json.loads(raw.getvalue())["event"] == "batch"


def fail(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as raised:
        return raised


@pytest.mark.parametrize("as_json", [True, False])
def test_an_error_is_logged_with_its_type_and_our_own_frames_and_without_values(*, as_json: bool) -> None:
    stream = io.StringIO()
    configure_logging(stream=stream, as_json=as_json)
    error = fail(asyncpg.DataError("invalid input for query argument $4: ['13800138000', '李雷']"))
    structlog.get_logger().error("failed", exc_info=error)
    logging.getLogger("aiokafka").error("failed there", exc_info=fail(KeyError("李雷")))
    said = stream.getvalue()
    assert "asyncpg.exceptions.DataError" in said
    assert "tests/unit/telemetry/test_logs.py" in said
    assert "KeyError" in said
    assert not any(word in said for word in ("13800138000", "李雷", "Traceback"))


def test_a_refusal_of_the_database_is_logged_with_its_sqlstate_and_its_cause() -> None:
    stream = io.StringIO()
    configure_logging(stream=stream)
    error = Impossible("ticket 1 is written twice")
    error.__cause__ = fail(asyncpg.UniqueViolationError('Key (phone)=("13800138000") already exists'))
    structlog.get_logger().error("failed", exc_info=error)
    (line,) = lines(stream)
    assert line["level"] == "error"
    assert "UniqueViolationError (sqlstate=23505)" in line["exception"]
    assert line["exception"].endswith("shared.errors.Impossible: ticket 1 is written twice")
    assert "138" not in line["exception"]


def test_a_value_that_json_does_not_know_never_loses_the_line() -> None:
    stream = io.StringIO()
    configure_logging(stream=stream)
    structlog.get_logger().info("odd", what=object, of={1: 2})
    assert lines(stream)[0]["of"] == {"1": 2}


def test_libraries_come_out_in_the_same_shape_from_warning_up() -> None:
    stream = io.StringIO()
    configure_logging(stream=stream)
    logging.getLogger("aiokafka.consumer").info("chatter")
    logging.getLogger("aiokafka.consumer").warning("lost %s", "broker")
    (line,) = lines(stream)
    assert (line["event"], line["level"], line["logger"]) == ("lost broker", "warning", "aiokafka.consumer")


def test_a_terminal_gets_lines_for_people() -> None:
    stream = io.StringIO()
    configure_logging(stream=stream, as_json=False)
    structlog.get_logger().info("batch", contacts=3)
    assert "contacts" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
