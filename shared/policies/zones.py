"""Time zones by their IANA names, from the pinned tables and not the machine's, so that all machines agree."""

import importlib.resources
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

_TABLES = "tzdata"


@cache
def zone_names() -> frozenset[str]:
    """Every name there is."""
    return frozenset((importlib.resources.files(_TABLES) / "zones").read_text("ascii").split())


@cache
def time_zone(name: str) -> ZoneInfo:
    """The zone of that name. Raises ValueError, with what was expected, for an unknown one."""
    file = importlib.resources.files(_TABLES).joinpath("zoneinfo", *known_zone(name).split("/"))
    with file.open("rb") as table:
        return ZoneInfo.from_file(table, key=name)


def known_zone(name: str) -> str:
    """The name itself. Raises ValueError, with what was expected, for an unknown one."""
    if name not in zone_names():
        raise ValueError("the IANA name of a time zone, such as Asia/Shanghai")
    return name


ZoneName = Annotated[str, Field(max_length=60), AfterValidator(known_zone)]
"""The name of a zone that exists."""
