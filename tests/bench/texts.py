"""Lines for `gongdan try phone`, `text` and `pair`: numbers, texts and pairs as people write them, each a new one."""

from collections.abc import Iterator
from itertools import cycle
from random import Random

import orjson

from tests.accuracy.tables import rows

AREAS = ("0571", "021", "010", "0755")
ENGLISH_ONE_IN = 8
LINES_PER_TEXT = 3
"""Texts of the set in one line: a text of a customer has forty to sixty characters."""


def phone_lines(count: int) -> Iterator[bytes]:
    """Numbers in the forms that a directory and a counter hold; mostly mobiles, some that cannot be a number."""
    chance = Random(1)
    for _ in range(count):
        yield _number(chance).encode()


def text_lines(count: int) -> Iterator[bytes]:
    """Texts of the tuned set joined to the length that customers write, each with a number of its own."""
    by_language: dict[bool, list[str]] = {True: [], False: []}
    for line in rows("urging", "tuned"):
        by_language[line["text"].isascii()].append(line["text"])
    chance = Random(1)
    for number in range(count):
        texts = by_language[number % ENGLISH_ONE_IN == 0]
        text = "，".join(chance.choice(texts) for _ in range(LINES_PER_TEXT))
        yield orjson.dumps({"text": f"{text} DD-2511{number % 28 + 1:02}-{number % 10_000:04}"})


def pair_lines(count: int) -> Iterator[bytes]:
    """The pairs of the tuned set, over and over."""
    pairs = cycle(rows("pair", "tuned"))
    for number in range(count):
        line = next(pairs)
        yield orjson.dumps({"id": number, "a": line["a"], "b": line["b"]})


def _number(chance: Random) -> str:
    mobile = f"{chance.choice(('138', '150', '186', '199'))}{_digits(chance, 8)}"
    landline = f"{chance.choice(AREAS)}-{chance.choice('2345678')}{_digits(chance, 7)}"
    forms = (
        mobile,
        f"{mobile[:3]} {mobile[3:7]} {mobile[7:]}",
        f"+86-{mobile}",
        f"手机：{mobile}",
        landline,
        f"{landline}转{_digits(chance, 3)}",
        f"400-{_digits(chance, 3)}-{_digits(chance, 4)}",
        f"+852 9{_digits(chance, 7)}",
        f"{mobile}/{landline}",
        _digits(chance, 9),
    )
    return forms[min(chance.randrange(20), chance.randrange(20)) % len(forms)]


def _digits(chance: Random, count: int) -> str:
    return "".join(chance.choices("0123456789", k=count))
