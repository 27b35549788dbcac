"""The customers: invented names, numbers of blocks that nobody is known to have, `.example` mail."""

from deploy.sample.chance import number, pick

CUSTOMERS = 500
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余"
GIVEN = (
    "安然 博文 晨曦 大卫 恩慧 芳菲 国庆 海燕 佳怡 嘉豪 建军 婧雯 静怡 俊杰 可欣 乐天 丽华 明远 梦琪 念慈 "
    "培文 清扬 若兰 少华 思远 桐 婉婷 文博 晓东 欣妍 秀英 雅琴 一鸣 怡君 宇轩 玉兰 远航 泽宇 志明 子涵"
)
SURNAMES_TW = "陳林黃張李王吳劉蔡楊許鄭謝郭洪邱曾廖賴徐周葉蘇莊呂江何蕭羅高"
GIVEN_TW = "家豪 雅婷 志偉 怡君 冠宇 詩涵 俊傑 淑芬 宗翰 佳穎 承恩 美玲 柏翰 心怡 建宏 筱涵 彥廷 惠雯 家瑋 郁婷"
FOREIGN = (
    "Anna Keller,Ben Carter,Chloe Martin,Daniel Novak,Emma Olsen,"
    "Farid Rahman,Grace Kim,Hiro Tanaka,Irina Petrova,Jonas Weber"
)

LANGUAGES = ("zh-CN", "zh-CN", "zh-TW", "zh-CN", "zh-CN", "zh-CN", "zh-CN", "zh-TW", "zh-CN", "zh-CN", "en")
"""Dealt out in turn."""
WITHOUT_MAIL_ONE_IN = 12
SECOND_NUMBER_ONE_IN = 8
SHARED_NUMBER_ONE_IN = 50
"""A household: so that not every caller is one customer."""


def customers() -> list[tuple[str, str, str, str, str]]:
    """The rows of customers.csv: id, name, phones, email, language."""
    return [_customer(serial) for serial in range(1, CUSTOMERS + 1)]


def customer_id(serial: int) -> str:
    """The id of the customer with this serial, 1…500."""
    return f"C{serial:05}"


def language_of(serial: int) -> str:
    """What the customer writes; who writes traditional script lives in Taipei."""
    return LANGUAGES[serial % len(LANGUAGES)]


def person_name(*purpose: object, traditional: bool) -> str:
    """A name that belongs to nobody in particular."""
    surnames, given = (SURNAMES_TW, GIVEN_TW) if traditional else (SURNAMES, GIVEN)
    return pick(surnames, "surname", *purpose) + pick(given.split(), "given", *purpose)


def _customer(serial: int) -> tuple[str, str, str, str, str]:
    language, id_ = language_of(serial), customer_id(serial)
    if language == "en":
        name = pick(FOREIGN.split(","), "customer", id_)
    else:
        name = person_name("customer", id_, traditional=language == "zh-TW")
    email = f"{id_.lower()}@mail.example" if number(WITHOUT_MAIL_ONE_IN, "mail", id_) else ""
    return id_, name, ";".join(_phones(serial, language)), email, language


def _phones(serial: int, language: str) -> list[str]:
    """One number, for some two; some share the one of the customer before."""
    owner = serial if serial % SHARED_NUMBER_ONE_IN else serial - 1
    mobile = f"+886900000{owner:03}" if language_of(owner) == "zh-TW" else f"+861660000{owner:04}"
    two = language == "zh-CN" and not number(SECOND_NUMBER_ONE_IN, "second", serial)
    return [mobile, f"+861670000{serial:04}"] if two else [mobile]
