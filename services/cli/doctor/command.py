"""`gongdan doctor`: asks servers, databases and services, and prints one line for each thing."""

import asyncio
import shutil
from collections.abc import Iterable
from dataclasses import asdict

import typer
from rich.console import Console
from rich.text import Text

from services.cli.answer import EXIT_FAILED, AsJson, answer
from services.cli.doctor.databases import examine_database
from services.cli.doctor.finding import Finding, look, room
from services.cli.doctor.kafka import examine_kafka
from services.cli.doctor.services import examine_service
from services.cli.door import Entrance, find_entrance, open_door
from services.cli.settings import Home, common_settings
from services.cli.tickets import Url
from shared.settings import SERVICES, CommonSettings


def doctor(home: Home = None, url: Url = None, as_json: AsJson = False) -> None:
    """Look at servers, rights, disks, clocks, lag, backlog, stopped tickets; exit code 1 when something is not well."""
    findings = asyncio.run(examine(common_settings(home=home), find_entrance(home, url)))
    answer([asdict(finding) for finding in findings], lambda: print_findings(findings), as_json=as_json)
    if not all(finding.is_well for finding in findings):
        raise typer.Exit(EXIT_FAILED)


async def examine(settings: CommonSettings, entrance: Entrance) -> list[Finding]:
    """All findings, servers first; they are asked side by side."""
    async with open_door(entrance) as door:
        parts = await asyncio.gather(
            examine_kafka(settings),
            _examine_home(settings),
            *(examine_database(settings, service) for service in SERVICES),
            *(examine_service(door, service) for service in SERVICES),
        )
    return [finding for part in parts for finding in part]


async def _examine_home(settings: CommonSettings) -> list[Finding]:
    """The disk of the home folder, where the embedded servers keep everything."""
    if not settings.home.exists():
        return []

    async def disk() -> str:
        usage = shutil.disk_usage(settings.home)
        return room(usage.free, usage.total, str(settings.home))

    return [await look("home: disk", disk)]


def print_findings(findings: Iterable[Finding]) -> None:
    """One line for each, with a mark."""
    console = Console(soft_wrap=True, highlight=False)
    for finding in findings:
        mark, colour = ("well    ", "green") if finding.is_well else ("NOT WELL", "bold red")
        console.print(Text.assemble((mark, colour), f"  {finding.what:28} {finding.says}"))
