"""Official names in Traditional script, for people who read it: 余杭区 is 餘杭區. Never for matching; that folds."""

from functools import lru_cache

from shared.divisions.files import lines


def traditional(name: str) -> str:
    """The name of a division in Traditional script."""
    table, whole = _tables()
    return whole.get(name) or name.translate(table)


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[int, str], dict[str, str]]:
    """Characters as they mostly become, and the names in which one becomes another."""
    rows = list(lines("traditional.tsv"))
    return {ord(one): other for one, other in rows if len(one) == 1}, {
        one: other for one, other in rows if len(one) > 1
    }
