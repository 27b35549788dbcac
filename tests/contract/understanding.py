"""docs/reference/understanding.md, made from the rules; `python -m tests.contract.understanding` writes it."""

import re
from collections.abc import Iterator
from pathlib import Path

from services.intake.understand import matter, names, noise, numbers, urging
from services.intake.understand.matter.concepts import CONTEXT, FAULTS, concepts
from services.intake.understand.matter.products import PRODUCTS
from services.intake.understand.rules import load, rule_set

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "services/intake/understand"
PAGE = ROOT / "docs/reference/understanding.md"
PARTS = {
    "phone": "Phones",
    "number": "Numbers of the house",
    "urge": "Urging",
    "noise": "Noise",
    "pair": "The same matter, or another one",
}

RULES_HEAD = ("| rule | effect | it says | where |", "| --- | --- | --- | --- |")
HEAD = """\
# What is understood from a text, rule by rule

Made from the rules by `python -m tests.contract.understanding`; a test compares. Every answer of `gongdan try phone`,
`text` and `pair` names the rules that fired (`rules`). Find the name here, and beside it the file in which the rule
stands; in the file, look for the name.

* **Text** is folded first: NFKC, small letters, each traditional character the simplified one by a pinned table
  (`shared/folding`), for urging and pairs also each Cantonese word the one of the written standard (`cantonese.yaml`).
  What was written is kept. `shared/folding/words.py` makes the words that search stores, and those by which two texts
  are compared.
* **Phones** (`phones/`): the usual forms of the mainland are read at once, all others by the library `phonenumbers`,
  and what stands inside a field or a text is found with its place. `e164` is null when it cannot be a number; `valid`
  says whether its range is given out.
* **Urging** (`urging/`): first what is not the writer's own pressing is hidden (quoted mail, reposts, what the house
  said, denials, the same characters in another sense). Then signs are looked for. What was settled after a sign takes
  it back; *press* counts by itself; *slow* unless it is the product that is slow; *ask* unless there is no hurry, or a
  fault is reported for the first time.
* **Noise** (`noise/`): doubtful is not noise. A text with a number of the house never is.
* **Pairs** (`matter/`): first whatever makes them two matters; then the sum of what speaks for one, same from
  {same_from}. Products and their words stand in `matter/products.tsv`, faults in `matter/faults.yaml`, parts, rooms and
  later events in `matter/context.yaml`.
"""


def page() -> str:
    """The page as the rules are now."""
    parts = [HEAD.format(same_from=matter.SAME_FROM)]
    lines = sorted(_rules())
    for prefix, title in PARTS.items():
        rows = [f"| `{line[0]}` | {' | '.join(line[1:])} |" for line in lines if line[0].startswith(f"{prefix}.")]
        parts.append("\n".join([f"## {title}\n", *RULES_HEAD, *rows]) + "\n")
    parts.append(_concepts("Faults and matters that pairs are compared by", FAULTS))
    parts.append(_concepts("What stands around them", CONTEXT))
    return "\n".join(parts)


def rule_names() -> set[str]:
    """The names of all rules."""
    return {name for name, *_ in _rules()}


def names_in_source() -> set[str]:
    """Every name of a rule that stands as a text in the program, outside of the list of names."""
    name = re.compile(rf'"((?:{"|".join(PARTS)})\.[a-z_]+)"')
    sources = [path for path in PACKAGE.rglob("*.py") if path.name != "names.py"]
    return {found for path in sources for found in name.findall(path.read_text("utf-8"))}


def _rules() -> Iterator[tuple[str, str, str, str]]:
    """Name, effect, what it says, and the file it stands in."""
    for name, says in names.RULES_IN_CODE.items():
        yield name, _weight(name), says, _where(name)
    for path in (urging.RULES, noise.RULES):
        for rule in rule_set(path).rules:
            yield rule.name, rule.effect, rule.says, f"`{path.relative_to(PACKAGE)}`"
    for kind in ("order", "product"):
        for entry in load(numbers.FORMS)[kind]:
            yield entry["name"], "", entry["says"], f"`{numbers.FORMS.relative_to(PACKAGE)}`"


def _weight(name: str) -> str:
    return f"+{matter.WEIGHTS[name]:g}" if name in matter.WEIGHTS else ""


def _where(name: str) -> str:
    """The module that names the rule, spelt out."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name != "names.py" and f'"{name}"' in path.read_text("utf-8"):
            return f"`{path.relative_to(PACKAGE)}`"
    raise LookupError(f"{name} stands in names.py and nowhere else")


def _concepts(title: str, path: Path) -> str:
    rows = [
        f"| `{one.name}` | {one.kind} | {one.zh} | {one.en} | {', '.join(sorted(one.near)) or '–'} |"
        for one in concepts(path)
    ]
    where = f"In `{path.relative_to(PACKAGE)}`; products in `{PRODUCTS.relative_to(PACKAGE)}`."
    head = "| name | kind | Chinese | English | near |\n| --- | --- | --- | --- | --- |"
    return f"## {title}\n\n{where}\n\n{head}\n" + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
