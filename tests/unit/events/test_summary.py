"""Every event has one line for a person, in Chinese and English; history shows old versions as the newest."""

import json
from pathlib import Path

import pytest

from shared.contracts.documents import EXAMPLES
from shared.events.history import history_item
from shared.events.registry import FACTS
from shared.events.summary import LINES, TEMPLATES, summarise
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


def notification(template: str, reason: str) -> dict[str, object]:
    return {"recipient": "customer", "recipient_id": None, "template": f"{template}@zh-CN", "reason": reason}


@pytest.mark.parametrize("reason", ["no_address", "refused", "gave_up", "outcome_unknown"])
@pytest.mark.parametrize("template", ["opened", "assigned", "replied", "resolved"])
def test_why_somebody_was_not_told_is_in_words(template: str, reason: str) -> None:
    line = summarise("notification.failed", notification(template, reason))
    assert line["zh"].startswith("未能通知客户：")
    assert not any(character.isascii() and character.isalpha() for character in line["zh"])
    assert "_" not in line["en"]


def test_every_template_has_its_words() -> None:
    files = (Path(__file__).parents[3] / "services" / "notify" / "templates").glob("*/*.txt")
    assert {path.name.partition(".")[0] for path in files} == set(TEMPLATES)


def test_what_is_too_old_is_said_so() -> None:
    line = summarise("notification.suppressed", notification("opened", "too_old"))
    assert line == {
        "zh": "未再通知客户：工单已受理（事情已过时）",
        "en": "Did not tell the customer: the ticket is open (too old to be news)",
    }


def test_the_reason_of_a_person_stands_in_their_words() -> None:
    line = summarise("ticket.reopened", {"reason": "又漏了"})
    assert line == {"zh": "重新打开（又漏了）", "en": "Reopened (又漏了)"}


def test_history_lifts_an_old_version() -> None:
    found = json.loads((EXAMPLES / "ticket.opened" / "version-1.json").read_text(encoding="utf-8"))
    attributes = read_attributes([(name, value.encode()) for name, value in found["headers"].items()])
    item = history_item(attributes, json.dumps(found["data"]).encode())
    assert item["data"]["contact"]["channel"] == "store"
    assert item["data"]["urgency"] == "high"
