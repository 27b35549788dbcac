"""What may be asked about a ticket: by a person (closed models of the request's body) and by the program itself.

`Asked` puts a person's command beside what else the answer stands on; `Command` is everything that `decide` takes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from shared.events.fact import Decision, Priority
from shared.events.intake import TicketOpened
from shared.identity.principal import Principal
from shared.ids import StoreId, TechnicianId

TEXT_CHARACTERS_MAX = 20_000
"""Of a note or a reply; far below what a record may weigh."""
REASON_CHARACTERS_MAX = 2_000
VERSION_MAX = 2**62


def without_nul(text: str) -> str:
    """U+0000 is the one character that no table and no mail can hold."""
    if "\x00" in text:
        raise ValueError("text without U+0000")
    return text


PersonText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT_CHARACTERS_MAX),
    AfterValidator(without_nul),
]
Reason = Annotated[str, StringConstraints(max_length=REASON_CHARACTERS_MAX), AfterValidator(without_nul)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[\w.-]+$")]


class PersonCommand(BaseModel):
    """What every command may carry: the version that its sender saw."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)

    expected_version: Annotated[int, Field(ge=0, le=VERSION_MAX)] | None = None


class Accept(PersonCommand):
    """Take the offer."""

    command: Literal["accept"]


class Decline(PersonCommand):
    """Say no to the offer; the next one is asked."""

    command: Literal["decline"]
    reason: Reason | None = None


class Start(PersonCommand):
    """Begin to work."""

    command: Literal["start"]


class Wait(PersonCommand):
    """Pause until the customer or a third party has done something."""

    command: Literal["wait"]
    waiting_for: Literal["customer", "third_party"] = Field(alias="for")


class Resume(PersonCommand):
    """Go on."""

    command: Literal["resume"]


class Resolve(PersonCommand):
    """Call the matter settled."""

    command: Literal["resolve"]
    reason: Reason | None = None


class Close(PersonCommand):
    """End it."""

    command: Literal["close"]


class Reopen(PersonCommand):
    """It was not settled after all."""

    command: Literal["reopen"]
    reason: Reason | None = None


class Cancel(PersonCommand):
    """It will not be done."""

    command: Literal["cancel"]
    reason: Reason | None = None


class Assign(PersonCommand):
    """Give it to this technician; another store moves it there."""

    command: Literal["assign"]
    technician_id: Name
    store_id: Name | None = None


class SetPriority(PersonCommand):
    """Override the priority."""

    command: Literal["set_priority"]
    priority: Priority
    reason: Reason | None = None


class Note(PersonCommand):
    """Write a note for the house."""

    command: Literal["note"]
    text: PersonText


class Reply(PersonCommand):
    """Write to the customer."""

    command: Literal["reply"]
    text: PersonText


AnyPersonCommand = (
    Accept | Decline | Start | Wait | Resume | Resolve | Close | Reopen | Cancel | Assign | SetPriority | Note | Reply
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A person's command, who gives it, and the load of the crew it may add to (read under the crew's lock)."""

    command: AnyPersonCommand
    by: Principal
    held: Mapping[TechnicianId, int] = field(default_factory=lambda: MappingProxyType({}))
    on_duty: Mapping[TechnicianId, bool] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Route:
    """A ticket was opened: which store, which priority, which skills."""

    opened: TicketOpened


@dataclass(frozen=True, slots=True)
class Offer:
    """Dispatch chose somebody."""

    store_id: StoreId
    technician_id: TechnicianId
    decision: Decision


@dataclass(frozen=True, slots=True)
class Queue:
    """Dispatch found nobody."""

    store_id: StoreId
    reason: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class Warn:
    """Half of the time of this offer is over."""

    offer: int


@dataclass(frozen=True, slots=True)
class Expire:
    """The time of this offer is over."""

    offer: int


@dataclass(frozen=True, slots=True)
class LeaveDuty:
    """The technician is not there any more: what was offered to them goes to the next one."""

    technician_id: TechnicianId


Automatic = Route | Offer | Queue | Warn | Expire | LeaveDuty
Command = Asked | Automatic
