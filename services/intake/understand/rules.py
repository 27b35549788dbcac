"""Rules as data: a name, an effect, what it says in words, and the forms of text it knows, from a YAML file.

A file holds `words` (name → alternatives; `{name}` in a form stands for any of them) and `rules`. A form is a regular
expression over folded text (`shared.folding`). A form is only tried on texts that hold its script, and one of the
characters that it cannot do without.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from services.intake.understand.anchors import anchors

_HAN: Final = re.compile("[\u3400-\u9fff]")
_LATIN: Final = re.compile(r"[a-z]{3}|[a-z]+ [a-z]")
_LATIN_WORD: Final = re.compile(r"(?<![\\a-z])[a-z]{3}")
WHOLE_EFFECTS: Final = frozenset({"alone", "ad", "strong"})
"""Of these each form counts by itself."""
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Form:
    """One form, with the characters of which every text that it fits holds at least one."""

    pattern: re.Pattern[str]
    anchors: frozenset[str] | None
    is_for_han: bool
    is_for_latin: bool

    def search(self, folded: str, features: "Features") -> re.Match[str] | None:
        """The first place where the form stands in a folded text."""
        is_for_any = self.is_for_han and self.is_for_latin
        is_wanted = is_for_any or (features.has_han if self.is_for_han else features.has_latin)
        can_fit = is_wanted and (self.anchors is None or not self.anchors.isdisjoint(features.characters))
        return self.pattern.search(folded) if can_fit else None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a file; `effect` is a word of the module that uses it."""

    name: str
    effect: str
    says: str
    forms: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class Features:
    """What says which forms can fit a text at all."""

    characters: frozenset[str]
    has_han: bool
    has_latin: bool


def features_of(folded: str) -> Features:
    """The characters and the scripts of a folded text."""
    return Features(frozenset(folded), _HAN.search(folded) is not None, _LATIN.search(folded) is not None)


class RuleSet:
    """The rules of a file in their order, indexed by the characters that their forms cannot do without.

    A text meets few of the hundreds of forms. Sets of forms are the bits of whole numbers, which are joined for all
    characters of a text ten times faster than its forms are asked one by one.
    """

    def __init__(self, rules_: Sequence[Rule]) -> None:
        self.rules: Final = tuple(rules_)
        self._forms: Final = [(rule, form.pattern) for rule in rules_ for form in rule.forms]
        self._by_character: Final[dict[str, int]] = {}
        self._without_anchor = self._for_han = self._for_latin = 0
        for at, form in enumerate(form for rule in rules_ for form in rule.forms):
            self._index(form, 1 << at)

    def _index(self, form: Form, bit: int) -> None:
        self._for_han |= bit if form.is_for_han else 0
        self._for_latin |= bit if form.is_for_latin else 0
        if form.anchors is None:
            self._without_anchor |= bit
        for character in form.anchors or ():
            self._by_character[character] = self._by_character.get(character, 0) | bit

    def candidates(self, features: Features) -> Iterator[tuple[Rule, re.Pattern[str]]]:
        """The forms that a text with these features may fit, with their rules, in order."""
        found = self._without_anchor
        by_character = self._by_character
        for character in features.characters:
            found |= by_character.get(character, 0)
        for_any = self._for_han & self._for_latin
        found &= for_any | (self._for_han if features.has_han else 0) | (self._for_latin if features.has_latin else 0)
        while found:
            lowest = found & -found
            yield self._forms[lowest.bit_length() - 1]
            found ^= lowest


@cache
def load(path: Path) -> Mapping[str, Any]:
    """A rules file as it stands."""
    with path.open(encoding="utf-8") as file:
        return dict(yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))  # noqa: S506 - both are safe


@cache
def rule_set(path: Path) -> RuleSet:
    """The rules of a file, compiled once."""
    document = load(path)
    words: dict[str, str] = {}
    for name, alternatives in document.get("words", {}).items():
        words[name] = expanded(alternatives, words)
    return RuleSet([_rule(rule, words) for rule in document["rules"]])


def expanded(alternatives: Sequence[str], words: Mapping[str, str]) -> str:
    """One pattern for any of the alternatives, with the words put in for their names. KeyError: no such name."""
    joined = "|".join(alternatives)
    return "(?:" + _PLACEHOLDER.sub(lambda found: words[found[1]], joined) + ")"


def _rule(rule: Mapping[str, Any], words: Mapping[str, str]) -> Rule:
    patterns = [expanded([form], words) for form in rule["forms"]]
    if rule["effect"] not in WHOLE_EFFECTS:
        patterns = _joined(patterns)
    return Rule(rule["name"], rule["effect"], rule["says"], tuple(map(form_of, patterns)))


def _joined(patterns: list[str]) -> list[str]:
    """The forms for Latin text as one: words that begin alike are looked for together."""
    latin = [pattern for pattern in patterns if _is_latin(pattern)]
    others = [pattern for pattern in patterns if not _is_latin(pattern)]
    return [*others, f"(?:{'|'.join(latin)})"] if latin else others


def _is_latin(pattern: str) -> bool:
    return _HAN.search(pattern) is None and _LATIN_WORD.search(pattern) is not None and r"\1" not in pattern


def form_of(pattern: str) -> Form:
    """One form, compiled."""
    has_han, has_latin = _HAN.search(pattern) is not None, _LATIN_WORD.search(pattern) is not None
    return Form(re.compile(pattern), anchors(pattern), has_han or not has_latin, has_latin or not has_han)
