"""What is opened once and kept, however short the patience of each who asks for it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """A connection, say: opened by whoever asks first, kept until `close`, opened anew by who asks after that.

    An opening goes on when the one who asked has no more time, so that on a busy machine each try does not begin from
    nothing; it fails after `open_s_max` seconds.
    """

    def __init__(
        self, open_: Callable[[], Awaitable[T]], close: Callable[[T], Awaitable[None]], *, open_s_max: float
    ) -> None:
        self._open = open_
        self._close = close
        self._open_s_max = open_s_max
        self._opening: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """It. Raises what the opening raises, TimeoutError among that, until it is closed."""
        if self._opening is None:
            self._opening = asyncio.create_task(self._opened())
        return await asyncio.shield(self._opening)

    @property
    def is_opening(self) -> bool:
        """Whether an opening goes on."""
        return self._opening is not None and not self._opening.done()

    async def close(self) -> None:
        """Close it, or give its opening up; nothing to close is nothing done."""
        opening, self._opening = self._opening, None
        if opening is not None:
            opening.cancel()
            (opened,) = await asyncio.gather(opening, return_exceptions=True)
            if not isinstance(opened, BaseException):
                await self._close(opened)

    async def _opened(self) -> T:
        async with asyncio.timeout(self._open_s_max):
            return await self._open()
