"""Phone numbers in running text, each with its place; order, parcel, card and identity numbers are passed over."""

import re
from collections.abc import Iterator
from typing import Final

from services.intake.understand.phones.forms import (
    AREA,
    EXTENSION,
    folded_field,
    plain,
    stated_area,
    with_spoken_digits,
)
from services.intake.understand.phones.library import MAINLAND, read_number
from services.intake.understand.phones.plain import read_local, read_plain
from services.intake.understand.phones.reading import FoundPhone, PhoneReading

_BEFORE: Final = r"(?:(?<![0-9A-Za-z])|(?<=tel)|(?<=phone)|(?<=mobile))(?<!\d[.\-])"
_MAINLAND: Final = r"(?:\(?(?:\+\s?86|0086|86)\)?[ -]{0,2})?"
_MOBILE: Final = rf"{_MAINLAND}1[3-9]\d(?:[ .-]{{0,2}}[\dOo]){{8}}"
_LANDLINE: Final = (
    rf"(?:(?:\+\s?86|0086)[ -]{{0,2}}(?:\(0\)\s?)?{AREA}|\(0{AREA}\)|0{AREA})"
    r"[ .-]{0,3}[2-8]\d{2,3}[ -]?\d{4}"
)
_TAIWAN: Final = r"09\d{2}[ -]?\d{3}[ -]?\d{3}|(?:\(0[2-8]\)|0[2-8][ -])[ -]?\d{3,4}[ -]?\d{4}"
_SERVICE: Final = r"[48]00(?:[ -]?\d){7}"
_ABROAD: Final = r"(?:\+\s?|00)[1-9]\d{0,2}(?:[ ().-]{0,2}\d){6,12}"
_LOCAL: Final = r"[2-8]\d{2,3}[ -]?\d{4}"

_SHAPE: Final = re.compile(
    rf"(?=[\d+(]){_BEFORE}(?P<number>{_MOBILE}|{_LANDLINE}|{_TAIWAN}|{_SERVICE}|{_ABROAD}|(?P<local>{_LOCAL}))"
    rf"(?:\s?\(?{EXTENSION}\)?|-(?P<dashed>\d{{1,5}})|\s-\s(?P<set_apart>\d{{3,5}}))?(?![\dA-Za-z@]|[.-]\d)",
    re.IGNORECASE | re.ASCII,
)
_ASKS_FOR_A_LOOK: Final = re.compile(r"\d[\dOo .()-]{5}|[〇零○洞一壹幺二贰貳三叁參四肆五伍六陆陸七柒拐八捌九玖]{5}")
"""Without six signs of a number on end there is none."""
_OTHER_NUMBER: Final = re.compile(
    r"(?:订单|訂單|运单|運單|快递|快遞|物流|单号|單號|编号|編號|货号|貨號|卡号|卡號|身份证号?|帳號|账号|序列号|密码|密碼|口令|验证码|驗證碼|取件码|流水号|[Oo]rder|[Tt]racking"
    r"|serial|[Nn]o\.?|SN|发票号码?|發票號碼?)(?:号码?|號碼?)?\s*[为為是]?\s*(?:number|no\.?)?\s*[:#]?\s*$"
)
_PHONE_WORD: Final = re.compile(
    r"(?:电话|電話|座机|座機|家里|家裡|固话|固話|致电|致電|打|拨|撥|号码|號碼|[Tt]el|[Pp]hone|[Cc]all)\D{0,4}$"
)
_BETWEEN_TWO: Final = re.compile(r"\s?[/、,，;；或和及]\s?")
"""What stands between a landline and another one of the same area, written without the area code."""
_LOOK_BACK: Final = 16


def find_phones(text: str, region: str = MAINLAND, area: str = "", *, is_field: bool = False) -> list[FoundPhone]:
    """Every number in use that `text` holds, in order, with its place; `area` as in `read_phone`. Total.

    `is_field`: the text is what stands in a field for a phone number.
    """
    return find_in_plain(plain(text), region, area, is_field=is_field)


def find_in_plain(text: str, region: str = MAINLAND, area: str = "", *, is_field: bool = False) -> list[FoundPhone]:
    """As `find_phones`, of a text whose signs are plain already (`forms.plain`)."""
    if _ASKS_FOR_A_LOOK.search(text) is None:
        return []
    return list(_found(with_spoken_digits(text), region, area, is_field=is_field))


def _found(text: str, region: str, area: str, *, is_field: bool) -> Iterator[FoundPhone]:
    last_end, last_area = 0, ""
    for shape in _SHAPE.finditer(text):
        before = text[max(0, shape.start() - _LOOK_BACK) : shape.start()]
        if _OTHER_NUMBER.search(before):
            continue
        is_local = shape["local"] is not None
        shared_area = last_area if is_local and _BETWEEN_TWO.fullmatch(text, last_end, shape.start()) else ""
        if is_local and not shared_area and not _is_local_phone(before, region, area, is_field=is_field):
            continue
        reading = _read(shape, region, shared_area or area)
        if reading is not None:
            end = shape.end() - (shape[0].endswith(")") and "(" not in shape[0])
            last_end, last_area = end, shared_area or stated_area(shape[0])
            yield FoundPhone(shape.start(), end, reading)


def _is_local_phone(before: str, region: str, area: str, *, is_field: bool) -> bool:
    """Eight bare digits are a date or an amount, unless a word or the field itself says that they are a phone."""
    return (bool(area) or region != MAINLAND) and (is_field or _PHONE_WORD.search(before) is not None)


def _read(shape: re.Match[str], region: str, area: str) -> PhoneReading | None:
    written = shape["number"].replace("O", "0").replace("o", "0")
    extension = shape["extension"] or shape["dashed"] or shape["set_apart"]
    reading = read_plain(written) if extension is None else None
    if reading is None and extension is None and region == MAINLAND:
        reading = read_local(written, area)
    if reading is None:
        reading = read_number(folded_field(f"{written} ext {extension}" if extension else written), region, area)
    return reading if reading.is_valid else None
