"""One text, taken apart into what it is about."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from services.intake.understand.cantonese import in_standard_words
from services.intake.understand.matter.concepts import CODE, CONTEXT, FAULTS, Concept, concepts_in, tells_of
from services.intake.understand.matter.likeness import content_of
from services.intake.understand.matter.products import Product, products_in
from services.intake.understand.matter.things import broken_in, figures_in, missing_in, which_in
from services.intake.understand.numbers import find_numbers
from services.intake.understand.phones.forms import plain
from services.intake.understand.quoted import own_words
from services.intake.understand.rules import features_of, load
from shared.folding import fold
from shared.folding.words import shingles

EMPTY_WORDS: Final = frozenset({"a", "an", "and", "are", "has", "have", "i", "in", "is", "it", "my", "of", "on", "the"})
"""What stands in every English sentence makes none alike."""
TEXT_LENGTH_MAX: Final = 3_000
"""Characters that are compared, as written and as folded (`㌀` grows): what a text is about stands early."""

_CODE_SAID: Final = re.compile(r"(?<![a-z0-9-])(?=[a-z]{0,4}-?\d{4})[a-z]{0,4}-?[\da-z-]{5,27}(?<!-)(?![a-z0-9])")


@dataclass(frozen=True, slots=True)
class Telling:
    """What one text is about."""

    folded: str
    rest: str
    """The folded text without the names of products."""
    shingles: frozenset[str]
    content: frozenset[str]
    """What is said beside the names of products: characters that carry meaning, and words of other scripts."""
    products: dict[str, Product]
    faults: dict[str, Concept]
    context: dict[str, Concept]
    missing: frozenset[str]
    """What is said to be missing, beside a product."""
    codes: frozenset[str]
    numbers: dict[str, frozenset[str]]
    """Ticket, order and product numbers, by kind."""
    codes_said: frozenset[str]
    """What looks like a number of something, in big letters, whatever of: another telling may say of what."""
    which: dict[str, str]
    """Which one of several, by its number (二号柜子), that of the shop, its size, or its month of purchase."""
    figures: frozenset[str]
    """Amounts and counts, in digits."""
    broken: frozenset[str]
    """What is said to be broken, where it is said of a single thing (里面的灯坏了)."""

    def of_kind(self, *kinds: str) -> dict[str, Concept]:
        """The faults and matters of these kinds."""
        return {name: concept for name, concept in self.faults.items() if concept.kind in kinds}

    def context_of(self, kind: str) -> dict[str, Concept]:
        """The words around it of one kind: rooms, parts, later events."""
        return {name: concept for name, concept in self.context.items() if concept.kind == kind}


def telling_of(text: str) -> Telling:
    """Take a text apart. Total."""
    own = own_words(text)[:TEXT_LENGTH_MAX]
    folded = in_standard_words(fold(own)[:TEXT_LENGTH_MAX]).replace("’", "'")
    features = features_of(folded)
    named = products_in(folded)
    numbers: dict[str, set[str]] = {"ticket": set(), "order": set(), "product": set()}
    for number in find_numbers(plain(own)):
        numbers[number.kind].add(number.written)
    return Telling(
        folded=folded,
        rest=named.rest,
        shingles=shingles(folded) - EMPTY_WORDS,
        content=content_of(named.rest),
        products=named.products,
        faults=concepts_in(folded, features, FAULTS),
        context=concepts_in(folded, features, CONTEXT),
        missing=missing_in(folded),
        codes=frozenset(CODE.findall(folded)),
        numbers={kind: frozenset(found) for kind, found in numbers.items()},
        codes_said=frozenset(map(str.upper, _CODE_SAID.findall(folded))),
        which=which_in(folded, named.rest),
        figures=figures_in(folded),
        broken=broken_in(named.rest),
    )


def names_a_matter(folded: str) -> bool:
    """Whether a folded text names a product, or says what is wrong."""
    return bool(products_in(folded).products) or _names_a_fault(folded)


def may_be_slow(folded: str) -> bool:
    """Whether a folded text names a machine, or a fault and no product: of furniture and dishes nobody says that."""
    products = products_in(folded).products.values()
    if products:
        return any(product.kinds.isdisjoint(_without_drive()) for product in products)
    return _names_a_fault(folded)


def _names_a_fault(folded: str) -> bool:
    return tells_of("fault", folded, features_of(folded), FAULTS)


@cache
def _without_drive() -> frozenset[str]:
    """Kinds of products that do nothing by themselves."""
    return frozenset(load(CONTEXT)["without_drive"])
