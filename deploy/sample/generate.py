"""Writes the sample chain: its directory as CSV; stores, crews and territories as policies.

Run as `python -m deploy.sample.generate`. The files are committed; a test says that they equal what this writes.
"""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from deploy.sample.goods import products
from deploy.sample.orders import orders
from deploy.sample.people import customers
from deploy.sample.stores import crew_policies, store_policies, territory_policies

DEPLOY = Path(__file__).parent.parent
WIDTH = 200


def files() -> dict[Path, str]:
    """The content of every file that is made, by its path under `deploy`."""
    made = {
        Path("sample/customers.csv"): _csv("customer_id,name,phones,email,language", customers()),
        Path("sample/products.csv"): _csv("sku,name,category", products()),
        Path("sample/orders.csv"): _csv("order_id,customer_id,store_id,ordered_at,skus,warranty_ends_at", orders()),
    }
    policies = {"store": store_policies(), "crew": crew_policies(), "territory": territory_policies()}
    for kind, named in policies.items():
        for name, body in named.items():
            made[Path("policies") / kind / f"{name}.yaml"] = _yaml(body)
    return made


def main() -> None:
    """Write them all."""
    for path, content in files().items():
        target = DEPLOY / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8", newline="\n")


def _csv(header: str, rows: Iterable[tuple[str, ...]]) -> str:
    sheet = io.StringIO()
    sheet.write(header + "\n")
    csv.writer(sheet, lineterminator="\n").writerows(rows)
    return sheet.getvalue()


def _yaml(body: dict[str, Any]) -> str:
    made: str = yaml.safe_dump(body, allow_unicode=True, sort_keys=False, default_flow_style=None, width=WIDTH)
    return "# Made by deploy/sample/generate.py.\n" + made


if __name__ == "__main__":
    main()
