"""Noise: what needs no ticket, by rules that are data (`rules.yaml`); doubtful is not noise.

The rules that are no forms of text stand here: nothing at all, and nothing but signs.
"""

import re
import unicodedata
from pathlib import Path
from typing import Final

from services.intake.understand.rules import Features, Rule, rules

RULES: Final = Path(__file__).with_name("rules.yaml")
TEXT_LENGTH_MAX: Final = 4_000
AD_WEIGHT_MIN: Final = 3
AD_WEIGHTS: Final = {"ad": 1, "strong": 2}
ALONE_LENGTH_MAX: Final = 80
"""Longer texts are never noise as a whole."""

EMPTY: Final = "noise.empty"
ONLY_SIGNS: Final = "noise.only_signs"
_WORDLIKE: Final = re.compile(r"[^\W_]")


def noise_rule(folded: str, features: Features) -> str | None:
    """The name of the rule by which a folded text is noise, or None."""
    bare = folded[:TEXT_LENGTH_MAX].strip().strip("\ufeff\u200b\u200c\u200d\u2060\x00 ")
    if not bare:
        return EMPTY
    if _WORDLIKE.search(bare) is None and not any(_is_letter(char) for char in bare):
        return ONLY_SIGNS
    return _by_rules(bare, features)


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in {"L", "N"}


def _by_rules(bare: str, features: Features) -> str | None:
    first: str | None = None
    weight = 0
    for rule in rules(RULES):
        if rule.effect in AD_WEIGHTS:
            weight += AD_WEIGHTS[rule.effect] * _forms_met(rule, bare, features)
            if weight >= AD_WEIGHT_MIN and first is None:
                first = rule.name
        elif _is_met(rule, bare, features):
            if rule.effect == "keep":
                return None
            first = first or rule.name
    return first


def _forms_met(rule: Rule, bare: str, features: Features) -> int:
    return len({found.re for found in rule.places(bare, features)})


def _is_met(rule: Rule, bare: str, features: Features) -> bool:
    if rule.effect == "alone":
        return len(bare) <= ALONE_LENGTH_MAX and any(form.pattern.fullmatch(bare) for form in rule.forms)
    if rule.effect == "start":
        return any(form.pattern.match(bare) for form in rule.forms)
    return next(rule.places(bare, features), None) is not None
