"""The quick way to read a number answers as the library does, over every form and range."""

from hypothesis import given
from hypothesis import strategies as st

from services.intake.understand.phones.forms import folded_field
from services.intake.understand.phones.library import read_number
from services.intake.understand.phones.plain import read_local, read_plain
from tests.support.examples import examples

DIGIT = st.sampled_from("0123456789")
GAP = st.sampled_from(["", " ", "-"])
COUNTRY = st.sampled_from(["", "+86", "0086", "86", "+86 ", "+86-", "(+86)", "(86)"])


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text(DIGIT, min_size=count, max_size=count)


MOBILES = st.builds("{}1{}{}{}{}{}".format, COUNTRY, digits(2), GAP, digits(4), GAP, digits(4))
KNOWN_AREAS = ["010", "021", "020", "0571", "0755", "0898", "0591", "024"]
AREAS = st.sampled_from(KNOWN_AREAS) | st.builds("0{}".format, digits(3))
LOCALS = st.builds("{}{}{}".format, digits(3) | digits(4), GAP, digits(4))
EXTENSIONS = st.just("") | st.builds("{}{}".format, st.sampled_from(["转", "轉", "-", " 转", " ext "]), digits(3))
LANDLINES = st.builds("{}{}{}{}".format, AREAS | st.builds("({})".format, AREAS), GAP, LOCALS, EXTENSIONS)


@given(MOBILES | LANDLINES)
@examples(400)
def test_what_is_read_the_quick_way_the_library_reads_alike(written: str) -> None:
    quick = read_plain(written)
    if quick is not None:
        slow = read_number(folded_field(written), "CN", "")
        assert (quick.e164, quick.extension, quick.kind, quick.is_valid) == (
            slow.e164,
            slow.extension,
            slow.kind,
            slow.is_valid,
        )


@given(LOCALS, st.sampled_from(["0571", "571", "010", "0570"]))
@examples(200)
def test_a_local_number_reads_as_with_its_area_code_written(written: str, area: str) -> None:
    quick = read_local(written, area)
    if quick is not None:
        slow = read_number(f"0{area.removeprefix('0')} {written}", "CN", "")
        assert (quick.e164, quick.kind) == (slow.e164, slow.kind)
