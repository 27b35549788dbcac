"""The page of the rules is as the rules are, and the vocabularies know the chain's own products."""

import csv

from services.intake.understand.matter.products import products_in
from services.intake.understand.names import RULES_IN_CODE
from shared.folding import fold
from tests.contract.understanding import PAGE, ROOT, names_in_source, page, rule_names


def test_the_page_of_the_rules_is_as_they_are() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `python -m tests.contract.understanding`"


def test_every_rule_that_the_program_names_is_on_the_page() -> None:
    assert names_in_source() <= rule_names()


def test_every_rule_in_code_has_a_sentence() -> None:
    assert all(says.endswith(".") for says in RULES_IN_CODE.values())


def test_every_product_of_the_sample_chain_is_known_by_its_name() -> None:
    with (ROOT / "deploy/sample/products.csv").open(encoding="utf-8", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    unknown = [name for name in names if not products_in(fold(f"我的{name}坏了")).products]
    assert not unknown


def test_two_products_of_the_sample_chain_are_two() -> None:
    """But for those that are named by one word and a longer one (筷子, 浴巾 …), which may be the same."""
    with (ROOT / "deploy/sample/products.csv").open(encoding="utf-8", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    found = [tuple(products_in(fold(name)).products) for name in names]
    assert len(set(found)) > len(names) - 10
