"""Writes `policies/holiday/cn.yaml`: holidays and make-up days (調休補班) of mainland China, as they were announced.

Run as `python -m deploy.holidays.generate`. The file is committed; a test says that it equals what this writes. A year
comes in here when the package knows its announcement: the package answers for later years too, but guesses them,
without make-up days and without a warning.
"""

import importlib.metadata
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml
from chinese_calendar import constants

PATH: Final = Path("policies") / "holiday" / "cn.yaml"
DEPLOY: Final = Path(__file__).parent.parent
YEARS: Final = (2024, 2025, 2026)
WIDTH: Final = 120

# What the package calls them, in Simplified and Traditional script.
NAMES: Final = {
    "New Year's Day": ("元旦", "元旦"),
    "Spring Festival": ("春节", "春節"),
    "Tomb-sweeping Day": ("清明节", "清明節"),
    "Labour Day": ("劳动节", "勞動節"),
    "Dragon Boat Festival": ("端午节", "端午節"),
    "Mid-autumn Festival": ("中秋节", "中秋節"),
    "National Day": ("国庆节", "國慶節"),
}


def content() -> str:
    """The file."""
    body = {"region": "CN", "years": [_year(year) for year in YEARS]}
    return "# Made by deploy/holidays/generate.py.\n" + yaml.safe_dump(
        body, allow_unicode=True, sort_keys=False, width=WIDTH, default_flow_style=None
    )


def main() -> None:
    """Write it."""
    (DEPLOY / PATH).write_text(content(), encoding="utf-8")


def _year(year: int) -> dict[str, Any]:
    source = f"chinesecalendar {importlib.metadata.version('chinesecalendar')}, by the State Council's yearly notice"
    return {"year": year, "source": source, "confirmed": True, "holidays": [*_holidays(year)]}


def _holidays(year: int) -> list[dict[str, Any]]:
    """Each holiday with its days, in the order of the year; one may lie in the middle of another."""
    closed, worked = _days_by_name(constants.holidays, year), _days_by_name(constants.workdays, year)
    return [
        {
            "name": {"zh-CN": NAMES[name][0], "zh-TW": NAMES[name][1], "en": name},
            "closed": days,
            "make_up": worked.get(name, []),
        }
        for name, days in closed.items()
    ]


def _days_by_name(days: Mapping[date, str], year: int) -> dict[str, list[str]]:
    """As text: policies are JSON on their way, which has no dates."""
    found: dict[str, list[str]] = {}
    for day in sorted(day for day in days if day.year == year):
        found.setdefault(days[day], []).append(day.isoformat())
    return found


if __name__ == "__main__":
    main()
