"""Urging (催單): whether a text presses for progress on a matter that the house already knows.

The rules and their words are data (`rules.yaml`). First what is not the writer's own pressing is hidden, then signs are
looked for, and at last weighed: what was settled after it is past, and what is only wished counts as an urge unless it
comes with a first report of a fault.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from services.intake.understand.matter.telling import names_a_matter
from services.intake.understand.quoted import HIDDEN, own_words
from services.intake.understand.rules import Rule, features_of, rule_set
from shared.folding import fold

RULES: Final = Path(__file__).with_name("rules.yaml")
HURRY: Final = "urge.hurry"
NAMES_ITS_MATTER: Final = "urge.names_its_matter"
CLAUSE_ENDS: Final = ",。!?;\n"
TEXT_LENGTH_MAX: Final = 2_000
"""Characters that are looked at: who presses says so early."""


@dataclass(frozen=True, slots=True)
class Urging:
    """Whether a text is an urge, and the names of the rules that fired."""

    is_urge: bool
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sign:
    """A rule that fired, and where."""

    rule: Rule
    start: int
    end: int


def read_urging(text: str) -> Urging:
    """Whether `text`, as a customer or a clerk wrote it, presses. Total."""
    return weighed(signs_of(own_words(text)[:TEXT_LENGTH_MAX]))


def signs_of(own: str) -> list[Sign]:
    """The signs in a text without others' words, after what hides was hidden."""
    folded = fold(own).replace("’", "'").replace("`", "'")
    signs = []
    for rule, form in rule_set(RULES).candidates(features_of(folded)):
        for found in form.finditer(folded):
            start, end = found.span() if rule.effect != "clause" else _clause(folded, *found.span())
            signs.append(Sign(rule, start, end))
            if rule.effect in {"hide", "clause"}:
                folded = f"{folded[:start]}{HIDDEN * (end - start)}{folded[end:]}"
    if _only_asks_for_speed(signs) and names_a_matter(_without_haste(folded, signs)):
        signs.append(Sign(_rule(NAMES_ITS_MATTER), 0, len(folded)))
    return signs


def _only_asks_for_speed(signs: list[Sign]) -> bool:
    """Whether a text asks for speed and has no other sign: it may be an urge, or the end of a first report."""
    asking = {sign.rule.name for sign in signs if sign.rule.effect in {"ask", "press"}}
    return asking == {HURRY} and not any(sign.rule.effect in {"known", "report"} for sign in signs)


def _without_haste(folded: str, signs: list[Sign]) -> str:
    """The clauses that do not ask for speed themselves: 快点修我的空调 presses, 空调不冷，快点来 reports."""
    for sign in signs:
        if sign.rule.name == HURRY:
            start, end = _clause(folded, sign.start, sign.end)
            folded = f"{folded[:start]}{HIDDEN * (end - start)}{folded[end:]}"
    return folded


@cache
def _rule(name: str) -> Rule:
    return next(rule for rule in rule_set(RULES).rules if rule.name == name)


def _clause(folded: str, start: int, end: int) -> tuple[int, int]:
    """The clause around a place."""
    while start > 0 and folded[start - 1] not in CLAUSE_ENDS:
        start -= 1
    while end < len(folded) and folded[end] not in CLAUSE_ENDS:
        end += 1
    return start, end


def weighed(signs: list[Sign]) -> Urging:
    """The verdict over the signs of one text."""
    settled_at = max((sign.start for sign in signs if sign.rule.effect == "settle"), default=-1)
    standing = [sign for sign in signs if sign.start > settled_at]
    effects = {sign.rule.effect for sign in standing}
    is_calm = any(sign.rule.effect == "calm" for sign in signs)
    is_first = "report" in effects and "known" not in effects
    presses = "press" in effects and not (is_first and "service" not in effects)
    asks = "ask" in effects and not is_calm and not is_first
    names = tuple(dict.fromkeys(sign.rule.name for sign in signs))
    return Urging(presses or asks, names)
