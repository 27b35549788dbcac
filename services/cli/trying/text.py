"""`gongdan try text`: what a customer wrote → is it an urge, is it noise, which numbers does it name."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from services.cli.trying.lines import Answer, Takes
from services.cli.trying.options import checked, said
from shared.errors import Unreadable

TAKES: Final[Takes] = "text"


def part(
    region: Annotated[str, typer.Option(help="The country whose phone numbers need no code, ISO 3166.")] = "CN",
    area: Annotated[str, typer.Option(help="The area code for bare local phone numbers, such as 0571.")] = "",
) -> Answer:
    """Texts: what a customer wrote → {input, folded, urge, ticket_numbers, phones, order_numbers, noise, …}."""
    from services.intake.understand.phones import known_area, known_region
    from services.intake.understand.text import TEXT_LENGTH_MAX, understand

    region, area = checked("--region", known_region, region), checked("--area", known_area, area)

    def answer(document: Mapping[str, Any]) -> dict[str, Any]:
        written = document["text"]
        if len(written) > TEXT_LENGTH_MAX:
            raise Unreadable(f"text: expected at most {TEXT_LENGTH_MAX} characters, got {len(written)}")
        country, town = said(document, "region", known_region, region), said(document, "area", known_area, area)
        read = understand(written, country, town)
        numbers = [(number.kind, number.written, number.start, number.end) for number in read.numbers]
        phones = [("phone", phone.reading.e164, phone.start, phone.end) for phone in read.phones]
        return {
            "input": written,
            "folded": read.folded,
            "urge": read.is_urge,
            "ticket_numbers": read.written("ticket"),
            "phones": list(dict.fromkeys(phone.reading.e164 for phone in read.phones)),
            "order_numbers": read.written("order"),
            "product_numbers": read.written("product"),
            "noise": read.noise,
            "places": [dict(zip(("kind", "value", "start", "end"), found, strict=True)) for found in numbers + phones],
            "rules": read.rules,
        }

    return answer
