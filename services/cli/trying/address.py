"""`gongdan try address`: the division that an address names, how sure that is, and what is left of it."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

import typer

from services.cli.trying.lines import Takes
from services.cli.trying.options import checked

TAKES: Final[Takes] = "text"


def part(
    near: Annotated[
        str | None, typer.Option(help="Code of a division nearby; settles between places of one name.")
    ] = None,
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Read addresses as people write them: a line of text in, division, confidence, rules and rest out."""
    from shared.divisions import answerer

    return answerer(near=None) if near is None else checked("--near", lambda code: answerer(near=code), near)
