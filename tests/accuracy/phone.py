"""How often phone numbers are read right."""

from services.intake.understand.phones import read_phone
from tests.accuracy.tables import SETS, rows, share, table

NO_NUMBER = "-"


def report() -> str:
    """The table of both sets."""
    head = ("set", "written forms", "right", "share")
    return table("Phones (`gongdan try phone`)", head, [(name, *_measured(name)) for name in SETS])


def _measured(name: str) -> tuple[int, int, str]:
    """Numbers, how many came out with the right number and extension, and the share."""
    lines = rows("phone", name)
    right = sum(_is_right(line) for line in lines)
    return len(lines), right, share(right, len(lines))


def _is_right(line: dict[str, str]) -> bool:
    reading = read_phone(line["text"], line["region"], line["area"])
    return (reading.e164 or NO_NUMBER, reading.extension or "") == (line["e164"], line["extension"])
