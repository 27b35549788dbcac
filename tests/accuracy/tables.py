"""What the parts' reports share: reading a set, counting, laying a table out."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

SETS = ("tuned", "untouched")
FOLDER = Path(__file__).with_name("sets")


@dataclass(slots=True)
class Counts:
    """How often yes was right and wrong, and no."""

    right_yes: int = 0
    wrong_yes: int = 0
    right_no: int = 0
    wrong_no: int = 0

    def add(self, *, wanted: bool, got: bool) -> None:
        """Count one answer."""
        self.right_yes += wanted and got
        self.wrong_yes += got and not wanted
        self.right_no += not wanted and not got
        self.wrong_no += wanted and not got

    @property
    def precision(self) -> str:
        """Of the yeses, the right ones."""
        return share(self.right_yes, self.right_yes + self.wrong_yes)

    @property
    def recall(self) -> str:
        """Of what is yes, what was found."""
        return share(self.right_yes, self.right_yes + self.wrong_no)

    @property
    def total(self) -> int:
        """All answers."""
        return self.right_yes + self.wrong_yes + self.right_no + self.wrong_no

    @property
    def right(self) -> int:
        """All right answers."""
        return self.right_yes + self.right_no


def rows(part: str, name: str) -> list[dict[str, str]]:
    """The lines of one set; a backslash and n in a text stand for the end of a line."""
    with (FOLDER / f"{part}.{name}.tsv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [{key: value.replace("\\n", "\n") for key, value in line.items()} for line in lines]


def counted(answers: Iterable[tuple[str, bool, bool]]) -> tuple[Counts, dict[str, Counts]]:
    """Answers as (kind, wanted, got), counted together and by kind."""
    together, by_kind = Counts(), defaultdict[str, Counts](Counts)
    for kind, wanted, got in answers:
        together.add(wanted=wanted, got=got)
        by_kind[kind].add(wanted=wanted, got=got)
    return together, dict(by_kind)


def share(part: int, whole: int) -> str:
    """A share in percent; nothing of nothing is a dash."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def table(title: str, head: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """A Markdown table with its title."""
    laid = [f"| {' | '.join(map(str, line))} |" for line in (head, ["---"] * len(head), *lines)]
    return f"## {title}\n\n" + "\n".join(laid) + "\n"
