"""`gongdan try address`: the division that an address names, how sure that is, and what is left of it."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

import typer

from services.cli.trying.lines import Takes

TAKES: Final[Takes] = "text"


def part(
    near: Annotated[
        str | None, typer.Option(help="Code of a division nearby; settles between places of one name.")
    ] = None,
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Read addresses as people write them: a line of text in, division, confidence, rules and rest out."""
    from shared.divisions import answerer

    try:
        return answerer(near=near)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--near") from None
