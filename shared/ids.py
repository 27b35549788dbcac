"""Ids: distinct types for distinct things, and the three ways an id is made.

*Derived* ids (uuid5) are the same whenever the same thing is written twice; *rising* ids (UUIDv7) sort by the time they
were made; *random* ids serve where a caller gave no key of its own.
"""

from typing import NewType
from uuid import UUID, uuid4

from uuid_utils import compat

TicketId = NewType("TicketId", UUID)
ContactId = NewType("ContactId", UUID)
EventId = NewType("EventId", UUID)
CustomerId = NewType("CustomerId", str)
OrderId = NewType("OrderId", str)
ProductSku = NewType("ProductSku", str)
StoreId = NewType("StoreId", str)
TechnicianId = NewType("TechnicianId", str)

NAMESPACE = UUID("6f0d1c5e-8a53-5d0b-9c39-0f5a7e1b2c44")
"""Namespace of every derived id; changing it would change the id of every fact."""


def uuid7() -> UUID:
    """A new id that rises with time (RFC 9562, version 7), a real `uuid.UUID`."""
    return compat.uuid7()


def random_id() -> UUID:
    """A new id that says nothing (RFC 9562, version 4)."""
    return uuid4()


def derived_id(*parts: object) -> UUID:
    """The id of `parts`, the same for the same parts in the same order (RFC 9562, version 5).

    Parts are joined by a character that their text cannot hold, so `("a", "b/c")` and `("a/b", "c")` differ.
    """
    return compat.uuid5(NAMESPACE, "\x1f".join(map(str, parts)))
