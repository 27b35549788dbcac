import pytest

from shared.divisions import parse
from shared.divisions.rules import RULES
from tests.accuracy.address import SURE, Tally, tallies


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("浙江省杭州市余杭区五常街道文一西路969号", "330110005"),
        ("杭州余杭五常", "330110005"),
        ("浙江省杭州市餘杭區五常街道", "330110005"),
        ("五常街道余杭区", "330110005"),
        ("五常 余杭区 杭州", "330110005"),
        ("杭州市五常街道", "330110005"),
        ("文一西路９６９号，余杭区，杭州", "330110"),
        ("上海南京东路300号", "310000"),
        ("重庆北京路12号", "500000"),
        ("济南市中区经七路", "370103"),
        ("青岛市南区香港中路", "370202"),
        ("荆州荆州", "421003"),
        ("甘肃庆阳镇原", "621027"),
        ("番禺市桥", "440113007"),
        ("东莞长安", "441900119"),
        ("东莞市万江区", "441900005"),
        ("儋州那大镇", "460400100"),
        ("嘉峪关市雄关街道", "620200001"),
        ("仙桃市沙嘴街道", "429004001"),
        ("臺北市大安區忠孝東路四段", "710105"),
        ("香港九龍旺角彌敦道", "810202"),
        ("苏州工业园区斜塘街道", "320576051"),
        ("广州天河体育西路103号", "440106"),
        ("重庆沙坪坝大学城", "500106"),
        ("浙江义乌国际商贸城", "330782"),
        ("重庆沙坪坝大学", "500000"),
    ],
)
def test_an_address_is_read_however_it_is_written(text: str, code: str) -> None:
    assert parse(text).code == code


@pytest.mark.parametrize(
    ("text", "code", "rule"),
    [
        ("杭州市佘杭区", "330110", "one_wrong_character_alike"),
        ("深圳市龙岗区布及街道", "440307014", "one_wrong_character_same_sound"),
        ("南精市鼓楼区", "320106", "one_wrong_character_same_sound"),
        ("杭州市下城区武林路", "330105", "former_name"),
        ("杭州市江干区下沙街道", "330114001", "former_name_split"),
        ("杭州市余杭区临平街道", "330113001", "former_county_of_the_town"),
        ("杭州市余杭区五常镇", "330110005", "town_kind_changed"),
        ("苏州高新区狮山路", "320505", "zone"),
        ("朝阳区望京街道", "110105026", "town_settles"),
        ("文一西路969号余杭区", "330110", "named_after_the_road"),
        ("赤峰红山子", "150402", "a_longer_name_begins_so"),
        ("鼓楼区中山路", None, "several_of_one_name"),
        ("北京大学", None, "only_a_road_or_building"),
        ("杯子漏水了", None, "no_name_known"),
    ],
)
def test_the_rule_behind_an_answer_stands_beside_it(text: str, code: str | None, rule: str) -> None:
    address = parse(text)
    assert (address.code, rule in address.rules) == (code, True)


def test_places_of_one_name_are_all_told_and_none_is_given() -> None:
    address = parse("鼓楼区中山路200号")
    assert address.code is None
    assert [one.code for one in address.candidates] == ["320106", "320302", "350102", "410204"]
    assert address.names == (None, None, None, None)


def test_what_is_near_settles_between_places_of_one_name() -> None:
    address = parse("鼓楼区中山路200号", near="320100")
    assert (address.code, "near_settles" in address.rules) == ("320106", True)


def test_near_does_not_outweigh_what_is_written() -> None:
    assert parse("福州市鼓楼区", near="320106").code == "350102"


def test_near_that_is_no_code_is_an_error() -> None:
    with pytest.raises(ValueError, match="2, 4, 6 or 9 digits"):
        parse("鼓楼区", near="南京")


@pytest.mark.parametrize("near", ["999999", "339900", "99"])
def test_near_a_place_that_does_not_exist_is_an_error(near: str) -> None:
    with pytest.raises(ValueError, match="no division has the code"):
        parse("鼓楼区", near=near)


@pytest.mark.parametrize("near", ["320103", "3201", "32", "429004", "110000"])
def test_near_may_be_a_former_division_a_short_code_or_one_without_a_city(near: str) -> None:
    assert parse("南京市鼓楼区", near=near).code == "320106"


def test_a_contradiction_is_never_given_as_sure() -> None:
    address = parse("杭州市朝阳区望京街道")
    assert address.confidence < SURE


def test_simplified_script_speaks_for_the_mainland() -> None:
    assert parse("中山区人民路").code == "210202"
    assert parse("中山區人民路").code is None


@pytest.mark.parametrize("text", ["", " ", "，。", "a" * 10_000, "\x00\ud800", "省市区县镇", "区区区", "é́́"])
def test_anything_is_read(text: str) -> None:
    assert parse(text).code is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("台州市城西新区", "331000"),
        ("台州市城西", "331000"),
        ("天水市新城吾悦3幢", "620500"),
        ("南充市河西", "511300"),
        ("太原新城", "140100"),
        ("清远市大桥头", "441800"),
        ("德州新华书店", "371400"),
        ("盐城高新区", "320900"),
        ("枣庄市中心广场", "370400"),
        ("石家庄新华书店", "130100"),
        ("太原市新城街道", "140108009"),
        ("温岭城西新区", "331081003"),
        ("东莞桥头", "441900107"),
    ],
)
def test_a_word_for_a_part_of_any_city_is_a_township_only_in_its_county(text: str, code: str) -> None:
    assert parse(text).code == code


@pytest.mark.parametrize(
    ("text", "code"), [("黄山黄山乡下", "341003"), ("淮南八公山乡下", "340405"), ("淮南八公山乡", "340422200")]
)
def test_what_lies_in_the_country_is_no_township(text: str, code: str) -> None:
    assert parse(text).code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("绍兴柯桥人民医院", "330603"),
        ("宁波慈溪一中", "330282"),
        ("温州乐清汽车站", "330382"),
        ("苏州昆山八一路", "320583"),
        ("泉州晋江机场", "350582"),
        ("无锡锡山东大街", "320205"),
        ("吉安吉安大桥头", "360821"),
        ("长沙五一大道", "430100"),
        ("我在长沙五一大道", "430100"),
        ("南昌八一大道", "360100"),
        ("福州五四路", "350100"),
        ("西安南大街", "610100"),
        ("沈阳北一马路", "210100"),
        ("郑州人民医院", "410100"),
        ("石家庄一中", "130100"),
    ],
)
def test_what_every_town_has_takes_no_name_but_leaves_a_doubt(text: str, code: str) -> None:
    address = parse(text)
    assert (address.code, "a_landmark_follows" in address.rules) == (code, True)
    assert address.confidence < SURE


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("北京朝阳路", "110000"),
        ("北京朝阳北路", "110000"),
        ("上海中山东一路", "310000"),
        ("中山一路", None),
        ("南京东路", None),
        ("北京大学人民医院", None),
        ("上海延安中学", "310000"),
        ("重庆江北机场", "500112"),
        ("广州白云机场", "440100"),
    ],
)
def test_a_road_or_school_called_after_a_place_takes_its_name(text: str, code: str | None) -> None:
    assert parse(text).code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("扬州老城区东关街", "321000"),
        ("广州老城区", "440100"),
        ("广州市老城区", "440100"),
        ("河南新乡老城区", "410700"),
        ("扬州新市区", "321000"),
        ("肇庆高新区", "441200"),
        ("肇庆市高新区", "441200"),
        ("洛阳老城区", "410302"),
        ("乌鲁木齐新市区", "650104"),
    ],
)
def test_a_word_for_an_area_is_no_county_elsewhere(text: str, code: str) -> None:
    assert parse(text).code == code


def test_a_word_for_an_area_is_a_doubtful_county_by_itself() -> None:
    address = parse("老城区中州东路")
    assert (address.code, "an_area_of_any_city" in address.rules) == ("410302", True)


def test_a_former_name_that_is_the_name_of_another_place_now_is_told_as_former() -> None:
    address = parse("保定市新市区")
    assert (address.code, "former_name" in address.rules) == ("130602", True)


@pytest.mark.parametrize(
    ("text", "code", "rule"),
    [
        ("狮山南海佛山", "440605124", "short_names_agree"),
        ("重庆万盛区", "500110", "former_name"),
        ("重庆双桥区", "500111", "former_name"),
        ("双桥区", "130802", "full_name_alone"),
        ("云南路南县", "530126", "former_name"),
        ("海南崖县", "460200", "former_name"),
        ("甘肃天水北道区", "620503", "former_name"),
        ("天津蓟县", "120119", "former_name"),
        ("台南縣永康市", "710339", "kind_changed"),
        ("台中縣太平市", "710431", "kind_changed"),
        ("台北縣三重市", "711149", "kind_changed"),
        ("桃園縣大溪鎮", "711423", "kind_changed"),
        ("永康市", "330784", "full_name_alone"),
        ("江苏省杭州市", "320000", "names_of_elsewhere"),
        ("东筦市长安镇", "441900119", "one_wrong_character_alike"),
        ("温洲乐清柳市", "330382114", "one_wrong_character_same_sound"),
    ],
)
def test_old_and_misspelt_names_are_read_and_none_is_made_up(text: str, code: str, rule: str) -> None:
    address = parse(text)
    assert (address.code, rule in address.rules) == (code, True)


def test_a_city_s_short_name_amid_other_words_is_no_answer() -> None:
    address = parse("客户王先生杭州")
    assert (address.code, [one.code for one in address.candidates]) == (None, ["330100"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("香港上環", "810101"),
        ("香港金鐘", "810101"),
        ("香港鰂魚涌", "810103"),
        ("香港北角英皇道", "810103"),
        ("香港太古城", "810103"),
        ("香港紅磡黃埔花園", "810201"),
        ("九龍塘", "810201"),
        ("九龍灣", "810205"),
        ("香港荔枝角", "810203"),
        ("香港青衣", "810308"),
        ("新界上水", "810301"),
        ("香港赤柱", "810104"),
        ("香港仔", "810104"),
        ("香港天水圍", "810305"),
        ("澳門路氹金光大道", "820203"),
        ("香港金鐘道", "810000"),
        ("上水村12号", None),
        ("蓝田", "610122"),
        ("广州南沙东涌", "440115103"),
    ],
)
def test_a_quarter_of_hong_kong_or_macau_is_in_its_district_and_nowhere_else(text: str, code: str | None) -> None:
    assert parse(text).code == code


def test_counties_of_one_short_name_settled_by_a_short_name_leave_a_doubt() -> None:
    address = parse("兴安红旗村")
    assert "short_names_settle" in address.rules
    assert address.confidence < SURE


@pytest.mark.parametrize("text", ["杭州市城西银泰", "成都市城南", "余杭区城西科创", "住在城西的杭州余杭"])
def test_a_word_for_a_part_of_any_city_contradicts_nothing(text: str) -> None:
    assert parse(text).confidence >= SURE


def test_a_city_before_a_county_elsewhere_is_no_township_of_that_county() -> None:
    assert (parse("延安江南水岸").code or "").startswith("6106")


def test_the_confidence_is_that_of_the_weakest_rule() -> None:
    address = parse("杭州市江干区下沙街道")
    assert address.confidence == min(RULES[rule].sure for rule in address.rules)


def test_a_province_in_short_before_words_of_no_address_is_not_sure() -> None:
    assert parse("重庆小面").confidence < SURE <= parse("上海南京东路").confidence


def test_what_is_left_keeps_road_house_and_room_apart_as_they_were_written() -> None:
    rest = parse("上海市閔行區七莘路3655弄12號 萬科花園5幢2單元302室").rest
    assert (rest.road, rest.number) == ("七莘路", "3655弄12號")
    rest = parse("上海市闵行区七莘路3655弄12号万科花园5幢2单元302室").rest
    assert rest == (
        "七莘路3655弄12号万科花园5幢2单元302室",
        "七莘路",
        "3655弄12号",
        "万科花园",
        "5幢",
        "2单元",
        "302室",
    )


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("河南省信阳市光山县槐店乡陈洼村3组15号", (None, "15号", "陈洼村", None, None, None)),
        ("东莞市虎门镇博涌社区二横路5号", ("二横路", "5号", "博涌社区", None, None, None)),
        ("西安市雁塔区翠华路绿地世纪城B区5幢2单元1801室", ("翠华路", None, "绿地世纪城", "5幢", "2单元", "1801室")),
        ("石家庄市裕华区槐安东路136号怀特国际B座18层", ("槐安东路", "136号", "怀特国际", "B座", None, "18层")),
        ("沈阳市铁西区兴华南街58号万科金域国际12-2-1803", ("兴华南街", "58号", "万科金域国际", "12", "2", "1803")),
        ("北京海淀区中关村南大街甲5号院", ("中关村南大街", "甲5号院", None, None, None, None)),
        ("重庆市渝中区中山一路88号8幢4-3", ("中山一路", "88号", None, "8幢", None, "4-3")),
        ("重庆市渝中区中山一路88号8幢2-301", ("中山一路", "88号", None, "8幢", "2", "301")),
        ("杭州市西湖区翠苑一区12-2-1803", (None, None, "翠苑", "12", "2", "1803")),
        ("长沙市岳麓区北路二巷6号附3号", ("北路", "二巷6号附3号", None, None, None, None)),
        ("珠海市香洲区景山路188号粤财大厦15楼1508房", ("景山路", "188号", "粤财大厦", None, None, "1508房")),
        ("福州市仓山区浦上大道272号仓山万达广场A1座", ("浦上大道", "272号", "仓山万达广场", "A1座", None, None)),
        ("台北市大安區忠孝東路四段181巷7弄13號3樓", ("忠孝東路四段", "181巷7弄13號", None, None, None, "3樓")),
        ("常州市新北区薛家镇富康花园28幢甲单元401号", (None, None, "富康花园", "28幢", "甲单元", "401号")),
    ],
)
def test_what_is_left_is_told_apart_in_every_order_that_people_write(text: str, kept: tuple[str | None, ...]) -> None:
    assert parse(text).rest[1:] == kept


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("江苏宜兴丁蜀公园路", "320282112"),
        ("甘肃天水麦积道北埠南路", "620503001"),
        ("城区 阳泉市 德胜东街", "140302"),
        ("杨家坪街道西郊路22号九龙坡", "500107001"),
        ("湖北当阳两河镇", "420582101"),
        ("厦门翔安，马巷", "350213002"),
        ("上海川沙", "310115103"),
        ("武汉黄陂，前川街，百秀街", "420116001"),
        ("浙 江 省 杭 州 市 滨 江 区", "330108"),
        ("东风村", None),
        ("江苏省泰洲市海凌区城东街道", "321202001"),
        ("安徽省安庆市枞阳县", "340722"),
        ("从上海市浦东新区搬到苏州市相城区", "320507"),
        ("重庆市梁平县", "500155"),
        ("四川省简阳市", "510185"),
        ("湖北武昌县", "420115"),
        ("乌镇 慈云路9号 桐乡 浙江", "330483"),
        ("乌镇慈云路9号，浙江桐乡", "330483"),
        ("长沙经济技术开发区东六路", "430121"),
        ("长沙东六路", None),
        ("河南禹州神垕老街钧瓷店", "411081103"),
        ("呼和浩持市新城区新华东街", "150102"),
        ("锡盟二连前进路", "152501"),
    ],
)
def test_names_are_found_where_only_what_stands_around_tells_them(text: str, code: str | None) -> None:
    assert parse(text).code == code


def test_the_tuned_set_is_read_as_well_as_it_must_be() -> None:
    total = Tally()
    for one in tallies("address.tuned.tsv").values():
        total.add(one)
    assert total.counties_right / total.counties >= 0.97
    assert total.townships_right / total.townships >= 0.90
    assert total.sure_and_wrong == []
