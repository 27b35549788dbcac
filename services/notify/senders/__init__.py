"""How a letter leaves the house.

Over SMTP (`email.py`) or into the local mailbox (`services/notify/mailbox.py`); webhooks leave by `webhook.py`.

One interface for letters and one list of outcomes for all, so that the worker does not know which it uses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

DETAIL_CHARACTERS_MAX = 300


@dataclass(frozen=True, slots=True)
class Sent:
    """The other side took it."""

    detail: str


@dataclass(frozen=True, slots=True)
class Later:
    """Not now; it was certainly not taken, and the same attempt may work later.

    After `asked_s`, if the other side said so.
    """

    detail: str
    asked_s: float | None = None


@dataclass(frozen=True, slots=True)
class Never:
    """Not taken, and it will not be."""

    reason: Literal["refused", "no_address", "forbidden_address"]
    detail: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """It left, and whether it was taken will never be known; only a person may send it again."""

    detail: str


Outcome = Sent | Later | Never | Unknown
"""`detail` may hold whatever the other side said; `keepable` makes of it what is kept."""


def keepable(detail: str) -> str:
    """What the other side said as rows and facts can hold it: UTF-8, no NUL, short.

    A mail server that answers in GBK leaves halves of surrogate pairs for its bytes, which neither JSON nor the
    database takes.
    """
    sound = detail.encode("utf-8", "backslashreplace").decode().replace("\x00", "")
    return sound[:DETAIL_CHARACTERS_MAX]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail ready to leave. `raw` is the whole message, RFC 5322."""

    delivery_id: UUID
    ticket_id: UUID
    message_id: str
    sender: str
    address: str
    subject: str
    text: str
    html: str
    raw: bytes


class LetterSender(Protocol):
    """Takes letters out. Answers one outcome per letter, in order, and never raises for one of them."""

    at_once: int
    """How many letters one call may hold."""

    repeatable: bool
    """Whether the same letter given twice arrives once: then a crash leaves no unknown outcome."""

    async def send(self, letters: Sequence[Letter]) -> list[Outcome]:
        """Take these out."""
        ...
