"""What notify knows of the policies."""

from typing import Any

from services.notify.store.policies import PolicyShelf
from tests.unit.notify.happenings import STORE, STORE_BODY


class Rows:
    """A connection that has these policies, and counts how often it is asked."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = rows
        self.asked = 0

    async def fetch(self, _statement: str) -> tuple[dict[str, Any], ...]:
        self.asked += 1
        return self.rows


def a_row(kind: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "name": name, "version": 1, "body": body}


async def test_a_policy_of_a_newer_program_stops_nobody() -> None:
    rows = Rows(
        a_row("moonphase", "default", {}), a_row("store", STORE, STORE_BODY), a_row("chain", "default", {"x": 1})
    )
    policies = await PolicyShelf().at(rows, 1)
    assert policies.store(STORE) is not None
    assert policies.chain() is None


async def test_policies_are_loaded_again_only_when_there_is_something_new() -> None:
    rows, shelf = Rows(a_row("store", STORE, STORE_BODY)), PolicyShelf()
    for revision in (1, 1, 1, 2, 2):
        await shelf.at(rows, revision)
    assert rows.asked == 2
