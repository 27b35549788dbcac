"""Reads a contact's address: the division that it names, how sure that is, and why; and its postcode, where it has one.

`shared.divisions` reads it, by the official lists. What a chain calls a place by itself (`own.py`) is looked at beside
that: it may say more (the county, where the lists know the city only) or which of several, and nothing against it.
"""

import re
from dataclasses import dataclass
from itertools import chain

from services.routing.geodesy.datum import Point
from services.routing.territory.own import Mention, level_of, own_names, path
from services.routing.territory.words import Words, found_words, own_words, unclear_words, unknown_words
from shared.divisions.codes import Level
from shared.divisions.parse import NO_NAMES, TEXT_CHARACTERS_MAX, Address, Candidate, Names, parse
from shared.folding import fold
from shared.policies import Policies

CANDIDATES_MAX = 10
"""Told at most, of places that are as likely."""
POSTCODE = re.compile(
    r"(?:邮政编码|邮编|邮递区号|邮政区号|post\s?code|zip(?:\s?code)?)\s*[:：]?\s*([0-9]{3,6})(?![0-9])"
)
"""Only where the word stands before it: six digits may be a room."""

SURE_OF_OWN_NAME, SURE_OF_OWN_NAMES_THAT_AGREE = 0.7, 0.85


@dataclass(frozen=True, slots=True)
class Located:
    """What an address names, as far as it can be told.

    `code` six digits for a county and what lies above (padded with zeros), nine for a township; None when nothing was
    found or several are as likely (then `candidates` says between what). `names` province, city, county, township; None
    where unknown. `confidence` 0…1, that of the weakest of `rules`. `words` the reason in `zh` and `en`. `point` is
    WGS-84: no contact carries one yet. `policies` the versions of the chain's own names.
    """

    code: str | None
    names: Names
    confidence: float
    words: Words
    level: Level | None = None
    candidates: tuple[Candidate, ...] = ()
    rules: tuple[str, ...] = ()
    postcode: str | None = None
    point: Point | None = None
    policies: tuple[tuple[str, int], ...] = ()


def locate(text: str | None, policies: Policies) -> Located:
    """The place that `text` names. Total: an empty or foreign address finds nothing."""
    own = own_names(policies)
    versions = tuple(sorted(own.policies.items()))
    given = (text or "")[:TEXT_CHARACTERS_MAX].strip()
    if not given:
        return Located(None, NO_NAMES, 0.0, unknown_words(()), policies=versions)
    folded = fold(given)
    postcode = found[1] if (found := POSTCODE.search(folded)) else None
    mentions = own.mentions(folded)
    address = parse(_without(mentions, given) if len(given) == len(folded) else given)
    code = _by_own_names([one.codes for one in mentions], address)
    if code is not None:
        agree = bool(address.candidates) or len(mentions) > 1
        names = own.names(code)
        return Located(
            code=code,
            names=names,
            confidence=SURE_OF_OWN_NAMES_THAT_AGREE if agree else SURE_OF_OWN_NAME,
            words=own_words(names),
            level=level_of(code),
            candidates=(Candidate(code, names, 1.0),),
            rules=("own_names_agree" if agree else "own_name",),
            postcode=postcode,
            policies=versions,
        )
    return Located(
        code=address.code,
        names=address.names,
        confidence=address.confidence,
        words=_words(address),
        level=address.level,
        candidates=address.candidates[:CANDIDATES_MAX],
        rules=address.rules,
        postcode=postcode,
        policies=versions,
    )


def _without(mentions: list[Mention], text: str) -> str:
    """The text for the parser: a part of an own name is no name of the lists (新城 in 云栖新城)."""
    for start, stop, _ in reversed(mentions):
        text = f"{text[:start]}，{text[stop:]}"
    return text


def _by_own_names(mentioned: list[tuple[str, ...]], address: Address) -> str | None:
    """The one division that all own names lead to and that says more than the parser read; None if there is none."""
    if not mentioned:
        return None
    if address.code is None and address.candidates:
        codes = [one.code for one in address.candidates]
        settled = [code for code in codes if all(path(code).intersection(one) for one in mentioned)]
        return settled[0] if len(settled) == 1 else None
    said = mentioned if address.code is None else [*mentioned, (address.code,)]
    agreed = {code for code in chain.from_iterable(mentioned) if all(path(code).intersection(one) for one in said)}
    agreed -= {address.code}
    lowest = [code for code in agreed if not any(code != other and code in path(other) for other in agreed)]
    return lowest[0] if len(lowest) == 1 else None


def _words(address: Address) -> Words:
    if address.code is not None:
        return found_words(address.names, address.rules)
    if address.candidates:
        return unclear_words([one.names for one in address.candidates[:CANDIDATES_MAX]])
    return unknown_words(address.rules)
