"""Every form of every rule: whatever it fits holds the characters that it is said not to do without."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.understand import noise, urging
from services.intake.understand.anchors import grams
from services.intake.understand.matter import compare
from services.intake.understand.matter.concepts import CONTEXT, FAULTS, concepts
from services.intake.understand.matter.products import products_in
from services.intake.understand.rules import Form, rule_set
from services.intake.understand.urging import read_urging
from shared.folding import fold
from tests.accuracy.tables import rows
from tests.support.examples import examples

FORMS: list[Form] = [
    *(form for path in (urging.RULES, noise.RULES) for rule in rule_set(path).rules for form in rule.forms),
    *(form for path in (FAULTS, CONTEXT) for concept in concepts(path) for form in concept.forms),
]
ANCHORED = [form for form in FORMS if form.anchors and "(?<" not in form.pattern.pattern]


@given(st.data())
@examples(150)
def test_what_a_form_fits_holds_its_anchors(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(ANCHORED))
    written = data.draw(st.from_regex(form.pattern, fullmatch=True))
    assert not any(needed.isdisjoint(grams(written)) for needed in form.anchors)


@pytest.mark.parametrize("decoration", ["您好，{}", "{}。", "你好，{}！", "{} "])
def test_polite_words_around_a_text_do_not_change_whether_it_urges(decoration: str) -> None:
    for line in [*rows("urging", "tuned"), *rows("urging", "untouched")]:
        text = line["text"]
        if "\n" not in text:
            assert read_urging(decoration.format(text)).is_urge == read_urging(text).is_urge, text


@pytest.mark.parametrize("decoration", ["您好，{}", "{}，谢谢", "【转】{}", "{}。"])
def test_polite_words_around_a_text_do_not_make_another_matter(decoration: str) -> None:
    for line in [*rows("pair", "tuned"), *rows("pair", "untouched")]:
        if products_in(fold(line["a"])).products:
            assert compare(line["a"], decoration.format(line["a"])).same, line["a"]
