"""Writing the read model: what is true of it without a database."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.projection import store
from shared.log.admission import Admitted
from shared.log.record import Record, headers_of, read_attributes, value_of
from tests.unit.projection.builders import MORNING, Pen, a_ticket_id, an_opening

POSTGRES_INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(2400, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants bounds without a zone


@given(POSTGRES_INSTANTS)
def test_an_instant_is_stored_to_the_microsecond(instant: datetime) -> None:
    assert store.unpack_instant(store.pack_instant(instant)) == instant


def test_an_instant_has_postgresql_s_form() -> None:
    assert store.pack_instant(datetime(2000, 1, 1, 0, 0, 0, 256, tzinfo=UTC)) == b"\0\0\0\0\0\0\1\0"
    assert store.pack_instant(datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == b"\xff" * 8


def test_a_fold_that_fails_leaves_no_copy_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the transaction could not be rolled back, and our own bug would look like a lost connection."""

    def broken(*_: object) -> None:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(store, "take_all", broken)
    connection = Connection()
    with pytest.raises(RuntimeError, match="a bug of ours"):
        asyncio.run(store.take_tickets(connection, 1, [an_admitted()]))
    assert connection.copied == 1


class Connection:
    """A database that is empty, and slow to copy."""

    def __init__(self) -> None:
        self.copied = 0

    async def fetch(self, _: str, *_arguments: object) -> list[Any]:
        return []

    async def copy_records_to_table(self, _: str, *, records: Sequence[Any], **_options: object) -> None:
        for _turn in range(5):
            await asyncio.sleep(0)
        self.copied += len(records)


def an_admitted() -> Admitted:
    ticket_id = a_ticket_id()
    event = Pen(ticket_id).write(an_opening(ticket_id))
    record = Record("tickets", 0, 0, ticket_id.encode(), tuple(headers_of(event)), value_of(event))
    return Admitted(record, read_attributes(record.headers), MORNING, event.data)
