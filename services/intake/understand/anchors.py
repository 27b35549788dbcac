"""Which characters, and which two in a row, a form cannot do without, so that it is only tried on texts that hold them.

A rule file has hundreds of forms, and a text meets few of them: asking a set is a hundred times cheaper than a search.
"""

import importlib
from collections.abc import Iterable
from itertools import pairwise
from operator import add
from typing import Any, Final

_PARSER: Final[Any] = importlib.import_module("re._parser")
"""The parser of `re` itself: it has no public name, and no other reads exactly what `re` reads."""
_RANGE_MAX: Final = 32
"""A wider range of characters (`[a-z]`, `.`) says nothing about a text."""

COMMON: Final = "了我的人没到上一有不时来师么怎好还修安天什什么处候个们请能要给在没电单"
"""Characters that stand in many texts of customers (counted in the tuned sets), so that they say little."""
COMMON_COST, USUAL_COST, PAIR_COST = 8.0, 1.0, 0.1
"""How often texts hold one, roughly."""
PAIRS_MAX: Final = 32

ANCHORS_MAX: Final = 3
"""Sets for each pattern: two thirds of the texts that hold one of the first hold none of the others."""

Anchor = frozenset[str]
"""Characters, and pairs of characters that stand side by side."""


def grams(text: str) -> frozenset[str]:
    """The characters of a text and its pairs, among which anchors are looked for."""
    return frozenset(text).union(map(add, text, text[1:]))


def anchors(pattern: str) -> tuple[Anchor, ...]:
    """Rarest first: every match of `pattern` holds at least one character or pair of each set."""
    return _of_sequence(_PARSER.parse(pattern))


def _of_sequence(items: Iterable[Any]) -> tuple[Anchor, ...]:
    """The rarest sets among those of the parts, all of which must be met; of two characters in a row their pair."""
    parts = [_single(item) or _of_item(item) for item in items]
    found = {needed for part in parts for needed in (part if isinstance(part, tuple) else (part,))}
    for first, second in pairwise(parts):
        if isinstance(first, frozenset) and isinstance(second, frozenset) and len(first) * len(second) <= PAIRS_MAX:
            found -= {first, second}
            found.add(frozenset(a + b for a in first for b in second))
    return tuple(sorted(found, key=lambda needed: (_cost(needed), sorted(needed)))[:ANCHORS_MAX])


def _cost(needed: Anchor) -> float:
    """How often a text holds one of them, roughly."""
    return sum(PAIR_COST if len(gram) > 1 else COMMON_COST if gram in COMMON else USUAL_COST for gram in needed)


def _single(item: Any) -> Anchor | None:
    """The characters of which a part is exactly one; None where it may be longer, or nothing, or any character."""
    operation, argument = str(item[0]), item[1]
    if operation == "LITERAL":
        return frozenset((chr(argument),))
    if operation == "SUBPATTERN" and len(argument[-1]) == 1:
        return _single(argument[-1][0])
    return _of_choice(argument) if operation == "IN" else None


def _of_item(item: Any) -> tuple[Anchor, ...]:
    operation, argument = str(item[0]), item[1]
    if operation == "BRANCH":
        return _of_branches(argument[1])
    if operation == "SUBPATTERN":
        return _of_sequence(argument[-1])
    if operation in {"MAX_REPEAT", "MIN_REPEAT"} and argument[0] > 0:
        return _of_sequence(argument[2])
    return ()


def _of_branches(branches: Iterable[Any]) -> tuple[Anchor, ...]:
    """Whichever branch is met, its sets are: all first ones joined, all second ones joined, and so on."""
    return tuple(frozenset().union(*together) for together in zip(*map(_of_sequence, branches), strict=False))


def _of_choice(choices: Iterable[Any]) -> Anchor | None:
    """The characters of `[…]`; None when it is a class (digits are 660 characters), a denial or a wide range."""
    together: set[str] = set()
    for choice in choices:
        operation, argument = str(choice[0]), choice[1]
        if operation == "LITERAL":
            together.add(chr(argument))
        elif operation == "RANGE" and argument[1] - argument[0] < _RANGE_MAX:
            together.update(map(chr, range(argument[0], argument[1] + 1)))
        else:
            return None
    return frozenset(together)
