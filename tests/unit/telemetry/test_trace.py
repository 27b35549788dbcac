import pytest

from shared.telemetry.trace import current_traceparent, new_traceparent, parse_traceparent, use_traceparent

GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_what_we_make_is_valid_and_never_the_same() -> None:
    made = {new_traceparent() for _ in range(1000)}
    assert len(made) == 1000
    assert all(parse_traceparent(traceparent) == traceparent for traceparent in made)


@pytest.mark.parametrize("value", [GIVEN, "cc-" + GIVEN[3:], "cc-" + GIVEN[3:] + "-what-comes-later"])
def test_a_valid_traceparent_is_kept(value: str) -> None:
    assert parse_traceparent(value) == value


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "ff" + GIVEN[2:],
        GIVEN.upper(),
        GIVEN + "-more",
        GIVEN + "\n",
        GIVEN[:-1],
        "00-" + "0" * 32 + GIVEN[35:],
        GIVEN[:36] + "0" * 16 + "-01",
        "cc-" + GIVEN[3:] + "-" + "x" * 200,
    ],
)
def test_an_invalid_traceparent_is_not(value: str | None) -> None:
    assert parse_traceparent(value) is None


def test_the_running_task_knows_its_traceparent() -> None:
    use_traceparent(GIVEN)
    assert current_traceparent() == GIVEN
    use_traceparent(None)
    assert current_traceparent() is None
