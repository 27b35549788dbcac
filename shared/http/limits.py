"""The limits of requests: of a service, and of a route that says otherwise.

    @router.post("/customers:import")
    @limits(body_bytes_max=UNLIMITED, timeout_s=UNLIMITED)
    async def import_customers(request: Request, …) -> Json: ...

The decorator stands below the route's, so that it marks the function before FastAPI takes it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

UNLIMITED: Final = math.inf
BODY_BYTES_MAX: Final = 4 * 1024 * 1024
TIMEOUT_S: Final = 30.0
CONCURRENT_MAX: Final = 512
BODY_IDLE_S_MAX: Final = 30.0
"""How long the next piece of a body may take on a route whose whole has no limit of time."""

_MARK: Final = "gongdan_limits"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class RouteLimits:
    """What one request may take. `timeout_s` runs until the answer begins; an endless answer ends when we drain."""

    body_bytes_max: float = BODY_BYTES_MAX
    timeout_s: float = TIMEOUT_S
    is_endless: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What one service takes: requests at once (more are answered 503), and what each may take by default."""

    concurrent_max: int = CONCURRENT_MAX
    route: RouteLimits = RouteLimits()


def limits(
    *, body_bytes_max: float = BODY_BYTES_MAX, timeout_s: float = TIMEOUT_S, is_endless: bool = False
) -> Callable[[Endpoint], Endpoint]:
    """Give a route limits of its own. `is_endless`: a live view, which has no end of its own and no timeout."""
    mark = RouteLimits(body_bytes_max, UNLIMITED if is_endless else timeout_s, is_endless)

    def decorate(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _MARK, mark)
        return endpoint

    return decorate


def limits_of(endpoint: object, default: RouteLimits) -> RouteLimits:
    """The limits of the route that was chosen; `default` where none was chosen or it has none of its own."""
    mark: RouteLimits = getattr(endpoint, _MARK, default)
    return mark
