"""The policies that this process decides by: read from the database, and again when somebody published."""

from collections.abc import Mapping

import asyncpg
import structlog

from services.routing.store.policies import POLICIES_CHANNEL, load_policies
from shared.backoff import Backoff
from shared.database.errors import TRANSIENT
from shared.database.listen import Wakeup
from shared.policies import Policies

POLL_S = 5.0
"""The safety net under NOTIFY."""

log = structlog.get_logger("policies")


class PolicyBook:
    """`current` is an immutable snapshot; a decision takes it once and names the versions that it went by."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self.current = Policies()
        self.names: Mapping[str, str] = {}
        """Of stores and technicians by id, for lines that a person reads."""

    async def refresh(self) -> Policies:
        """Read them now: at the start, and after publishing in this process."""
        self.current = await load_policies(self._pool)
        self.names = names_of(self.current)
        return self.current

    async def watch(self, url: str) -> None:
        """Read them whenever another process published; runs until cancelled."""
        backoff = Backoff()
        async with Wakeup(url, POLICIES_CHANNEL, application="routing-policies") as wakeup:
            while True:
                await wakeup.wait(POLL_S)
                try:
                    await self.refresh()
                    backoff.reset()
                except TRANSIENT as error:
                    log.warning("policies not read", error=repr(error)[:200])
                    await backoff.wait()


def names_of(policies: Policies) -> Mapping[str, str]:
    """What stores and technicians are called."""
    stores = {str(store_id): store.name.zh_cn for store_id, store in policies.stores().items()}
    return stores | {str(one): technician.name for one, (_, technician) in policies.technicians().items()}
