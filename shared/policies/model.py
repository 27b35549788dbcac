"""What every policy is: frozen, closed, readable from JSON and YAML alike; and the small types they share."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from shared.events.fact import Language

PUBLISHED: Final = {"is_published": True}
"""The context in which a body is read that was published before: its shape is asked for, and not its sense."""


class Rule(BaseModel):
    """A part of a policy: frozen and closed, so that a misspelt field is an error and not a rule that never holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True, validate_by_name=True)


PolicyName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""A name that is also an id: lower-case letters, digits, hyphens."""

DivisionCode = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
"""GB/T 2260, six digits: `330110` a county, `330100` a city, `330000` a province."""

Word = Annotated[str, Field(min_length=1, max_length=60)]
ShortText = Annotated[str, Field(min_length=1, max_length=200)]
EmailText = Annotated[str, Field(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$")]
PhoneText = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{4,14}$")]
"""E.164."""


class Texts(Rule):
    """One name in the languages of the house; Simplified Chinese is the one that is always there."""

    zh_cn: ShortText = Field(alias="zh-CN")
    zh_tw: ShortText | None = Field(default=None, alias="zh-TW")
    en: ShortText | None = None

    def say(self, language: Language | None) -> str:
        """The text in `language`, else in Simplified Chinese."""
        match language:
            case "zh-TW":
                return self.zh_tw or self.zh_cn
            case "en":
                return self.en or self.zh_cn
            case "zh-CN" | None:
                return self.zh_cn
