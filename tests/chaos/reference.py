"""`python -m tests.chaos.reference` fills the tables of docs/reference/chaos.md; a test compares them."""

import re

from tests.chaos.checks import answers, counted, dead, log, rest, shown, told
from tests.chaos.faults import FAULTS
from tests.chaos.mutants.table import MUTANTS
from tests.support.program import ROOT

PAGE = ROOT / "docs" / "reference" / "chaos.md"
MODULES = (log, answers, shown, told, counted, dead, rest)
CLAIM = re.compile(r"^[A-Z_]+$")


def fault_lines() -> list[str]:
    """One line for each fault."""
    return [f"| `{one.name}` | {one.does} | {one.undone} | {one.restarts} |" for one in FAULTS.values()]


def claim_lines() -> list[str]:
    """One line for each claim."""
    return [
        f"| {value} | `{module.__name__.rpartition('.')[2]}.py` |"
        for module in MODULES
        for name, value in vars(module).items()
        if CLAIM.match(name) and isinstance(value, str) and " " in value and "SELECT" not in value
    ]


def mutant_lines() -> list[str]:
    """One line for each mutant."""
    return [
        f"| `{one.name}` | {one.law} | {one.does} | {'; or '.join(sorted(one.caught_as))} |" for one in MUTANTS.values()
    ]


def main() -> None:
    """Replace the lines of the tables."""
    text = PAGE.read_text("utf-8")
    for head, lines in TABLES.items():
        start = text.index("\n", text.index("|---", text.index(head))) + 1
        end = start
        while text[end : end + 1] == "|" and "tests/chaos/rebuilt.py" not in text[end : text.index("\n", end)]:
            end = text.index("\n", end) + 1
        text = text[:start] + "".join(f"{line}\n" for line in lines) + text[end:]
    PAGE.write_text(text, "utf-8")


TABLES = {
    "| fault |": fault_lines(),
    "| claim |": claim_lines(),
    "| mutant |": mutant_lines(),
}

if __name__ == "__main__":
    main()
