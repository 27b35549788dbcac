"""The policies that this process decides by: read from the database, and again when somebody published."""

from collections.abc import Mapping

import asyncpg

from services.routing.store.policies import POLICIES_CHANNEL, load_policies
from shared.database.listen import Wakeup
from shared.policies import Policies

POLL_S = 5.0
"""The safety net under NOTIFY."""


class PolicyBook:
    """`current` is an immutable snapshot; a decision takes it once and names the versions that it went by."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self.current = Policies()
        self.names: Mapping[str, str] = {}
        """Of stores and technicians by id, for lines that a person reads."""

    async def refresh(self) -> Policies:
        """Read them now: at the start, and after publishing in this process."""
        fresh = await load_policies(self._pool, self.current)
        if fresh is not self.current:
            self.current, self.names = fresh, names_of(fresh)
        return self.current

    async def watch(self, url: str) -> None:
        """Read them whenever another process published; runs until cancelled."""
        async with Wakeup(url, POLICIES_CHANNEL, application="routing-policies") as wakeup:
            while True:
                await wakeup.wait(POLL_S)
                await self.refresh()


def names_of(policies: Policies) -> Mapping[str, str]:
    """What stores and technicians are called."""
    stores = {str(store_id): store.name.zh_cn for store_id, store in policies.stores().items()}
    return stores | {str(one): technician.name for one, (_, technician) in policies.technicians().items()}
