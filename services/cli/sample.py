"""`gongdan sample load`: the sample chain through the front doors, again and again without doubles."""

import asyncio
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import typer

from services.cli.answer import AsJson, answer, fail
from services.cli.door import Entrance, FrontDoor, find_entrance, open_door
from services.cli.settings import Home
from services.cli.tickets import Url
from shared.policies.files import PolicyFile, policy_files

DEPLOY: Final = Path(__file__).parents[2] / "deploy"
DIRECTORIES: Final = ("products", "customers", "orders")
"""In an order in which each finds what it names."""

SAMPLE_STORE_ID: Final = "hz-wulin"
SAMPLE_TECHNICIAN_ID: Final = "t-hz-wulin-01"
"""Whose tokens stand in run.json."""

sample = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="The sample chain.")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was there to load, and how much of the directory was new."""

    policies: int
    directory: dict[str, dict[str, int]]


@sample.callback()
def group() -> None:
    """Keep the command's own name (`sample load`), although there is only one of them."""


@sample.command("load")
def load(home: Home = None, url: Url = None, as_json: AsJson = False) -> None:
    """Load stores, crews, territories, workflow, products, customers and orders into a running system."""
    loaded = asyncio.run(_load(find_entrance(home, url)))
    counts = (f"{counts['received']} {name}" for name, counts in loaded.directory.items())
    answer(asdict(loaded), f"{loaded.policies} policies, {', '.join(counts)}", as_json=as_json)


async def _load(entrance: Entrance) -> Loaded:
    async with open_door(entrance) as door:
        return await load_sample(door)


async def load_sample(door: FrontDoor) -> Loaded:
    """Put what is missing or different, and return when the projection shows it."""
    directory, policies = await asyncio.gather(_load_directory(door), _load_policies(door))
    return Loaded(policies, directory)


async def _load_policies(door: FrontDoor) -> int:
    """Every policy in the order of kinds in which each finds what it points at; the same body makes no new version."""
    position, count = None, 0
    for kind, name, body in sample_policies():
        position = (await door.put(f"/routing/policies/{kind}/{name}", body, role="boss")).get("position", position)
        count += 1
    await door.get("/projection/stores", at_least=position)
    return count


def sample_policies() -> Iterator[PolicyFile]:
    """Kind, name and body of each policy of the sample chain."""
    return policy_files(DEPLOY / "policies")


async def _load_directory(door: FrontDoor) -> dict[str, dict[str, int]]:
    """Import the three lists; what each import answered, without its errors."""
    answers = {}
    for name in DIRECTORIES:
        content = (DEPLOY / "sample" / f"{name}.csv").read_bytes()
        report = await door.post(
            f"/intake/{name}:import", content, role="integration", headers={"Content-Type": "text/csv"}
        )
        if report["refused"]:
            fail(f"{name}: {report['refused']} lines were refused, the first: {report['errors'][0]}")
        answers[name] = {key: value for key, value in report.items() if key != "errors"}
    return answers
