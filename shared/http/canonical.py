"""How a request is remembered: two metrics and the one canonical line."""

from functools import cached_property
from typing import Final

import structlog
from prometheus_client import Counter, Histogram
from starlette.types import Scope
from structlog.typing import FilteringBoundLogger

from shared.http.problems import Problem
from shared.identity.principal import Principal
from shared.identity.roles import PRINCIPAL_KEY
from shared.telemetry.metrics import Metrics

UNMATCHED: Final = "-"
"""The route in metrics and logs where none matched; what comes from outside never becomes a label."""
QUIET_ROUTES: Final = ("/health/live", "/health/ready", "/metrics")
"""Asked every few seconds by machines: counted, but not logged."""
FIELDS_MAX: Final = 10
FIELD_LENGTH_MAX: Final = 64


class Canonical:
    """Counts and logs the requests of one service."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._measures: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def record(
        self, scope: Scope, *, status: int, duration_s: float, request_id: str, trace_id: str, problem: Problem | None
    ) -> None:
        """Count the request and write its line: who, which route, how it ended. No address, no body, no token."""
        matched = scope.get("route")
        route: str = UNMATCHED if matched is None else matched.path
        method: str = scope["method"] if matched is not None and scope["method"] in matched.methods else UNMATCHED
        self._measure(method, route, status, duration_s)
        if route.endswith(QUIET_ROUTES):
            return
        principal: Principal | None = scope.get(PRINCIPAL_KEY)
        self._log.info(
            "request",
            method=method,
            route=route,
            status=status,
            duration_ms=round(duration_s * 1000, 2),
            actor=None if principal is None else principal.actor,
            request_id=request_id,
            trace_id=trace_id,
            **_told(problem),
        )

    @cached_property
    def _log(self) -> FilteringBoundLogger:
        """Bound at the first request: by then the command has configured logging."""
        bound: FilteringBoundLogger = structlog.get_logger().bind(service=self._metrics.service)
        return bound

    def _measure(self, method: str, route: str, status: int, duration_s: float) -> None:
        key = (method, route, status)
        if key not in self._measures:
            self._measures[key] = (
                self._metrics.counter("gongdan_http_requests_total", method=method, route=route, status=str(status)),
                self._metrics.histogram("gongdan_http_request_duration_seconds", method=method, route=route),
            )
        count, duration = self._measures[key]
        count.inc()
        duration.observe(duration_s)


def _told(problem: Problem | None) -> dict[str, object]:
    """What a line says about a problem: which fields, never what was in them."""
    if problem is None:
        return {}
    fields = [error.field[:FIELD_LENGTH_MAX] for error in problem.errors[:FIELDS_MAX]]
    return {"problem": problem.slug or problem.title, **({"fields": fields} if fields else {})}
