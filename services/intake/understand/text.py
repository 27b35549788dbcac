"""All that one text says without asking anyone: is it an urge, is it noise, which numbers does it name."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.intake.understand.noise import noise_rule
from services.intake.understand.numbers import FoundNumber, find_numbers
from services.intake.understand.phones import FoundPhone
from services.intake.understand.phones.finding import find_in_plain
from services.intake.understand.phones.forms import plain
from services.intake.understand.rules import features_of
from services.intake.understand.urging import read_urging
from shared.folding import fold

TEXT_LENGTH_MAX: Final = 65_536
"""Characters; the front door takes no more either."""
MAINLAND: Final = "CN"


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a text says; the names of the rules that fired stand in docs/reference/understanding.md."""

    folded: str
    is_urge: bool
    noise: str | None
    """The name of the rule by which nobody need answer this, or None."""
    numbers: tuple[FoundNumber, ...]
    phones: tuple[FoundPhone, ...]
    rules: tuple[str, ...]

    def written(self, kind: str) -> list[str]:
        """The numbers of one kind, each once, in the order in which they stand."""
        return list(dict.fromkeys(number.written for number in self.numbers if number.kind == kind))


def understand(text: str, region: str = MAINLAND, area: str = "") -> Understanding:
    """Read one text as a customer or a clerk wrote it; `region` and `area` are for its phone numbers. Total."""
    folded = fold(text)
    signs = plain(text)
    numbers = find_numbers(signs)
    phones = _beside(numbers, find_in_plain(signs, region, area))
    noise = None if numbers else noise_rule(folded, features_of(folded))
    urging = read_urging(text)
    fired = (
        *urging.rules,
        *(number.rule for number in numbers),
        *(rule for phone in phones for rule in phone.reading.rules),
        *((noise,) if noise else ()),
    )
    return Understanding(
        folded=folded,
        is_urge=urging.is_urge and noise is None,
        noise=noise,
        numbers=tuple(numbers),
        phones=tuple(phones),
        rules=tuple(dict.fromkeys(fired)),
    )


def _beside(numbers: Sequence[FoundNumber], phones: list[FoundPhone]) -> list[FoundPhone]:
    """The phones that hold no number of the house and stand in none; both are in order."""
    if not numbers or not phones:
        return phones
    ends = [number.end for number in numbers]
    nexts = (bisect_right(ends, phone.start) for phone in phones)
    return [
        phone
        for phone, nth in zip(phones, nexts, strict=True)
        if nth == len(numbers) or phone.end <= numbers[nth].start
    ]
