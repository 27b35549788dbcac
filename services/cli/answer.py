"""How a command answers: a document as JSON or words for a person on standard output; what failed on standard error."""

import os
import sys
import traceback
from collections.abc import Callable
from typing import Annotated, Any, NoReturn

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON document instead of words.")]

EXIT_FAILED = 1
EXIT_MISUSED = 2

# By name, so that the errors' modules are loaded only by the commands that need them.
EXPECTED_ERRORS = {
    "CannotServe",
    "Impossible",
    "KeyUnusable",
    "NotConfigured",
    "Refused",
    "TopicsUnfit",
    "Unavailable",
    "Unreadable",
}


def answer(document: Any, words: Callable[[], None] | str, *, as_json: bool) -> None:
    """Print the document, or the words (a text, or a function that prints with Rich)."""
    if as_json:
        import orjson

        sys.stdout.write(orjson.dumps(document, default=str, option=orjson.OPT_INDENT_2).decode() + "\n")
    elif isinstance(words, str):
        sys.stdout.write(words + "\n")
    else:
        words()


def fail(text: str) -> NoReturn:
    """Say what failed and end the command with exit code 1."""
    say(text)
    raise typer.Exit(EXIT_FAILED)


def misused(text: str) -> NoReturn:
    """Say how the command is meant and end it with exit code 2."""
    say(text)
    raise typer.Exit(EXIT_MISUSED)


def say(text: str) -> None:
    """One line to standard error, where it never mixes with an answer."""
    sys.stderr.write(f"gongdan: {text}\n")
    sys.stderr.flush()


def explain(error: Exception) -> int:
    """Words for an error that reached the top, and the exit code. A bug of ours shows its trace."""
    if isinstance(error, ExceptionGroup):
        return max(explain(inner) for inner in error.exceptions)
    if isinstance(error, BrokenPipeError):
        # The reader of our output went away (`| head`): nothing to say, and nothing more to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    if type(error).__name__ not in EXPECTED_ERRORS and not isinstance(error, OSError):
        traceback.print_exception(error)
    say(str(error) or type(error).__name__)
    return EXIT_FAILED
