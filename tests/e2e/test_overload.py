"""More than can be borne: a part is recorded, the rest is told at once to come again, and then all is as before."""

from pathlib import Path

from shared.log.kafka import Kafka
from shared.log.topics import apply_topics
from tests.overload.run import FACTOR, overloaded
from tests.support.databases import FreshDatabases
from tests.support.servers import TestServers

SECONDS = 4.0
MEMORY_MIB_MAX = 80


async def test_ten_times_what_is_bearable_is_refused_in_order_and_leaves_nothing_behind(
    servers: TestServers, fresh_databases: FreshDatabases, topic_prefix: str, tmp_path: Path
) -> None:
    await apply_topics(Kafka(servers.kafka, topic_prefix))
    database = fresh_databases.new("intake")
    report = await overloaded(tmp_path, servers.kafka, database, SECONDS, GONGDAN_TOPIC_PREFIX=topic_prefix)
    tally = report.tally
    assert set(tally.statuses) == {201, 503}, report.document()
    assert report.offered_per_s > report.bearable_per_s * FACTOR / 2
    assert tally.without_retry_after == 0
    assert report.rejected_metric > tally.statuses[503] * 0.9
    assert tally.slowest_s(201) < 30
    assert report.recovered_after_s < 10
    assert report.memory_highest - report.memory_before < MEMORY_MIB_MAX
