"""Which characters a regular expression cannot do without, so that it is only tried on texts that hold them.

A rule file has hundreds of forms, and a text meets few of them: asking a set is a hundred times cheaper than a search.
"""

import importlib
from collections.abc import Iterable
from typing import Any, Final

_PARSER: Final[Any] = importlib.import_module("re._parser")
"""The parser of `re` itself: it has no public name, and no other reads exactly what `re` reads."""
_RANGE_MAX: Final = 32
"""A wider range of characters (`[a-z]`, `.`) says nothing about a text."""

COMMON: Final = "了我的人没到上一有不时来师么怎好还修安天什什么处候个们请能要给在没电单"
"""Characters that stand in many texts of customers (counted in the tuned sets), so that they say little."""
COMMON_COST, USUAL_COST = 8, 1


ANCHORS_MAX: Final = 3
"""Sets for each pattern: two thirds of the texts that hold one of the first hold none of the others."""


def anchors(pattern: str) -> tuple[frozenset[str], ...]:
    """Sets of characters, rarest first: every match of `pattern` holds at least one character of each of them."""
    return _of_sequence(_PARSER.parse(pattern))


def _of_sequence(items: Iterable[Any]) -> tuple[frozenset[str], ...]:
    """The rarest sets among those of the parts, all of which must be met."""
    found = {needed for item in items for needed in _of_item(item)}
    return tuple(sorted(found, key=lambda needed: (_cost(needed), sorted(needed)))[:ANCHORS_MAX])


def _cost(characters: frozenset[str]) -> int:
    """How often a text holds one of them, roughly."""
    return sum(COMMON_COST if character in COMMON else USUAL_COST for character in characters)


def _of_item(item: Any) -> tuple[frozenset[str], ...]:
    operation, argument = str(item[0]), item[1]
    if operation == "LITERAL":
        return (frozenset(chr(argument)),)
    if operation == "IN":
        return _of_choice(argument)
    if operation == "BRANCH":
        return _of_branches(argument[1])
    if operation == "SUBPATTERN":
        return _of_sequence(argument[-1])
    if operation in {"MAX_REPEAT", "MIN_REPEAT"} and argument[0] > 0:
        return _of_sequence(argument[2])
    return ()


def _of_branches(branches: Iterable[Any]) -> tuple[frozenset[str], ...]:
    """Whichever branch is met, its sets are: all first ones joined, all second ones joined, and so on."""
    return tuple(frozenset().union(*together) for together in zip(*map(_of_sequence, branches), strict=False))


def _of_choice(choices: Iterable[Any]) -> tuple[frozenset[str], ...]:
    """The characters of `[…]`; nothing when it is a class (digits are 660 characters), a denial or a wide range."""
    together: set[str] = set()
    for choice in choices:
        operation, argument = str(choice[0]), choice[1]
        if operation == "LITERAL":
            together.add(chr(argument))
        elif operation == "RANGE" and argument[1] - argument[0] < _RANGE_MAX:
            together.update(map(chr, range(argument[0], argument[1] + 1)))
        else:
            return ()
    return (frozenset(together),)
