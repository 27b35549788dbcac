"""Waits for what becomes true by itself, so that no test sleeps for a guessed time."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")

PAUSE_S_MIN = 0.005
PAUSE_S_MAX = 0.1


@overload
async def eventually(check: Callable[[], Awaitable[T | None]], within_s: float = 5.0) -> T: ...


@overload
async def eventually(check: Callable[[], T | None], within_s: float = 5.0) -> T: ...


async def eventually(check: Callable[[], Any], within_s: float = 5.0) -> Any:
    """Answer the first truthy result of `check`, asked again and again until then.

    `check` may be a plain or an async function. An AssertionError in it means "not yet", as a falsy result does;
    any other exception ends the wait at once, because waiting would only hide it.
    Errors: AssertionError after `within_s` seconds, with the last result, or from the last AssertionError.
    """
    deadline = time.monotonic() + within_s
    pause_s = PAUSE_S_MIN
    while True:
        last = None
        failure: AssertionError | None = None
        try:
            result = check()
            last = await result if inspect.isawaitable(result) else result
        except AssertionError as error:
            failure = error
        if last:
            return last
        if time.monotonic() >= deadline:
            reason = failure if failure is not None else f"the last answer was {last!r}"
            message = f"not true within {within_s} s: {reason}"
            raise AssertionError(message) from failure
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, PAUSE_S_MAX)


async def never(check: Callable[[], object | Awaitable[object]], during_s: float = 0.5) -> None:
    """Pass when `check` stays falsy for `during_s` seconds: "nothing more happens" has no event to wait for."""
    deadline = time.monotonic() + during_s
    while time.monotonic() < deadline:
        result = check()
        answer = await result if inspect.isawaitable(result) else result
        if answer:
            message = f"expected nothing for {during_s} s, got {answer!r}"
            raise AssertionError(message)
        await asyncio.sleep(PAUSE_S_MAX / 4)
