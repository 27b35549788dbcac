"""docs/reference/who.md names everything that an answer can name, and its examples are true."""

import re
from typing import Any, get_args

import orjson
import pytest

from services.routing.dispatch.candidates import FILTERS
from services.routing.dispatch.criteria import CRITERIA
from services.routing.dispatch.document import DOCUMENT
from services.routing.dispatch.document_crew import TECHNICIAN
from services.routing.dispatch.document_ticket import TICKET
from services.routing.dispatch.record import MatchReason
from shared.policies import Dispatch
from shared.policies.dispatch import Mode, Step, Weights
from tests.tidy.tree import read
from tests.unit.dispatch.documents import decided

PAGE = read("docs/reference/who.md")
LINES = [orjson.loads(line) for line in re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL)]
EXAMPLES = list(zip(LINES[::2], LINES[1::2], strict=True))

NAMES = [*FILTERS, *(one.name for one in CRITERIA), *get_args(Mode), *get_args(MatchReason)]
FIELDS = [*DOCUMENT, *TICKET, *TECHNICIAN, *Dispatch.model_fields]


def section(head: str) -> str:
    return PAGE.split(f"\n## {head}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("name", sorted(set(NAMES)))
def test_every_name_in_an_answer_has_a_row(name: str) -> None:
    assert re.search(rf"^\| `{name}` \|", PAGE, re.MULTILINE)


@pytest.mark.parametrize("field", sorted(set(FIELDS)))
def test_every_field_is_on_the_page(field: str) -> None:
    assert f"`{field}`" in PAGE


def test_every_field_of_a_rung_is_on_the_page() -> None:
    rungs = re.search(r"rungs `\{(.*?)\}`", PAGE)
    assert rungs is not None
    assert rungs[1].split(", ") == list(Step.model_fields)


def test_the_filters_stand_in_their_order() -> None:
    assert tuple(re.findall(r"^\| `(\w+)` \|", section("Hard filters"), re.MULTILINE)) == FILTERS


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda one: one.name)
def test_every_criterion_has_its_direction_and_its_weight(criterion: Any) -> None:
    row = re.search(rf"^\| `{criterion.name}` \| (\w+) \|.*\| (\d+) \|$", section("Criteria"), re.MULTILINE)
    assert row is not None
    assert (row[1], int(row[2])) == (criterion.better, getattr(Weights(), criterion.name))


@pytest.mark.parametrize(("line", "expected"), EXAMPLES, ids=lambda one: str(one["id"]))
def test_the_examples_are_true(line: dict[str, Any], expected: dict[str, Any]) -> None:
    answer = decided(line)
    assert {name: answer[name] for name in expected} == expected
