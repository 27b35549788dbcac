"""Stores, crews and contacts of a story's own, so that stories do not take each other's places."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.door import Door
from tests.support.eventually import eventually

PHONE = "166 0000 0082"
"""Of the sample chain's customer C00082, and of nobody else."""


@dataclass(frozen=True, slots=True)
class OwnStore:
    """A store and its crew."""

    id: str
    technicians: tuple[str, ...]


async def a_store(door: Door, *capacities: int, skills: Sequence[str] = ("general",)) -> OwnStore:
    """A new store outside of every territory, with one technician for each capacity."""
    store_id = f"s-{secrets.token_hex(4)}"
    crew = [
        {"id": f"t-{store_id}-{n}", "name": f"师傅{n}", "skills": [*skills], "capacity": capacity}
        for n, capacity in enumerate(capacities, 1)
    ]
    store = {
        "name": {"zh-CN": f"测试店{store_id}"},
        "address": "浙江省杭州市拱墅区武林路1号",
        "division": "330105",
        "email": f"{store_id}@anju.example",
        "phone": "+8657100000099",
    }
    policies = [
        {"kind": "store", "name": store_id, "body": store},
        {"kind": "crew", "name": store_id, "body": {"technicians": crew}},
    ]
    await publish(door, policies)
    return OwnStore(store_id, tuple(str(technician["id"]) for technician in crew))


async def publish(door: Door, policies: Sequence[Mapping[str, Any]]) -> None:
    """Publish policies as the boss, and wait until the projection shows them (routing has them when it answers)."""
    answer = await door.call("PUT", "/routing/policies", "boss", json={"policies": policies})
    assert answer.status_code == 200, answer.text
    wanted = {policy["name"] for policy in policies if policy["kind"] == "store"}

    async def shown() -> bool:
        return wanted <= {store["id"] for store in (await door.get("/projection/stores"))["items"]}

    await eventually(shown, 10)


def a_visit(store: OwnStore | str, description: str = "杯子漏水，刚买一个星期", **more: Any) -> dict[str, Any]:
    """The body of a contact at a store's counter."""
    return {
        "visit_id": f"v-{secrets.token_hex(6)}",
        "store_id": store if isinstance(store, str) else store.id,
        "clerk": "小陈",
        "customer": {"name": "廖大卫", "phone": PHONE},
        "description": description,
        **more,
    }
