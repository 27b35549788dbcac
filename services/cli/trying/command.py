"""The command `gongdan try`: one subcommand for each part, imported when it is called."""

import functools
import gc
import importlib
import sys
from collections.abc import Callable
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

from services.cli.answer import EXIT_FAILED, misused
from services.cli.trying import PARTS
from services.cli.trying.lines import Answer, Takes, answer_lines


class Parts(TyperGroup):
    """The parts as commands; importing one does not load the others' tables."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the signature is Typer's
        """The names, in the order of the list."""
        return list(PARTS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the signature is Typer's
        """The part as a command, imported now; None when there is none of that name."""
        return as_command(cmd_name) if cmd_name in PARTS else None


app = typer.Typer(cls=Parts, no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.callback()
def try_parts() -> None:
    """Try the pure parts without a server.

    Reads lines from standard input and answers one JSON line for each, in order. A line that cannot be read is
    answered by {"line": n, "error": …}. A line that begins with { is JSON; plain text may be given as {"text": "…"}.
    """


def as_command(name: str) -> TyperCommand | TyperGroup:
    """The part of that name with its options as a command."""
    module = importlib.import_module(PARTS[name])
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command(name)(_runner(module.part, module.TAKES))
    command = typer.main.get_command(single)
    command.name = name
    return cast("TyperCommand | TyperGroup", command)


def _runner(part: Callable[..., Answer], takes: Takes) -> Callable[..., None]:
    """A function with the options and the docstring of `part` that answers standard input."""

    @functools.wraps(part)
    def run(**options: Any) -> None:
        if sys.stdin is None or sys.stdout is None:
            misused("standard input and output are needed, and one of them is closed")
        answer = part(**options)
        # Tables live as long as the process: the collector need not look at them for every line.
        gc.collect()
        gc.freeze()
        if not answer_lines(answer, takes, sys.stdin.buffer, sys.stdout.buffer):  # type: ignore[arg-type]  # a BufferedReader
            raise typer.Exit(EXIT_FAILED)

    return run
