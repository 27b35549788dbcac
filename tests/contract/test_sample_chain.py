import csv
from collections import Counter
from datetime import datetime

import phonenumbers
import pytest

from deploy.sample.generate import DEPLOY, files
from services.routing.territory import choose_store, locate
from shared.policies import Policies, check_policies
from shared.policies.files import policy_files, read_policies

SKILLS = {"general", "appliance", "electrical", "plumbing", "furniture", "textile"}


@pytest.fixture(scope="module")
def policies() -> Policies:
    return read_policies(DEPLOY / "policies")


def rows(name: str) -> list[dict[str, str]]:
    with (DEPLOY / "sample" / name).open(encoding="utf-8", newline="") as sheet:
        return list(csv.DictReader(sheet))


def test_the_files_equal_what_the_generator_writes() -> None:
    different = [str(path) for path, made in files().items() if (DEPLOY / path).read_text(encoding="utf-8") != made]
    assert different == [], "run: python -m deploy.sample.generate"


def test_no_made_policy_is_left_over() -> None:
    made = {path.parts[1:] for path in files() if path.parts[0] == "policies"}
    there = {(kind, f"{name}.yaml") for kind, name, _ in policy_files(DEPLOY / "policies")}
    assert {(kind, name) for kind, name in there if kind in {"store", "crew", "territory"}} == made


def test_all_policies_are_read_and_fit_each_other(policies: Policies) -> None:
    assert check_policies(policies) == []
    assert {kind for kind, _ in policies.entries} == {
        "chain", "division", "store", "crew", "territory", "holiday", "calendar", "service_agreement",
        "workflow", "dispatch", "notification",
    }  # fmt: skip


def test_the_chain_is_as_large_as_promised(policies: Policies) -> None:
    assert len(policies.stores()) >= 12
    assert len({store.division[:4] for store in policies.stores().values()}) == 4
    assert len(policies.technicians()) == 60
    assert [len(rows(name)) for name in ("customers.csv", "orders.csv", "products.csv")] == [500, 2000, 150]


def test_every_crew_has_every_skill(policies: Policies) -> None:
    for store_id in policies.stores():
        crew = policies.crew(store_id)
        assert crew is not None
        assert {skill for technician in crew.technicians for skill in technician.skills} == SKILLS


def test_some_stores_are_small_enough_to_fill_up(policies: Policies) -> None:
    places: Counter[str] = Counter()
    for store_id, technician in policies.technicians().values():
        places[store_id] += technician.capacity
    assert min(places.values()) <= 6
    assert max(places.values()) >= 30


def test_every_store_is_found_by_its_own_address_and_serves_it(policies: Policies) -> None:
    for store_id, store in policies.stores().items():
        located = locate(store.address, policies)
        assert (located.code or "").startswith(store.division)
        assert choose_store(located, named_store_id=None, policies=policies).store_id == store_id


def test_every_id_that_is_pointed_at_exists(policies: Policies) -> None:
    customers, skus = (
        {row["customer_id"] for row in rows("customers.csv")},
        {row["sku"] for row in rows("products.csv")},
    )
    for order in rows("orders.csv"):
        assert order["customer_id"] in customers
        assert policies.store(order["store_id"]) is not None
        assert skus.issuperset(order["skus"].split(";"))


@pytest.mark.parametrize(
    ("name", "key"), [("customers.csv", "customer_id"), ("orders.csv", "order_id"), ("products.csv", "sku")]
)
def test_every_id_is_there_once(name: str, key: str) -> None:
    ids = [row[key] for row in rows(name)]
    assert len(set(ids)) == len(ids)


def test_every_phone_number_can_be_one_and_most_belong_to_one_customer() -> None:
    numbers = [phone for row in rows("customers.csv") for phone in row["phones"].split(";")]
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(phone)) for phone in numbers)
    shared = [phone for phone, count in Counter(numbers).items() if count > 1]
    assert 5 <= len(shared) <= 20


def test_all_mail_goes_to_domains_that_nobody_can_own(policies: Policies) -> None:
    mails = [row["email"] for row in rows("customers.csv") if row["email"]]
    mails += [store.email for store in policies.stores().values()]
    mails += [technician.email or "" for _, technician in policies.technicians().values()]
    assert all(mail.endswith(".example") for mail in mails)


def test_a_warranty_ends_after_its_order_and_both_are_instants() -> None:
    for order in rows("orders.csv"):
        ordered_at = datetime.fromisoformat(order["ordered_at"])
        ends_at = datetime.fromisoformat(order["warranty_ends_at"])
        assert ordered_at.tzinfo is not None
        assert ordered_at < ends_at


def test_the_notification_policy_names_the_templates_of_notify(policies: Policies) -> None:
    notification = policies.notification()
    assert notification is not None
    assert {rule.template for rule in notification.rules} == {"opened", "assigned", "replied", "resolved"}
