"""Where the house is and who works there: the chain, its stores, their crews, which place belongs to which store."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from shared.events.fact import Language
from shared.policies.model import DivisionCode, EmailText, PhoneText, PolicyName, Rule, ShortText, Texts, Word


class Chain(Rule):
    """`chain/default`: what holds for all stores."""

    name: Texts
    time_zone: ShortText = "Asia/Shanghai"
    """IANA name; the chain's day, which ticket numbers count in, begins and ends there."""
    phone_region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "CN"
    """Region of phone numbers without a country code (ISO 3166)."""
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("zh-CN",)


class Coordinates(Rule):
    """A point on a named datum: WGS-84, GCJ-02 and BD-09 differ by hundreds of metres."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    datum: Literal["WGS-84", "GCJ-02", "BD-09"]


class Store(Rule):
    """`store/<store_id>`: one store of the chain."""

    name: Texts
    address: ShortText
    division: DivisionCode
    """The county it lies in."""
    email: EmailText
    phone: PhoneText
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("zh-CN",)
    """What is spoken and written there; the first is what the store itself is told in."""
    coordinates: Coordinates | None = None


class Technician(Rule):
    """One member of a crew."""

    id: PolicyName
    name: ShortText
    skills: tuple[Word, ...] = ()
    capacity: Annotated[int, Field(ge=1, le=100)]
    """How many tickets at once: offered, accepted, in progress and waiting count."""
    email: EmailText | None = None
    on_duty: bool = True
    """What holds until somebody reports on or off duty."""


class Crew(Rule):
    """`crew/<store_id>`: the technicians of one store."""

    technicians: Annotated[tuple[Technician, ...], Field(max_length=3000)]

    @field_validator("technicians")
    @classmethod
    def ids_differ(cls, technicians: tuple[Technician, ...]) -> tuple[Technician, ...]:
        """Two members of one id would share a load and a name."""
        seen: set[str] = set()
        for technician in technicians:
            if technician.id in seen:
                raise ValueError(f"each technician once, {technician.id} is here twice")
            seen.add(technician.id)
        return technicians


class Area(Rule):
    """One division that one store serves, with everything below it that no other area names."""

    division: DivisionCode
    store_id: PolicyName


class Territory(Rule):
    """`territory/<name>`: which store serves which place; of all territories the most specific division wins."""

    areas: Annotated[tuple[Area, ...], Field(min_length=1)]


class Division(Rule):
    """A province, city or county: its level is told by its code's zeros."""

    code: DivisionCode
    name: Word
    """The full name in Simplified script, `余杭区`."""
    short: Word | None = None
    """What people write instead, `余杭`; unset: the name without its ending, where two characters are left."""
    aliases: tuple[Word, ...] = ()
    """Former names, development zones, English names."""
    en: Word | None = None
    centre: tuple[float, float] | None = None
    """Latitude and longitude in degrees, about; good for "which is nearer", not for routes."""

    @property
    def level(self) -> Literal["province", "city", "county"]:
        """Which level the code stands for."""
        if self.code.endswith("0000"):
            return "province"
        return "city" if self.code.endswith("00") else "county"


class Divisions(Rule):
    """`division/<name>`: the names of places that addresses are read by."""

    source: ShortText
    as_of: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$")]
    divisions: Annotated[tuple[Division, ...], Field(min_length=1)]

    @field_validator("divisions")
    @classmethod
    def codes_differ(cls, divisions: tuple[Division, ...]) -> tuple[Division, ...]:
        """A code names one place."""
        seen: set[str] = set()
        for division in divisions:
            if division.code in seen:
                raise ValueError(f"each division once, {division.code} is here twice")
            seen.add(division.code)
        return divisions
