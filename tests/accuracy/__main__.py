"""`python -m tests.accuracy`: measure every part on its sets, print the tables and write `docs/accuracy.md`."""

import sys
from importlib import import_module
from pathlib import Path

PARTS = ("address", "phone", "text", "pair")
PAGE = Path(__file__).parents[2] / "docs/accuracy.md"
HEAD = """# How often it is right

Made by `python -m tests.accuracy`; every part is measured on a set that it was tuned on and on one that was kept out of
the tuning. The sets stand in `tests/accuracy/sets`.

"""


def main() -> None:
    """Measure, print, write."""
    page = HEAD + "\n".join(import_module(f"tests.accuracy.{part}").report() for part in PARTS if _is_there(part))
    PAGE.write_text(page, encoding="utf-8")
    sys.stdout.write(page)


def _is_there(part: str) -> bool:
    return (Path(__file__).parent / f"{part}.py").exists()


if __name__ == "__main__":
    main()
