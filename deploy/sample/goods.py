"""The products: ten categories of household goods, fifteen of each, from `catalogue.csv`.

Its columns: category, prefix of the SKUs, months of warranty after the order, names (a space between).
"""

import csv
from functools import cache
from pathlib import Path

CATALOGUE = Path(__file__).with_name("catalogue.csv")


def products() -> list[tuple[str, str, str]]:
    """The rows of products.csv: sku, name, category."""
    return [
        (f"{line['prefix']}-{at:03}", name, line["category"])
        for line in _catalogue()
        for at, name in enumerate(line["names"].split(), start=1)
    ]


@cache
def warranty_months() -> dict[str, int]:
    """Months of warranty by the prefix of a SKU."""
    return {line["prefix"]: int(line["warranty_months"]) for line in _catalogue()}


@cache
def _catalogue() -> tuple[dict[str, str], ...]:
    with CATALOGUE.open(encoding="utf-8", newline="") as sheet:
        return tuple(csv.DictReader(sheet))
