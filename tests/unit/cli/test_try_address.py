import io
from typing import Any

import orjson
import pytest
import typer

from services.cli.trying.address import TAKES, part
from services.cli.trying.lines import answer_lines


def tried(*lines: str, near: str | None = None) -> list[dict[str, Any]]:
    sink = io.BytesIO()
    answer_lines(part(near), TAKES, io.BytesIO("\n".join(lines).encode()), sink)
    return [orjson.loads(line) for line in sink.getvalue().splitlines()]


def test_an_answer_has_the_shape_that_clients_know() -> None:
    (answer,) = tried("浙江省杭州市余杭区五常街道文一西路969号")
    assert answer["input"] == "浙江省杭州市余杭区五常街道文一西路969号"
    assert (answer["code"], answer["level"]) == ("330110005", "township")
    assert answer["names"] == ["浙江省", "杭州市", "余杭区", "五常街道"]
    assert answer["candidates"] == [{"code": "330110005", "names": answer["names"], "score": 1.0}]
    assert answer["rest"]["road"] == "文一西路"
    assert answer["words"].keys() == {"zh", "en"}


def test_what_cannot_be_told_has_no_code_and_its_candidates() -> None:
    (answer,) = tried("鼓楼区")
    assert (answer["code"], answer["level"], answer["names"]) == (None, None, [None] * 4)
    assert len(answer["candidates"]) == 4


def test_near_stands_in_the_option_or_in_the_line() -> None:
    option, line = tried("鼓楼区", '{"text": "鼓楼区", "near": "3501"}', near="320100")
    assert (option["code"], line["code"]) == ("320106", "350102")


def test_a_near_that_is_no_code_is_the_lines_error() -> None:
    bad, worse, good = tried('{"text": "鼓楼区", "near": "南京"}', '{"text": "鼓楼区", "near": 32}', "南京鼓楼区")
    assert (bad["line"], worse["line"], good["code"]) == (1, 2, "320106")
    assert all(one["error"].startswith("near: ") for one in (bad, worse))


def test_a_near_that_is_no_code_is_misuse_as_an_option() -> None:
    with pytest.raises(typer.BadParameter):
        part("南京")
