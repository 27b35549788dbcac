"""Urging (催單): whether a text presses for progress on a matter that the house already knows.

The rules and their words are data (`rules.yaml`). First what is not the writer's own pressing is hidden, then signs are
looked for, and at last weighed: what was settled after it is past, what is slow of itself is the product's, and what is
only wished counts as an urge unless it comes with a first report of a fault. How long a thing takes anyone may ask, so
that counts only where the writer's own matter was named.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from services.intake.understand.cantonese import in_standard_words
from services.intake.understand.matter.telling import may_be_slow, names_a_matter
from services.intake.understand.quoted import HIDDEN, own_words
from services.intake.understand.rules import Rule, features_of, rule_set
from shared.folding import fold

RULES: Final = Path(__file__).with_name("rules.yaml")
HURRY: Final = "urge.hurry"
NAMES_ITS_MATTER: Final = "urge.names_its_matter"
CLAUSE_ENDS: Final = ",。!?;\n"
SENTENCE_ENDS: Final = ("。", "!", "?", ";", "\n", ". ")
TEXT_LENGTH_MAX: Final = 2_000
"""Characters that are looked at, as written and as folded: who presses says so early."""


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
    return weighed(signs_of(own_words(text)[:TEXT_LENGTH_MAX].strip()))


def signs_of(own: str) -> list[Sign]:
    """The signs in a text without others' words, after what hides was hidden."""
    folded = in_standard_words(fold(own)[:TEXT_LENGTH_MAX]).replace("’", "'").replace("`", "'")
    signs: list[Sign] = []
    of_service: list[tuple[Rule, re.Pattern[str]]] = []
    for rule, form in rule_set(RULES).candidates(features_of(folded)):
        if rule.effect == "service":
            of_service.append((rule, form))
            continue
        for found in form.finditer(folded):
            start, end = found.span()
            if rule.effect == "clause":
                if folded[start] == HIDDEN:  # with the clause, for what stands before it there
                    continue
                start, end = _clause(folded, start, end)
            signs.append(Sign(rule, start, end))
            if rule.effect in {"hide", "clause"}:
                folded = f"{folded[:start]}{HIDDEN * (end - start)}{folded[end:]}"
    if _asks_of_whom(signs):
        signs += [Sign(rule, *found.span()) for rule, form in of_service for found in form.finditer(folded)]
        signs = _without_the_products(folded, signs)
    if _only_asks_for_speed(signs) and names_a_matter(_without_haste(folded, signs)):
        signs.append(Sign(_rule(NAMES_ITS_MATTER), 0, len(folded)))
    return signs


def _asks_of_whom(signs: list[Sign]) -> bool:
    """Whether it makes a difference of whom a text speaks: of the house, or of the product."""
    effects = {sign.rule.effect for sign in _standing(signs)}
    return ("press" not in effects and "slow" in effects) or ("report" in effects and "known" not in effects)


def _without_the_products(folded: str, signs: list[Sign]) -> list[Sign]:
    """The signs without those that tell how slow the product is: 热水器等半天才热 presses nobody."""
    of_house = sorted(sign.start for sign in signs if sign.rule.effect == "service")
    kept = [sign for sign in signs if sign.rule.effect != "slow" or _is_of_the_house(folded, sign, of_house)]
    if len(kept) == len(signs) or not may_be_slow(folded):
        return signs
    return [*kept, Sign(_rule(NAMES_ITS_MATTER), 0, len(folded))]


def _is_of_the_house(folded: str, slow: Sign, of_house: Sequence[int]) -> bool:
    """Whether those who are to come or answer are named where it is said, or before it in the same sentence."""
    start = max(folded.rfind(end, 0, slow.start) for end in SENTENCE_ENDS)
    ends = (folded.find(end, slow.end - 1) for end in (*CLAUSE_ENDS, *SENTENCE_ENDS))
    end = min((place for place in ends if place >= 0), default=len(folded))
    nearest = bisect_right(of_house, start)
    return nearest < len(of_house) and of_house[nearest] < end


def _only_asks_for_speed(signs: list[Sign]) -> bool:
    """Whether a text asks for speed and has no other sign: it may be an urge, or the end of a first report."""
    asking = {sign.rule.name for sign in signs if sign.rule.effect in {"ask", "press", "slow"}}
    return asking == {HURRY} and not any(sign.rule.effect in {"known", "report"} for sign in signs)


def _without_haste(folded: str, signs: list[Sign]) -> str:
    """The clauses that do not ask for speed themselves: 快点修我的空调 presses, 空调不冷，快点来 reports."""
    for sign in signs:
        if sign.rule.name == HURRY and folded[sign.start] != HIDDEN:
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
    effects = {sign.rule.effect for sign in _standing(signs)}
    is_calm = any(sign.rule.effect == "calm" for sign in signs)
    is_first = "report" in effects and "known" not in effects
    presses = "press" in effects or ("slow" in effects and not (is_first and "service" not in effects))
    is_asked = "ask" in effects or {"wish", "known"} <= effects
    asks = is_asked and not is_calm and not is_first
    names = tuple(dict.fromkeys(sign.rule.name for sign in signs))
    return Urging(presses or asks, names)


def _standing(signs: list[Sign]) -> list[Sign]:
    """The signs that end after the last place where something was settled: 说15号到货，今天都20号了 runs across one."""
    settled_until = max((sign.end for sign in signs if sign.rule.effect == "settle"), default=0)
    return [sign for sign in signs if sign.end > settled_until]
