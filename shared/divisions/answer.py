"""An address read, as JSON: the shape that `gongdan try address` answers."""

from functools import lru_cache
from typing import Any

from shared.divisions.parse import Address
from shared.divisions.rest import Rest
from shared.divisions.rules import RULES

WORDS_KEPT = 1024
PARTS = Rest._fields


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
