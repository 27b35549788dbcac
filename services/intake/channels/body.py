"""What the bodies of all channels have in common: texts with limits, the customer, the digest."""

import hashlib
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict

from services.intake.limits import Email, Name, Phone
from services.intake.understand.phones import is_withheld, read_phone
from shared.errors import FieldError
from shared.events.fact import Language
from shared.http.fields import describe
from shared.http.problems import invalid


class Body(BaseModel):
    """A body that a channel posts: closed, frozen, strict."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def digest(self) -> bytes:
        """SHA-256 of the validated body in RFC 8785 form, nulls left out."""
        return hashlib.sha256(canonical(self.model_dump(mode="json", by_alias=True, exclude_none=True))).digest()


class PersonBody(Body):
    """The customer as somebody at a counter knows them."""

    name: Name | None = None
    phone: Phone | None = None
    email: Email | None = None
    language: Language | None = None


def canonical(document: dict[str, Any]) -> bytes:
    """`document` in RFC 8785 form.

    Holds for what bodies are made of, ASCII names and text: orjson escapes text as ECMAScript does, and ASCII names
    sort the same by code point as by UTF-16 unit. A property test compares it with the reference library.
    """
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def readable_phone(text: str | None, *, field: str, region: str, area: str) -> str | None:
    """E.164 of `text`; None when withheld. Raises `Refused` (422) naming `field`."""
    if text is None or is_withheld(text):
        return None
    reading = read_phone(text, region, area)
    if reading.e164 is None:
        expected = f"a phone number of {region} with its area code, or +<country> and the number"
        raise invalid([FieldError(field, expected, describe(text))])
    return reading.e164
