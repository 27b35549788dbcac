"""Where the house is and who works there: the chain, its stores, their crews, which place belongs to which store."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

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


Datum = Literal["WGS-84", "GCJ-02", "BD-09"]
"""WGS-84 is what a satellite receiver says, GCJ-02 what Chinese maps show, BD-09 what Baidu's show."""


class Coordinates(Rule):
    """A point on a named datum: WGS-84, GCJ-02 and BD-09 differ by hundreds of metres."""

    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    datum: Datum


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


Position = tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]]
"""Longitude and latitude in degrees: the order of GeoJSON."""
Ring = Annotated[tuple[Position, ...], Field(min_length=4, max_length=5000)]


class Polygon(Rule):
    """A GeoJSON polygon (RFC 7946): its outline, then its holes; each ring ends where it begins."""

    type: Literal["Polygon"] = "Polygon"
    coordinates: Annotated[tuple[Ring, ...], Field(min_length=1, max_length=100)]
    datum: Datum

    @field_validator("coordinates")
    @classmethod
    def rings_are_closed(cls, rings: tuple[Ring, ...]) -> tuple[Ring, ...]:
        """A line that does not come back bounds nothing."""
        for at, ring in enumerate(rings):
            if ring[0] != ring[-1]:
                raise ValueError(f"rings that end where they begin, ring {at} does not")
        return rings


class Circle(Rule):
    """All that lies within some metres of a point."""

    centre: Coordinates
    radius_m: Annotated[float, Field(gt=0, le=500_000)]


AreaCode = Annotated[str, Field(pattern=r"^[0-9]{6}([0-9]{3})?$")]
"""A division's code, or nine digits for a township."""


class Area(Rule):
    """One place that one store serves: exactly one of a division, a postcode's beginning, a polygon, a circle.

    A division stands for everything below it that no other area names, a postcode for all that begin so.
    """

    division: AreaCode | None = None
    postcode: Annotated[str, Field(pattern=r"^[0-9]{1,6}$")] | None = None
    polygon: Polygon | None = None
    circle: Circle | None = None
    store_id: PolicyName

    @model_validator(mode="after")
    def is_one_place(self) -> "Area":
        """An area of two kinds would be as specific as neither."""
        given = [name for name in AREA_KINDS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"exactly one of {', '.join(AREA_KINDS)}, not {', '.join(given) or 'none'}")
        return self


AREA_KINDS = ("division", "postcode", "polygon", "circle")


class Territory(Rule):
    """`territory/<name>`: which store serves which place; of all territories the most specific area wins."""

    areas: Annotated[tuple[Area, ...], Field(min_length=1)]


class Division(Rule):
    """A province, city or county: its level is told by its code's zeros."""

    code: DivisionCode
    name: Word
    """The full name in Simplified script, `余杭区`."""
    short: Word | None = None
    """What people write instead, `余杭`."""
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
    """`division/<name>`: a chain's own names of places, divisions and centres, beside the official lists."""

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
