"""Errors that a command explains in words."""

import re

from services.cli.answer import EXPECTED_ERRORS
from tests.tidy.tree import python_files, read


def test_every_error_that_is_explained_by_name_exists() -> None:
    classes = {
        name
        for path in python_files()
        if path.parts[0] in {"services", "shared"}
        for name in re.findall(r"^class (\w+)\(", read(path), re.MULTILINE)
    }
    assert classes >= EXPECTED_ERRORS
