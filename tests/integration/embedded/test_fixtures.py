"""The fixtures that other tests stand on."""

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.support.databases import FreshDatabases
from tests.support.servers import TestServers


async def test_a_fresh_database_is_migrated_and_empty(fresh_databases: FreshDatabases) -> None:
    connection = await asyncpg.connect(fresh_databases["intake"])
    try:
        assert await connection.fetchval("SELECT count(*) FROM outbox") == 0
    finally:
        await connection.close()


async def test_one_more_fresh_database_is_another_one(fresh_databases: FreshDatabases) -> None:
    assert fresh_databases.new("intake") != fresh_databases["intake"]


async def test_a_topic_can_be_made_under_the_prefix(servers: TestServers, topic_prefix: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.kafka)
    await admin.start()
    try:
        response = await admin.create_topics([NewTopic(f"{topic_prefix}tickets", 2, 1)])
        assert [error[1] for error in response.topic_errors] == [0]
    finally:
        await admin.close()
