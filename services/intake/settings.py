"""What intake reads from the environment besides what all services share."""

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, field_validator

from services.intake.understand.phones import known_area, known_region
from shared.settings import CommonSettings


class Settings(CommonSettings):
    """Settings of intake; the names in the environment begin with GONGDAN_."""

    time_zone: str = "Asia/Shanghai"
    """The chain's own time zone (IANA): ticket numbers count its days. Default Asia/Shanghai."""

    phone_region: Annotated[str, AfterValidator(known_region)] = "CN"
    """Region (ISO 3166) of phone numbers without a country code. Default CN."""

    phone_area: Annotated[str, AfterValidator(known_area)] = ""
    """Area code put before bare local numbers, such as 0571. Default: none, so that such numbers are refused."""

    contacts_waiting_max: int = Field(2_000, ge=1)
    """Contacts that may wait for the database in one process before callers get 503. Default 2000."""

    contacts_batch_max: int = Field(200, ge=1, le=1_000)
    """Contacts written in one transaction, at most. Default 200."""

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"expected a time zone like Asia/Shanghai, got {name!r:.60}") from error
        return name
