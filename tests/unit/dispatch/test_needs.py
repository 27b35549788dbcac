from pathlib import Path

import pytest

from services.routing.dispatch import Needs, needs_of
from shared.events.fact import Priority, Urgency
from shared.policies import Workflow
from shared.policies.files import read_policies


@pytest.fixture(scope="module")
def workflow() -> Workflow:
    found = read_policies(Path(__file__).parents[3] / "deploy" / "policies").workflow()
    assert found is not None
    return found


def needs(text: str, workflow: Workflow, *, product: str | None = None, urgency: Urgency = "normal") -> Needs:
    return needs_of(text, product_category=product, urgency=urgency, workflow=workflow)


@pytest.mark.parametrize(
    ("text", "product", "category", "skill"),
    [
        ("昨天买的保温杯一直漏水", "drinkware", "leak", "general"),
        ("水龍頭裝好之後一直漏水", "bath", "leak", "plumbing"),
        ("電鍋插電就冒煙，好可怕", "kitchen-appliance", "safety", "electrical"),
        ("杯子裂了划伤了手", "drinkware", "safety", "general"),
        ("要么换一个，要么退款", "drinkware", "refund", "general"),
        ("这是第二次来了，你们态度太差", "drinkware", "complaint", "general"),
        ("书桌一直摇晃", "furniture", "breakage", "furniture"),
        ("四件套洗一次就掉色", "bedding", "breakage", "textile"),
        ("吸顶灯一直闪", "lighting", "malfunction", "electrical"),
        ("The fan is dead, it DOES NOT turn", "appliance", "malfunction", "appliance"),
        ("衣柜请安排上门安装", "furniture", "installation", "furniture"),
    ],
)
def test_product_and_words_give_category_and_skill(
    text: str, product: str, category: str, skill: str, workflow: Workflow
) -> None:
    found = needs(text, workflow, product=product)
    assert (found.category, found.skills) == (category, (skill,))


def test_traditional_and_simplified_script_mean_the_same(workflow: Workflow) -> None:
    assert needs("電風扇不轉了", workflow, product="appliance") == needs("电风扇不转了", workflow, product="appliance")


def test_words_without_a_product_still_find_a_category(workflow: Workflow) -> None:
    assert needs("杯子漏水", workflow).rule == "leak"


def test_what_no_rule_holds_for_is_an_inquiry_that_everybody_can_take(workflow: Workflow) -> None:
    found = needs("请问几点开门", workflow)
    assert (found.category, found.skills, found.rule) == ("inquiry", (), None)


def test_the_first_rule_that_holds_wins(workflow: Workflow) -> None:
    assert needs("电热水壶漏电，我要退款", workflow, product="kitchen-appliance").category == "safety"


@pytest.mark.parametrize(
    ("text", "urgency", "priority"),
    [
        ("请问几点开门", "low", "low"),
        ("杯子漏水", "normal", "normal"),
        ("杯子漏水", "high", "high"),
        ("杯子割伤了手", "high", "urgent"),
    ],
)
def test_priority_is_urgency_times_impact(text: str, urgency: Urgency, priority: Priority, workflow: Workflow) -> None:
    assert needs(text, workflow, urgency=urgency).priority == priority
