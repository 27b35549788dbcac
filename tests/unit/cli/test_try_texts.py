"""`gongdan try phone`, `text` and `pair` as documented."""

from collections.abc import Callable
from typing import Any

import pytest
import typer

from services.cli.trying import pair, phone, text
from services.cli.trying.lines import Answer
from shared.errors import Unreadable


def test_a_phone_is_answered_as_documented() -> None:
    assert phone.part()({"text": "0571-87654321转802"}) == {
        "input": "0571-87654321转802",
        "e164": "+8657187654321",
        "extension": "802",
        "kind": "fixed",
        "valid": True,
        "others": (),
        "rules": ("phone.plain_landline",),
    }


@pytest.mark.parametrize(
    ("options", "written", "e164"),
    [
        ({}, "87654321", None),
        ({"area": "0571"}, "87654321", "+8657187654321"),
        ({"region": "tw"}, "0912 345 678", "+886912345678"),
        ({"region": "HK"}, "9123 4567", "+85291234567"),
    ],
)
def test_region_and_area_say_what_a_bare_number_means(options: dict[str, str], written: str, e164: str | None) -> None:
    assert phone.part(**options)({"text": written})["e164"] == e164


def test_a_text_is_answered_as_documented() -> None:
    written = "催一下ＧＤ-261122-000042，電話13800138000，訂單DD-241105-0014"
    answer = text.part()({"text": written})
    assert answer["input"] == written
    assert answer["folded"] == "催一下gd-261122-000042,电话13800138000,订单dd-241105-0014"
    assert (answer["urge"], answer["noise"]) == (True, None)
    assert answer["ticket_numbers"] == ["GD-261122-000042"]
    assert answer["phones"] == ["+8613800138000"]
    assert answer["order_numbers"] == ["DD-241105-0014"]
    assert [written[place["start"] : place["end"]] for place in answer["places"] if place["kind"] == "phone"] == [
        "13800138000"
    ]
    assert "urge.word" in answer["rules"]


def test_a_text_longer_than_the_front_door_takes_is_an_error() -> None:
    with pytest.raises(Unreadable, match="at most 65536 characters"):
        text.part()({"text": "催" * 65_537})


def test_a_pair_is_answered_as_documented() -> None:
    answer = pair.part()({"id": "p-1", "a": "洗碗机漏水", "b": "净水器漏水"})
    assert answer == {
        "id": "p-1",
        "same": False,
        "score": 0.3,
        "words": {"zh": "商品不同：洗碗机 / 净水器", "en": "another product: dishwasher / water purifier"},
        "rules": ("pair.other_product",),
    }


@pytest.mark.parametrize("document", [{}, {"a": "x"}, {"a": "x", "b": 7}, {"a": None, "b": "x"}])
def test_a_pair_needs_two_texts(document: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match="expected a text"):
        pair.part()(document)


@pytest.mark.parametrize("field", ["a", "b"])
def test_a_pair_takes_no_longer_texts_than_a_text_may_be(field: str) -> None:
    document = {"a": "洗碗机漏水", "b": "净水器漏水"} | {field: "催" * 65_537}
    with pytest.raises(Unreadable, match=f"{field}: expected at most 65536 characters, got 65537"):
        pair.part()(document)


@pytest.mark.parametrize("part", [phone.part, text.part], ids=["phone", "text"])
@pytest.mark.parametrize("options", [{"region": "ZZ"}, {"region": "China"}, {"area": "05x1"}, {"area": "٠٥٧١"}])
def test_an_unknown_region_or_area_is_refused_before_the_first_line(
    part: Callable[..., Answer], options: dict[str, str]
) -> None:
    with pytest.raises(typer.BadParameter, match="expected a"):
        part(**{"region": "CN", "area": ""} | options)


def test_a_line_may_say_whose_numbers_need_no_code() -> None:
    read = phone.part(area="0571")
    assert read({"text": "87654321"})["e164"] == "+8657187654321"
    assert read({"text": "87654321", "area": "010"})["e164"] == "+861087654321"
    assert read({"text": "0912 345 678", "region": "tw"})["e164"] == "+886912345678"
    assert text.part()({"text": "我的电话 87654321", "area": "0571"})["phones"] == ["+8657187654321"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"area": "Hangzhou"}, "area: expected an area code like 0571"),
        ({"area": 571}, "area: expected a text, got int"),
        ({"region": "XX"}, "region: expected a region like CN"),
    ],
)
def test_what_a_line_says_wrongly_of_its_numbers_is_named(line: dict[str, Any], words: str) -> None:
    for part in (phone.part(), text.part()):
        with pytest.raises(Unreadable, match=f"^{words}"):
            part({"text": "87654321", **line})
