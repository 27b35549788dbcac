"""Names with one wrong character: 杭洲市 for 杭州市.

One of the same length that differs in one character is a likely one; more likely where the wrong character sounds the
same (keyboards that take sounds) or looks alike (handwriting, scans). Several that are as likely are no answer.
"""

from collections.abc import Iterable
from functools import lru_cache
from itertools import permutations

from shared.divisions.compile import gazetteer
from shared.divisions.files import lines
from shared.divisions.gazetteer import Gazetteer
from shared.folding import fold
from shared.folding.sounds import sound_of

SAME_SOUND, ALIKE, ANY = "one_wrong_character_same_sound", "one_wrong_character_alike", "one_wrong_character"
ORDER = (SAME_SOUND, ALIKE, ANY)
LENGTH_OF_ANY_MIN = 3
"""In two characters one that is wrong and not even alike leaves nothing to go by."""


def likely(token: str, meant: Iterable[tuple[int, str]]) -> tuple[list[int], str]:
    """Of these divisions and names, those that the token may misspell by the best rule: none, one, or several."""
    by_rule: dict[str, list[int]] = {}
    for code, name in meant:
        rule = _rule(token, name)
        if rule is not None:
            by_rule.setdefault(rule, []).append(code)
    for rule in ORDER:
        if rule in by_rule:
            return by_rule[rule], rule
    return [], ANY


def anywhere(token: str) -> tuple[list[int], str]:
    """The provinces, cities and counties that the token may misspell, by the best rule."""
    names = gazetteer()
    patterns = _patterns()
    meant = {
        (code, name) for at in range(len(token)) for name, code in patterns.get(f"{token[:at]}?{token[at + 1 :]}", ())
    }
    codes, rule = likely(token, sorted(meant))
    return (codes, rule) if names and rule != ANY else ([], ANY)


def _rule(token: str, name: str) -> str | None:
    size = len(token)
    if size != len(name):
        return None
    at = 0
    while at < size and token[at] == name[at]:
        at += 1
    if at == size or token[at + 1 :] != name[at + 1 :]:
        return None
    one, other = token[at], name[at]
    if sound_of(one) == sound_of(other):
        return SAME_SOUND
    if one + other in _alike():
        return ALIKE
    return ANY if len(name) >= LENGTH_OF_ANY_MIN else None


@lru_cache(maxsize=1)
def _alike() -> frozenset[str]:
    """Every two characters that look alike, one behind the other, in both orders."""
    groups = [fold(group) for (group,) in lines("alike.tsv")]
    return frozenset(one + other for group in groups for one, other in permutations(group, 2))


@lru_cache(maxsize=1)
def _patterns() -> dict[str, tuple[tuple[str, int], ...]]:
    """The names of provinces, cities and counties, with each character left out once."""
    found: dict[str, list[tuple[str, int]]] = {}
    names: Gazetteer = gazetteer()
    for code, official in names.names.items():
        name = fold(official)
        ways = [name, name[:-1]] if len(name) >= LENGTH_OF_ANY_MIN and name[-1] in "省市区县" else [name]
        for way in ways:
            for at in range(len(way)):
                found.setdefault(f"{way[:at]}?{way[at + 1 :]}", []).append((way, code))
    return {pattern: tuple(meant) for pattern, meant in found.items()}
