"""What a bench found, and how it is printed: a table for people, one JSON document for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure beside the raw figure of the same run that it is compared with, and what it should reach."""

    name: str
    value: float
    unit: str
    baseline: str = ""
    baseline_value: float | None = None
    target: str = ""
    is_reached: bool | None = None

    @property
    def ratio(self) -> float | None:
        """Of the baseline."""
        return self.value / self.baseline_value if self.baseline_value else None


def at_least(figure: Figure, least: float) -> Figure:
    """The figure with a lower bound as its target."""
    return _aimed(figure, f"≥ {least:,.0f}", is_reached=figure.value >= least)


def at_most(figure: Figure, most: float) -> Figure:
    """The figure with an upper bound as its target."""
    return _aimed(figure, f"< {most:,.0f}", is_reached=figure.value < most)


def ratio_at_least(figure: Figure, least: float) -> Figure:
    """The figure with a share of its baseline as its target."""
    return _aimed(figure, f"≥ {least:.0%} of it", is_reached=(figure.ratio or 0) >= least)


def show(figures: Sequence[Figure], console: Console) -> None:
    """The table."""
    table = Table("figure", "value", "unit", "beside", "its value", "ratio", "target", "reached")
    for column in (1, 4, 5):
        table.columns[column].justify = "right"
    for one in figures:
        table.add_row(
            one.name,
            f"{one.value:,.1f}",
            one.unit,
            one.baseline,
            "" if one.baseline_value is None else f"{one.baseline_value:,.1f}",
            "" if one.ratio is None else f"{one.ratio:.2f}",
            one.target,
            {None: "", True: "[green]yes[/]", False: "[red]no[/]"}[one.is_reached],
        )
    console.print(table)


def as_json(figures: Sequence[Figure]) -> str:
    """The figures as one document."""
    return json.dumps([asdict(one) | {"ratio": one.ratio} for one in figures], ensure_ascii=False, indent=2)


def _aimed(figure: Figure, target: str, *, is_reached: bool) -> Figure:
    return Figure(figure.name, figure.value, figure.unit, figure.baseline, figure.baseline_value, target, is_reached)
