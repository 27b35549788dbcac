"""How often the same matter told again is told from another one, by kind of pair."""

from services.intake.understand.matter import compare
from tests.accuracy.tables import SETS, Counts, counted, rows, share, table

TITLE = "The same matter told again (`gongdan try pair`)"


def report() -> str:
    """The tables of both sets."""
    found = {name: measured(name) for name in SETS}
    head = ("set", "pairs", "right", "precision", "recall")
    lines = [(name, all_.total, all_.right, all_.precision, all_.recall) for name, (all_, _) in found.items()]
    kinds = sorted({kind for _, by_kind in found.values() for kind in by_kind})
    by_kind = [(kind, *(_right(found[name][1].get(kind)) for name in SETS)) for kind in kinds]
    return f"{table(TITLE, head, lines)}\n{table(f'{TITLE}, right by kind of pair', ('kind', *SETS), by_kind)}"


def measured(name: str) -> tuple[Counts, dict[str, Counts]]:
    """The counts of one set; kinds of pairs that are one matter and of pairs that are two are apart."""
    return counted(
        (f"{'one matter' if line['same'] == '1' else 'two'}: {line['kind']}", line["same"] == "1", _is_same(line))
        for line in rows("pair", name)
    )


def _is_same(line: dict[str, str]) -> bool:
    return compare(line["a"], line["b"]).same


def _right(counts: Counts | None) -> str:
    return "–" if counts is None else f"{counts.right} of {counts.total} ({share(counts.right, counts.total)})"
