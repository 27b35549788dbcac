"""The outermost layer of every service: who calls, within which limits, how it ended. Pure ASGI, once for each request.

In order: a place among the requests at once, the trace, the token, the route (FastAPI), the problem if it raised, the
metrics and the one canonical log line. A route therefore cannot forget the token: only public paths are served without.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

import structlog
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.clock import monotonic
from shared.errors import FieldError, Refused
from shared.http.canonical import Canonical
from shared.http.limits import BODY_IDLE_S_MAX, UNLIMITED, Limits, RouteLimits, limits_of
from shared.http.problems import Problem, invalid, is_away, problem_of, too_large, unavailable
from shared.identity.roles import PRINCIPAL_KEY
from shared.identity.tokens import Tokens, not_given
from shared.telemetry.failures import failure_name
from shared.telemetry.metrics import Metrics
from shared.telemetry.trace import new_traceparent, parse_traceparent, use_traceparent

REQUEST_ID_HEADER: Final = b"x-request-id"
REQUEST_ID_LENGTH_MAX: Final = 64
CLOSE_CONNECTION: Final = (b"connection", b"close")
DISCARD_BYTES_MAX: Final = 64 * 1024 * 1024
DISCARD_S_MAX: Final = 5.0
STATUS_DISCONNECTED: Final = 499
"""Not sent to anyone: the caller went away before the answer. The number is nginx's."""

log = structlog.get_logger()


class Edge:
    """Wraps one service's routes. `is_public(scope)` says which requests need no token."""

    def __init__(
        self, app: ASGIApp, *, tokens: Tokens, metrics: Metrics, limits: Limits, is_public: Callable[[Scope], bool]
    ) -> None:
        self.app = app
        self.tokens = tokens
        self.metrics = metrics
        self.limits = limits
        self.is_public = is_public
        self.is_draining = False
        self.in_flight: set[Exchange] = set()
        self.streams: set[Exchange] = set()
        self.canonical = Canonical(metrics)
        metrics.gauge("gongdan_http_in_flight_requests").set_function(lambda: len(self.in_flight))
        metrics.gauge("gongdan_http_open_streams").set_function(lambda: len(self.streams))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; nothing escapes but cancellation from outside."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        await Exchange(self, scope, receive, send).run()

    def drain(self) -> None:
        """End the endless answers: their clients come back to somebody else. All others go on to their end."""
        self.is_draining = True
        for exchange in list(self.streams):
            exchange.end()


class Exchange:
    """One request and its answer, while it is being served."""

    __slots__ = (
        "body_bytes",
        "edge",
        "headers",
        "is_ended",
        "is_late",
        "limits",
        "problem",
        "receive_raw",
        "request_id",
        "scope",
        "send_raw",
        "started_at",
        "status",
        "task",
        "timer",
        "trace_id",
    )

    def __init__(self, edge: Edge, scope: Scope, receive: Receive, send: Send) -> None:
        self.edge = edge
        self.scope = scope
        self.receive_raw = receive
        self.send_raw = send
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.started_at = monotonic()
        self.status = 0
        self.body_bytes = 0
        self.limits: RouteLimits | None = None
        self.problem: Problem | None = None
        self.is_late = False
        self.is_ended = False
        self.task: asyncio.Task[Any] | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.trace_id, self.request_id = self._trace()

    async def run(self) -> None:
        """Serve the request and record how it ended."""
        edge = self.edge
        # What is public is health above all: a busy service is not a dead one.
        if len(edge.in_flight) >= edge.limits.concurrent_max and not edge.is_public(self.scope):
            edge.metrics.count("gongdan_http_rejected_total", reason="concurrency")
            await self._answer(unavailable(f"more than {edge.limits.concurrent_max} requests at once"))
            self._record()
            return
        edge.in_flight.add(self)
        self._start_timer()
        try:
            await self._serve()
        except asyncio.CancelledError:
            if not await self._is_our_own_cancellation():
                raise
        finally:
            self._stop_timer()
            edge.in_flight.discard(self)
            edge.streams.discard(self)
            self._record()

    async def _serve(self) -> None:
        """Let the routes answer, or answer for them with a problem; only a cancellation comes through."""
        try:
            self._admit()
            await self.edge.app(self.scope, self.receive, self.send)
        except ClientDisconnect:
            self.status = self.status or STATUS_DISCONNECTED
        except Exception as error:  # noqa: BLE001 - the one boundary that sorts every error into an answer
            self._stop_timer()  # what may take time from here on has limits of its own, and the answer is known
            await self._fail(error)

    async def receive(self) -> Message:
        """Pass the body on, counting: `Content-Length` is believed when it says too much, never when it says enough."""
        bytes_max = self._route_limits().body_bytes_max
        if self.body_bytes == 0 and int(self.headers.get(b"content-length", b"0")) > bytes_max:
            raise too_large(int(bytes_max))
        message = await self._next_message()
        self.body_bytes += len(message.get("body", b""))
        if self.body_bytes > bytes_max:
            raise too_large(int(bytes_max))
        return message

    async def _next_message(self) -> Message:
        """What the client says next. Raises `Refused` (408) where only this wait has a limit, not the whole request."""
        limits = self._route_limits()
        if limits.timeout_s != UNLIMITED or limits.is_endless:
            return await self.receive_raw()
        try:
            async with asyncio.timeout(BODY_IDLE_S_MAX):
                return await self.receive_raw()
        except TimeoutError:
            raise Refused(408, "Request Timeout", f"nothing more came within {BODY_IDLE_S_MAX:g} s") from None

    async def send(self, message: Message) -> None:
        """Pass the answer on, with the request's id in its headers."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], (REQUEST_ID_HEADER, self.request_id)]
            if self.edge.is_draining:
                message["headers"].append(CLOSE_CONNECTION)  # the next request is for who comes after us
            if self._route_limits().is_endless:
                # A live view may stay for hours: it takes no place among the requests at once.
                self.edge.in_flight.discard(self)
                self.edge.streams.add(self)
        await self.send_raw(message)

    def end(self) -> None:
        """End an endless answer."""
        self.is_ended = True
        if self.task is not None:
            self.task.cancel()

    def _trace(self) -> tuple[bytes, bytes]:
        given = self.headers.get(b"traceparent")
        traceparent = (parse_traceparent(given.decode("latin-1")) if given else None) or new_traceparent()
        use_traceparent(traceparent)
        trace_id = traceparent[3:35].encode()
        request_id = self.headers.get(REQUEST_ID_HEADER, b"")
        is_sound = 0 < len(request_id) <= REQUEST_ID_LENGTH_MAX and request_id.replace(b"-", b"").isalnum()
        return trace_id, request_id if is_sound else trace_id

    def _admit(self) -> None:
        """Leave the principal in the scope. Raises `Refused` (401, 422)."""
        scope = self.scope
        if not self.edge.is_public(scope):
            scheme, _, token = self.headers.get(b"authorization", b"").partition(b" ")
            if scheme.lower() != b"bearer" or not token:
                raise not_given()
            scope[PRINCIPAL_KEY] = self.edge.tokens.verify(token.strip().decode("latin-1"))
        # PostgreSQL cannot take U+0000 in any text, so it may not come in by an address either.
        if b"%00" in scope["query_string"] or "\x00" in scope["path"]:
            raise invalid([FieldError("(address)", "text without U+0000", "%00")])

    def _route_limits(self) -> RouteLimits:
        """The limits of the chosen route; asked first when the body is read or answered, so after routing."""
        if self.limits is None:
            self.limits = limits_of(self.scope.get("endpoint"), self.edge.limits.route)
        return self.limits

    def _start_timer(self) -> None:
        loop = asyncio.get_running_loop()
        self.task = asyncio.current_task()
        self.timer = loop.call_later(self.edge.limits.route.timeout_s, self._on_time)

    def _stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()

    def _on_time(self) -> None:
        timeout_s = limits_of(self.scope.get("endpoint"), self.edge.limits.route).timeout_s
        left_s = self.started_at + timeout_s - monotonic()
        if self.status or left_s == float("inf"):
            return
        if left_s > 0:
            self.timer = asyncio.get_running_loop().call_later(left_s, self._on_time)
        elif self.task is not None:
            self.is_late = True
            self.task.cancel()

    async def _is_our_own_cancellation(self) -> bool:
        """Answer for a request that was cancelled as late, or because the program's time to drain is over."""
        is_stopped = self.edge.is_draining and not self.status
        if not (self.is_late or self.is_ended or is_stopped):
            return False
        if self.task is not None:
            self.task.uncancel()
        if self.is_ended:
            await self.send_raw({"type": "http.response.body", "body": b"", "more_body": False})
            return True
        reason = "timeout" if self.is_late else "stopping"
        self.edge.metrics.count("gongdan_http_rejected_total", reason=reason)
        await self._answer(unavailable(f"the request was ended ({reason}); what it asked may have been done"))
        return True

    async def _fail(self, error: Exception) -> None:
        problem = problem_of(error)
        if problem.status == HTTPStatus.METHOD_NOT_ALLOWED:
            problem = replace(problem, headers={"allow": _methods_here(self.scope)})
        if problem.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and not await self._discard_body():
            problem = replace(problem, headers={"connection": "close"})
        if problem.is_ours or self.status:
            log.error("request_failed", request_id=self.request_id.decode(), exc_info=error)
        elif is_away(error):
            log.warning("server_away", request_id=self.request_id.decode(), error=failure_name(error))
        if self.status:
            self.problem = problem
            return  # the answer had begun: it stays incomplete, and the server closes the connection
        await self._answer(problem)

    async def _discard_body(self) -> bool:
        """Read on without keeping anything, so that a client which writes before it reads gets its answer.

        A connection closed with unread bytes is reset, and the answer lost. Bounded; False when the body did not end.
        """
        if b"expect" in self.headers and self.body_bytes == 0:
            return False  # the client asked first: it will not send the body
        try:
            async with asyncio.timeout(DISCARD_S_MAX):
                while self.body_bytes < DISCARD_BYTES_MAX:
                    message = await self.receive_raw()
                    self.body_bytes += len(message.get("body", b""))
                    if not message.get("more_body"):
                        return True
        except TimeoutError:
            pass
        return False

    async def _answer(self, problem: Problem) -> None:
        self.problem = problem
        await problem.response()(self.scope, self.receive_raw, self.send)

    def _record(self) -> None:
        self.edge.canonical.record(
            self.scope,
            status=self.status,
            duration_s=monotonic() - self.started_at,
            request_id=self.request_id.decode(),
            trace_id=self.trace_id.decode(),
            problem=self.problem,
        )


def _methods_here(scope: Scope) -> str:
    """Every method that the address takes; FastAPI names those of one route only."""
    found = {
        method
        for route in scope["app"].routes
        if route.matches(scope)[0] is not Match.NONE
        for method in getattr(route, "methods", ())
    }
    return ", ".join(sorted(found))
