"""Whose view: which tickets somebody may see."""

from dataclasses import dataclass

OF_TICKET = "($1::text IS NULL OR t.store_id = $1) AND ($2::text IS NULL OR $2 = ANY(t.senders))"
"""The condition over a ticket's row `t`; `$1` and `$2` are a scope's `arguments`. Not met where there is no ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Tickets of one store only, or of contacts that one integration sent; None where it does not matter."""

    store_id: str | None = None
    sender: str | None = None

    @property
    def arguments(self) -> tuple[str | None, str | None]:
        """For `OF_TICKET`."""
        return self.store_id, self.sender


EVERYTHING = Scope()
