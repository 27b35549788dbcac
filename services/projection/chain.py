"""The policies as projection knows them: stores, crews and names, from its own copy of the `policies` topic."""

from types import MappingProxyType

import asyncpg
import structlog

from services.projection.queries import Standing
from services.projection.tables import of_generation
from shared.errors import Refused
from shared.policies import Policies, Policy, Versioned, parse_policy

NEWEST = """
    SELECT DISTINCT ON (kind, name) kind, name, version, body
    FROM {g}.policies ORDER BY kind, name, version DESC
"""

log = structlog.get_logger("projection")


class Chain:
    """The newest policies, read again only when the `policies` topic has moved."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._read_at: tuple[object, ...] | None = None
        self._policies = Policies()

    async def policies(self, standing: Standing) -> Policies:
        """The policies as of that place in the log, or newer."""
        place = (standing.generation, *sorted(standing.policy_offsets.items()))
        if place != self._read_at:
            rows = await self._pool.fetch(of_generation(NEWEST, standing.generation))
            entries = {(row["kind"], row["name"]): entry for row in rows if (entry := _entry(row)) is not None}
            self._policies = Policies(MappingProxyType(entries))
            self._read_at = place
        return self._policies


def _entry(row: asyncpg.Record) -> Versioned[Policy] | None:
    """The policy in a row; None for one that this program cannot read (a newer program wrote it)."""
    try:
        body = parse_policy(row["kind"], row["name"], row["body"], is_published=True)
    except Refused as refused:
        log.warning("policy left out", kind=row["kind"], name=row["name"], version=row["version"], reason=str(refused))
        return None
    return Versioned(row["kind"], row["name"], row["version"], body)
