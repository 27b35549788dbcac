"""What the customers bought: two thousand orders of the two years up to the first of November 2026."""

from calendar import monthrange
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from deploy.sample.chance import number, pick
from deploy.sample.goods import products, warranty_months
from deploy.sample.people import CUSTOMERS, customer_id, language_of
from deploy.sample.stores import STORES

ORDERS = 2000
ZONE = ZoneInfo("Asia/Shanghai")
LAST_DAY = datetime(2026, 11, 1, tzinfo=ZONE)
DAYS = 730
OPENS_AT_H, OPEN_MINUTES = 10, 12 * 60
SKUS_MAX = 3


def orders() -> list[tuple[str, str, str, str, str, str]]:
    """The rows of orders.csv, oldest first: id, customer, store, instant, SKUs, end of the longest warranty."""
    moments = sorted((_ordered_at(serial), serial) for serial in range(1, ORDERS + 1))
    return [_order(at, serial, ordered_at) for at, (ordered_at, serial) in enumerate(moments, start=1)]


def _order(at: int, serial: int, ordered_at: datetime) -> tuple[str, str, str, str, str, str]:
    buyer = 1 + number(CUSTOMERS, "buyer", serial)
    stores = [store.id for store in STORES if store.id.startswith("tp-") == (language_of(buyer) == "zh-TW")]
    # Most people buy in the store near them.
    store_id = pick(stores, "home", buyer) if number(10, "away", serial) else pick(stores, "store", serial)
    skus = _skus(serial)
    warranty = max(_months_later(ordered_at, warranty_months()[sku.split("-")[0]]) for sku in skus)
    order_id = f"DD-{ordered_at:%y%m%d}-{at:04}"
    return order_id, customer_id(buyer), store_id, ordered_at.isoformat(), ";".join(skus), warranty.isoformat()


def _ordered_at(serial: int) -> datetime:
    day = LAST_DAY - timedelta(days=1 + number(DAYS, "day", serial))
    return day + timedelta(hours=OPENS_AT_H, minutes=number(OPEN_MINUTES, "minute", serial))


def _skus(serial: int) -> list[str]:
    all_skus = [sku for sku, _, _ in products()]
    count = 1 + number(SKUS_MAX, "count", serial)
    return sorted({pick(all_skus, "sku", serial, at) for at in range(count)})


def _months_later(moment: datetime, months: int) -> datetime:
    """The same day of a later month, or its last; at the end of that day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return datetime(year, month + 1, day, 23, 59, 59, tzinfo=ZONE)
