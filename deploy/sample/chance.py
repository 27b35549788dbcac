"""Picks that look like chance and are the same on every machine: each is a digest of what it is for."""

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")


def number(below: int, *purpose: object) -> int:
    """A number from 0 to `below` - 1, always the same for the same purpose; others do not move it."""
    digest = sha256("\x1f".join(map(str, purpose)).encode()).digest()
    return int.from_bytes(digest[:8], "big") % below


def pick(options: Sequence[T], *purpose: object) -> T:
    """One of the options, always the same for the same purpose."""
    return options[number(len(options), *purpose)]
