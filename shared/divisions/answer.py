"""An address read, as JSON: the shape that `gongdan try address` answers."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from shared.divisions.parse import Address, nearby, parse
from shared.divisions.rest import Rest
from shared.divisions.rules import RULES

WORDS_KEPT = 1024
PARTS = Rest._fields


def answerer(*, near: str | None = None) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A function from `{"text": …}` to the answer; `near` as in `parse`, and it may stand in the document too.

    `ValueError` for a `near` that is none: here for the one given, from the function for a document's own.
    """
    if near is not None:
        nearby(near)

    def answer(document: Mapping[str, Any]) -> dict[str, Any]:
        text, closer = document["text"], document.get("near", near)
        if closer is not None and not isinstance(closer, str):
            raise ValueError(f"near: expected a code as text, got {type(closer).__name__}")
        return shown(text, parse(text, near=closer))

    return answer


def shown(text: str, address: Address) -> dict[str, Any]:
    """The answer: `{input, code, level, names, candidates, confidence, rest, rules, words}`; see `docs/reference`."""
    return {
        "input": text,
        "code": address.code,
        "level": address.level,
        "names": address.names,
        "candidates": [{"code": one.code, "names": one.names, "score": one.score} for one in address.candidates],
        "confidence": address.confidence,
        "rest": dict(zip(PARTS, address.rest, strict=True)),
        "rules": address.rules,
        "words": _words(address.rules),
    }


@lru_cache(maxsize=WORDS_KEPT)
def _words(rules: tuple[str, ...]) -> dict[str, str]:
    """What the rules say, in Chinese and English."""
    return {"zh": "；".join(RULES[one].zh for one in rules), "en": "; ".join(RULES[one].en for one in rules)}
