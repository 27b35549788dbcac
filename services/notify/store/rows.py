"""Rows as one parameter: JSON text that a statement unfolds with `jsonb_to_recordset($1::text::jsonb)`."""

from collections.abc import Sequence

import orjson


def as_json(rows: Sequence[object]) -> str:
    """Dataclasses or dicts as a JSON array; ids and instants as text."""
    return orjson.dumps(list(rows), default=str).decode()
