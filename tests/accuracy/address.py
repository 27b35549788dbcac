"""How many addresses are read right: `sets/address.tuned.tsv`, and `….untouched.tsv`, kept out of the tuning.

A line: kind, address, `near` or nothing, the code expected (`?` and codes: open between these; `-`: none), in words.
The untouched lines, a third of those written first, were drawn by the checksum of the address before the parser was
tuned. What was written later was read once at first sight, then tuned on, and stands in the tuned set, but for the last
of it: `sets/address.fresh.tsv`, and `sets/address.unseen.tsv` after that. Three lines in ten are kept out.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from shared.divisions import Address, parse

SETS = Path(__file__).parent / "sets"
NAMES = {
    "tuned": "Tuned on",
    "untouched": "Untouched: kept out of the tuning",
    "fresh": "Fresh: written after that, not tuned on",
    "unseen": "Unseen: written last, and not tuned on",
}
"""The sets, and what the report calls each."""
SURE = 0.75
"""From here on a wrong county counts as given with high confidence."""
COUNTY_DIGITS, TOWNSHIP_DIGITS = 6, 9
MUNICIPALITIES = {"110000", "120000", "310000", "500000"}


@dataclass(frozen=True, slots=True)
class Case:
    """One address with its answer."""

    kind: str
    text: str
    near: str | None
    expected: str
    words: str


@dataclass(slots=True)
class Tally:
    """What was right of how many."""

    cases: int = 0
    counties: int = 0
    counties_right: int = 0
    townships: int = 0
    townships_right: int = 0
    others: int = 0
    others_right: int = 0
    sure_and_wrong: list[str] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Count the other's too."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def cases(name: str) -> Iterator[Case]:
    """The lines of a set."""
    for line in (SETS / name).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            kind, text, near, expected, words = line.split("\t")
            yield Case(kind, text, near or None, expected, words)


def tallies(name: str) -> dict[str, Tally]:
    """The tally of each kind of a set."""
    found: dict[str, Tally] = defaultdict(Tally)
    for case in cases(name):
        _count(case, parse(case.text, near=case.near), found[case.kind])
    return dict(found)


def _count(case: Case, address: Address, tally: Tally) -> None:
    tally.cases += 1
    code = address.code
    if is_wrong(case.expected, code) and address.confidence >= SURE:
        tally.sure_and_wrong.append(f"{case.text} → {code}")
    if case.expected[0] in "?-" or (len(case.expected) == COUNTY_DIGITS and case.expected.endswith("00")):
        tally.others += 1
        right = _is_open(case.expected, address) if case.expected[0] in "?-" else code == case.expected
        tally.others_right += right
    else:
        tally.counties += 1
        right = (code or "")[:COUNTY_DIGITS] == case.expected[:COUNTY_DIGITS]
        tally.counties_right += right
        if len(case.expected) == TOWNSHIP_DIGITS:
            tally.townships += 1
            right = code == case.expected
            tally.townships_right += right
    if not right:
        tally.misses.append(f"{case.kind}: {case.text} → {code} {address.confidence} {address.rules}, not {case.words}")


def _is_open(expected: str, address: Address) -> bool:
    """Nothing was given where nothing can be known, and all that it may be is told."""
    told = {one.code for one in address.candidates}
    return address.code is None and set(expected[1:].split()) <= told


def is_wrong(expected: str, code: str | None) -> bool:
    """Whether a place was given that the truth does not lie in; a wider place is not wrong."""
    if code is None:
        return False
    if expected[0] in "?-":
        return True
    wide = code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code[:COUNTY_DIGITS]
    return not expected.startswith(wide)


def report() -> str:
    """The tables as Markdown."""
    lines = ["## Addresses", ""]
    for name, words in NAMES.items():
        by_kind = tallies(f"address.{name}.tsv")
        total = Tally()
        for one in by_kind.values():
            total.add(one)
        lines += [
            f"### {words}",
            "",
            "| kind | addresses | county right | township right | other right | sure and wrong |",
        ]
        lines += ["|---|---|---|---|---|---|", *(_row(kind, by_kind[kind]) for kind in sorted(by_kind))]
        lines += [_row("**all**", total), ""]
    return "\n".join(lines)


def _row(kind: str, one: Tally) -> str:
    shares = [
        f"{right} / {of}" + (f" ({right / of:.1%})" if kind.startswith("**") else "") if of else ""
        for right, of in (
            (one.counties_right, one.counties),
            (one.townships_right, one.townships),
            (one.others_right, one.others),
        )
    ]
    return f"| {kind} | {one.cases} | {' | '.join(shares)} | {len(one.sure_and_wrong)} |"
