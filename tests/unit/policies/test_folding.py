from opencc import OpenCC

from shared.folding import fold
from shared.folding.simplified import SIMPLIFIED, TRADITIONAL
from shared.folding.sounds import SOUNDS, sound_of


def test_both_scripts_fold_to_one() -> None:
    assert fold("臺北市信義區") == fold("台北市信义区")


def test_width_and_case_are_folded() -> None:
    assert fold("ＡＢＣ１２３") == "abc123"


def test_folding_twice_changes_nothing() -> None:
    folded = fold("頭髮 後來 皇后 乾淨 台灣")
    assert fold(folded) == folded


def test_the_table_is_opencc_character_by_character() -> None:
    """Carried on until nothing changes: 薴 is 苧 there, and that is 苎."""
    convert = OpenCC("t2s").convert
    assert [convert(convert(one)) for one in TRADITIONAL] == list(SIMPLIFIED)


def test_characters_that_sound_the_same_without_tones_have_one_sound() -> None:
    assert sound_of("洲") == sound_of("州") != sound_of("杭")
    assert sound_of("厢") == sound_of("箱") == sound_of("香")
    assert (sound_of("x"), sound_of("7"), sound_of("")) == ("x", "7", "")


def test_the_table_of_sounds_names_its_source_and_holds_each_character_once() -> None:
    lines = SOUNDS.read_text(encoding="utf-8").splitlines()
    characters = "".join(line.split("\t")[1] for line in lines if not line.startswith("#"))
    assert "pypinyin" in lines[0]
    assert "(MIT)" in lines[0]
    assert len(characters) == len(set(characters)) > 6_700
