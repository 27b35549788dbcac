from opencc import OpenCC

from shared.folding import fold
from shared.folding.simplified import SIMPLIFIED, TRADITIONAL


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
