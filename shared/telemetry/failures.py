"""An error as a log may have it: its type, its SQLSTATE, where in our own code it happened; no values.

A library's own words quote what it was given: asyncpg a query's arguments, pydantic the input, KeyError the key. Those
are names, phones and texts of people. The words of our own errors, and of Python's about code, are kept.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
OURS: Final = ("services.", "shared.")
ABOUT_CODE: Final = (TypeError, AttributeError, NameError, ImportError, NotImplementedError, RecursionError)
"""Python's errors whose words name types and attributes, never values."""
SAFE_ATTRIBUTES: Final = ("sqlstate", "constraint_name", "table_name", "column_name", "errno")
CHAIN_MAX: Final = 8


def error_of(exc_info: Any) -> BaseException | None:
    """The error in what a logger was given as `exc_info`: an error, a triple, or true for the one being handled."""
    match exc_info:
        case BaseException():
            return exc_info
        case (_, BaseException() as error, _):
            return error
        case _:
            return sys.exc_info()[1] if exc_info else None


def failure_text(error: BaseException) -> str:
    """The error and what led to it, the first cause first, each below the frames of our own that it passed."""
    return "\n".join(
        line for each in reversed(list(_chain(error))) for line in (*_frames(each.__traceback__), failure_name(each))
    )


def failure_name(error: BaseException) -> str:
    """The error in one line: its type, and what of it names no value."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    facts = [f"{known}={value}" for known in SAFE_ATTRIBUTES if (value := getattr(error, known, None)) is not None]
    is_told = kind.__module__.startswith(OURS) or kind in ABOUT_CODE
    words = str(error) if is_told else ""
    return ": ".join(part for part in (name + (f" ({', '.join(facts)})" if facts else ""), words) if part)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    left = CHAIN_MAX
    while error is not None and left:
        yield error
        left -= 1
        inner = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else None
        error = inner or error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _frames(traceback: TracebackType | None) -> Iterator[str]:
    for frame, line in walk_tb(traceback):
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOT) and ".venv" not in path.parts:
            yield f"  {path.relative_to(ROOT)}:{line} {frame.f_code.co_name}"
