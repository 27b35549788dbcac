"""Noise: what needs no ticket, by rules that are data (`rules.yaml`); doubtful is not noise.

The rules that are no forms of text stand here: nothing at all, and nothing but signs.
"""

import re
import unicodedata
from pathlib import Path
from typing import Final

from services.intake.understand.rules import Features, Rule, rule_set

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
    weight, words = 0, set[str]()
    for rule, form in rule_set(RULES).candidates(features):
        if rule.effect in AD_WEIGHTS:
            met = {found[0] for found in form.finditer(bare)} - words
            words |= met
            weight += AD_WEIGHTS[rule.effect] * len(met)
            first = first or (rule.name if weight >= AD_WEIGHT_MIN else None)
        elif _is_met(rule, form, bare):
            if rule.effect == "keep":
                return None
            first = first or rule.name
            if rule.effect == "sure":
                return first
    return first


def _is_met(rule: Rule, form: re.Pattern[str], bare: str) -> bool:
    if rule.effect == "alone":
        return len(bare) <= ALONE_LENGTH_MAX and form.fullmatch(bare) is not None
    if rule.effect in {"start", "sure"}:
        return form.match(bare) is not None
    return form.search(bare) is not None
