"""The texts that come in from outside, each with its limit."""

from typing import Annotated, Final

from pydantic import Field

from services.intake.understand.phones import PHONE_LENGTH_MAX
from shared.http.text import NotBlank, OneLine

DESCRIPTION_LENGTH_MAX: Final = 65_536
"""Characters. With every one of them escaped it stays far below what one record may hold."""

Id = Annotated[str, Field(min_length=1, max_length=128), OneLine]
Name = Annotated[str, Field(max_length=200), OneLine]
Phone = Annotated[str, Field(max_length=PHONE_LENGTH_MAX), OneLine]
Email = Annotated[str, Field(max_length=254, pattern=r"^$|^[^@\s]+@[^@\s]+$")]
Text = Annotated[str, Field(min_length=1, max_length=DESCRIPTION_LENGTH_MAX), NotBlank]
Address = Annotated[str, Field(max_length=1_000)]
Url = Annotated[str, Field(max_length=2_000), OneLine]
