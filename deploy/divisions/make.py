"""Puts the lists together: `python -m deploy.divisions.make [folder for the packages]`."""

import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from opencc import OpenCC

from deploy.divisions import former, naming, packages

LISTS = Path(__file__).parents[2] / "shared/divisions/lists"
SOUNDS = Path(__file__).parents[2] / "shared/folding/sounds.tsv"
NO_DIVISION = re.compile(r"^(县|省直辖县级行政区划|自治区直辖县级行政区划|市辖区)$")


def main() -> None:
    """Fetch what is missing, and write every list anew."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".gongdan/packages").resolve()
    upper = {code: name for code, name in packages.counties(folder).items() if not NO_DIVISION.match(name)}
    upper |= packages.islands(folder)
    zones = {
        code: name
        for code, name in packages.statistical_counties(packages.TOWNSHIPS, folder).items()
        if code not in upper and code != "620201"
    }
    townships = sorted((_own(code), name) for code, name in packages.townships(packages.TOWNSHIPS, folder))
    _write_divisions(upper, zones, packages.centres(folder))
    _write_townships(townships)
    _write_former(upper | zones, townships, folder)
    _write_traditional([*upper.values(), *zones.values(), *(name for _, name in townships)])
    _write_sounds({one for name in [*upper.values(), *(name for _, name in townships)] for one in name}, folder)


def _own(code: str) -> str:
    """Jiayuguan has no counties; the statistics put its townships under one of its own name."""
    return code.replace("620201", "620200", 1)


def _write_divisions(upper: dict[str, str], zones: dict[str, str], centres: dict[str, tuple[float, float]]) -> None:
    lines = []
    for code, name in sorted((upper | zones).items()):
        short = naming.zone_names(name, upper.get(code[:4] + "00", "")) if code in zones else naming.short_names(name)
        centre = centres.get(code)
        point = [f"{centre[0]:.4f}", f"{centre[1]:.4f}"] if centre else ["", ""]
        lines.append("\t".join([code, name, "|".join(short), "zone" if code in zones else "", *point]))
    head = ["code", "name", "short names", "kind", "latitude", "longitude"]
    _write("divisions.tsv", [packages.COUNTIES, packages.ISLANDS, packages.TOWNSHIPS, packages.CENTRES], head, lines)


def _write_townships(townships: list[tuple[str, str]]) -> None:
    """One line for each county: its code, then each township as three digits and the name."""
    by_county: dict[str, list[str]] = defaultdict(list)
    for code, name in townships:
        by_county[code[:6]].append(f"{code[6:]}{name}")
    lines = [f"{county}\t{' '.join(found)}" for county, found in sorted(by_county.items())]
    _write("townships.tsv", [packages.TOWNSHIPS], ["county", "townships: last three digits and name"], lines)


def _write_former(counties: dict[str, str], townships: list[tuple[str, str]], folder: Path) -> None:
    now = former.Lists(counties, townships)
    gone: dict[str, former.Gone] = {}
    moved: dict[tuple[str, str], str] = {}
    for package, seen in ((packages.OF_2015, "2015-09"), (packages.OF_2019, "2019-10")):
        old = [(_own(code), name) for code, name in packages.townships(package, folder)]
        areas = packages.statistical_counties(package, folder)
        gone |= {one.code + one.name: one for one in former.gone_counties(areas, old, now, seen)}
        moved |= {(county, name): code for county, name, code in former.moved_townships(areas, old, now)}
    lines = [
        "\t".join([one.name, " ".join(f"{code}:{share:g}" for code, share in one.now), one.code, one.seen])
        for one in sorted(gone.values(), key=lambda one: (one.code, one.name))
    ]
    head = ["former name", "present counties and their share", "former code", "last seen"]
    _write("former.tsv", [packages.OF_2019, packages.OF_2015], head, lines)
    by_county: dict[str, list[str]] = defaultdict(list)
    for (county, name), code in sorted(moved.items()):
        by_county[county].append(f"{name}:{code}")
    _write(
        "moved.tsv",
        [packages.OF_2019, packages.OF_2015],
        ["former county", "townships it had: name and present code"],
        [f"{county}\t{' '.join(found)}" for county, found in sorted(by_county.items())],
    )


def _write_traditional(names: list[str]) -> None:
    """Each character as it mostly becomes in these names, then the names in which one becomes another."""
    convert = OpenCC("s2t").convert
    pairs = {name: convert(name) for name in sorted(set(names))}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for name, traditional in pairs.items():
        for one, other in zip(name, traditional, strict=True):
            counts[one][other] += 1
    mostly = {one: seen.most_common(1)[0][0] for one, seen in counts.items()}
    table = str.maketrans({one: other for one, other in mostly.items() if one != other})
    lines = [f"{one}\t{other}" for one, other in sorted(mostly.items()) if one != other]
    lines += [f"{name}\t{traditional}" for name, traditional in pairs.items() if name.translate(table) != traditional]
    head = ["character or whole name", "in Traditional script (OpenCC s2t)"]
    _write("traditional.tsv", [packages.COUNTIES, packages.TOWNSHIPS], head, lines)


def _write_sounds(characters: set[str], folder: Path) -> None:
    table = json.loads((packages.fetched(packages.SOUNDS, folder) / "pypinyin/pinyin_dict.json").read_text())
    plain = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜńňǹḿ", "aaaaeeeeiiiioooouuuuvvvvvnnnm")
    by_sound: dict[str, list[str]] = defaultdict(list)
    for code in sorted(table, key=int):
        one = chr(int(code))
        sound = table[code].split(",")[0].translate(plain)
        if one in characters or _is_common(one):
            by_sound[sound].append(one)
    lines = [f"{sound}\t{''.join(found)}" for sound, found in sorted(by_sound.items())]
    _write(SOUNDS, [packages.SOUNDS], ["sound without tone", "characters"], lines)


def _is_common(one: str) -> bool:
    """Whether the character is one of GB 2312's, which is what people's keyboards offer first."""
    try:
        return len(one.encode("gb2312")) > 1
    except UnicodeEncodeError:
        return False


def _write(list_: str | Path, sources: list[packages.Package], columns: list[str], lines: list[str]) -> None:
    head = [*(f"# {one.cited}" for one in sources), "# made by deploy/divisions/make.py", f"# {' | '.join(columns)}"]
    (LISTS / list_).write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
