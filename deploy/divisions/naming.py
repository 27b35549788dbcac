"""What people call a division for short: the name without the word for its kind and without the peoples it names."""

import re

PEOPLES = (
    "蒙古族|回族|藏族|维吾尔族|维吾尔|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族|哈萨克|傣族|黎族|"
    "傈僳族|佤族|畲族|高山族|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜族|柯尔克孜|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|毛南族|"
    "仡佬族|锡伯族|锡伯|阿昌族|普米族|塔吉克族|塔吉克|怒族|乌孜别克族|俄罗斯族|鄂温克族|德昂族|保安族|裕固族|京族|塔塔尔族|独龙族|"
    "鄂伦春族|赫哲族|门巴族|珞巴族|基诺族|各族|蒙古"
)
AUTONOMOUS = re.compile(rf"(?:{PEOPLES})*(自治区|自治州|自治县|自治旗)$")
KINDS = re.compile(r"(?:特别行政区|(?<=..)(?:地区|特区|新区)|(?<=神农架)林区|[省市区县盟旗])$")
"""清新区 is 清新, and 万柏林区 is 万柏林; but 浦东新区 is 浦东."""
OF_A_PEOPLE = re.compile(rf"(?:{PEOPLES})+区$")
NO_SHORT_NAME = re.compile(r"^.矿区$|^井陉矿区$|^..?$|群岛|行政区划|海域")
ZONE = re.compile(
    r"^(?P<place>.*?)(?:市)?(?P<kind>高新技术产业开发区|高新技术开发区|高技术产业开发区|高新技术产业园区|经济技术开发区|经济开发区"
    r"|临港经济技术开发区|城乡一体化示范区|管理区|新区|示范区|工业园区|工业园|管委会)$"
)
ZONE_KINDS = {
    "高新技术产业开发区": ("高新技术产业开发区", "高新技术开发区", "高新开发区", "高新区"),
    "高新技术开发区": ("高新技术产业开发区", "高新技术开发区", "高新开发区", "高新区"),
    "高技术产业开发区": ("高技术产业开发区", "高新技术产业开发区", "高新区"),
    "高新技术产业园区": ("高新技术产业园区", "高新技术产业开发区", "高新区"),
    "经济技术开发区": ("经济技术开发区", "经济开发区", "经开区", "开发区"),
    "经济开发区": ("经济技术开发区", "经济开发区", "经开区", "开发区"),
    "城乡一体化示范区": ("城乡一体化示范区", "示范区"),
}
LIKE_A_COUNTY = re.compile(r".{2,4}(?<!园)区$")
"""The zones of 大兴安岭 are called as counties are: 加格达奇区, 松岭区."""
ONE_OF_TWO_CHARACTERS = 2


def short_names(name: str) -> list[str]:
    """The short names of a province, city or county, none where too little would be left (城区)."""
    if NO_SHORT_NAME.search(name):
        return []
    autonomous = AUTONOMOUS.search(name)
    if autonomous:
        bare = name.removesuffix(autonomous[1]).removesuffix("族")
        short = name[: autonomous.start()] if autonomous.start() >= ONE_OF_TWO_CHARACTERS else bare  # 内蒙古 is no 内
        kinds = {"自治县": "县", "自治旗": "旗", "自治州": "州"}
        return [short, short + kinds[autonomous[1]]] if autonomous[1] in kinds else [short]
    short = OF_A_PEOPLE.sub("", name)
    if short == name:
        short = KINDS.sub("", name)
    return [short] if len(short) >= ONE_OF_TWO_CHARACTERS and short != name else []


def zone_names(name: str, city: str) -> list[str]:
    """What a zone that the statistics count as a county is called: with and without its city, long and short."""
    found = ZONE.match(name)
    if found is None:
        return short_names(name) if LIKE_A_COUNTY.match(name) else []
    city_short = re.sub(r"(市|地区|盟|州)$", "", city)
    bare = re.sub(rf"^(?:河北|山西|内蒙古|吉林|安徽|河南|湖南)?(?:{city_short}|{city})?(?:市)?", "", found["place"])
    kinds = ZONE_KINDS.get(found["kind"], (found["kind"],))
    ways = [f"{bare}{kind}" for kind in kinds] + [f"{city_short}{bare}{kind}" for kind in kinds]
    return [way for way in dict.fromkeys(ways) if way != name and len(way) > ONE_OF_TWO_CHARACTERS]
