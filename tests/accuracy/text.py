"""How often urging and noise are told right, by kind of text."""

from collections.abc import Callable

from services.intake.understand.text import understand
from tests.accuracy.tables import SETS, Counts, counted, rows, share, table

Told = Callable[[str], bool]


def report() -> str:
    """The tables of both sets, for urging and for noise."""
    urging = _tables("Urging (`gongdan try text`)", "urging", "urge", lambda text: understand(text).is_urge)
    noise = _tables("Noise (`gongdan try text`)", "noise", "noise", lambda text: understand(text).noise is not None)
    return f"{urging}\n{noise}"


def measured(part: str, column: str, told: Told, name: str) -> tuple[Counts, dict[str, Counts]]:
    """The counts of one set."""
    lines = rows(part, name)
    return counted((line["kind"], line[column] == "1", told(line["text"])) for line in lines)


def _tables(title: str, part: str, column: str, told: Told) -> str:
    found = {name: measured(part, column, told, name) for name in SETS}
    head = ("set", "texts", "right", "precision", "recall")
    lines = [(name, all_.total, all_.right, all_.precision, all_.recall) for name, (all_, _) in found.items()]
    kinds = sorted({kind for _, by_kind in found.values() for kind in by_kind})
    by_kind = [(kind, *(_right(found[name][1].get(kind)) for name in SETS)) for kind in kinds]
    return f"{table(title, head, lines)}\n{table(f'{title}, right by kind of text', ('kind', *SETS), by_kind)}"


def _right(counts: Counts | None) -> str:
    return "–" if counts is None else f"{counts.right} of {counts.total} ({share(counts.right, counts.total)})"
