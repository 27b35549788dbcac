"""`python -m shared.contracts.write`: write the schemas and the AsyncAPI document that the models and cards say.

A version that is committed and differs is never overwritten: give the type a new `VERSION`, an upcaster and an
example of the old one.
"""

import json
import sys
from pathlib import Path
from typing import Any

from shared.contracts.documents import ASYNCAPI, asyncapi_document, schema_of, schema_path
from shared.events.registry import FACTS


def main() -> int:
    """Write what is new; answer 1 when a committed version would have to change."""
    changed = [
        fact.TYPE for fact in FACTS.values() if not write_once(schema_path(fact.TYPE, fact.VERSION), schema_of(fact))
    ]
    ASYNCAPI.write_text(as_text(asyncapi_document()), encoding="utf-8")
    for event_type in changed:
        sys.stderr.write(f"{event_type}: its schema changed; give it a new version, or take the change back\n")
    return 1 if changed else 0


def write_once(path: Path, document: dict[str, Any]) -> bool:
    """Write a document that is not there yet; answers whether what is there is the same."""
    text = as_text(document)
    if not path.exists():
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8") == text


def as_text(document: dict[str, Any]) -> str:
    """JSON as committed."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main())
