"""`<home>/run.json`: how clients and tests find a running `gongdan run`; only its user may read it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from services.cli.sample import SAMPLE_STORE_ID, SAMPLE_TECHNICIAN_ID
from shared.embedded.home import write_private
from shared.identity.keys import load_key
from shared.identity.principal import Role
from shared.identity.tokens import issue_token
from shared.settings import RUN_FILE, SERVICES, CommonSettings

TOKEN_DAYS = 30

# Who the tokens in run.json are for; names stand in the events that they cause.
NAMES = {
    Role.INTEGRATION: "till",
    Role.AGENT: "li",
    Role.STORE: "counter",
    Role.TECHNICIAN: "technician",
    Role.BOSS: "boss",
    Role.AUDITOR: "auditor",
    Role.OPERATOR: "operator",
}
BONDS: dict[Role, dict[str, str]] = {
    Role.STORE: {"store_id": SAMPLE_STORE_ID},
    Role.TECHNICIAN: {"technician_id": SAMPLE_TECHNICIAN_ID, "store_id": SAMPLE_STORE_ID},
}


def issue_tokens(settings: CommonSettings) -> dict[str, str]:
    """A token for each role, by the role's name."""
    key = load_key(home=settings.home, token_key=settings.token_key)
    return {
        role.value: issue_token(
            key,
            role=role,
            name=name,
            days=TOKEN_DAYS,
            store_id=BONDS.get(role, {}).get("store_id"),
            technician_id=BONDS.get(role, {}).get("technician_id"),
        )
        for role, name in NAMES.items()
    }


def run_document(settings: CommonSettings, url: str, tokens: Mapping[str, str]) -> dict[str, Any]:
    """What run.json holds; its shape is fixed."""
    return {
        "http": url,
        "smtp": None,
        "kafka": settings.kafka,
        "databases": {service: settings.database_url(service) for service in SERVICES},
        "tokens": dict(tokens),
        "principals": {role.value: bonds for role, bonds in BONDS.items()},
        "mailbox": f"{url}/notify/mailbox",
        "pid": os.getpid(),
    }


@contextmanager
def run_file(settings: CommonSettings, document: Mapping[str, Any]) -> Iterator[None]:
    """The file, and one for curl per role, from now until the block ends."""
    files = {settings.home / RUN_FILE: orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()}
    files |= {
        curl_file(settings.home, role): f'header = "Authorization: Bearer {token}"'
        for role, token in document["tokens"].items()
    }
    # run.json comes last, because its appearing says that all is there.
    curl_file(settings.home, "").mkdir(mode=0o700, parents=True, exist_ok=True)
    for file, content in reversed(files.items()):
        write_private(file, content)
    try:
        yield
    finally:
        for file in files:
            file.unlink(missing_ok=True)


def curl_file(home: Path, role: str) -> Path:
    """Options for `curl -K`, so that a line that one pastes does not show a token."""
    return home / "curl" / role
