"""A loop that ends is started again: soon after it had worked for a while, later and later when it fails at once."""

import asyncio

import pytest

from shared import background


@pytest.mark.parametrize(
    ("lives_s", "waits"),
    [
        pytest.param(0.0, [0.5, 1.0, 2.0, 4.0], id="fails at once"),
        pytest.param(60.0, [0.5, 0.5, 0.5, 0.5], id="had worked"),
    ],
)
async def test_only_a_loop_that_fails_at_once_is_started_later_and_later(
    monkeypatch: pytest.MonkeyPatch, lives_s: float, waits: list[float]
) -> None:
    now_s = 0.0
    waits_s: list[float] = []

    async def loop() -> None:
        nonlocal now_s
        now_s += lives_s
        if len(waits_s) == len(waits):
            await asyncio.Event().wait()
        raise OSError("away")

    async def sleep(seconds: float) -> None:
        waits_s.append(seconds)

    monkeypatch.setattr(background, "monotonic", lambda: now_s)
    monkeypatch.setattr("shared.backoff.asyncio.sleep", sleep)
    monkeypatch.setattr("shared.backoff.random.random", lambda: 1.0)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await background.keep_running("a loop", loop)

    assert waits_s == waits
