"""The source tree as the tidy tests see it: what git knows, so that left-overs of a run never count."""

import ast
import re
import resource
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project, new ones included, relative to its root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(path for path in map(Path, filter(None, listed.split("\0"))) if (ROOT / path).is_file())


def python_files() -> list[Path]:
    """Every Python file."""
    return [path for path in files() if path.suffix == ".py"]


def text_files() -> list[Path]:
    """Every file that can be read as text."""
    return [path for path in files() if is_text((ROOT / path).read_bytes())]


def is_text(content: bytes) -> bool:
    """Whether bytes are UTF-8."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def read(path: Path | str) -> str:
    """The text of a file of the project."""
    return (ROOT / path).read_text("utf-8")


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module, nested ones and methods included."""
    for node in ast.walk(ast.parse(read(path))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@cache
def project() -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads(read("pyproject.toml"))


def dependencies() -> dict[str, str]:
    """Each direct dependency with its pinned version."""
    table = project()["project"]
    listed = [*table["dependencies"], *table["optional-dependencies"]["dev"]]
    pinned = [re.fullmatch(r"([a-z0-9-]+)(?:\[[a-z,]+\])?==(\S+)", line) for line in listed]
    return {found[1]: found[2] for found in pinned if found}


def cpu_s_of(*command: str) -> float:
    """Seconds that a command computes; unlike those on the clock they hardly depend on what else the machine does."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=ROOT, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def make_targets() -> set[str]:
    """What the Makefile offers."""
    return set(re.findall(r"^([a-z]+):.*## ", read("Makefile"), re.MULTILINE))
