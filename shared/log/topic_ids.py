"""The ids that Kafka gives to a cluster and to each topic, so that a topic made anew under an old name is noticed.

aiokafka speaks Metadata up to version 5, topic ids came with version 10 (KIP-516): this is that version's form,
after the protocol's published schema. It touches aiokafka's protocol types; a test on a real broker guards it.
"""

from io import BytesIO
from typing import Any
from uuid import UUID

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Boolean, CompactArray, CompactString, Int16, Int32, Schema, TaggedFields

METADATA_KEY = 3
METADATA_VERSION = 10
NOTHING_MORE: tuple[bool, bool] = (False, False)
"""No topic created, no rights listed for the cluster."""
RIGHTS = {3: "READ", 4: "WRITE", 5: "CREATE", 8: "DESCRIBE", 10: "DESCRIBE_CONFIGS"}
"""Kafka's numbers of the operations that we need somewhere."""


class Uuid:
    """Sixteen bytes, as Kafka's protocol writes a UUID."""

    @classmethod
    def encode(cls, value: UUID) -> bytes:
        """The bytes on the wire."""
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> UUID:
        """The id on the wire."""
        return UUID(bytes=data.read(16))

    @classmethod
    def repr(cls, value: UUID) -> str:
        """For aiokafka's debug log."""
        return str(value)


class MetadataResponse(Response):  # type: ignore[misc]  # aiokafka's classes are untyped
    """Version 10: brokers, cluster id, topics with their ids."""

    API_KEY = METADATA_KEY
    API_VERSION = METADATA_VERSION
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", CompactString("utf-8")),
                ("topic_id", Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("index", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_authorized_operations", Int32),
        ("tags", TaggedFields),
    )


class MetadataRequestStruct(RequestStruct):  # type: ignore[misc]  # as above
    """Version 10: named topics only, nothing created."""

    API_KEY = METADATA_KEY
    API_VERSION = METADATA_VERSION
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = MetadataResponse
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(("topic_id", Uuid), ("name", CompactString("utf-8")), ("tags", TaggedFields)),
        ),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class MetadataRequest(Request[MetadataRequestStruct]):  # type: ignore[misc]  # as above
    """Asks for some topics by name."""

    API_KEY = METADATA_KEY

    def __init__(self, topics: list[str], *, with_rights: bool = False) -> None:
        self._topics = topics
        self._with_rights = with_rights

    def build(self, request_struct_class: type[MetadataRequestStruct]) -> MetadataRequestStruct:
        """The request of the version that was agreed on."""
        topics: list[Any] = [(UUID(int=0), name, {}) for name in self._topics]
        return request_struct_class(topics, *NOTHING_MORE, self._with_rights, {})


async def read_topic_ids(admin: AIOKafkaAdminClient, topics: list[str]) -> tuple[str, dict[str, str]]:
    """The cluster's id, and each topic's id by its name on the cluster; topics that do not exist are left out."""
    response: Any = await admin._send_request(MetadataRequest(topics))  # noqa: SLF001 - aiokafka has no public way
    described = response.to_object()
    return described["cluster_id"], {
        topic["name"]: str(topic["topic_id"]) for topic in described["topics"] if topic["error_code"] == 0
    }


async def read_topic_rights(admin: AIOKafkaAdminClient, topics: list[str]) -> dict[str, frozenset[str]]:
    """What this user may do with each topic, by its name on the cluster; nothing with one that it may not even see."""
    response: Any = await admin._send_request(MetadataRequest(topics, with_rights=True))  # noqa: SLF001 - as above
    described = {topic["name"]: topic for topic in response.to_object()["topics"] if topic["error_code"] == 0}
    return {
        name: frozenset(
            right
            for number, right in RIGHTS.items()
            if name in described and described[name]["authorized_operations"] >> number & 1
        )
        for name in topics
    }
