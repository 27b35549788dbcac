"""`gongdan rebuild`: a service's tables anew from the log, beside the live ones, compared and then switched."""

import importlib
from collections.abc import Coroutine
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

import typer
import uvloop

from services.cli.answer import AsJson, answer, fail, misused
from services.cli.settings import Home, given
from shared.settings import with_servers
from shared.telemetry.logs import configure_logging


class Rebuilt(StrEnum):
    """Whose tables can be made from the log alone."""

    PROJECTION = "projection"
    INTAKE = "intake"


def rebuild(
    service: Annotated[Rebuilt, typer.Argument(help="Whose tables.")] = Rebuilt.PROJECTION,
    check: Annotated[
        bool, typer.Option("--check", help="Compare only, and exit with 1 when anything differs.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Switch although something differs.")] = False,
    back: Annotated[
        bool, typer.Option("--switch-back", help="Make the tables before the last switch live again.")
    ] = False,
    drop: Annotated[
        bool, typer.Option("--drop-retained", help="Drop the tables that one could switch back to.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Build the tables anew from offset zero, compare them with the live ones at the same offsets, and switch."""
    if check + force + back + drop > 1:
        misused("give one of --check, --force, --switch-back and --drop-retained")
    if service is Rebuilt.INTAKE and (check or force or back or drop):
        misused("these options are projection's; intake's tables are compared and exchanged in one step")
    configure_logging()
    settings = with_servers(importlib.import_module(f"services.{service.value}.settings").Settings(**given(home=home)))
    module = importlib.import_module(f"services.{service.value}.rebuild")
    match (back, drop, service):
        case (True, _, _):
            number = uvloop.run(module.switch_back(settings))
            answer({"generation": number}, f"generation {number} is live again", as_json=as_json)
        case (_, True, _):
            numbers = uvloop.run(module.drop_retained(settings))
            answer({"dropped": numbers}, f"dropped: {numbers or 'nothing was kept'}", as_json=as_json)
        case (_, _, Rebuilt.PROJECTION):
            _report(module.rebuild(settings, check=check, force=force), as_json=as_json)
        case _:
            _report(module.rebuild(settings), as_json=as_json)


def _report(rebuilding: Coroutine[Any, Any, Any], *, as_json: bool) -> None:
    """Wait for it and print what it found; what differs and was not switched to is a failure."""
    report = asdict(uvloop.run(rebuilding))
    answer(report, "\n".join(f"{name}: {value}" for name, value in report.items()), as_json=as_json)
    if report.get("differences") and not report.get("switched"):
        fail(f"{report['differences']} things differ from the live tables")
