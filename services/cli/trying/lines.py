"""Lines from standard input, one JSON answer for each, in order, in bounded memory.

What has come is answered at once, so that a program may write one line and wait for its answer; and what comes
together is answered together, so that a million lines cost no more writes than they cost reads.
"""

import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, Final, Literal, Protocol

import orjson

from services.cli.answer import say
from shared.errors import Refused, Unreadable

Answer = Callable[[Mapping[str, Any]], dict[str, Any]]
"""How a part answers one document."""

Takes = Literal["text", "json"]
"""What a line may be beside a JSON object: plain text, or nothing."""

READ_BYTES: Final = 1 << 18
LINE_BYTES_MAX: Final = 16 << 20
"""A longer line is answered by an error and never held in memory."""

LEVELS_MAX: Final = 100
"""Of arrays and objects in one another; what is deeper could be read, but not be written again."""

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_TOO_LONG: Final = b"\n"
"""Stands for a line that was too long; no line holds it."""


class Source(Protocol):
    """What lines are read from: a file that answers with what is there already."""

    def read1(self, size: int, /) -> bytes:
        """At most `size` bytes, at least one unless the end was reached."""
        ...


def answer_lines(answer: Answer, takes: Takes, source: Source, sink: BinaryIO) -> bool:
    """Answer every line of `source` on `sink`. False when a bug of ours met some line; a line that is wrong is no bug.

    Errors: OSError of the two files, BrokenPipeError when nobody reads the answers any more.
    """
    number, is_sound = 0, True
    for lines in lines_as_they_come(source):
        answers = []
        for line in lines:
            number += 1
            try:
                answers.append(_answered(answer, takes, line))
            except Exception as error:  # noqa: BLE001 - the boundary: no line may stop the others
                is_sound &= _is_expected(error, number)
                answers.append(_error_line(number, line, error))
        sink.write(b"".join(answers))
        sink.flush()
    return is_sound


def lines_as_they_come(source: Source) -> Iterator[list[bytes]]:
    """The lines without their ends, in lists of those that came together; the last line needs no end."""
    rest, is_first, is_skipping = b"", True, False
    while chunk := source.read1(READ_BYTES):
        if is_first:
            chunk, is_first = chunk.removeprefix(_BYTE_ORDER_MARK), False
        *lines, rest = (rest + chunk).split(b"\n")
        if lines and is_skipping:
            lines[0], is_skipping = _TOO_LONG, False
        if len(rest) > LINE_BYTES_MAX:
            rest, is_skipping = b"", True
        if lines:
            yield [line if len(line) <= LINE_BYTES_MAX else _TOO_LONG for line in lines]
    if rest or is_skipping:
        yield [_TOO_LONG if is_skipping else rest]


def document_of(line: bytes, takes: Takes) -> dict[str, Any]:
    """What a line says; plain text as `{"text": …}`. Raises `Unreadable` for what is neither."""
    if line is _TOO_LONG:
        raise Unreadable(f"line: expected at most {LINE_BYTES_MAX} bytes, got more")
    if takes == "text" and not line.startswith(b"{"):
        return {"text": _decoded(line).removesuffix("\r")}
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"line: expected a JSON object, got what is none: {error}") from None
    if not isinstance(document, dict):
        raise Unreadable(f"line: expected a JSON object, got {type(document).__name__}")
    if line.count(b"[") + line.count(b"{") > LEVELS_MAX and is_deeper(document, LEVELS_MAX):
        raise Unreadable(f"line: expected at most {LEVELS_MAX} values in one another, got more")
    if takes == "text" and not isinstance(document.get("text"), str):
        raise Unreadable(f"text: expected a string, got {_kind(document, 'text')}")
    return document


def is_deeper(value: object, levels: int) -> bool:
    """Whether values lie in one another deeper than so."""
    within = [value]
    for _ in range(levels):
        objects = [one.values() if isinstance(one, dict) else one for one in within if isinstance(one, dict | list)]
        if not objects:
            return False
        within = [one for several in objects for one in several]
    return True


def _answered(answer: Answer, takes: Takes, line: bytes) -> bytes:
    return orjson.dumps(answer(document_of(line, takes)), option=orjson.OPT_APPEND_NEWLINE)


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise Unreadable(f"line: expected UTF-8, got {error.object[error.start : error.end]!r}") from None


def _is_expected(error: Exception, number: int) -> bool:
    """Whether a line was wrong; a bug of ours is shown on standard error with its trace."""
    if isinstance(error, Unreadable | ValueError | Refused):
        return True
    traceback.print_exception(error)
    say(f"line {number} met a bug of this program; the lines after it are answered")
    return False


def _error_line(number: int, line: bytes, error: Exception) -> bytes:
    """The error of a line, with the line's `id` where it has one that can be read: a text or a number."""
    document: dict[str, Any] = {"line": number, "error": str(error) or type(error).__name__}
    try:
        if isinstance(id_ := orjson.loads(line).get("id"), str | int | float):
            document["id"] = id_
    except (orjson.JSONDecodeError, AttributeError):
        pass  # no object, or no JSON: the number alone says which line it was
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)


def _kind(document: Mapping[str, Any], key: str) -> str:
    return type(document[key]).__name__ if key in document else "nothing"
