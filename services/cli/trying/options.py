"""Options that are checked once, before the first line is read, and what a line says in their place."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import typer

from shared.errors import Unreadable

T = TypeVar("T")


def checked(option: str, read: Callable[[str], T], value: str) -> T:
    """What `read` makes of the option's value; its ValueError is told as misuse of that option."""
    try:
        return read(value)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def said(document: Mapping[str, Any], field: str, read: Callable[[str], T], otherwise: T) -> T:
    """What the line says in this field, read as the option is, else `otherwise`. Raises `Unreadable`."""
    value = document.get(field)
    if value is None:
        return otherwise
    if not isinstance(value, str):
        raise Unreadable(f"{field}: expected a text, got {type(value).__name__}")
    try:
        return read(value)
    except ValueError as error:
        raise Unreadable(f"{field}: {error}") from None
