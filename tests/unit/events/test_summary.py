"""Every event has one line for a person, in Chinese and English; history shows old versions as the newest."""

import json
from pathlib import Path

import pytest

from shared.contracts.documents import EXAMPLES
from shared.events.history import history_item
from shared.events.registry import FACTS
from shared.events.summary import LINES, summarise
from shared.log.record import read_attributes

EXAMPLE_FILES = sorted(path for path in EXAMPLES.glob("*/*.json") if path.parent.name != "log.fenced")
NAMES = {"hz-wulin": "武林店", "t-hz-wulin-03": "陈师傅"}


def test_every_type_but_the_fence_has_a_line() -> None:
    assert set(LINES) == set(FACTS) - {"log.fenced"}


@pytest.mark.parametrize("path", EXAMPLE_FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_line_is_in_both_languages_and_shows_names_for_ids(path: Path) -> None:
    found = json.loads(path.read_text(encoding="utf-8"))
    attributes = read_attributes([(name, value.encode()) for name, value in found["headers"].items()])
    item = history_item(attributes, json.dumps(found["data"]).encode(), names=NAMES)
    summary = item["summary"]
    assert any("\u4e00" <= character <= "\u9fff" for character in summary["zh"])
    assert any(character.isascii() and character.isalpha() for character in summary["en"])
    for identifier, name in NAMES.items():
        if found["data"].get("technician_id") == identifier:
            assert name in summary["zh"]
            assert name in summary["en"]


def test_a_sealed_text_is_shown_as_sealed() -> None:
    sealed = {"$sealed": {"key_id": "c", "nonce": "AA==", "ciphertext": "AA=="}}
    assert summarise("ticket.noted", {"text": sealed})["zh"] == "内部备注：🔒"


def test_a_long_text_is_cut_and_stays_on_one_line() -> None:
    line = summarise("ticket.noted", {"text": "很长\n" * 100})["zh"]
    assert "\n" not in line
    assert line.endswith("…")


def test_history_lifts_an_old_version() -> None:
    found = json.loads((EXAMPLES / "ticket.opened" / "version-1.json").read_text(encoding="utf-8"))
    attributes = read_attributes([(name, value.encode()) for name, value in found["headers"].items()])
    item = history_item(attributes, json.dumps(found["data"]).encode())
    assert item["data"]["contact"]["channel"] == "store"
    assert item["data"]["urgency"] == "high"
