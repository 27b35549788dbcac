"""Sizes and names: what keeps every place findable."""

import re
from pathlib import Path

import pytest

from tests.tidy.tree import ROOT, functions, python_files, read, text_files

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
NAMES_OF_NOTHING = {"base", "common", "flows", "helper", "helpers", "manager", "misc", "service", "util", "utils"}

# Written in pieces, so that this file is not its own first finding.
FORBIDDEN = {
    "a package host": re.compile("py" r"pi\.org|python" r"hosted\.org|maven\.(org|apache)|npm" r"js\."),
    "a place on one machine": re.compile(r"(?<!\w)(/wo" r"rk/|/ro" r"ot/|/ho" r"me/[a-z]+/)"),
    "a word of the unfinished": re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b"),
}


def is_code(path: Path) -> bool:
    return path.parts[0] in {"services", "shared", "bench"} and "migrations" not in path.parts


def test_no_module_is_longer_than_its_limit() -> None:
    long = {str(path): n for path in python_files() if (n := read(path).count("\n")) > MODULE_LINES_MAX}
    assert not long, f"more than {MODULE_LINES_MAX} lines, did two concepts meet? {long}"


def test_no_function_is_longer_than_its_limit() -> None:
    long = [
        f"{path}:{function.lineno} {function.name}"
        for path in python_files()
        if is_code(path)
        for function in functions(path)
        if (function.end_lineno or 0) - function.lineno >= FUNCTION_LINES_MAX
    ]
    assert not long, f"more than {FUNCTION_LINES_MAX} lines: {long}"


def test_no_module_or_folder_has_a_name_that_says_nothing() -> None:
    found = [
        str(path) for path in python_files() if {part.removesuffix(".py") for part in path.parts} & NAMES_OF_NOTHING
    ]
    assert not found


def test_every_package_of_the_program_has_a_docstring_and_an_init() -> None:
    folders = {path.parent for path in python_files() if is_code(path) and "alembic" not in path.parts}
    missing = [str(folder) for folder in folders if not (ROOT / folder / "__init__.py").exists()]
    assert not missing


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what: str) -> None:
    found = [
        f"{path}:{number}"
        for path in text_files()
        if path.name != "requirements.lock" or what == "a package host"
        for number, line in enumerate(read(path).splitlines(), 1)
        if FORBIDDEN[what].search(line)
    ]
    assert not found, f"{what} stands in {found}"


def test_every_type_ignore_and_noqa_says_which_and_why() -> None:
    bare = re.compile(
        r"# type: ignore(?!\[)|# noqa(?!: [A-Z]+\d)|# (?:type: ignore\[[^]]*\]|noqa: [A-Z]+[0-9, A-Z]*)\s*$"
    )
    found = [
        f"{path}:{number}"
        for path in python_files()
        if path.parts[0] != "tests"
        for number, line in enumerate(read(path).splitlines(), 1)
        if bare.search(line)
    ]
    assert not found, f"without a code or a reason: {found}"
