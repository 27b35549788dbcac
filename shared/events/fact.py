"""What every fact is: frozen, closed, named, versioned, owned; and the mark on what is about a person."""

from typing import Annotated, Any, ClassVar, Literal, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, Base64Bytes, BaseModel, ConfigDict, Field

Source = Literal["/intake", "/routing", "/notify", "/projection"]
"""Who may write a fact: each type has exactly one source (`log.fenced` is every relay's)."""


class Sealed(BaseModel):
    """A personal value under the customer's own key, so that destroying the key erases it (AES-256-GCM)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key_id: str
    nonce: Base64Bytes
    ciphertext: Base64Bytes


class SealedValue(BaseModel):
    """The shape a sealed field has in the log: `{"$sealed": {...}}`."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True, validate_by_name=True)

    sealed: Sealed = Field(alias="$sealed")


class PersonalMark:
    """The mark that `Personal[...]` leaves on a field, found by erasure, exports and the schema test."""


T = TypeVar("T")
Personal = Annotated[T | SealedValue, PersonalMark(), Field(json_schema_extra={"x-personal": True})]
"""A field about a person (name, phone, address, free text): plain, or sealed."""

Priority = Literal["low", "normal", "high", "urgent", "major"]
Urgency = Literal["low", "normal", "high"]
Channel = Literal["store", "phone", "chat", "weibo", "email"]
Language = Literal["zh-CN", "zh-TW", "en"]


class Part(BaseModel):
    """A part of a fact: frozen and closed like the fact itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Fact(Part):
    """Something that happened, named in the past tense. `TYPE`, `VERSION` and `SOURCE` are the contract."""

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1
    SOURCE: ClassVar[Source]


class Decision(Part):
    """Why an automatic decision fell as it did; what an auditor reads instead of guessing.

    `rule` names the rule, `candidates` who was looked at (ids, best first), `removed` which filter took whom away,
    `scores` the number per candidate, `policies` `{"kind/name": version}`, `inputs` the other numbers the decision
    stood on (load before it, capacity, …), `words` the reason in Chinese and English.
    """

    rule: str
    candidates: list[str] = []
    removed: dict[str, list[str]] = {}
    scores: dict[str, float] = {}
    policies: dict[str, int] = {}
    inputs: dict[str, Any] = {}
    words: dict[Literal["zh", "en"], str]


class Seen(Part):
    """How much of the other sources' facts about this ticket a decision had seen (their sequences)."""

    intake: int = 0
    notify: int = 0


Instant = AwareDatetime
Ids = list[UUID]
