"""A relay alone in a process of its own, so that a test can kill or freeze it: `python -m … URL KAFKA PREFIX`."""

import asyncio
import sys

from shared.log.kafka import Kafka
from shared.log.relay import Relay
from tests.support.log import a_pool


async def main(url: str, bootstrap_servers: str, prefix: str) -> None:
    async with a_pool(url, "relay") as pool:
        await Relay(service="intake", pool=pool, url=url, kafka=Kafka(bootstrap_servers, prefix)).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
