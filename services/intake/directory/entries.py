"""The lines of an import, one model for each kind of entry; CSV and NDJSON use the same names.

customers  `customer_id, name, phones, email, language`
orders     `order_id, customer_id, store_id, ordered_at, skus, warranty_ends_at`
products   `sku, name, category`

Lists (`phones`, `skus`) are separated by `;` in CSV; NDJSON takes arrays too. A line replaces the whole entry: what it
leaves empty is empty afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo

from services.intake.limits import Email, Id, Name
from services.intake.understand.phones import PHONE_LENGTH_MAX, read_phone
from shared.errors import FieldError
from shared.events.fact import Language
from shared.http.fields import describe, field_errors
from shared.http.text import escaped, why_unsound
from shared.instants import in_utc

LIST_LENGTH_MAX: Final = 100
UNIT_SEPARATOR: Final = "\x1f"
"""Joins the lists of a batch on their way to the database; texts with control characters are refused."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the entries come from: how their phone numbers and their local times are meant."""

    region: str
    area: str
    zone: ZoneInfo


def split(value: object) -> object:
    """A list as CSV writes it."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(";") if part.strip()]
    return [] if value is None else value


def as_e164(text: object, info: ValidationInfo[Place]) -> object:
    """A phone number in E.164. Raises ValueError with what was expected, for the line's error."""
    place = info.context
    if not isinstance(text, str) or len(text) > PHONE_LENGTH_MAX:
        raise ValueError("a phone number")
    e164 = read_phone(text, place.region, place.area).e164
    if e164 is None:
        raise ValueError(f"a phone number of {place.region} with its area code, or +<country> and the number")
    return e164


def as_instant(text: object, info: ValidationInfo[Place]) -> object:
    """An instant; a date or a time without offset is meant in the chain's own zone."""
    place = info.context
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text if isinstance(text, str) else "")
    except ValueError:
        raise ValueError("an instant like 2026-11-22T09:30:00+08:00, or a date") from None
    return in_utc(instant if instant.tzinfo else instant.replace(tzinfo=place.zone))


Phones = Annotated[
    list[Annotated[str, BeforeValidator(as_e164)]], BeforeValidator(split), Field(max_length=LIST_LENGTH_MAX)
]
Skus = Annotated[list[Id], BeforeValidator(split), Field(max_length=LIST_LENGTH_MAX)]
When = Annotated[datetime, BeforeValidator(as_instant)]


class Entry(BaseModel):
    """One entry of the directory, as a line gives it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def key(self) -> str:
        """What makes two lines the same entry."""
        raise NotImplementedError


class CustomerEntry(Entry):
    """A customer with all phones under which they call."""

    customer_id: Id
    name: Name | None = None
    phones: Phones = []
    email: Email | None = None
    language: Language | None = None

    @property
    def key(self) -> str:
        """The customer's id."""
        return self.customer_id


class OrderEntry(Entry):
    """An order of a customer in a store."""

    order_id: Id
    customer_id: Id | None = None
    store_id: Id | None = None
    ordered_at: When | None = None
    skus: Skus = []
    warranty_ends_at: When | None = None

    @property
    def key(self) -> str:
        """The order's id."""
        return self.order_id


class ProductEntry(Entry):
    """A product of the assortment."""

    sku: Id
    name: Name | None = None
    category: Name | None = None

    @property
    def key(self) -> str:
        """The product's sku."""
        return self.sku


def read_entry(model: type[Entry], fields: Mapping[str, Any], place: Place) -> Entry | list[FieldError]:
    """The entry of one line, or what is wrong with it; empty texts count as not given. Total."""
    given = {name: value for name, value in fields.items() if value != ""}
    unsound = {name: expected for name, value in given.items() if (expected := why_refused(value)) is not None}
    if unsound:
        return [FieldError(name, expected, describe(escaped(str(given[name])))) for name, expected in unsound.items()]
    try:
        return model.model_validate(given, context=place)
    except ValidationError as error:
        return field_errors(error.errors(include_url=False), given)


def why_refused(value: object) -> str | None:
    """What was expected in place of a text with control characters, as our own separator is; None when it is sound."""
    if isinstance(value, list):
        return next((expected for part in value if (expected := why_refused(part)) is not None), None)
    return why_unsound(value) if isinstance(value, str) else None
