"""The contacts that come while `gongdan run` runs: customers of the sample chain with what they bought."""

import csv
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from services.cli.sample import DEPLOY, sample_policies
from shared.ids import uuid7

HOTLINE: Final = "400 000 0000"
CLERKS: Final = ("小陈", "阿英", "小周", "老吴")

# What may be wrong with a product of each category, as people say it.
TROUBLES: Final = {
    "appliance": ("按了没反应，不工作", "用的时候冒烟，有烧焦味", "声音很响，噪音大得睡不着"),
    "bath": ("接口一直漏水", "龙头滴水，换了垫圈还是漏", "安装不上，尺寸不对"),
    "bedding": ("洗了一次就缩水", "开线了，里面的棉都出来", "掉色，把床垫染了"),
    "cookware": ("锅把手松动", "涂层掉了", "锅底变形，放不平"),
    "drinkware": ("杯子漏水", "盖子密封圈掉了，一倒就漏", "杯口裂了一条缝"),
    "furniture": ("需要上门安装", "抽屉卡住拉不开", "一条腿松动，摇晃得厉害"),
    "kitchen-appliance": ("不加热", "插上就跳闸，怕漏电", "指示灯亮，但是不转"),
    "lighting": ("灯不亮了", "一直频闪，眼睛难受", "要请师傅上门接线安装"),
    "storage": ("少一包螺丝，装不上", "隔板裂了", "滑轨生锈"),
    "tableware": ("盘子碎了两个", "碗边有缺口", "少了一只，送来就缺件"),
}


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact: its channel, the body to post, and what it says."""

    channel: str
    body: dict[str, Any]
    description: str


def contacts() -> Iterator[Contact]:
    """Contacts without end, alternately from a counter and from the hotline."""
    chance = secrets.SystemRandom()
    while True:
        yield _visit(chance.choice(_rows("orders")), chance)
        yield _call(chance.choice(_rows("orders")), chance)


def _visit(order: dict[str, str], chance: secrets.SystemRandom) -> Contact:
    sku, description = _trouble(order, chance)
    customer = _by_id("customers", "customer_id")[order["customer_id"]]
    body = {
        "visit_id": f"visit-{uuid7()}",
        "store_id": order["store_id"],
        "clerk": chance.choice(CLERKS),
        "customer": {"name": customer["name"], "phone": customer["phones"].split(";")[0]},
        "order_id": order["order_id"],
        "product_sku": sku,
        "description": description,
    }
    return Contact("store", body, description)


def _call(order: dict[str, str], chance: secrets.SystemRandom) -> Contact:
    sku, description = _trouble(order, chance)
    customer = _by_id("customers", "customer_id")[order["customer_id"]]
    body = {
        "call_id": f"call-{uuid7()}",
        "caller": customer["phones"].split(";")[0],
        "callee": HOTLINE,
        "agent": "li",
        "address": _home(order["store_id"], chance),
        "order_id": order["order_id"],
        "product_sku": sku,
        "description": description,
    }
    return Contact("phone", body, description)


def _home(store_id: str, chance: secrets.SystemRandom) -> str:
    """An address in the street of a store: another number."""
    return re.sub(r"\d+", str(chance.randrange(2, 400)), _stores()[store_id])


def _trouble(order: dict[str, str], chance: secrets.SystemRandom) -> tuple[str, str]:
    """One product of the order, and what is wrong with it."""
    sku = chance.choice(order["skus"].split(";"))
    product = _by_id("products", "sku")[sku]
    return sku, f"{product['name']}，{chance.choice(TROUBLES[product['category']])}"


@cache
def _rows(name: str) -> list[dict[str, str]]:
    with (DEPLOY / "sample" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _stores() -> dict[str, str]:
    """The address of each store."""
    return {name: body["address"] for kind, name, body in sample_policies() if kind == "store"}


@cache
def _by_id(name: str, key: str) -> dict[str, dict[str, str]]:
    return {row[key]: row for row in _rows(name)}
