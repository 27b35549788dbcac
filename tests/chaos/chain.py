"""The chain of stores that the load writes to, published as a boss publishes it: small crews, so that they fill up."""

from typing import Any

from services.cli.sample import sample_policies
from tests.chaos.machine import Machine
from tests.support.eventually import eventually

STORES = ("s-north", "s-east", "s-south")
CAPACITIES = (6, 9, 12)
PUBLISHED_WITHIN_S = 60
KINDS = ("workflow", "notification", "chain")
"""Of the sample chain's policies, those that are rules for everybody."""

CAPACITY_OF = {
    f"t-{store}-{number}": capacity for store in STORES for number, capacity in enumerate(CAPACITIES, start=1)
}
"""What each technician may hold at most."""


async def publish_chain(machine: Machine) -> None:
    """Publish the rules, the stores and their crews."""
    rules = [{"kind": kind, "name": name, "body": body} for kind, name, body in sample_policies() if kind in KINDS]
    stores = [policy for store in STORES for policy in store_policies(store)]
    body = {"policies": [*rules, *stores]}

    async def published() -> bool:
        headers = {"Authorization": f"Bearer {machine.tokens['boss']}"}
        (url, *_) = machine.urls("/routing/policies")
        async with machine.session.put(url, json=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
        return True

    await eventually(published, PUBLISHED_WITHIN_S)


def store_policies(store: str) -> list[dict[str, Any]]:
    """One store and its crew."""
    crew = [
        {"id": f"t-{store}-{number}", "name": f"师傅{number}", "skills": ["general"], "capacity": capacity}
        for number, capacity in enumerate(CAPACITIES, start=1)
    ]
    place = {
        "name": {"zh-CN": f"{store}店"},
        "address": "浙江省杭州市拱墅区武林路1号",
        "division": "330105",
        "email": f"{store}@anju.example",
        "phone": "+8657100000099",
    }
    return [
        {"kind": "store", "name": store, "body": place},
        {"kind": "crew", "name": store, "body": {"technicians": crew}},
    ]
