"""A record whose header names are no UTF-8 is unpacked as any other, and nothing before or behind it is lost."""

from collections.abc import Sequence
from typing import Any

from aiokafka import TopicPartition
from aiokafka.consumer import fetcher

from shared.log import header_names
from tests.support.log import NoText, a_batch

BAD = NoText("bad")


def a_fetch(*batches: tuple[int, Sequence[str]]) -> bytes:
    """Batches by first offset and names of headers; each record's value is its offset."""
    fetched = b""
    for first, names in batches:
        batch = a_batch([(name, b"%d" % offset) for offset, name in enumerate(names, first)])
        fetched += first.to_bytes(8) + bytes(batch.build())[8:]
    return fetched


def a_partition(data: bytes, start: int) -> Any:
    """As the fetcher makes it: nothing aborted, no deserializers, checksums verified."""
    return fetcher.PartitionRecords(TopicPartition("t", 0), fetcher.MemoryRecords(data), [], start, None, None, True, 0)


def unpacked(data: bytes, start: int) -> list[Any]:
    assert fetcher.PartitionRecords is header_names.PartitionRecords
    records = a_partition(data, start)
    found = [(record.offset, record.value, record.headers[0][0]) for record in records]
    assert records.next_fetch_offset == found[-1][0] + 1
    return found


def test_such_a_record_comes_in_its_place_once_with_a_name_that_can_be_kept() -> None:
    data = a_fetch((10, ["a", "b"]), (12, ["c", BAD, "d"]), (15, [BAD]), (16, ["e"]))
    names = ["b", "c", r"\xff\xfe", "d", r"\xff\xfe", "e"]
    assert unpacked(data, 11) == [(offset, b"%d" % offset, names[offset - 11]) for offset in range(11, 17)]


def test_a_batch_that_the_fetch_cuts_off_comes_with_the_next_one() -> None:
    whole, cut = a_fetch((3, [BAD, "a"])), a_fetch((5, ["b", "c"]))
    assert unpacked(whole + cut[:-1], 3) == unpacked(whole, 3)
    assert unpacked(whole + cut, 3)[-1] == (6, b"6", "c")


def test_what_can_be_unpacked_at_once_is_unpacked_by_aiokafka_alone() -> None:
    records = a_partition(a_fetch((0, ["a", "b"])), 0)
    assert [record.offset for record in records] == [0, 1]
    assert isinstance(records._records, header_names.KeptRecords)
