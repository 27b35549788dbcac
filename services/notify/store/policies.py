"""The newest version of each policy, and the snapshot that is made of them."""

from collections.abc import Sequence
from typing import Any

import structlog

from services.notify.store.rows import as_json
from shared.errors import Refused
from shared.events.policies import PolicyPublished
from shared.policies import Policies

SAVE = """
    INSERT INTO policies (kind, name, version, body)
    SELECT DISTINCT ON (kind, name) kind, name, version, body
    FROM jsonb_to_recordset($1::text::jsonb) AS r(kind text, name text, version integer, body jsonb)
    ORDER BY kind, name, version DESC
    ON CONFLICT (kind, name) DO UPDATE SET version = excluded.version, body = excluded.body
    WHERE policies.version < excluded.version
"""

log = structlog.get_logger("notify")


async def save_policies(connection: Any, published: Sequence[PolicyPublished]) -> None:
    """Keep these versions where they are newer, in the caller's transaction."""
    if published:
        await connection.execute(SAVE, as_json([one.model_dump(mode="json") for one in published]))
        await connection.execute("UPDATE policies_revision SET revision = revision + 1")


class PolicyShelf:
    """The snapshot of the policies, loaded again only when the database has a newer one."""

    def __init__(self) -> None:
        self._revision = -1
        self._policies = Policies()

    async def at(self, connection: Any, revision: int) -> Policies:
        """The snapshot of this revision, or of a later one."""
        if revision != self._revision:
            self._policies = await load_policies(connection)
            self._revision = revision
        return self._policies


async def load_policies(connection: Any) -> Policies:
    """All policies."""
    policies = Policies()
    for row in await connection.fetch("SELECT kind, name, version, body FROM policies ORDER BY kind, name"):
        try:
            policies = policies.with_policy(row["kind"], row["name"], row["version"], row["body"], is_published=True)
        except Refused as refused:  # a kind or a field of a newer program: what notify needs is told by what it knows
            log.warning("policy not understood", policy=f"{row['kind']}/{row['name']}", why=refused.detail)
    return policies
