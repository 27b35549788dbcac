"""Reads the lists: tab-separated lines after a head of `#` lines that name source, licence and columns."""

from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

LISTS = files("shared.divisions") / "lists"


def lines(name: str) -> Iterator[list[str]]:
    """The lines of one list as fields."""
    text = (LISTS / name).read_text(encoding="utf-8")
    return (line.split("\t") for line in text.split("\n") if line and not line.startswith("#"))


@lru_cache(maxsize=1)
def sources() -> dict[str, tuple[str, ...]]:
    """What each list says of itself, by file name: its packages with version, licence and date."""
    return {
        one.name: tuple(line[2:] for line in one.read_text(encoding="utf-8").split("\n") if line.startswith("# "))
        for one in LISTS.iterdir()
        if one.name.endswith(".tsv")
    }
