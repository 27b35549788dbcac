"""The page about limits says what the code says."""

import re

import pytest

from tests.tidy.tree import read

ROW = re.compile(r"^\| .+ \| `([A-Z_]+)` \| ([0-9.]+) \| `([a-z_/]+\.py)` \|$", re.MULTILINE)


@pytest.mark.parametrize(("name", "number", "path"), ROW.findall(read("docs/reference/limits.md")))
def test_each_limit_is_where_and_what_the_page_says(name: str, number: str, path: str) -> None:
    found = re.search(rf"^{name}(?:: Final)? = ([0-9_.]+)", read(path), re.MULTILINE)
    assert found is not None, f"{path} has no {name}"
    assert float(found[1].replace("_", "")) == float(number)


def test_the_page_has_its_rows() -> None:
    assert len(ROW.findall(read("docs/reference/limits.md"))) > 25
