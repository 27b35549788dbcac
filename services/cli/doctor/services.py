"""What runs: whether each service is ready, how far behind, and how its clock goes."""

from collections.abc import Mapping
from typing import Any

from services.cli.doctor.databases import clock_words
from services.cli.doctor.finding import Finding, Unwell, look
from services.cli.door import FrontDoor
from shared.errors import Refused
from shared.log.standing import LAG_RECORDS_MAX
from shared.settings import ServiceName

NOT_FAULTS = frozenset({"dead_letters", "stopped_tickets", "lag_records", "clock_ahead_s"})
"""Checks that are figures, not words."""


async def examine_service(door: FrontDoor, service: ServiceName) -> list[Finding]:
    """The findings about one running service; only the first where it does not answer."""
    checks: dict[str, Any] = {}
    ready = await look(f"{service}: ready", lambda: _ready(door, service, checks))
    if not checks:
        return [ready]

    async def lag() -> str:
        return lag_words(checks.get("lag_records"))

    async def clock() -> str:
        return clock_words(float(checks.get("clock_ahead_s", 0.0)), "its process", "its database's")

    return [ready, await look(f"{service}: lag", lag), await look(f"{service}: process clock", clock)]


async def _ready(door: FrontDoor, service: ServiceName, checks: dict[str, Any]) -> str:
    """Fills `checks` with what the service says; raises Unwell with what is not ok of it."""
    try:
        checks.update((await door.get(f"/{service}/health/ready", role="operator"))["checks"])
    except Refused as refused:
        told: Any = refused.extra.get("checks", {})
        checks.update(told)
        raise Unwell(f"not ready: {faults(checks) or refused}") from refused
    return f"yes{', but ' + said if (said := faults(checks)) else ''}"


def faults(checks: Mapping[str, Any]) -> str:
    """What of the checks is not ok, in words."""
    return "; ".join(f"{what}: {says}" for what, says in checks.items() if what not in NOT_FAULTS and says != "ok")


def lag_words(lags: Mapping[str, int] | None) -> str:
    """How far behind. Raises Unwell when that is too far, or cannot be known."""
    if lags is None:
        raise Unwell("not known while Kafka does not answer")
    behind = sum(lags.values())
    said = ", ".join(f"{lag} of {topic}" for topic, lag in lags.items())
    if behind > LAG_RECORDS_MAX:
        raise Unwell(f"{said} records behind the end of the log")
    return f"{said} records"
