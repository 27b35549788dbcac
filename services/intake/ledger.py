"""The ledger: what arrived, what became of it, and whether the two add up (law 4)."""

from datetime import datetime
from typing import Any, Final, get_args

from services.intake.contact import Disposition

DISPOSITIONS: Final[tuple[str, ...]] = get_args(Disposition)
RECORDED: Final = ("opened", "follow_up")
"""Dispositions of which every one is a row of `contacts` and a fact on the log."""

COUNT: Final = """
    SELECT channel, disposition, count(*) AS n FROM ledger
    WHERE ($1::text IS NULL OR channel = $1)
      AND ($2::timestamptz IS NULL OR recorded_at >= $2) AND ($3::timestamptz IS NULL OR recorded_at < $3)
    GROUP BY channel, disposition
"""
COUNT_CONTACTS: Final = COUNT.replace("FROM ledger", "FROM contacts")


async def read_ledger(
    connection: Any, *, channel: str | None, from_at: datetime | None, to_at: datetime | None
) -> dict[str, Any]:
    """Received and each disposition over `[from, to)` of recording, in all and per channel.

    The lines are checked against the contacts themselves, in one snapshot: as many lines `opened` as contacts that
    opened a ticket.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        lines = await connection.fetch(COUNT, channel, from_at, to_at)
        contacts = await connection.fetch(COUNT_CONTACTS, channel, from_at, to_at)
    channels = sorted({row["channel"] for row in (*lines, *contacts)} | ({channel} if channel else set()))
    per_channel = {
        name: balance(
            {row["disposition"]: row["n"] for row in lines if row["channel"] == name},
            {row["disposition"]: row["n"] for row in contacts if row["channel"] == name},
        )
        for name in channels
    }
    total: dict[str, Any] = {
        word: sum(counts[word] for counts in per_channel.values()) for word in ("received", *DISPOSITIONS)
    }
    total["adds_up"] = all(counts["adds_up"] for counts in per_channel.values())
    return {"channel": channel, "from": from_at, "to": to_at, **total, "channels": per_channel}


def balance(lines: dict[str, int], contacts: dict[str, int]) -> dict[str, Any]:
    """The counts of one channel. They add up when each line has a known disposition and each contact its line."""
    counts: dict[str, Any] = {word: lines.get(word, 0) for word in DISPOSITIONS}
    received = sum(lines.values())
    adds_up = received == sum(counts.values()) and all(counts[word] == contacts.get(word, 0) for word in RECORDED)
    return {"received": received, **counts, "adds_up": adds_up}
