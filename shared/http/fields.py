"""Pydantic's complaints as `{field, expected, got}`: dotted names, plain words, nothing secret."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shared.errors import FieldError

GOT_LENGTH_MAX: Final = 80
ERRORS_MAX: Final = 100
WHOLE_BODY: Final = "(body)"
SECRET_WORDS: Final = ("secret", "token", "password", "authorization", "signature")
PLACES: Final = frozenset({"body", "query", "path", "header", "cookie"})
"""The first part of a location that FastAPI gives: where the field stands, not its name."""

_WORDS: Final[Mapping[str, str]] = {
    "missing": "a value",
    "extra_forbidden": "no field of this name",
    "string_type": "a string",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "an array",
    "tuple_type": "an array",
    "set_type": "an array",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "dataclass_type": "an object",
    "uuid_type": "a UUID",
    "uuid_parsing": "a UUID",
    "datetime_type": "an instant with offset, as RFC 3339",
    "datetime_parsing": "an instant with offset, as RFC 3339",
    "datetime_from_date_parsing": "an instant with offset, as RFC 3339",
    "timezone_aware": "an instant with offset, as RFC 3339",
    "date_type": "a date, YYYY-MM-DD",
    "date_parsing": "a date, YYYY-MM-DD",
    "date_from_datetime_parsing": "a date, YYYY-MM-DD",
    "url_type": "a URL",
    "url_parsing": "a URL",
}

_WORDS_WITH_CONTEXT: Final[Mapping[str, str]] = {
    "literal_error": "one of {expected}",
    "enum": "one of {expected}",
    "string_too_long": "at most {max_length} characters",
    "string_too_short": "at least {min_length} characters",
    "too_long": "at most {max_length} items",
    "too_short": "at least {min_length} items",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "string_pattern_mismatch": "text like {pattern}",
    "union_tag_invalid": "one of {expected_tags}",
}


def field_errors(errors: Sequence[Mapping[str, Any]], body: object = None) -> list[FieldError]:
    """One entry for each of pydantic's `errors`, at most `ERRORS_MAX`; `body` is their input, as JSON values."""
    return [_field_error(error, body) for error in errors[:ERRORS_MAX]]


def describe(value: object, *, field: str = "") -> str:
    """What came, short enough to be read and without what may be a secret."""
    if any(word in field.lower() for word in SECRET_WORDS):
        return "(not shown)"
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case bytes():
            return f"{len(value)} bytes"
        case Mapping():
            return f"an object of {len(value)} fields"
        case list() | tuple():
            return f"an array of {len(value)} items"
        case _:
            return str(value)[:GOT_LENGTH_MAX]


def _field_error(error: Mapping[str, Any], body: object) -> FieldError:
    kind = str(error["type"])
    parts = tuple(error["loc"])
    place, names = (parts[0], parts[1:]) if parts and parts[0] in PLACES else ("body", parts)
    is_missing = kind == "missing"
    # What is not in the body has one name and is written as one text, also where several values stand in it.
    names = _names_of_input(names, body, is_missing=is_missing) if place == "body" else names[:1]
    field = ".".join(str(name) for name in names) or WHOLE_BODY
    got = "nothing" if is_missing else describe(error.get("input"), field=field)
    return FieldError(field=field, expected=_expected(kind, error), got=got)


def _names_of_input(parts: tuple[Any, ...], body: object, *, is_missing: bool) -> tuple[Any, ...]:
    """The parts of a location that are names of the input; those of a union's branches are pydantic's own words."""
    if body is None:
        return parts
    names: list[Any] = []
    here = body
    for index, part in enumerate(parts):
        is_named = isinstance(here, Mapping) and isinstance(part, str) and part in here
        is_counted = isinstance(here, list) and isinstance(part, int) and part < len(here)
        if is_named or is_counted:
            here = here[part]  # type: ignore[index]  # one of the two shapes just tested
            names.append(part)
        elif is_missing and index == len(parts) - 1:
            names.append(part)
    return tuple(names)


def _expected(kind: str, error: Mapping[str, Any]) -> str:
    context = error.get("ctx") or {}
    if kind in _WORDS:
        return _WORDS[kind]
    if kind in _WORDS_WITH_CONTEXT:
        return _WORDS_WITH_CONTEXT[kind].format_map(context)
    if kind in {"value_error", "assertion_error"} and "error" in context:
        return str(context["error"])
    return str(error["msg"])


def _text(value: str) -> str:
    # A client's lone surrogate must not break our own answer.
    sound = value.encode("utf-8", "backslashreplace").decode()
    if len(sound) <= GOT_LENGTH_MAX:
        return f'"{sound}"'
    return f'"{sound[:GOT_LENGTH_MAX]}…" ({len(value)} characters)'
