"""The command line as a person meets it: every command has help, misuse is told, starting is quick."""

import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from services.cli.app import COMMANDS, app
from tests.tidy.tree import ROOT, cpu_s_of

HELP_CPU_S_MAX = 0.5


def gongdan(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def leaves() -> Iterator[tuple[str, Any]]:
    """Every command that can be called, with its words."""
    index = typer.main.get_command(app)
    for name in COMMANDS:
        command: Any = index.get_command(None, name)  # type: ignore[attr-defined]
        if hasattr(command, "list_commands"):
            yield from ((f"{name} {sub}", command.get_command(None, sub)) for sub in command.list_commands(None))
        else:
            yield name, command


@pytest.mark.parametrize(("words", "command"), list(leaves()))
def test_every_command_says_what_it_does(words: str, command: Any) -> None:
    assert command.help, words


@pytest.mark.parametrize(("words", "command"), list(leaves()))
def test_every_command_that_answers_can_answer_in_json(words: str, command: Any) -> None:
    options = {option for parameter in command.params for option in parameter.opts}
    assert "--json" in options or words in {"run", "serve"} or words.startswith("try ")  # which answers nothing else


def test_help_is_quick() -> None:
    assert min(cpu_s_of(sys.executable, "-m", "services", "--help") for _ in range(3)) < HELP_CPU_S_MAX


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["migrate", "--target", "kitchen"], ["token", "issue"], ["run", "--port", "x"]]
)
def test_misuse_ends_with_2_and_says_how_it_is_meant(arguments: list[str]) -> None:
    ended = gongdan(*arguments)
    assert ended.returncode == 2
    assert "Usage:" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-"])
def test_trying_without_a_place_to_read_from_or_write_to_is_misuse(closed: str) -> None:
    command = f"{shlex.quote(sys.executable)} -m services try phone {closed}"
    ended = subprocess.run(["bash", "-c", command], cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 2
    assert "one of them is closed" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_failure_ends_with_1_and_says_what_to_do(tmp_path: Any) -> None:
    ended = gongdan("migrate", "--home", str(tmp_path))
    assert ended.returncode == 1
    assert "gongdan servers start" in ended.stderr
    assert "Traceback" not in ended.stderr
