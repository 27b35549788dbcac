"""`gongdan try dispatch`: who gets a ticket, and why."""

from typing import Annotated, Final

import typer

from services.cli.trying.lines import Answer, Takes

TAKES: Final[Takes] = "json"


def part(
    *,
    ladder: Annotated[bool, typer.Option("--ladder", help="Also say who would be asked next, and when.")] = False,
) -> Answer:
    """Choose a technician for a ticket: {id, now, store, ticket, technicians, policy?} in, the decision record out.

    The fields are listed in docs/reference/who.md.
    """
    from services.routing.dispatch.document import decide_document

    return lambda document: decide_document(document, foretell=ladder)
