"""Reading plain documents: a table of fields for each kind of object, and a reader for each kind of value.

What does not fit is `Unreadable`, with the path of the field, what was expected and what came.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar, get_args

from services.routing.geodesy.datum import to_wgs84
from services.routing.geodesy.distance import Place
from shared.errors import Unreadable
from shared.events.fact import Priority
from shared.instants import read_instant
from shared.policies.places import Datum

Reader = Callable[[Any, str], Any]
"""Turns a JSON value into what dispatch wants; the second argument is the field's path, for the error."""

T = TypeVar("T")
GOT_CHARACTERS_MAX: Final = 60
NUMBER_MAX: Final = 1_000_000_000
"""Of units, seconds and kilometres."""
DIVISION_DIGITS: Final = (2, 4, 6, 9, 12)


def refused(path: str, expected: str, got: Any) -> Unreadable:
    """The error of one field."""
    text = str(got) if isinstance(got, str | int | float) else type(got).__name__
    return Unreadable(f"{path}: expected {expected}, got {text[:GOT_CHARACTERS_MAX]}")


def _as_written(value: Any) -> Any:
    """A text as a text, where something else was wanted that could be written alike."""
    return f"the text {value}" if isinstance(value, str) else value


def read_object(value: Any, path: str, fields: Mapping[str, tuple[str, Reader]]) -> dict[str, Any]:
    """The fields by their first names; null is as good as absent. A field that is not in the table is an error."""
    if not isinstance(value, dict):
        raise refused(path, "an object", value)
    found: dict[str, Any] = {}
    below = f"{path}." if path else ""
    for name, one in value.items():
        known = fields.get(name)
        if known is None:
            names = ", ".join(dict.fromkeys(first for first, reader in fields.values() if reader is not unread))
            raise Unreadable(f"{below}{name}: unknown field, expected one of {names}")
        first, reader = known
        if first in found:
            raise Unreadable(f"{below}{name}: said twice, another name of it is here too")
        if one is not None:
            found[first] = reader(one, below + name)
    return found


def read_placed(value: Any, path: str, fields: Mapping[str, tuple[str, Reader]]) -> dict[str, Any]:
    """As `read_object`, for what may have a place: `lat` and `lon` beside the other fields are its `location`."""
    found = read_object(value, path, fields)
    ends = {name: found.pop(name) for name in ("lat", "lon") if name in found}
    if not ends:
        return found
    if "location" in found:
        raise Unreadable(f"{path}.{next(iter(ends))}: said twice, a location is here too")
    return {**found, "location": place(ends, path)}


def table(rows: Mapping[str, Reader]) -> dict[str, tuple[str, Reader]]:
    """A field table from `{"name other_name": reader}`: all names of a field lead to the first."""
    return {name: (names.split()[0], reader) for names, reader in rows.items() for name in names.split()}


def text(value: Any, path: str) -> str:
    """A string that is not empty; a whole number is taken for its digits, as ids often are."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise refused(path, "a text", value)
    return value


def boolean(value: Any, path: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise refused(path, "true or false", _as_written(value))
    return value


def whole(value: Any, path: str) -> int:
    """A whole number, zero or more."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= NUMBER_MAX or value != int(value):
        raise refused(path, f"a whole number, 0 or more and at most {NUMBER_MAX}", _as_written(value))
    return int(value)


def at_least_one(value: Any, path: str) -> int:
    """A whole number, one or more."""
    if (found := whole(value, path)) < 1:
        raise refused(path, "a whole number, 1 or more", value)
    return found


def positive(value: Any, path: str) -> float:
    """A number above zero."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= NUMBER_MAX:
        raise refused(path, f"a number above 0, at most {NUMBER_MAX}", _as_written(value))
    return float(value)


def instant(value: Any, path: str) -> datetime:
    """An instant with its offset (RFC 3339), in UTC."""
    try:
        return read_instant(value)
    except ValueError:
        raise refused(path, "an instant with its offset, such as 2026-11-22T08:00:00Z", value) from None


def several(reader: Reader) -> Reader:
    """A reader of a list, or of one alone."""

    def read(value: Any, path: str) -> frozenset[Any]:
        if isinstance(value, list):
            return frozenset(reader(one, f"{path}[{at}]") for at, one in enumerate(value))
        return frozenset((reader(value, path),))

    return read


texts: Final = several(text)


def one_of(words: Any) -> Reader:
    """A reader of a `Literal`."""

    def read(value: Any, path: str) -> Any:
        if value not in get_args(words):
            raise refused(path, f"one of {', '.join(get_args(words))}", value)
        return value

    return read


priority: Final = one_of(Priority)


def place(value: Any, path: str) -> Place:
    """`{lat, lon, datum}` in degrees, by long or short names, or `[lat, lon]`; on WGS-84, as it is without a datum."""
    if isinstance(value, list):
        if len(value) != len(("lat", "lon")):
            raise refused(path, "latitude and longitude", value)
        value = dict(zip(("lat", "lon"), value, strict=True))
    found = read_object(value, path, _PLACE)
    if "lat" not in found or "lon" not in found:
        raise refused(path, "lat and lon", ", ".join(found) or "nothing")
    longitude, latitude = to_wgs84((found["lon"], found["lat"]), found.get("datum", "WGS-84"))
    return latitude, longitude


def skills(value: Any, path: str) -> dict[str, int]:
    """`{skill: level}`, or a list of skills, each at level 1 or as `{skill, level}`; said twice, the higher one."""
    if isinstance(value, dict):
        return {name: at_least_one(level, f"{path}.{name}") for name, level in value.items()}
    found: dict[str, int] = {}
    for at, one in enumerate(value if isinstance(value, list) else [value]):
        place_ = f"{path}[{at}]" if isinstance(value, list) else path
        is_plain = not isinstance(one, dict)
        entry: dict[str, Any] = {"skill": text(one, place_)} if is_plain else read_object(one, place_, _SKILL)
        if "skill" not in entry:
            raise refused(place_, "skill and level", ", ".join(entry) or "nothing")
        found[entry["skill"]] = max(entry.get("level", 1), found.get(entry["skill"], 1))
    return found


def customer(value: Any, path: str) -> str | None:
    """A customer's id, or an object with it; None for one who is not known."""
    return read_object(value, path, _CUSTOMER).get("id") if isinstance(value, dict) else text(value, path)


def division(value: Any, path: str) -> str:
    """The official code of a division, from a province's two digits to a community's twelve."""
    code = text(value, path)
    if not (code.isascii() and code.isdigit() and len(code) in DIVISION_DIGITS):
        raise refused(path, "the code of a division, such as 330110", _as_written(value))
    return code


divisions: Final = several(division)


def address(value: Any, path: str) -> str | None:
    """The code of the division that an address, `{text, code, names}`, lies in; None where it has none, as text."""
    return read_object(value, path, _ADDRESS).get("code") if isinstance(value, dict) else None


def moments(key: str) -> Reader:
    """A reader of `[id]`, `{id: instant}` or `[{<key>, at}]`: ids, each with its instant or None."""
    fields = table({f"{key} {key}_id id": text, "at": instant})

    def read(value: Any, path: str) -> dict[str, datetime | None]:
        if isinstance(value, dict) and not value.keys() & {*fields}:
            return {text(id_, path): None if at is None else instant(at, f"{path}.{id_}") for id_, at in value.items()}
        found: dict[str, datetime | None] = {}
        for at, one in enumerate(value if isinstance(value, list) else [value]):
            is_plain = not isinstance(one, dict)
            entry: dict[str, Any] = {key: text(one, path)} if is_plain else read_object(one, f"{path}[{at}]", fields)
            if key not in entry:
                raise refused(f"{path}[{at}]", f"{key} and at", ", ".join(entry) or "nothing")
            found[entry[key]] = entry.get("at")
        return found

    return read


def units(value: Any, path: str) -> int | str:
    """Units of a capacity, or the word `whole`."""
    return "whole" if value == "whole" else at_least_one(value, path)


def load(value: Any, path: str) -> int:
    """Units held: a number, or the list of what is held, each one unit unless it says more."""
    if not isinstance(value, list):
        return whole(value, path)
    total = 0
    for at, one in enumerate(value):
        entry = read_object(one, f"{path}[{at}]", _HELD) if isinstance(one, dict) else {}
        total += entry.get("units", 1)
    return total


def given(value: Any, path: str) -> int | list[datetime]:
    """How often somebody was chosen of late: a number, or the instants."""
    if isinstance(value, list):
        return [instant(one, f"{path}[{at}]") for at, one in enumerate(value)]
    return whole(value, path)


def anything(value: Any, path: str) -> Any:  # noqa: ARG001 - a reader's signature
    """What another module reads."""
    return value


def unread(value: Any, path: str) -> None:
    """What is taken, since tickets and technicians are shown with it, and not looked at."""


def degrees(limit: int) -> Reader:
    """A reader of degrees to either side of zero."""

    def read(value: Any, path: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not -limit <= value <= limit:
            raise refused(path, f"degrees from -{limit} to {limit}", _as_written(value))
        return float(value)

    return read


_PLACE: Final = table(
    {"lat latitude": degrees(90), "lon lng longitude": degrees(180), "datum": one_of(Datum)},
)
_SKILL: Final = table({"skill name id": text, "level": at_least_one})
_CUSTOMER: Final = table({"id customer_id": text, "name": unread, "phone": unread, "email": unread, "language": unread})
_ADDRESS: Final = table({"text": unread, "code": division, "names": unread})
PLACED: Final = {
    "location place coordinates": place,
    "lat latitude": degrees(90),
    "lon lng longitude": degrees(180),
}
"""The fields of whatever may have a place."""
_HELD: Final = table({"id ticket_id": text, "units weight": at_least_one})
