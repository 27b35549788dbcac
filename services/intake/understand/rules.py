"""Rules as data: a name, an effect, what it says in words, and the forms of text it knows, from a YAML file.

A file holds `words` (name → alternatives; `{name}` in a form stands for any of them) and `rules`. A form is a regular
expression over folded text (`shared.folding`). A form is only tried on texts that hold its script, and the characters
that it cannot do without.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from services.intake.understand.anchors import ANCHORS_MAX, anchors, grams
from shared.folding import LAST

_HAN: Final = re.compile("[\u3400-\u9fff]")
_LATIN: Final = re.compile(r"[a-z]{3}|[a-z]+ [a-z]")
_WORD_BEGINS: Final = r"(?:\b"
_LATIN_WORD: Final = re.compile(r"(?<![\\a-z])[a-z]{3}")
WHOLE_EFFECTS: Final = frozenset({"alone", "ad", "strong"})
"""Of these each form counts by itself."""
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Form:
    """One form, with sets of characters and pairs: every text that it fits holds at least one of each."""

    pattern: re.Pattern[str]
    anchors: tuple[frozenset[str], ...]
    is_for_han: bool
    is_for_latin: bool

    def search(self, folded: str, features: "Features") -> re.Match[str] | None:
        """The first place where the form stands in a folded text."""
        is_for_any = self.is_for_han and self.is_for_latin
        is_wanted = is_for_any or (features.has_han if self.is_for_han else features.has_latin)
        if not is_wanted:
            return None
        for needed in self.anchors:  # a plain loop: it runs hundreds of times for one text
            if needed.isdisjoint(features.grams):
                return None
        return self.pattern.search(folded)


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

    grams: frozenset[str]
    """Its characters, and every two in a row."""
    has_han: bool
    has_latin: bool


@lru_cache(maxsize=LAST)
def features_of(folded: str) -> Features:
    """The characters, pairs and scripts of a folded text."""
    return Features(grams(folded), _HAN.search(folded) is not None, _LATIN.search(folded) is not None)


class RuleSet:
    """The rules of a file in their order, indexed by what their forms cannot do without.

    A text meets few of the hundreds of forms. Sets of forms are the bits of whole numbers, which are joined for all
    characters and pairs of a text ten times faster than its forms are asked one by one.
    """

    def __init__(self, rules_: Sequence[Rule]) -> None:
        self.rules: Final = tuple(rules_)
        self._forms: Final = [(rule, form.pattern) for rule in rules_ for form in rule.forms]
        self._by_gram: Final[dict[str, int]] = {}
        """The forms whose first, second, third set holds it: three fields of bits in one number."""
        self._without = 0
        """The forms that have no first, second, third set."""
        self._for_han = self._for_latin = 0
        for at, form in enumerate(form for rule in rules_ for form in rule.forms):
            self._index(form, 1 << at)

    def _index(self, form: Form, bit: int) -> None:
        self._for_han |= bit if form.is_for_han else 0
        self._for_latin |= bit if form.is_for_latin else 0
        for nth in range(ANCHORS_MAX):
            in_field = bit << nth * len(self._forms)
            if nth >= len(form.anchors):
                self._without |= in_field
                continue
            for gram in form.anchors[nth]:
                self._by_gram[gram] = self._by_gram.get(gram, 0) | in_field

    def candidates(self, features: Features) -> Iterator[tuple[Rule, re.Pattern[str]]]:
        """The forms that a text with these features may fit, with their rules, in order."""
        met = self._without
        by_gram = self._by_gram
        for gram in features.grams:
            if (forms := by_gram.get(gram)) is not None:
                met |= forms
        found = self._for_han & self._for_latin
        found |= (self._for_han if features.has_han else 0) | (self._for_latin if features.has_latin else 0)
        for nth in range(ANCHORS_MAX):
            found &= met >> nth * len(self._forms)
        while found:
            lowest = found & -found
            yield self._forms[lowest.bit_length() - 1]
            found ^= lowest


@cache
def load(path: Path) -> Mapping[str, Any]:
    """A rules file as it stands."""
    with path.open(encoding="utf-8") as file:
        return dict(yaml.load(file, yaml.CSafeLoader))


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
    if rule["effect"] in WHOLE_EFFECTS:
        patterns = [expanded([form], words) for form in rule["forms"]]
    else:
        patterns = _joined([expanded([part], words) for form in rule["forms"] for part in _parts(form)])
    return Rule(rule["name"], rule["effect"], rule["says"], tuple(map(form_of, patterns)))


def _parts(form: str) -> list[str]:
    """The alternatives of a form one by one: each has its own characters that it cannot do without."""
    parts, depth, is_choice, is_escaped = [""], 0, False, False
    for character in form:
        if character == "|" and not (depth or is_choice or is_escaped):
            parts.append("")
            continue
        parts[-1] += character
        if is_escaped:
            is_escaped = False
        elif character == "\\":
            is_escaped = True
        elif is_choice:
            is_choice = character != "]"
        elif character == "[":
            is_choice = True
        else:
            depth += (character == "(") - (character == ")")
    return [form] if r"\1" in form else parts


def _joined(patterns: list[str]) -> list[str]:
    """The forms for Latin text as one: words that begin alike are looked for together, and only where a word begins."""
    latin = [pattern for pattern in patterns if _is_latin(pattern)]
    others = [pattern for pattern in patterns if not _is_latin(pattern)]
    of_words = [pattern.replace(_WORD_BEGINS, "(?:", 1) for pattern in latin if pattern.startswith(_WORD_BEGINS)]
    anywhere = [pattern for pattern in latin if not pattern.startswith(_WORD_BEGINS)]
    joined = [rf"\b(?:{'|'.join(of_words)})"] if of_words else []
    return [*others, *joined, *([f"(?:{'|'.join(anywhere)})"] if anywhere else [])]


def _is_latin(pattern: str) -> bool:
    return _HAN.search(pattern) is None and _LATIN_WORD.search(pattern) is not None and r"\1" not in pattern


def form_of(pattern: str) -> Form:
    """One form, compiled."""
    has_han, has_latin = _HAN.search(pattern) is not None, _LATIN_WORD.search(pattern) is not None
    return Form(re.compile(pattern), anchors(pattern), has_han or not has_latin, has_latin or not has_han)
