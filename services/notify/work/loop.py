"""How a loop lives: it goes on until it is cancelled, waits when something is away, and never dies of one bad round."""

from collections.abc import Awaitable, Callable

import structlog

from shared.backoff import Backoff
from shared.database.errors import TRANSIENT

log = structlog.get_logger("notify")


async def keep_going(name: str, round_of_work: Callable[[], Awaitable[None]]) -> None:
    """Do rounds for ever, with back-off after one that failed."""
    backoff = Backoff()
    while True:
        try:
            await round_of_work()
        except TRANSIENT as error:
            log.warning("notify waits", loop=name, error=repr(error)[:200])
            await backoff.wait()
        except Exception:  # the boundary that sorts: a bug in one round is an alarm, the loop goes on slowly
            log.exception("notify's loop failed", loop=name)
            await backoff.wait()
        else:
            backoff.reset()
