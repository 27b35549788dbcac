"""The four kinds of error; every failure is sorted into one of them at the boundary.

Refused      a business rule or bad input says no: a 4xx problem for the caller, logged at info
Unreadable   a record that can never be read: to the dead letters, bytes unchanged
Unavailable  something is away for a moment: retried in place with back-off, or 503
Impossible   our own bug, or a log that contradicts itself: that ticket stops with an alarm, the others go on
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field of the input that cannot be taken: where, what was expected, what came."""

    field: str
    expected: str
    got: str

    def document(self) -> dict[str, str]:
        """The entry of a problem's `errors` list."""
        return {"field": self.field, "expected": self.expected, "got": self.got}


class Refused(Exception):  # noqa: N818 - the house's word for it; it is an answer, not an error of the program
    """The caller is told no, with an RFC 9457 problem of `status`."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        *,
        slug: str = "",
        errors: Sequence[FieldError] = (),
        extra: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.slug = slug or title.lower().replace(" ", "-")
        self.errors = tuple(errors)
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})


class Unreadable(Exception):  # noqa: N818 - named as in the house's table of errors
    """A record whose bytes can never be read by this program; the reason names what was expected and what came."""


class Unavailable(Exception):  # noqa: N818 - named as in the house's table of errors
    """Something outside is away; the same call may succeed after `retry_after_s` seconds."""

    def __init__(self, what: str, *, retry_after_s: int = 1) -> None:
        super().__init__(what)
        self.retry_after_s = retry_after_s


class Impossible(Exception):  # noqa: N818 - named as in the house's table of errors
    """A state that cannot be if the program is right; the message carries every id needed to find it."""
