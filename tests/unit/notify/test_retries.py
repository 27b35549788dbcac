"""When a delivery is tried again, and when it ends."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.handle.record import result_of
from services.notify.policy.retries import SPREAD, Retries, retry_delay_s
from services.notify.senders import DETAIL_CHARACTERS_MAX, Later, Never, Outcome, Sent, Unknown
from services.notify.store.claims import WebhookDue
from services.notify.store.outcomes import Result
from services.notify.store.rows import as_json
from shared.ids import derived_id
from tests.unit.notify.happenings import NOON

RETRIES = Retries(delay_s_first=5, delay_s_max=3_600, give_up_s=86_400)
chances = st.floats(0, 1, exclude_max=True)


def after(outcome: Outcome, *, attempts: int = 1, passed_s: float = 0, **more: Any) -> Result:
    due = WebhookDue(derived_id("d"), derived_id("e"), 1, attempts, NOON - timedelta(seconds=passed_s), NOON, b"{}")
    worker_id = derived_id("a worker")
    return result_of(due, outcome, worker_id=worker_id, retries=RETRIES, chance=0.5, **more)


@given(attempts=st.integers(1, 10_000), chance=chances)
def test_pauses_stay_within_their_bounds(attempts: int, chance: float) -> None:
    delay = retry_delay_s(RETRIES, attempts=attempts, chance=chance)
    assert RETRIES.delay_s_first * (1 - SPREAD) <= delay <= RETRIES.delay_s_max * (1 + SPREAD)


def test_pauses_double_up_to_the_longest() -> None:
    pauses = [retry_delay_s(RETRIES, attempts=attempts, chance=0.5) for attempts in range(1, 13)]
    assert pauses[:4] == [5, 10, 20, 40]
    assert pauses[-1] == RETRIES.delay_s_max


@given(asked=st.floats(0, 1e9), chance=chances)
def test_what_the_other_side_asks_for_is_granted_up_to_the_longest(asked: float, chance: float) -> None:
    delay = retry_delay_s(RETRIES, attempts=1, chance=chance, asked_s=asked)
    assert delay >= min(asked, RETRIES.delay_s_max)
    assert delay <= RETRIES.delay_s_max * (1 + SPREAD)


def test_later_waits_and_ends_visibly_when_the_time_is_over() -> None:
    assert after(Later("busy")).status == "waiting"
    ended = after(Later("busy"), attempts=30, passed_s=86_399)
    assert (ended.status, ended.reason, ended.detail) == ("failed", "gave_up", "busy")


SAID = "554 \ud800" + "查无此人".encode("gbk").decode("utf-8", "surrogateescape") + "\x00" + "x" * 2_000


@pytest.mark.parametrize("outcome", [Sent(SAID), Later(SAID), Never("refused", SAID), Unknown(SAID)])
def test_whatever_the_other_side_said_can_be_kept(outcome: Outcome) -> None:
    result = after(outcome)
    assert result.detail is not None
    assert result.detail.startswith(r"554 \ud800\udcb2")
    assert len(result.detail) <= DETAIL_CHARACTERS_MAX
    (row,) = orjson.loads(as_json([result]))
    assert row["detail"] == result.detail
    assert "\x00" not in result.detail


def test_what_was_taken_or_refused_or_lost_from_sight_has_ended() -> None:
    assert after(Sent("250 ok")).status == "sent"
    refused = after(Never("refused", "550 no such user"))
    assert (refused.status, refused.reason) == ("failed", "refused")
    unknown = after(Unknown("connection lost"))
    assert (unknown.status, unknown.reason) == ("failed", "outcome_unknown")
