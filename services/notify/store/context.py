"""What every batch of the log needs to know first, in one statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.policy.plan import SENDER
from services.notify.policy.subscribers import Subscriber

CONTEXT = """
    SELECT gongdan_now() AS now,
           (SELECT revision FROM policies_revision) AS revision,
           (SELECT jsonb_agg(jsonb_build_array(id, event_types, ordered, created_by) ORDER BY id)
            FROM subscriptions WHERE deleted_at IS NULL) AS subscribers,
           (SELECT jsonb_object_agg(partition, end_offset)
            FROM replay_ends WHERE topic = 'tickets' AND NOT done) AS past
"""


@dataclass(frozen=True, slots=True)
class Context:
    """The database's time, the revision of the policies, who subscribes, and up to where the log is our own past."""

    now: datetime
    revision: int
    subscribers: tuple[Subscriber, ...]
    past: dict[int, int]
    """Per partition whose past is still being read: the offset where it ends."""


async def load_context(connection: Any) -> Context:
    """As this transaction sees it."""
    row = await connection.fetchrow(CONTEXT)
    return Context(
        now=row["now"],
        revision=row["revision"],
        subscribers=tuple(
            Subscriber(
                id=UUID(id_),
                event_types=frozenset(types),
                ordered=ordered,
                sender=created_by if created_by.startswith(SENDER) else None,
            )
            for id_, types, ordered, created_by in row["subscribers"] or ()
        ),
        past={int(partition): end for partition, end in (row["past"] or {}).items()},
    )
