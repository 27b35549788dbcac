"""`gongdan try` reads any lines and stops for none."""

import io
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.trying import lines
from services.cli.trying.lines import Takes, answer_lines
from shared.errors import Unreadable


def echo(document: Mapping[str, Any]) -> dict[str, Any]:
    if document.get("text") == "bug":
        raise KeyError("bug")
    if "wrong" in document:
        raise Unreadable(f"wrong: expected nothing, got {document['wrong']}")
    return {"got": document}


class Chunks(io.BytesIO):
    """A source in which a few bytes come at a time."""

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read1(min(size or 7, 7))


def answers(text: str | bytes, takes: Takes = "text", source: type[io.BytesIO] = io.BytesIO) -> list[dict[str, Any]]:
    sink = io.BytesIO()
    answer_lines(echo, takes, source(text.encode() if isinstance(text, str) else text), sink)
    return [orjson.loads(line) for line in sink.getvalue().splitlines()]


def test_each_line_is_answered_in_order_and_the_last_needs_no_end() -> None:
    assert answers('杭州\n{"text":"a\\nb"}\nlast') == [
        {"got": {"text": "杭州"}},
        {"got": {"text": "a\nb"}},
        {"got": {"text": "last"}},
    ]


def test_an_empty_line_is_a_line_and_the_end_of_the_last_one_is_none() -> None:
    assert answers("a\n\nb\n") == [{"got": {"text": "a"}}, {"got": {"text": ""}}, {"got": {"text": "b"}}]
    assert answers("") == []


def test_windows_line_ends_and_a_byte_order_mark_are_no_part_of_the_text() -> None:
    assert answers("\ufeffa\r\nb\r\n") == [{"got": {"text": "a"}}, {"got": {"text": "b"}}]


@pytest.mark.parametrize("line", ["{", '{"text": 1}', "{}", b"\xff\xfe", '{"text": "a"} x'])
def test_a_text_line_that_cannot_be_read_names_its_number_and_the_next_is_answered(line: str | bytes) -> None:
    raw = line.encode() if isinstance(line, str) else line
    first, wrong, last = answers(b"a\n" + raw + b"\nb")
    assert (first, last) == ({"got": {"text": "a"}}, {"got": {"text": "b"}})
    assert wrong["line"] == 2
    assert "expected" in wrong["error"]


@pytest.mark.parametrize("line", ["", "plain", "[1]", "1", "null", "{", '{"a": NaN}'])
def test_where_json_is_taken_all_else_is_an_error(line: str) -> None:
    assert [set(one) for one in answers(f"{line}\n{{}}", "json")] == [{"line", "error"}, {"got"}]


def test_an_error_carries_the_id_of_its_line() -> None:
    assert answers('{"id": "d-7", "wrong": 3}', "json") == [
        {"line": 1, "error": "wrong: expected nothing, got 3", "id": "d-7"}
    ]


def test_a_bug_of_ours_is_told_and_stops_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    sink = io.BytesIO()
    assert not answer_lines(echo, "text", io.BytesIO(b"bug\nb"), sink)
    assert [orjson.loads(line).get("line") for line in sink.getvalue().splitlines()] == [1, None]
    assert "KeyError" in capsys.readouterr().err


@pytest.mark.parametrize("tail", [b"\nb\n", b""])
def test_a_line_beyond_the_limit_is_an_error_and_is_not_held(monkeypatch: pytest.MonkeyPatch, tail: bytes) -> None:
    monkeypatch.setattr(lines, "LINE_BYTES_MAX", 20)
    first, *others = answers(b"x" * 1000 + tail, source=Chunks)
    assert "at most 20 bytes" in first["error"]
    assert others == ([{"got": {"text": "b"}}] if tail else [])


def test_what_has_come_is_answered_before_more_is_waited_for() -> None:
    sink, came = io.BytesIO(), iter((b"a\nb", b"\nc\n", b""))

    class Asking(io.BytesIO):
        """A program that writes a line only when the one before was answered."""

        answered: tuple[int, ...] = ()

        def read1(self, size: int | None = -1, /) -> bytes:
            self.answered += (sink.getvalue().count(b"\n"),)
            return next(came)

    source = Asking()
    answer_lines(echo, "text", source, sink)
    assert source.answered == (0, 1, 3)


@given(st.lists(st.text(st.characters(exclude_characters="\n\r\ufeff{", codec="utf-8"), min_size=1)))
def test_how_the_bytes_come_makes_no_difference(texts: list[str]) -> None:
    expected = [{"got": {"text": text}} for text in texts]
    assert answers("\n".join(texts), source=Chunks) == answers("\n".join(texts)) == expected


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


def test_what_is_nested_too_deep_is_the_lines_error_and_the_answers_before_it_come() -> None:
    deep = f'{{"id": {nested(900)}, "a": 1}}'
    first, wrong, last = answers(f'{{"a": 1}}\n{deep}\n{{"a": 2}}', "json")
    assert (first["got"], last["got"]) == ({"a": 1}, {"a": 2})
    assert wrong == {"line": 2, "error": "line: expected at most 100 values in one another, got more"}
    within = f'{{"id": {nested(99)}}}'
    assert set(*answers(within, "json")) == {"got"}


def test_many_values_beside_one_another_are_not_deep() -> None:
    assert set(*answers(f'{{"a": [{",".join(["[]"] * 1000)}]}}', "json")) == {"got"}


@pytest.mark.parametrize("id_", ["[1]", '{"a": 1}', "null"])
def test_an_error_carries_no_id_that_is_no_name(id_: str) -> None:
    assert set(*answers(f'{{"id": {id_}, "wrong": 3}}', "json")) == {"line", "error"}
