"""Who acts: a role, a name, and for stores and technicians whose they are."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.ids import StoreId, TechnicianId

_NAME: Final = re.compile(r"[\w.@+-](?:[\w .@+-]{0,62}[\w.@+-])?")
"""Names stand in `actor` after a colon and in logs on one line: letters of every script, digits, and a few signs."""

_ID: Final = re.compile(r"[\w.-]{1,64}")


class Role(StrEnum):
    """What one may do; `api.md` says which calls are whose, and a test walks every route."""

    INTEGRATION = "integration"
    AGENT = "agent"
    STORE = "store"
    TECHNICIAN = "technician"
    BOSS = "boss"
    AUDITOR = "auditor"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Principal:
    """The bearer of a verified token. Raises `ValueError` when the parts do not belong together."""

    role: Role
    name: str
    store_id: StoreId | None = None
    technician_id: TechnicianId | None = None

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.name) is None:
            raise ValueError(
                f"name: expected 1 to 64 letters, digits, spaces or any of . @ + - _, got {self.name[:80]!r}"
            )
        _check_bond("store", self.store_id, is_bound=self.role in {Role.STORE, Role.TECHNICIAN}, role=self.role)
        _check_bond("technician", self.technician_id, is_bound=self.role is Role.TECHNICIAN, role=self.role)

    @property
    def actor(self) -> str:
        """The `actor` of every event that this principal causes, such as `agent:li`."""
        return f"{self.role.value}:{self.name}"


def _check_bond(what: str, given: str | None, *, is_bound: bool, role: Role) -> None:
    if is_bound and given is None:
        raise ValueError(f"a {role.value}'s token needs a {what} id, got none")
    if not is_bound and given is not None:
        raise ValueError(f"a token of role {role.value} has no {what} id, got {given[:80]!r}")
    if given is not None and _ID.fullmatch(given) is None:
        raise ValueError(f"{what} id: expected 1 to 64 letters, digits or any of . - _, got {given[:80]!r}")
