"""What lies in the log afterwards, read without the program's own reader."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.chaos.log_reader import partitions

POLL_MS = 500


async def told_in_the_log(bootstrap_servers: str) -> dict[str, list[str]]:
    """By ticket, the external ids of its contacts in the order of the log."""
    found: dict[str, list[str]] = defaultdict(list)
    for record in await all_records(bootstrap_servers, "tickets"):
        headers = dict(record.headers)
        if record.key is not None and headers.get("ce_source") == b"/intake":
            found[record.key.decode()].append(orjson.loads(record.value)["contact"]["external_id"])
    return dict(found)


async def all_records(bootstrap_servers: str, topic: str) -> list[Any]:
    """Every record of a topic, partition by partition."""
    places = [TopicPartition(topic, number) for number in await partitions(bootstrap_servers, topic)]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, group_id=None, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        for place in places:
            consumer.seek(place, 0)
        found: list[Any] = []
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(*places, timeout_ms=POLL_MS)).values():
                found += records
        return found
    finally:
        await consumer.stop()


def differences(answered: Mapping[str, list[str]], log: Mapping[str, list[str]]) -> list[str]:
    """Tickets whose contacts are not in the log as they were answered: each once, in that order; empty is good."""
    wrong = [
        f"{ticket}: answered {told}, in the log {log.get(ticket, [])}"
        for ticket, told in answered.items()
        if log.get(ticket, []) != told
    ]
    return wrong + [f"{ticket}: in the log, answered to nobody" for ticket in log if ticket not in answered]
