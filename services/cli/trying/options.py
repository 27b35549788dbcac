"""Options that are checked once, before the first line is read."""

from collections.abc import Callable
from typing import TypeVar

import typer

T = TypeVar("T")


def checked(option: str, read: Callable[[str], T], value: str) -> T:
    """What `read` makes of the option's value; its ValueError is told as misuse of that option."""
    try:
        return read(value)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None
