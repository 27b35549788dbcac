"""`gongdan try dispatch`: a line in, a line out, in order, whatever is wrong with one of them."""

from io import BytesIO
from typing import Any

import orjson

from services.cli.trying.dispatch import TAKES, part
from services.cli.trying.lines import answer_lines
from tests.unit.dispatch.documents import a_document, someone


def answers(*lines: bytes, **options: Any) -> list[dict[str, Any]]:
    sink = BytesIO()
    assert answer_lines(part(**options), TAKES, BytesIO(b"\n".join(lines)), sink)
    return [orjson.loads(line) for line in sink.getvalue().splitlines()]


def test_each_line_is_answered_in_order_and_what_is_wrong_names_its_field() -> None:
    good = orjson.dumps(a_document(someone("a")))
    wrong = orjson.dumps({**a_document(someone("a", capcity=3)), "id": "d2"})
    found = answers(good, wrong, b"{", good)
    assert [one.get("chosen", one.get("line")) for one in found] == ["a", 2, 3, "a"]
    assert found[1]["id"] == "d2"
    assert found[1]["error"].startswith("technicians[0].capcity: unknown field")


def test_the_ladder_is_told_where_it_is_asked_for() -> None:
    line = orjson.dumps(a_document(someone("a")))
    assert "ladder" not in answers(line)[0]
    assert [one["technician"] for one in answers(line, ladder=True)[0]["ladder"]] == ["a"]
