"""Facts about rules: each version of a policy is one event on the `policies` topic."""

from typing import Any, ClassVar

from shared.events.fact import Fact, Source


class PolicyPublished(Fact):
    """A new version of a rule holds from now on.

    The record's key and subject are `kind/name`; the sequence is the version.
    """

    TYPE: ClassVar[str] = "policy.published"
    SOURCE: ClassVar[Source] = "/routing"

    kind: str
    name: str
    version: int
    body: dict[str, Any]
    """As checked by the model of its kind in `shared.policies`."""
