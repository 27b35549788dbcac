"""The page about the machine that breaks things names everything that there is."""

import pytest

from tests.chaos.reference import PAGE, TABLES


@pytest.mark.parametrize("head", TABLES)
def test_the_tables_are_those_of_the_code(head: str) -> None:
    """When this fails: `python -m tests.chaos.reference`."""
    page = PAGE.read_text("utf-8")
    assert [line for line in TABLES[head] if line not in page] == []
