"""Short names of townships: what people call them without the word for their kind."""

import re

KINDS = {"镇": 1, "乡": 1, "街道": 2, "苏木": 2, "地区": 2}
"""The words for kinds of townships, and their length."""
PEOPLE = re.compile(
    r"(?:蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔"
    r"|仫佬"
    r"|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|京|塔塔尔|独龙|鄂伦春|赫哲|门巴|珞巴|基诺|各|民)族"
)
ROAD_LIKE = ("路", "街", "巷", "道", "里", "桥头", "大院")
ROADS = ("路", "街", "道")
"""Those that make a road even of one character before them: 长寿路, but not 马巷."""
NEW = "新"
"""What stands before 镇 where towns were put together, and is mostly left out: 川沙新镇."""
NEVER = frozenset(
    {"街道", "城区", "林场", "农场", "苗圃", "盐场", "牛场", "开发区", "直辖", "良种场", "园艺场", "种畜场"}
)
"""Townships whose name is only a word for a kind; they are found by nothing."""
SHORT_MIN = 2


def town_short_names(text: str) -> tuple[str, ...]:
    """What people call a township for short: without its kind, and without the people that it names.

    None where the rest would read as a road (南京东路街道; 周巷镇 and 马巷街道 do not), or one character would be left.
    """
    size = KINDS.get(text[-1:], 0) or KINDS.get(text[-2:], 0)
    if len(text) - size < SHORT_MIN or size == 0:
        return ()
    stem = text[:-size]
    if stem.endswith(ROAD_LIKE) and (len(stem) > SHORT_MIN or (text.endswith("街道") and stem.endswith(ROADS))):
        return ()
    if len(stem) > SHORT_MIN and stem.endswith(NEW):
        return (stem, stem.removesuffix(NEW))
    bare = PEOPLE.sub("", stem) if "族" in stem else stem
    return (stem,) if bare == stem or len(bare) < SHORT_MIN else (stem, bare)
