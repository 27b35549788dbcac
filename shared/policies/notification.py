"""Who is told of what, and with which template."""

from typing import Annotated, Literal

from pydantic import Field

from shared.policies.model import Rule

Recipient = Literal["customer", "store", "technician"]
EventType = Annotated[str, Field(pattern=r"^[a-z]+\.[a-z_]+$")]
TemplateName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,40}$")]


class NotificationRule(Rule):
    """When `event` happens, `to` is told by `template` in their own language."""

    event: EventType
    to: Annotated[tuple[Recipient, ...], Field(min_length=1)]
    template: TemplateName
    channel: Literal["email"] = "email"


class Notification(Rule):
    """`notification/default`: the list of who is told of what."""

    rules: tuple[NotificationRule, ...]

    def about(self, event_type: str) -> tuple[NotificationRule, ...]:
        """The rules for events of this type, in the order they are written."""
        return tuple(rule for rule in self.rules if rule.event == event_type)
