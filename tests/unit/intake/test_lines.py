import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.directory.lines import LINE_BYTES_MAX, CsvLines, Line, Lines, NdjsonLines, Splitter
from shared.errors import Refused

HEADER = "sku,name,category\n"


def read(lines: Lines, body: bytes, size: int) -> list[Line]:
    """All lines of `body`, fed in chunks."""
    fed = [line for start in range(0, len(body), size) for line in lines.feed(body[start : start + size])]
    return fed + list(lines.finish())


def csv_lines(body: str | bytes, size: int = 7) -> list[Line]:
    """The records of a CSV of products."""
    raw = body.encode() if isinstance(body, str) else body
    return read(CsvLines(["sku", "name", "category"], "sku"), raw, size)


def test_csv_lines_have_the_numbers_an_editor_shows() -> None:
    lines = csv_lines(HEADER + "A,cup,x\n\nB,bowl,y\n")
    assert [(line.number, line.fields) for line in lines] == [
        (2, {"sku": "A", "name": "cup", "category": "x"}),
        (4, {"sku": "B", "name": "bowl", "category": "y"}),
    ]


def test_a_quoted_line_break_belongs_to_its_record() -> None:
    lines = csv_lines(HEADER + 'A,"two\nlines, one ""cell""",x\nB,,\n')
    assert [(line.number, line.fields["name"]) for line in lines] == [(2, 'two\nlines, one "cell"'), (4, "")]


def test_a_quote_that_never_closes_costs_only_its_own_line() -> None:
    lines = csv_lines(HEADER + 'A,"open,x\nB,bowl,y\nC,pot,z\n')
    assert [line.fields.get("sku") for line in lines] == [None, "B", "C"]
    assert lines[0].number == 2
    assert lines[0].error is not None


def test_a_byte_order_mark_and_windows_line_ends_are_taken() -> None:
    lines = csv_lines(b"\xef\xbb\xbfsku,name,category\r\nA,cup,x\r\n")
    assert [line.fields for line in lines] == [{"sku": "A", "name": "cup", "category": "x"}]


@pytest.mark.parametrize("body", ["", "name,category\nx,y\n", "sku,colour\nA,red\n", "sku,sku\nA,B\n"])
def test_a_header_without_the_key_or_with_unknown_columns_is_refused(body: str) -> None:
    with pytest.raises(Refused) as refused:
        csv_lines(body)
    assert refused.value.status == 422


@pytest.mark.parametrize("bad", [b"A,\xff,x", b"A,b", b"A,b,c,d", b"A," + b"x" * (LINE_BYTES_MAX + 1) + b",y"])
def test_a_bad_line_does_not_stop_those_behind_it(bad: bytes) -> None:
    lines = csv_lines(HEADER.encode() + bad + b"\nB,bowl,y\n", size=4096)
    assert [line.error is None for line in lines] == [False, True]


def test_ndjson_lines_are_objects() -> None:
    body = b'{"sku": "A"}\n\n[1]\nnot json\n{"sku": "B"}'
    lines = read(NdjsonLines(), body, 5)
    assert [(line.number, line.error is None) for line in lines] == [(1, True), (3, False), (4, False), (5, True)]


@given(st.binary(max_size=300), st.integers(1, 40))
def test_however_a_body_is_cut_into_chunks_its_lines_are_the_same(body: bytes, size: int) -> None:
    splitter = Splitter()
    lines = [line for start in range(0, len(body), size) for line in splitter.feed(body[start : start + size])]
    lines += splitter.finish()
    whole = body.split(b"\n")
    expected = whole if whole[-1] else whole[:-1]
    expected[:1] = [line.removeprefix(b"\xef\xbb\xbf") for line in expected[:1]]
    assert [raw for _, raw in lines] == expected
