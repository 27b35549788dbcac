"""`gongdan rebuild`: a service's tables anew from the log, beside the live ones, compared and then switched."""

import asyncio
import importlib
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

import typer

from services.cli.answer import AsJson, answer
from services.cli.settings import Home, given
from shared.settings import with_servers


class Rebuilt(StrEnum):
    """Whose tables can be made from the log alone."""

    PROJECTION = "projection"
    INTAKE = "intake"


def rebuild(
    service: Annotated[Rebuilt, typer.Argument(help="Whose tables.")] = Rebuilt.PROJECTION,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Build the tables anew from offset zero, compare them with the live ones at the same offsets, and switch."""
    settings = importlib.import_module(f"services.{service.value}.settings").Settings(**given(home=home))
    module = importlib.import_module(f"services.{service.value}.rebuild")
    report: Any = asyncio.run(module.rebuild(with_servers(settings)))
    document = asdict(report)
    answer(document, "\n".join(f"{name}: {value}" for name, value in document.items()), as_json=as_json)
