"""An address read, as JSON: the shape that `gongdan try address` answers."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from shared.divisions.parse import Address, parse
from shared.divisions.rules import RULES


def answerer(*, near: str | None = None) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A function from `{"text": …}` to the answer; `near` as in `parse`, and it may stand in the document too."""

    def answer(document: Mapping[str, Any]) -> dict[str, Any]:
        text = document["text"]
        return shown(text, parse(text, near=document.get("near", near)))

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
        "rest": asdict(address.rest),
        "rules": address.rules,
        "words": {
            "zh": "；".join([RULES[rule].zh for rule in address.rules]),
            "en": "; ".join([RULES[rule].en for rule in address.rules]),
        },
    }
