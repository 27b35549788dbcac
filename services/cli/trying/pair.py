"""`gongdan try pair`: two texts of one customer → the same matter told again, or another one."""

from collections.abc import Mapping
from typing import Any, Final

from services.cli.trying.lines import Answer, Takes
from shared.errors import Unreadable

TAKES: Final[Takes] = "json"
GOT_CHARACTERS_MAX: Final = 80


def part() -> Answer:
    """Pairs: {id, a, b}, two texts of one customer → {id, same, score, words, rules}; words in Chinese and English."""
    from services.intake.understand.matter import compare
    from services.intake.understand.text import TEXT_LENGTH_MAX

    def answer(document: Mapping[str, Any]) -> dict[str, Any]:
        read = compare(*(_text(document, field, TEXT_LENGTH_MAX) for field in ("a", "b")))
        return {
            "id": document.get("id"),
            "same": read.same,
            "score": read.score,
            "words": {"zh": read.zh, "en": read.en},
            "rules": read.rules,
        }

    return answer


def _text(document: Mapping[str, Any], field: str, length_max: int) -> str:
    value = document.get(field)
    if not isinstance(value, str):
        got = "nothing" if value is None else str(value)[:GOT_CHARACTERS_MAX]
        raise Unreadable(f"{field}: expected a text, got {got}")
    if len(value) > length_max:
        raise Unreadable(f"{field}: expected at most {length_max} characters, got {len(value)}")
    return value
