"""Ticket, order and product numbers in running text, each with its place, in the one way in which they are kept.

A ticket number counts only with its check digit and a day that exists. How orders and products are numbered is data
(`numbers.yaml`), because every chain numbers them in its own way.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from services.intake.understand.rules import load
from services.intake.understand.ticket_number import YEAR_BASE, read_ticket_number

FORMS: Final = Path(__file__).with_name("numbers.yaml")

_TICKET: Final = re.compile(
    r"(?=[G工单單])(?<![A-Z0-9])(?:GD[\s\-_#:.]{0,2}|(?:工单|工單|单号|單號)号?碼?码?\s?[:#]?\s?(?=\d{6}-))(\d{6})[\s\-_.]{0,2}(\d{6,16})(?!\d)",
)
_BIG: Final = {small: small - 32 for small in range(ord("a"), ord("z") + 1)}
_SMALL: Final = re.compile("[a-z]")
_DIGITS: Final = re.compile(r"\d{3}", re.ASCII)
"""No number of the house is shorter."""
_DIGIT: Final = re.compile(r"\d", re.ASCII)
_TICKET_RULE: Final = "number.ticket"

Kind = Literal["ticket", "order", "product"]


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """A number of the house in running text: `text[start:end]`, as `written` in the house's own way."""

    kind: Kind
    written: str
    start: int
    end: int
    rule: str


@dataclass(frozen=True, slots=True)
class NumberForm:
    """How one kind of number looks."""

    kind: Kind
    name: str
    form: re.Pattern[str]
    written: str
    date_group: int | None
    also: re.Pattern[str] | None
    """How one more of the same shape follows: 订单A和B."""


def find_numbers(plain: str) -> list[FoundNumber]:
    """Every ticket, order and product number of a text of plain width, in order, no two in one place."""
    if _DIGITS.search(plain) is None:
        return []
    if _SMALL.search(plain) is not None:
        plain = plain.translate(_BIG)
    taken: list[FoundNumber] = []
    is_taken = bytearray(len(plain))
    for number in _all(plain):
        if is_taken.find(1, number.start, number.end) < 0:
            is_taken[number.start : number.end] = b"\1" * (number.end - number.start)
            taken.append(number)
    return sorted(taken, key=lambda number: number.start)


def _all(plain: str) -> Iterator[FoundNumber]:
    """The more certain kinds first."""
    for found in _TICKET.finditer(plain):
        number = read_ticket_number(f"GD-{found[1]}-{found[2]}")
        if number is not None:
            yield FoundNumber("ticket", str(number), found.start(), found.end(), _TICKET_RULE)
    for form in _forms():
        for found in form.form.finditer(plain):
            if form.date_group is None or _is_day(found.groups()[form.date_group]):
                written = form.written.format(*found.groups()).upper()
                yield FoundNumber(form.kind, written, *_span(found, form), form.name)
                yield from _further(plain, found, form)


def _further(plain: str, found: re.Match[str], form: NumberForm) -> Iterator[FoundNumber]:
    """Those that follow the first after one word for all of them."""
    if form.also is None:
        return
    shape, end = shape_of(found[1]), found.end()
    while (more := form.also.match(plain, end)) is not None and shape_of(more[1]) == shape:
        yield FoundNumber(form.kind, more[1], *more.span(1), form.name)
        end = more.end()


def shape_of(written: str) -> str:
    """What a number looks like, whatever its digits: DD-000000."""
    return _DIGIT.sub("0", written)


def _span(found: re.Match[str], form: NumberForm) -> tuple[int, int]:
    """The number without the words before it."""
    return found.span(1) if form.written == "{0}" else found.span()


@cache
def _forms() -> tuple[NumberForm, ...]:
    document = load(FORMS)
    kinds: tuple[Kind, ...] = ("order", "product")
    return tuple(_form(kind, entry) for kind in kinds for entry in document[kind])


def _form(kind: Kind, entry: dict[str, Any]) -> NumberForm:
    also = re.compile(entry["also"]) if "also" in entry else None
    return NumberForm(kind, entry["name"], re.compile(entry["form"]), entry["written"], entry.get("date"), also)


def _is_day(yymmdd: str) -> bool:
    try:
        date(YEAR_BASE + int(yymmdd[:2]), int(yymmdd[2:4]), int(yymmdd[4:]))
    except ValueError:
        return False
    return True
