"""Concepts: one meaning in the many forms in which people write it, as data; which of them a text holds."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from services.intake.understand.quoted import HIDDEN
from services.intake.understand.rules import Features, Form, form_of, load

FAULTS: Final = Path(__file__).with_name("faults.yaml")
CONTEXT: Final = Path(__file__).with_name("context.yaml")


@dataclass(frozen=True, slots=True)
class Concept:
    """One meaning; `near` are the names of those that stand for it in another person's words, or another time."""

    name: str
    kind: str
    zh: str
    en: str
    near: frozenset[str]
    is_seen: bool
    """To deny it is not to tell of it; others are denials themselves (不热, 没电)."""
    forms: tuple[Form, ...]

    def is_in(self, folded: str, features: Features) -> bool:
        """Whether a folded text says it."""
        for form in self.forms:  # noqa: SIM110 - a plain loop, as in `Form.search`
            if form.search(folded, features) is not None:
                return True
        return False


@cache
def concepts(path: Path) -> tuple[Concept, ...]:
    """The concepts of a file, in its order; `near` holds both ways, whichever of the two names it."""
    entries: Sequence[Mapping[str, Any]] = load(path)["concepts"]
    near: dict[str, set[str]] = {entry["name"]: set() for entry in entries}
    for entry in entries:
        for other in entry.get("near", ()):
            near[entry["name"]].add(other)
            near[other].add(entry["name"])
    return tuple(
        Concept(
            name=entry["name"],
            kind=entry["kind"],
            zh=entry["zh"],
            en=entry["en"],
            near=frozenset(near[entry["name"]]),
            is_seen=entry.get("seen", False),
            forms=tuple(map(form_of, entry["forms"])),
        )
        for entry in entries
    )


def concepts_in(folded: str, features: Features, path: Path) -> dict[str, Concept]:
    """The concepts of a file that a folded text holds, by name."""
    affirmed = _without_denials(folded, features, path)
    return {
        concept.name: concept
        for concept in concepts(path)
        if concept.is_in(affirmed if concept.is_seen else folded, features)
    }


def tells_of(kind: str, folded: str, features: Features, path: Path) -> bool:
    """Whether a folded text holds any concept of a kind; it stops at the first."""
    affirmed = _without_denials(folded, features, path)
    return any(
        concept.kind == kind and concept.is_in(affirmed if concept.is_seen else folded, features)
        for concept in concepts(path)
    )


def _without_denials(folded: str, features: Features, path: Path) -> str:
    """A folded text in which is hidden what it says is not there."""
    for form in _denied(path):
        if form.search(folded, features) is not None:
            folded = form.pattern.sub(HIDDEN, folded)
    return folded


@cache
def _denied(path: Path) -> tuple[Form, ...]:
    return tuple(map(form_of, load(path).get("denied", ())))


CODE: Final = re.compile(r"(?<![a-z0-9])[ef]\d{1,2}(?![a-z0-9])")
"""What the display of a machine shows for a fault."""
