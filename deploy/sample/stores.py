"""The stores (from `stores.csv`), their crews, and which place each serves.

Streets are real, house numbers and people are not; the telephone numbers begin with a digit that no subscriber has.
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.sample.chance import pick
from deploy.sample.people import person_name

MAIL_DOMAIN = "anju.example"


@dataclass(frozen=True, slots=True)
class SampleStore:
    """A line of `stores.csv`, which its policies are made from."""

    id: str
    zh_cn: str
    zh_tw: str
    en: str
    address: str
    division: str
    dialling: str
    """Country and area code, E.164."""
    languages: str
    """A space between."""
    latitude: str
    longitude: str
    """WGS-84, about."""
    crew: str
    """How many technicians."""
    capacity: str
    """Of each technician, about: a few stores are small enough to fill up."""


with Path(__file__).with_name("stores.csv").open(encoding="utf-8", newline="") as _sheet:
    STORES = tuple(SampleStore(**line) for line in csv.DictReader(_sheet))

TERRITORIES = {
    "zhejiang": {
        # 拱墅, 上城; and whatever of the city and the province has no other store.
        "hz-wulin": "330105 330102 330100 330000",
        "hz-wensan": "330106 330111",
        "hz-yuhang": "330110 330112",
        "hz-xiaoshan": "330109 330108",
    },
    # No store for the whole city: a district without one goes to the nearest.
    "shanghai": {
        "sh-nanjingdong": "310101 310106",
        "sh-xujiahui": "310104 310105 310112",
        "sh-lujiazui": "310115",
        "sh-wujiaochang": "310110 310109",
    },
    "guangdong": {
        "gz-tianhe": "440106 440112 440100",
        "gz-beijinglu": "440104 440105 440103",
        "gz-panyu": "440113 440115",
    },
    "taipei": {
        "tp-xinyi": "710107 710104 710111",
        "tp-daan": "710105 710101",
        "tp-shilin": "710108 710112",
    },
}
"""Which divisions each store serves, by region."""

SMALL_CAPACITY = 2
SPECIALITIES = ("appliance", "electrical", "plumbing", "furniture", "textile")


def store_policies() -> dict[str, dict[str, Any]]:
    """`store/<id>` for every store."""
    return {store.id: _store_body(store, at) for at, store in enumerate(STORES, start=1)}


def crew_policies() -> dict[str, dict[str, Any]]:
    """`crew/<store_id>` for every store; between them the first members of a crew have every skill."""
    return {store.id: {"technicians": [_technician(store, at) for at in range(int(store.crew))]} for store in STORES}


def territory_policies() -> dict[str, dict[str, Any]]:
    """`territory/<name>` for every region."""
    return {name: {"areas": _areas(stores)} for name, stores in TERRITORIES.items()}


def _areas(stores: dict[str, str]) -> list[dict[str, str]]:
    served = [(code, store_id) for store_id, codes in stores.items() for code in codes.split()]
    return [{"division": code, "store_id": store_id} for code, store_id in sorted(served)]


def _store_body(store: SampleStore, at: int) -> dict[str, Any]:
    return {
        "name": {"zh-CN": store.zh_cn, "zh-TW": store.zh_tw, "en": store.en},
        "address": store.address,
        "division": store.division,
        "email": f"{store.id}@{MAIL_DOMAIN}",
        "phone": f"{store.dialling}0000{at:04}",
        "languages": store.languages.split(),
        "coordinates": {"latitude": float(store.latitude), "longitude": float(store.longitude), "datum": "WGS-84"},
    }


def _technician(store: SampleStore, at: int) -> dict[str, Any]:
    id_ = f"t-{store.id}-{at + 1:02}"
    return {
        "id": id_,
        "name": person_name("technician", id_, traditional=store.languages.startswith("zh-TW")),
        "skills": _skills(int(store.crew), at),
        "capacity": _capacity(int(store.capacity), id_),
        "email": f"{id_}@{MAIL_DOMAIN}",
    }


def _capacity(about: int, technician_id: str) -> int:
    """The store's capacity, for some one more or less; the small stores stay small."""
    return about if about <= SMALL_CAPACITY else about + pick((-1, 0, 0, 1), "capacity", technician_id)


def _skills(crew: int, at: int) -> list[str]:
    """Everybody does the general work; the specialities are dealt out so that each crew has all of them."""
    dealt = [SPECIALITIES[one % len(SPECIALITIES)] for one in range(at, max(len(SPECIALITIES), crew + 2), crew)]
    second = SPECIALITIES[(at * 2 + 1) % len(SPECIALITIES)]
    return ["general", *sorted({*dealt, second})]
