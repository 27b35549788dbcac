"""What the doctor looks at is one line, whatever it says."""

import pytest

from services.cli.doctor.finding import Finding, look


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            OverflowError("getsockaddrarg: port must be 0-65535."),
            "OverflowError: getsockaddrarg: port must be 0-65535.",
        ),
        (ValueError("invalid literal for int()"), "ValueError: invalid literal for int()"),
        (TimeoutError(), "does not answer in time"),
    ],
)
async def test_an_address_that_is_wrong_is_a_finding(error: Exception, says: str) -> None:
    async def check() -> str:
        raise error

    assert await look("intake's database", check) == Finding("intake's database", is_well=False, says=says)
