"""The index of commands. Each command's module is loaded when it is called, so that `gongdan --help` is quick."""

import importlib
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

# command → (module, function or Typer app, the line in the list)
COMMANDS = {
    "run": ("services.cli.run", "run", "Everything for one machine: servers, sample chain, story, the four services."),
    "serve": ("services.cli.serve", "serve", "Services against servers that run already."),
    "servers": ("services.cli.servers", "app", "Only the embedded PostgreSQL and Kafka: start, stop, status."),
    "migrate": ("services.cli.operate", "migrate", "Bring the databases to the newest shape."),
    "topics": ("services.cli.operate", "topics", "Create the topics as their cards say."),
    "token": ("services.cli.operate", "token", "Issue bearer tokens."),
    "sample": ("services.cli.sample", "sample", "The sample chain: stores, people, orders, policies."),
    "tail": ("services.cli.tickets", "tail", "Follow the log, readably."),
    "show": ("services.cli.tickets", "show", "A ticket's history, as a person would want it."),
    "replay": ("services.cli.tickets", "replay", "A ticket as it was at an instant."),
    "try": ("services.cli.trying.command", "app", "The pure parts at full speed: lines in, JSON lines out, no server."),
    "rebuild": ("services.cli.rebuild", "rebuild", "Build read models anew from the log, beside the live ones."),
    "dead-letters": ("services.cli.dead_letters", "dead_letters", "What could not be read: list, retry, discard."),
    "doctor": ("services.cli.doctor.command", "doctor", "What is wrong: servers, rights, lag, stopped tickets, disks."),
}


class Index(TyperGroup):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the signature is Typer's
        """The names, in the order of the list above."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the signature is Typer's
        """The command itself, imported now; None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        return as_click(getattr(importlib.import_module(module), attribute), cmd_name)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The list without importing a single command."""
        formatter.write_usage(ctx.command_path, "COMMAND …")
        formatter.write_paragraph()
        formatter.write_text("Gongdan (工單): the ticket system of a chain of stores.")
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])
        formatter.write_paragraph()
        formatter.write_text("`gongdan COMMAND --help` says more. Exit codes: 0 done, 1 failed, 2 misused.")


def as_click(target: Any, name: str) -> TyperCommand | TyperGroup:
    """A Typer app as it is; a plain function as a command of that name."""
    if isinstance(target, typer.Typer):
        command = typer.main.get_command(target)
    else:
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.command(name)(target)
        command = typer.main.get_command(single)
    command.name = name
    return cast("TyperCommand | TyperGroup", command)


app = typer.Typer(
    cls=Index, no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)


@app.callback()
def gongdan() -> None:
    """The ticket system of a chain of stores."""
