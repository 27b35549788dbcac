"""The texts that people are told."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from services.notify.templates import FOLDER, LANGUAGES, TemplateMissingError, load, write

RECIPIENTS = ("customer", "store", "technician")
TEMPLATES = ("opened", "assigned", "replied", "resolved")
EVERY = list(product(RECIPIENTS, TEMPLATES, LANGUAGES))
VALUES = {
    "number": "GD-261122-000042",
    "customer_name": "Zhang Wei",
    "store_name": "Wulin",
    "store_phone": "+8657112345678",
    "store_address": "Yan'an Road 1",
    "technician_name": "Lin",
    "product": "cup",
    "description": "it leaks",
    "text": "we come tomorrow",
    "reason": "a new cup",
    "accept_by": "2026-11-22 20:30",
}


@pytest.mark.parametrize(("recipient", "template", "language"), EVERY)
def test_every_template_speaks_every_language(recipient: str, template: str, language: Any) -> None:
    written = write(recipient, template, language, VALUES)
    assert VALUES["number"] in written.subject
    assert "$" not in written.subject + written.text + written.html
    assert f'lang="{language}"' in written.html


@pytest.mark.parametrize(("recipient", "template", "language"), EVERY)
def test_a_template_only_names_values_that_there_are(recipient: str, template: str, language: Any) -> None:
    found = load(recipient, template, language)
    named = frozenset(found.subject.names).union(*(line.names for line in found.lines))
    assert named <= VALUES.keys()


def test_every_file_is_one_of_these() -> None:
    expected = {f"{who}/{name}.{language}.txt" for who, name, language in EVERY}
    found = {path.relative_to(FOLDER).as_posix() for path in Path(FOLDER).rglob("*.txt")}
    assert found == expected


def test_the_three_languages_differ() -> None:
    assert len({write("customer", "opened", language, VALUES).text for language in LANGUAGES}) == 3


def test_a_line_whose_value_nobody_knows_is_left_out() -> None:
    text = write("customer", "assigned", "zh-CN", {"number": "GD-1", "store_name": "武林店"}).text
    assert "门店：武林店" in text
    assert "维修师" not in text.split("\n", 4)[-1]
    assert "\n\n\n" not in text


def test_a_customer_without_name_is_greeted_all_the_same() -> None:
    assert write("customer", "opened", "en", {"number": "GD-1"}).text.startswith("Dear customer,")


def test_values_are_never_read_as_templates_or_as_html() -> None:
    written = write("customer", "replied", "en", VALUES | {"text": "$number ${store} <b>& co</b>"})
    assert "$number ${store} <b>& co</b>" in written.text
    assert "&lt;b&gt;&amp; co&lt;/b&gt;" in written.html
    assert "<b>" not in written.html


def test_a_subject_is_one_line() -> None:
    written = write("store", "assigned", "en", VALUES | {"technician_name": "Lin\r\nBcc: all@x.example"})
    assert "\n" not in written.subject
    assert "\r" not in written.subject


def test_a_template_that_does_not_exist_is_named() -> None:
    with pytest.raises(TemplateMissingError, match="nothing_such"):
        write("customer", "nothing_such", "en", VALUES)
