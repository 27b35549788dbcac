r"""Records whose header names are no UTF-8: Kafka takes them, aiokafka cannot unpack them and stays at their place.

aiokafka decodes names strictly while it unpacks a fetch; the error goes to nobody, the position does not move, and
what one stranger wrote blocks a partition for every reader. So a fetch that cannot be unpacked is unpacked again with
backslashes for what is no UTF-8 (`\xff`), from the record that failed on, and judged as any other. What can be
unpacked at once costs nothing more.

`aiokafka.consumer.fetcher` makes these objects by their names in its module, so they are put there when this module is
imported (`shared/log/kafka.py` does, before it makes any consumer). The version is pinned; a test on a real broker
guards it (`tests/integration/log/test_dead_letters.py`).
"""

from collections.abc import Iterator
from typing import Any, SupportsIndex

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

LENGTH_AT, LENGTH_END = 8, 12
"""Where a batch says how many bytes follow; behind its first offset."""


class KeptRecords(MemoryRecords):  # type: ignore[misc] # untyped in its compiled form
    """aiokafka's, with the bytes that it was made of."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = data


class PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc] # untyped
    """aiokafka's, but a header name that is no UTF-8 is no end."""

    _records: Any

    def _unpack_records(self) -> Iterator[Any]:
        try:
            yield from super()._unpack_records()
        except UnicodeDecodeError:
            self._records = Batches(self._records.data, self.next_fetch_offset)
            yield from super()._unpack_records()


class Batches:
    """The batches of a fetch, from the one on that holds `offset`."""

    def __init__(self, data: bytes, offset: int) -> None:
        self._left = [batch for batch in unpacked(data) if batch.next_offset > offset]

    def has_next(self) -> bool:
        """Whether there is one more."""
        return bool(self._left)

    def next_batch(self) -> "Batch":
        """The next one."""
        return self._left.pop(0)


def unpacked(data: bytes) -> Iterator["Batch"]:
    """The whole batches in `data`; the last one of a fetch may be cut off."""
    at = 0
    while len(data) >= (start := at + LENGTH_END):
        at = start + int.from_bytes(data[at + LENGTH_AT : start])
        if at <= len(data):
            yield Batch(data[start - LENGTH_END : at])


class Batch(_DefaultRecordBatchPy):  # type: ignore[misc] # marked as final, for nobody else needs this
    """aiokafka's batch as it is without its compiled form, over bytes that can always be decoded."""

    _buffer: bytearray

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer = Bytes(self._buffer)


class Bytes(bytearray):
    """Bytes whose parts are decoded with backslashes for what is no UTF-8."""

    def __getitem__(self, key: SupportsIndex | slice) -> Any:
        part = super().__getitem__(key)
        return Bytes(part) if isinstance(part, bytearray) else part

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        """As text, whatever it is."""
        return super().decode(encoding, errors)


fetcher.MemoryRecords = KeptRecords
fetcher.PartitionRecords = PartitionRecords
