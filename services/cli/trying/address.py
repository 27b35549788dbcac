"""`gongdan try address`: the division that an address names, how sure that is, and what is left of it."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from services.cli.trying.lines import Answer, Takes
from services.cli.trying.options import checked, said

TAKES: Final[Takes] = "text"


def part(
    near: Annotated[
        str | None, typer.Option(help="Code of a division nearby; settles between places of one name.")
    ] = None,
) -> Answer:
    """Read addresses as people write them: a line of text in, division, confidence, rules and rest out."""
    from shared.divisions import nearby, parse, shown

    def known(code: str) -> str:
        nearby(code)
        return code

    closer = None if near is None else checked("--near", known, near)

    def answer(document: Mapping[str, Any]) -> dict[str, Any]:
        written = document["text"]
        return shown(written, parse(written, near=said(document, "near", known, closer)))

    return answer
