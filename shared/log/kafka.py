"""Where Kafka is, and every client of ours, each option with its reason."""

from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

REQUEST_TIMEOUT_MS = 10_000
"""How long one request to a broker may take, retries within it included."""
METADATA_AGE_MS = 60_000
PRODUCER_BATCH_BYTES = 512 * 1024
FETCH_PARTITION_BYTES = 4 * 1024 * 1024
RECORD_REQUEST_BYTES_MAX = 1_048_576
"""As the topics' `max.message.bytes`."""


@dataclass(frozen=True, slots=True)
class Kafka:
    """A cluster, and the prefix that keeps several systems (or tests) on it apart."""

    bootstrap_servers: str
    topic_prefix: str = ""

    def topic(self, name: str) -> str:
        """The name on the cluster of our topic `name`."""
        return self.topic_prefix + name

    def name_of(self, topic: str) -> str:
        """Our name of a topic of the cluster."""
        return topic.removeprefix(self.topic_prefix)

    def consumer(self) -> AIOKafkaConsumer:
        """A consumer without a group, for replays and tail checks: `assign`, then `seek` every partition."""
        return AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap_servers,
            group_id=None,
            enable_auto_commit=False,  # positions are ours
            auto_offset_reset="none",  # a place that is gone is an alarm, never a silent start from elsewhere
            isolation_level="read_committed",  # foreign transactions that were aborted are not facts
            max_partition_fetch_bytes=FETCH_PARTITION_BYTES,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            metadata_max_age_ms=METADATA_AGE_MS,
        )

    def producer(self, transactional_id: str) -> AIOKafkaProducer:
        """A producer that takes a new epoch for `transactional_id` when it starts (see `fence.py`)."""
        return AIOKafkaProducer(
            bootstrap_servers=self.bootstrap_servers,
            transactional_id=transactional_id,
            enable_idempotence=True,  # a retried request is written once
            acks="all",
            linger_ms=0,  # 2.2 ms from commit to acknowledgement; 2 ms of linger made it 5 (p99 26)
            max_batch_size=PRODUCER_BATCH_BYTES,
            max_request_size=RECORD_REQUEST_BYTES_MAX,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            metadata_max_age_ms=METADATA_AGE_MS,
        )

    def admin(self) -> AIOKafkaAdminClient:
        """An administrative client; `await start()` it, `await close()` it."""
        return AIOKafkaAdminClient(bootstrap_servers=self.bootstrap_servers, request_timeout_ms=REQUEST_TIMEOUT_MS)
