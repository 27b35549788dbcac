"""Rules as data: what a form cannot do without is found right, and no rule is passed over."""

from pathlib import Path

import pytest

from services.intake.understand import noise, urging
from services.intake.understand.anchors import anchors
from services.intake.understand.rules import features_of, rule_set
from shared.folding import fold
from tests.accuracy.tables import SETS, rows


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        ("催", ["催"]),
        ("(?:还|仍)没", ["仍没 还没"]),
        ("(?:还|仍)[^,]{0,3}", ["仍 还"]),
        ("(?:退款|退钱)吧", ["款吧 钱吧", "退款 退钱"]),
        ("(?:退款|换)吧", ["吧", "换 退款"]),
        ("还?没有", ["没有"]),
        ("没(?!有)人", ["没", "人"]),
        ("等?", []),
        ("(?:好|)", []),
        ("(?<!不)急", ["急"]),
        ("[一二]{2}", ["一 二"]),
        (r"\d天", ["天"]),
        (r"[\d半]天", ["天"]),
        ("甲乙丙丁", ["甲乙", "乙丙", "丙丁"]),
        (".+", []),
        ("[^好]", []),
    ],
)
def test_a_form_needs_what_all_its_matches_hold(pattern: str, needed: list[str]) -> None:
    assert {" ".join(sorted(one)) for one in anchors(pattern)} == set(needed)


@pytest.mark.parametrize("path", [urging.RULES, noise.RULES])
def test_no_form_that_fits_a_text_is_passed_over(path: Path) -> None:
    rules = rule_set(path)
    texts = [fold(line["text"]) for part in ("urging", "noise") for name in SETS for line in rows(part, name)]
    for text in texts[::5]:
        tried = {form for _, form in rules.candidates(features_of(text))}
        fitting = {form.pattern for rule in rules.rules for form in rule.forms if form.pattern.search(text)}
        assert fitting <= tried, text


@pytest.mark.parametrize("path", [urging.RULES, noise.RULES])
def test_every_rule_says_what_it_is_about(path: Path) -> None:
    rules = rule_set(path).rules
    assert all(rule.says.endswith(".") for rule in rules)
    assert {rule.name for rule in rules if not rule.forms} <= {urging.NAMES_ITS_MATTER}
