"""`gongdan migrate` on servers that have nothing yet."""

import json
import secrets
from pathlib import Path

import pytest

from services.cli.operate import migrate
from services.cli.prepare import newest_shape
from services.cli.settings import Target
from tests.support.databases import execute, named
from tests.support.servers import TestServers


def test_a_missing_database_is_made(
    servers: TestServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"test_made_{secrets.token_hex(4)}"
    monkeypatch.setenv("GONGDAN_NOTIFY_DATABASE_URL", named(servers.admin_url, name))
    try:
        migrate(Target.NOTIFY, home=tmp_path, as_json=True)
        assert json.loads(capsys.readouterr().out) == {"notify": newest_shape("notify")}
        migrate(Target.NOTIFY, home=tmp_path)
        assert capsys.readouterr().out == f"notify: {newest_shape('notify')}\n"
    finally:
        execute(servers.admin_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
