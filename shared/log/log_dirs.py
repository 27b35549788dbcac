"""How much room the brokers' disks have (KIP-827), which aiokafka does not ask.

The form is version 4 of DescribeLogDirs, after the protocol's published schema. It touches aiokafka's protocol types; a
test on a real broker guards it.
"""

from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)

LOG_DIRS_KEY = 35
LOG_DIRS_VERSION = 4


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk below one folder of one broker; bytes, -1 where the broker does not know."""

    broker: int
    folder: str
    total_bytes: int
    free_bytes: int


class LogDirsResponse(Response):  # type: ignore[misc]  # aiokafka's classes are untyped
    """Version 4: each folder of the broker with the size of its disk."""

    API_KEY = LOG_DIRS_KEY
    API_VERSION = LOG_DIRS_VERSION
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        (
            "folders",
            CompactArray(
                ("error_code", Int16),
                ("folder", CompactString("utf-8")),
                (
                    "topics",
                    CompactArray(
                        ("name", CompactString("utf-8")),
                        (
                            "partitions",
                            CompactArray(
                                ("index", Int32),
                                ("size", Int64),
                                ("offset_lag", Int64),
                                ("is_future", Boolean),
                                ("tags", TaggedFields),
                            ),
                        ),
                        ("tags", TaggedFields),
                    ),
                ),
                ("total_bytes", Int64),
                ("usable_bytes", Int64),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class LogDirsRequestStruct(RequestStruct):  # type: ignore[misc]  # as above
    """Version 4: the folders, and of the partitions in them those that are named."""

    API_KEY = LOG_DIRS_KEY
    API_VERSION = LOG_DIRS_VERSION
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = LogDirsResponse
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(("name", CompactString("utf-8")), ("partitions", CompactArray(Int32)), ("tags", TaggedFields)),
        ),
        ("tags", TaggedFields),
    )


class LogDirsRequest(Request[LogDirsRequestStruct]):  # type: ignore[misc]  # as above
    """Asks for the folders alone."""

    API_KEY = LOG_DIRS_KEY

    def build(self, request_struct_class: type[LogDirsRequestStruct]) -> LogDirsRequestStruct:
        """The request of the version that was agreed on."""
        return request_struct_class([], {})


async def read_disks(admin: AIOKafkaAdminClient) -> list[Disk]:
    """The disks of every broker. Raises ClusterAuthorizationFailedError without DESCRIBE on the cluster."""
    disks = []
    for broker in (await admin.describe_cluster())["brokers"]:
        response: Any = await admin._send_request(LogDirsRequest(), broker["node_id"])  # noqa: SLF001 - no public way
        answer = response.to_object()
        if answer["error_code"]:
            raise for_code(answer["error_code"])
        disks += [
            Disk(broker["node_id"], folder["folder"], folder["total_bytes"], folder["usable_bytes"])
            for folder in answer["folders"]
        ]
    return disks
