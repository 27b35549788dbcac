"""Rules as data: a name, an effect, what it says in words, and the forms of text it knows, from a YAML file.

A file holds `words` (name → alternatives; `{name}` in a form stands for any of them) and `rules`. A form is a regular
expression over folded text (`shared.folding`). Forms without a single Chinese character are for Latin text, the others
for Chinese; a text is only asked for the scripts that it has.
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
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a rule, with the characters of which every text that it fits holds at least one."""

    pattern: re.Pattern[str]
    anchors: frozenset[str] | None
    is_latin: bool

    def can_fit(self, features: "Features") -> bool:
        """Whether a text with these features is worth a search."""
        is_wanted = features.has_latin if self.is_latin else features.has_han
        return is_wanted and (self.anchors is None or not self.anchors.isdisjoint(features.characters))

    def search(self, folded: str, features: "Features") -> re.Match[str] | None:
        """The first place where the form stands in a folded text."""
        return self.pattern.search(folded) if self.can_fit(features) else None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a file; `effect` is a word of the module that uses it."""

    name: str
    effect: str
    says: str
    forms: tuple[Form, ...]

    def places(self, folded: str, features: "Features") -> Iterator[re.Match[str]]:
        """Where the rule's forms stand in a folded text, form by form."""
        for form in self.forms:
            if form.can_fit(features):
                yield from form.pattern.finditer(folded)


@dataclass(frozen=True, slots=True)
class Features:
    """What says which forms can fit a text at all."""

    characters: frozenset[str]
    has_han: bool
    has_latin: bool


def features_of(folded: str) -> Features:
    """The characters and the scripts of a folded text."""
    return Features(frozenset(folded), _HAN.search(folded) is not None, _LATIN.search(folded) is not None)


@cache
def load(path: Path) -> Mapping[str, Any]:
    """A rules file as it stands."""
    with path.open(encoding="utf-8") as file:
        return dict(yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))  # noqa: S506 - both are safe


@cache
def rules(path: Path) -> tuple[Rule, ...]:
    """The rules of a file in their order, compiled once."""
    document = load(path)
    words: dict[str, str] = {}
    for name, alternatives in document.get("words", {}).items():
        words[name] = expanded(alternatives, words)
    return tuple(_rule(rule, words) for rule in document["rules"])


def expanded(alternatives: Sequence[str], words: Mapping[str, str]) -> str:
    """One pattern for any of the alternatives, with the words put in for their names. KeyError: no such name."""
    joined = "|".join(alternatives)
    return "(?:" + _PLACEHOLDER.sub(lambda found: words[found[1]], joined) + ")"


def _rule(rule: Mapping[str, Any], words: Mapping[str, str]) -> Rule:
    forms = tuple(form_of(expanded([form], words)) for form in rule["forms"])
    return Rule(name=rule["name"], effect=rule["effect"], says=rule["says"], forms=forms)


def form_of(pattern: str) -> Form:
    """One form, compiled."""
    return Form(re.compile(pattern), anchors(pattern), _HAN.search(pattern) is None)
