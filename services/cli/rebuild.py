"""`gongdan rebuild`: a service's tables anew from the log, beside the live ones, compared and then switched."""

import asyncio
import importlib
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

import typer

from services.cli.answer import EXIT_FAILED, AsJson, answer, misused
from services.cli.settings import Home, given
from shared.settings import with_servers


class Rebuilt(StrEnum):
    """Whose tables can be made from the log alone."""

    PROJECTION = "projection"
    INTAKE = "intake"


def rebuild(
    service: Annotated[Rebuilt, typer.Argument(help="Whose tables.")] = Rebuilt.PROJECTION,
    home: Home = None,
    check: Annotated[bool, typer.Option("--check", help="Only compare; exit code 1 when anything differs.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Switch in spite of differences.")] = False,
    as_json: AsJson = False,
) -> None:
    """Build the tables anew from offset zero, compare them with the live ones at the same offsets, and switch."""
    options = given(check=check or None, force=force or None)
    if options and (service is not Rebuilt.PROJECTION or check == force):
        misused("--check and --force are for the projection, and only one of them at a time")
    settings = importlib.import_module(f"services.{service.value}.settings").Settings(**given(home=home))
    module = importlib.import_module(f"services.{service.value}.rebuild")
    report: Any = asyncio.run(module.rebuild(with_servers(settings), **options))
    document = asdict(report)
    answer(document, "\n".join(f"{name}: {value}" for name, value in document.items()), as_json=as_json)
    if check and report.differences:
        raise typer.Exit(EXIT_FAILED)
