"""What stands around a name and tells whether a place is meant: roads, buildings, words that lead to a place."""

import re

_DIRECTION = "[东南西北中上下内外前后环支横]?"
_NUMBER = "[一二三四五六七八九十0-9]{0,3}"
ROAD = (
    "大道|大街|公路|高速|快速|国道|省道|县道|马路|新路|路|街(?!道)|道(?!里|外|口)|巷(?![头口尾])|弄|胡同|大桥|立交桥"
    "|高架|隧道|支路|干道"
)
BUILDING = (
    "广场|大厦|酒店|宾馆|饭店|银行|商场|商城|商厦|百货|医院|大学(?!城|路)|学院|学校|中学|小学|一中|二中|三中|实验|师范|理工|公园|寺|花园|花苑"
    "|小区|公寓|码头|博物馆|家园|新村|公馆|山庄|苑|庄园|名都|名城|名苑|城市广场|国际(?!商贸城)|大楼|市场|批发|宾舍|饭庄|菜馆|烤鸭|小吃|面馆|米粉|拉面|火锅|酒家|饭馆|人家|春天|印象|故事|之星|之春|府(?![前后东西]+(?:大?街|路|巷))|御园|雅苑|佳苑|雅居|华府|豪庭|豪园|豪苑|华庭|一品|壹号|里弄|工业大厦|大酒店"
    "|人(?=$|[,，。;；、 ])|航空(?!港|路|城|大道)|啤酒|烟酒|家具城|热干面|大盘鸡|包子"
    "|牌|制造|同仁堂|移动|联通|电信|日报|晚报|医科|中医|农业|科技大|交通大|师大|工大|交大|财经|外国语|政法|电力|体育(?![东南西北中]路)|艺术|音乐|美术|烟草|石化|石油|钢铁|铁路局|巴巴|石材|石板|石台|大理石|明珠|时代|玉器|玉石|大枣|充足|建工|城建|地产|置业|集团|公司|有限|分行|支行|分公司|办事处"
)
TAKEN = re.compile(
    rf"{_DIRECTION}{_NUMBER}(?:{ROAD})|(?:{_DIRECTION}|人民|文化|中央|国际|体育|购物|客运|时代|新)(?:{BUILDING})"
)
"""What follows a name that is only the beginning of a road's or a building's own."""
TAKEN_FIRST = frozenset(
    "东南西北中上下内外前后环支横一二三四五六七八九十0123456789"
    + "".join(one[0] for one in f"{ROAD}|{BUILDING}".split("|"))
    + "人文央国体购客时新"
)

_COUNT = "[一二三四五六七八九十]"
_ROAD_OF_ANY_TOWN = (
    "(?:人民)?(?:公园|学院|市场|广场|医院|体育|码头|时代|电力|府|国际|农业|财经|师范|明珠)[东南西北中前后]?"
    "(?:大道|大街|路|街|巷)"
)
_ROAD_OF_A_TOWN = (
    rf"{_ROAD_OF_ANY_TOWN}|[东南西北]?(?:(?:{_COUNT}{{2,4}}|[0-9]{{2,4}})(?:路|大道|大街|街|国道|省道)|{_COUNT}马路)"
    "|[东南西北]大街"
)
LANDMARK = re.compile(
    rf"{_ROAD_OF_A_TOWN}|大桥"
    rf"|(?:人民|中心|第?{_COUNT}{{1,2}})医院|中医院|人民(?:公园|广场)|第?{_COUNT}{{1,2}}[中小]|第{_COUNT}{{1,2}}[高初]"
    "|(?:实验|中心)(?:小学|中学|学校|高中)|体育(?:馆|场|中心)|博物馆|国际大酒店|批发市场|中央公园|码头|立交桥|高速路口"
    "|(?:移动|联通|电信)营业厅"
    rf"|{_DIRECTION}(?:机场|国际机场|火车站|汽车站|高铁站|客运站|地铁站|车站|站)"
)
"""Of what takes a name, what every town has and calls after nothing but the town: 石家庄一中, 长沙五一大道."""
ROAD_OF_A_TOWN = re.compile(_ROAD_OF_A_TOWN)

CENTRE = re.compile("(?<=[市城]中)心")
"""What makes 市中 that of 市中心."""
STATION = re.compile(
    rf"{_DIRECTION}(?:机场|国际机场|火车站|汽车站|高铁站|客运站|地铁站|车站|站)|书店|(?<=新城)吾悦|{CENTRE.pattern}"
)
"""What takes a county's short name, but not a city's: 白云机场 lies elsewhere than 白云区, 杭州东站 is in 杭州."""
STATION_FIRST = frozenset("东南西北中上下内外前后环支横机国火汽高客地车站书吾心")
TAKEN_TOWN = re.compile(rf"(?![老古]街).?(?:{ROAD})")
"""What makes a township's short name the beginning of a road's: 陆家嘴环路. Its old street is its own: 神垕老街."""
ROAD_OF_ANY_TOWN = re.compile(_ROAD_OF_ANY_TOWN)
"""A road that is called after what every town has, and not after the town before it: 丁蜀公园路."""

TOWN_KINDS = re.compile(r"街道办事处|街道办|街办|街道|镇|乡(?![村下间亲])|苏木|地区")
STREET_BEFORE_A_ROAD = re.compile(r"街[ ,，、](?=[一-鿿]{2,6}(?:路|街|巷|道))")
"""What people who say 街 for 街道 put behind a township's name: 黄陂前川街，百秀街."""
EVERYDAY = re.compile(
    "[城河江湖海溪郊][东南西北中内外]|[东南西北][关门郊街]|[新老旧古县][城街区市]|城[关郊厢区]|大?桥头|新村|中心|站前|(?:火)?车站|工业园?|开发"
)
"""Words for a part of any city, which are no township by themselves where only the city is known: 台州市城西新区."""
AREA = re.compile(
    "(?:城|市|郊|矿|[新老旧]城|新市|新|老|旧"
    "|(?:高新|高铁|技术|经济|产业|工业|开发|科技|度假|旅游|风景|名胜|示范|保税|生态|物流|循环|空港|商务)+)(?:新?区|园区?)"
)
"""Words for an area that any city may have; after a city that holds no such division they name none: 扬州老城区."""
COUNTY_TOKEN = re.compile(r"[一-鿿]{1,7}?(?:自治县|区|县|市|旗)")
"""What may be a county's name, right or misspelt."""
SOME_AREA = re.compile("(?:[新老]|高新|开发|工业|度假|风景|管理|示范|园)区$")
"""How the name of some area ends, mostly of none that is a county."""
IN_THE_COUNTRY = re.compile("乡下(?![一-鿿])")
"""What is no township's kind: 黄山乡下."""

SEPARATORS = frozenset(" \t\r\n,，、;；:：.。·・-—_/|\\>＞()（）[]【】〔〕\"'“”‘’「」『』《》<!！?？~～*#+=&　•→➡")
LEADS = frozenset("在住到是于址往送寄给从去来我家等至回居位属归区市县省州盟旗镇乡道的")
"""Characters after which a place may well begin, besides the beginning and a mark."""
ENDS = frozenset("区县市省州盟旗镇乡道")
"""Of them those that end another place's name."""
HOME, OF_A_HOME = "家", frozenset("我你您他她咱们老娘婆岳公自大搬回在到")
"""One more, and what stands before it: 我家, 老家."""
BEFORE_A_LONGER_NAME = frozenset("大小新老旧前后")
"""What stands before a place's name in that of another: 新海港区 is not 海港区."""
LEADS_IN = frozenset("在住到于址")
"""Of them those that only lead to a place, and end none."""
DENIAL = re.compile("(?<![是在住])(?:不是|不在|不住|并非|(?:别|不要?)(?:再)?[送寄发])[在到往去]?")
"""What says of the place right behind that it is not meant."""
CAMPUS_KINDS = ("校区", "分校")
CAMPUS = re.compile(f"(?:大学|学院|学校|[中小]学)(?=[一-鿿]{{2,4}}(?:{'|'.join(CAMPUS_KINDS)}))")
"""A school before the name of its campus."""
KIND_OF_COUNTY = frozenset("区县市旗")
WEAK_FULL = frozenset(
    {"城区", "郊区", "矿区", "东区", "西区", "南区", "北区", "中区", "新区", "市区", "新社区", "大社区"}
)
"""Official names that are mostly words of another kind; they count only right after what they lie in."""
HOUSE = re.compile(r"[0-9]|路|街(?!道)|巷|弄|号|栋|幢|楼|室|胡同|大道|小区|花园|公寓|广场|大厦")
"""Where the road or the house begins."""


def skipped(folded: str, at: int) -> int:
    """The next place from `at` on where no mark stands."""
    while at < len(folded) and folded[at] in SEPARATORS:
        at += 1
    return at
