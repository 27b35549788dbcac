"""A body of any size as lines, in bounded memory: CSV (RFC 4180, with a header) and NDJSON."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import orjson

from shared.errors import FieldError
from shared.http.fields import describe
from shared.http.problems import invalid

LINE_BYTES_MAX: Final = 64 * 1024
RECORD_LINES_MAX: Final = 50
"""Physical lines that one CSV record with quoted line breaks may have."""
WHOLE_LINE: Final = "(line)"

_OPEN_QUOTE: Final = "unexpected end of data"


@dataclass(frozen=True, slots=True)
class Line:
    """One record of the body: its number as an editor shows it, and its fields or what is wrong with it."""

    number: int
    fields: dict[str, Any]
    error: FieldError | None = None


@dataclass(slots=True)
class Splitter:
    """Cuts chunks of bytes into numbered physical lines; one that is too long is None."""

    number: int = 0
    _rest: bytearray = field(default_factory=bytearray)
    _is_skipping: bool = False

    def feed(self, chunk: bytes) -> Iterator[tuple[int, bytes | None]]:
        """The lines that `chunk` ends."""
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            self._keep(part)
            yield self._end()
        self._keep(rest)

    def finish(self) -> Iterator[tuple[int, bytes | None]]:
        """The last line, when it has no line break behind it."""
        if self._rest or self._is_skipping:
            yield self._end()

    def _keep(self, part: bytes) -> None:
        if len(self._rest) + len(part) > LINE_BYTES_MAX:
            self._is_skipping = True
            self._rest.clear()
        if not self._is_skipping:
            self._rest += part

    def _end(self) -> tuple[int, bytes | None]:
        self.number += 1
        line = None if self._is_skipping else bytes(self._rest)
        self._rest.clear()
        self._is_skipping = False
        if self.number == 1 and line is not None:
            line = line.removeprefix(b"\xef\xbb\xbf")  # the mark that spreadsheets put before UTF-8
        return self.number, line


class Lines(Protocol):
    """Takes a body chunk by chunk and gives its lines."""

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """The lines that end in this chunk."""
        ...

    def finish(self) -> Iterator[Line]:
        """What is left when the body has ended."""
        ...


class NdjsonLines:
    """The objects of an NDJSON body, one per line; empty lines do not count."""

    def __init__(self) -> None:
        self._splitter = Splitter()

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """The lines that end in this chunk."""
        return self._read(self._splitter.feed(chunk))

    def finish(self) -> Iterator[Line]:
        """The last line, when no line break is behind it."""
        return self._read(self._splitter.finish())

    def _read(self, physical: Iterator[tuple[int, bytes | None]]) -> Iterator[Line]:
        return (ndjson_line(number, raw) for number, raw in physical if raw is None or raw.strip())


def ndjson_line(number: int, raw: bytes | None) -> Line:
    """One line of NDJSON."""
    if raw is None:
        return too_long(number)
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return Line(number, {}, FieldError(WHOLE_LINE, "a JSON object", f"{error.msg} at character {error.pos}"))
    if not isinstance(document, dict):
        return Line(number, {}, FieldError(WHOLE_LINE, "a JSON object", describe(document)))
    return Line(number, document)


class CsvLines:
    """The records of a CSV body with a header of `columns` (in any order, `key` among them).

    `feed` and `finish` raise `Refused` (422) for a header that is missing or names an unknown column: then nothing was
    read. A quote that never closes costs its own line only.
    """

    def __init__(self, columns: Iterable[str], key: str) -> None:
        self._columns = list(columns)
        self._key = key
        self._splitter = Splitter()
        self._header: list[str] | None = None
        self._held: list[tuple[int, bytes | None]] = []

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """The records that end in this chunk."""
        for line in self._splitter.feed(chunk):
            yield from self._take(line)

    def finish(self) -> Iterator[Line]:
        """What is left when the body has ended."""
        for line in self._splitter.finish():
            yield from self._take(line)
        while self._held:
            yield from self._release(is_last=True)
        if self._header is None:
            check_header([], self._columns, self._key)

    def _take(self, line: tuple[int, bytes | None]) -> Iterator[Line]:
        """Most lines have no quote and stand for themselves; the others are held until their record is whole."""
        number, raw = line
        cells = None if self._held or raw is None else plain_cells(raw)
        if cells is not None:
            yield from self._line(number, cells)
            return
        self._held.append(line)
        while self._held:
            before = len(self._held)
            yield from self._release(is_last=False)
            if len(self._held) == before:
                return

    def _release(self, *, is_last: bool) -> Iterator[Line]:
        taken, record = first_record(self._held, is_last=is_last)
        del self._held[:taken]
        if record is not None:
            yield from self._line(*record)

    def _line(self, number: int, cells: list[str] | FieldError) -> Iterator[Line]:
        if self._header is None:
            self._header = check_header(cells, self._columns, self._key)
        elif isinstance(cells, FieldError):
            yield Line(number, {}, cells)
        elif len(cells) != len(self._header):
            wrong = FieldError(WHOLE_LINE, f"{len(self._header)} columns", f"{len(cells)} columns")
            yield Line(number, {}, wrong)
        else:
            yield Line(number, dict(zip(self._header, cells, strict=True)))


def plain_cells(raw: bytes) -> list[str] | None:
    """The cells of a line without quotes; None for what needs the whole grammar."""
    line = raw.removesuffix(b"\r")
    if not line or b'"' in line or b"\r" in line:
        return None
    try:
        return line.decode().split(",")
    except UnicodeDecodeError:
        return None


def check_header(cells: list[str] | FieldError, columns: list[str], key: str) -> list[str]:
    """The header's names. Raises `Refused` (422) with the names that are expected."""
    names = [] if isinstance(cells, FieldError) else [cell.strip().lower() for cell in cells]
    if key in names and set(names) <= set(columns) and len(set(names)) == len(names):
        return names
    raise invalid([FieldError("(header)", f"a line with columns of {','.join(columns)}", describe(",".join(names)))])


def first_record(
    held: list[tuple[int, bytes | None]], *, is_last: bool
) -> tuple[int, tuple[int, list[str] | FieldError] | None]:
    """The record that `held` begins with and how many lines it took; 0 lines when more are needed to say."""
    number = held[0][0]
    texts: list[str] = []
    for taken, (_, raw) in enumerate(held, start=1):
        if raw is None:
            break
        try:
            texts.append(raw.decode() + "\n")
        except UnicodeDecodeError:
            break
        try:
            rows = list(csv.reader(texts, strict=True))
        except csv.Error as error:
            if _OPEN_QUOTE in str(error):
                continue
            return 1, (number, FieldError(WHOLE_LINE, "CSV as in RFC 4180", str(error)))
        return taken, (number, rows[0]) if rows and rows[0] else None
    if texts and not is_last and len(texts) == len(held) < RECORD_LINES_MAX:
        return 0, None
    return 1, (number, unreadable(held[0][1]))


def unreadable(raw: bytes | None) -> FieldError:
    """Why the first of the held lines is no record."""
    if raw is None:
        return too_long(0).error or FieldError(WHOLE_LINE, "", "")
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return FieldError(WHOLE_LINE, "UTF-8", f"byte {raw[error.start]:#04x} at {error.start}")
    return FieldError(WHOLE_LINE, "a closing quote", "none")


def too_long(number: int) -> Line:
    """A line over the limit."""
    return Line(number, {}, FieldError(WHOLE_LINE, f"at most {LINE_BYTES_MAX} bytes", "more"))
