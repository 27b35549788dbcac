"""`gongdan try phone`: a phone number as people write it → E.164."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from services.cli.trying.lines import Answer, Takes
from services.cli.trying.options import checked, said

TAKES: Final[Takes] = "text"


def part(
    region: Annotated[str, typer.Option(help="The country whose numbers need no code, ISO 3166.")] = "CN",
    area: Annotated[str, typer.Option(help="The area code for bare local numbers, such as 0571.")] = "",
) -> Answer:
    """Phones: what people write → {input, e164, extension, kind, valid, others, rules}.

    A line {text, region, area} has its own.
    """
    from services.intake.understand.phones import known_area, known_region, read_phone

    region, area = checked("--region", known_region, region), checked("--area", known_area, area)

    def answer(document: Mapping[str, Any]) -> dict[str, Any]:
        written = document["text"]
        country, town = said(document, "region", known_region, region), said(document, "area", known_area, area)
        reading = read_phone(written, country, town)
        return {
            "input": written,
            "e164": reading.e164,
            "extension": reading.extension,
            "kind": reading.kind,
            "valid": reading.is_valid,
            "others": reading.others,
            "rules": reading.rules,
        }

    return answer
