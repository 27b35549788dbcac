"""Which official lists addresses are read by, so that a decision can name them."""

from functools import lru_cache
from hashlib import sha256

from shared.divisions.files import LISTS

DIGITS = 12


@lru_cache(maxsize=1)
def lists_digest() -> str:
    """The beginning of the SHA-256 (hex) over all lists in the order of their names."""
    digest = sha256()
    for one in sorted(LISTS.iterdir(), key=lambda file: file.name):
        if one.name.endswith(".tsv"):
            digest.update(one.read_bytes())
    return digest.hexdigest()[:DIGITS]
