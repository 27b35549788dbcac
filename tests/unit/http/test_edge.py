import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from shared.http import Limits, RouteLimits, ServiceApp
from shared.telemetry.trace import parse_traceparent
from tests.support.eventually import eventually
from tests.unit.http.conftest import Lines
from tests.unit.http.front_door import Gate, a_service, bearer, client_of

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def metric(app: ServiceApp, sample: str) -> float:
    text = app.edge.metrics.render().decode()
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(sample))


async def test_a_request_is_one_line_of_log(client: httpx.AsyncClient, log_lines: Lines) -> None:
    await client.post("/counter/visits", json={}, headers=bearer(name="li"))
    (line,) = log_lines
    assert line.pop("duration_ms") >= 0
    assert line.pop("request_id") == line.pop("trace_id")
    assert line == {
        "event": "request",
        "log_level": "info",
        "service": "counter",
        "method": "POST",
        "route": "/counter/visits",
        "status": 201,
        "actor": "agent:li",
    }


async def test_a_line_names_the_fields_of_a_problem_but_not_what_was_in_them(
    client: httpx.AsyncClient, log_lines: Lines
) -> None:
    await client.post("/counter/visits", json={"customer": {"phone": ["13800138000"]}}, headers=bearer())
    (line,) = log_lines
    assert (line["problem"], line["fields"]) == ("invalid-input", ["customer.phone"])
    assert "13800138000" not in repr(line)


async def test_addresses_and_tokens_stay_out_of_the_log(client: httpx.AsyncClient, log_lines: Lines) -> None:
    await client.get("/counter/callers/13800138000?phone=13800138000", headers=bearer())
    assert log_lines[0]["route"] == "-"
    assert "13800138000" not in repr(log_lines)
    assert "eyJ" not in repr(log_lines)


async def test_a_fault_is_logged_with_its_trace_under_the_requests_id(
    client: httpx.AsyncClient, log_lines: Lines
) -> None:
    answer = await client.post("/counter/fails/bug", headers=bearer())
    failed, line = log_lines
    assert isinstance(failed["exc_info"], RuntimeError)
    assert failed["request_id"] == line["request_id"] == answer.headers["x-request-id"]


async def test_a_server_that_is_away_is_one_short_line(client: httpx.AsyncClient, log_lines: Lines) -> None:
    await client.post("/counter/fails/away", headers=bearer())
    assert [(line["event"], line["log_level"], "exc_info" in line) for line in log_lines] == [
        ("server_away", "warning", False),
        ("request", "info", False),
    ]


async def test_health_and_metrics_are_counted_but_not_logged(
    app: ServiceApp, client: httpx.AsyncClient, log_lines: Lines
) -> None:
    for path in ("health/live", "health/ready", "metrics"):
        await client.get(f"/counter/{path}")
    assert log_lines == []
    assert metric(app, "gongdan_http_requests_total") == 3


async def test_what_comes_from_outside_never_becomes_a_label(app: ServiceApp, client: httpx.AsyncClient) -> None:
    for number in range(3):
        await client.request(f"ODD{number}", f"/counter/nothing-{number}", headers=bearer())
        await client.request(f"ODD{number}", "/counter/visits", headers=bearer())
    assert metric(app, 'gongdan_http_requests_total{method="-",route="-",service="counter",status="404"}') == 3
    assert metric(app, 'gongdan_http_requests_total{method="-",route="/counter/visits"') == 3


async def test_a_valid_traceparent_is_kept(client: httpx.AsyncClient) -> None:
    answer = await client.post("/counter/visits", json={}, headers=bearer() | {"traceparent": TRACEPARENT})
    assert answer.json()["traceparent"] == TRACEPARENT
    assert answer.headers["x-request-id"] == TRACEPARENT[3:35]


async def test_an_invalid_traceparent_is_replaced(client: httpx.AsyncClient) -> None:
    answer = await client.post("/counter/visits", json={}, headers=bearer() | {"traceparent": "00-zz"})
    made = answer.json()["traceparent"]
    assert parse_traceparent(made) == made


@pytest.mark.parametrize(("given", "is_kept"), [("job-42", True), ("x" * 65, False), ("a b", False), ('"', False)])
async def test_a_callers_request_id_is_kept_when_it_is_sound(
    client: httpx.AsyncClient, given: str, *, is_kept: bool
) -> None:
    answer = await client.get("/counter/health/live", headers={"x-request-id": given})
    assert (answer.headers["x-request-id"] == given) == is_kept


async def test_more_requests_at_once_than_the_bound_are_told_to_come_back(gate: Gate) -> None:
    app = a_service(gate, bounds=Limits(concurrent_max=2))
    async with client_of(app) as client, asyncio.TaskGroup() as group:
        held = [group.create_task(client.get("/counter/held", headers=bearer())) for _ in range(2)]
        await eventually(lambda: gate.entered == 2)
        assert metric(app, "gongdan_http_in_flight_requests") == 2
        refused = await client.get("/counter/me", headers=bearer())
        assert (await client.get("/counter/health/live")).status_code == 200
        gate.is_open.set()
        assert [(await answer).status_code for answer in held] == [200, 200]
        served = await client.get("/counter/me", headers=bearer())
    assert (refused.status_code, served.status_code) == (503, 200)
    assert refused.headers["retry-after"] == "1"
    assert metric(app, 'gongdan_http_rejected_total{reason="concurrency"') == 1
    assert metric(app, "gongdan_http_in_flight_requests") == 0


async def test_a_request_that_takes_too_long_is_stopped(gate: Gate) -> None:
    app = a_service(gate, bounds=Limits(route=RouteLimits(timeout_s=0.05)))
    async with client_of(app) as client:
        answer = await client.get("/counter/held", headers=bearer())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert metric(app, 'gongdan_http_rejected_total{reason="timeout"') == 1
    assert app.edge.in_flight == set()


async def test_a_refusal_is_not_cut_off_while_the_rest_of_a_large_body_comes() -> None:
    app = a_service(bounds=Limits(route=RouteLimits(body_bytes_max=10, timeout_s=0.1)))

    async def slowly() -> AsyncIterator[bytes]:
        yield b" " * 20
        await asyncio.sleep(0.3)
        yield b" "

    async with client_of(app) as client:
        answer = await client.post("/counter/visits", content=slowly(), headers=bearer())
    assert (answer.status_code, answer.json()["bytes_max"]) == (413, 10)
    assert metric(app, 'gongdan_http_rejected_total{reason="timeout"') == 0


async def test_a_route_without_timeout_is_not_stopped(gate: Gate) -> None:
    app = a_service(gate, bounds=Limits(route=RouteLimits(timeout_s=0.02)))

    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x"
            await asyncio.wait([asyncio.create_task(gate.is_open.wait())], timeout=0.03)

    async with client_of(app) as client:
        answer = await client.post("/counter/imports", content=slowly(), headers=bearer())
    assert answer.json() == {"bytes": 3}


async def test_a_cancellation_from_outside_is_passed_on(gate: Gate, app: ServiceApp) -> None:
    async with client_of(app) as client:
        request = asyncio.create_task(client.get("/counter/held", headers=bearer()))
        await eventually(lambda: gate.entered)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
    assert app.edge.in_flight == set()


async def test_an_endless_answer_takes_no_place_and_ends_when_draining(gate: Gate) -> None:
    app = a_service(gate, bounds=Limits(concurrent_max=1, route=RouteLimits(timeout_s=0.05)))
    async with client_of(app) as client:
        live = asyncio.create_task(client.get("/counter/live", headers=bearer()))
        await eventually(lambda: gate.entered)
        assert metric(app, "gongdan_http_open_streams") == 1
        assert (await client.get("/counter/me", headers=bearer())).status_code == 200
        app.drain()
        answer = await live
    assert (answer.status_code, answer.text) == (200, "data: 1\n\n")
    assert metric(app, "gongdan_http_open_streams") == 0


async def test_health_can_be_asked_with_head(client: httpx.AsyncClient) -> None:
    assert (await client.head("/counter/health/live")).status_code == 200
