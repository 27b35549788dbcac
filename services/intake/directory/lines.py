"""A body of any size as lines, in bounded memory: CSV (RFC 4180, with a header) and NDJSON."""

import csv
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

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


async def read_ndjson(chunks: AsyncIterator[bytes]) -> AsyncIterator[Line]:
    """The objects of an NDJSON body, one per line; empty lines do not count."""
    async for number, raw in physical_lines(chunks):
        if raw is None or raw.strip():
            yield ndjson_line(number, raw)


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


async def read_csv(chunks: AsyncIterator[bytes], columns: Iterable[str], key: str) -> AsyncIterator[Line]:
    """The records of a CSV body with a header of `columns` (in any order, `key` among them).

    Raises `Refused` (422) for a header that is missing or names an unknown column: then nothing was read.
    """
    header: list[str] | None = None
    async for number, cells in csv_records(chunks):
        if header is None:
            header = check_header(cells, list(columns), key)
        elif isinstance(cells, FieldError):
            yield Line(number, {}, cells)
        elif len(cells) != len(header):
            yield Line(number, {}, FieldError(WHOLE_LINE, f"{len(header)} columns", f"{len(cells)} columns"))
        else:
            yield Line(number, dict(zip(header, cells, strict=True)))
    if header is None:
        check_header([], list(columns), key)


def check_header(cells: list[str] | FieldError, columns: list[str], key: str) -> list[str]:
    """The header's names. Raises `Refused` (422) with the names that are expected."""
    names = [] if isinstance(cells, FieldError) else [cell.strip().lower() for cell in cells]
    if key in names and set(names) <= set(columns) and len(set(names)) == len(names):
        return names
    raise invalid([FieldError("(header)", f"a line with columns of {','.join(columns)}", describe(",".join(names)))])


async def csv_records(chunks: AsyncIterator[bytes]) -> AsyncIterator[tuple[int, list[str] | FieldError]]:
    """Records with the number of their first line. A quote that never closes costs its own line only."""
    held: list[tuple[int, bytes | None]] = []
    async for line in physical_lines(chunks):
        held.append(line)
        while held:
            taken, record = first_record(held, is_last=False)
            if not taken:
                break
            del held[:taken]
            if record is not None:
                yield record
    while held:
        taken, record = first_record(held, is_last=True)
        del held[:taken]
        if record is not None:
            yield record


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


async def physical_lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[tuple[int, bytes | None]]:
    """The body's lines, numbered from 1."""
    splitter = Splitter()
    async for chunk in chunks:
        for line in splitter.feed(chunk):
            yield line
    for line in splitter.finish():
        yield line
