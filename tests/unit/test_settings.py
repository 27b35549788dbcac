"""Where the servers are: what the environment says, else what the home folder says, else a word about what to do."""

import json
from pathlib import Path

import pytest

from shared.settings import CommonSettings, NotConfigured, with_servers


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA_BOOTSTRAP_SERVERS", "INTAKE_DATABASE_URL", "ROUTING_DATABASE_URL", "HOME", "PORT"):
        monkeypatch.delenv(f"GONGDAN_{name}", raising=False)


def a_home(folder: Path) -> Path:
    databases = {name: f"postgresql://of-the-home/{name}" for name in ("intake", "routing", "notify", "projection")}
    (folder / "servers.json").write_text(json.dumps({"kafka": "of-the-home:1", "databases": databases, "pids": {}}))
    return folder


def test_unset_addresses_come_from_the_home(tmp_path: Path) -> None:
    settings = with_servers(CommonSettings(home=a_home(tmp_path)))
    assert settings.kafka == "of-the-home:1"
    assert settings.database_url("notify") == "postgresql://of-the-home/notify"


def test_the_environment_wins_one_address_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGDAN_ROUTING_DATABASE_URL", "postgresql://of-the-environment/routing")
    settings = with_servers(CommonSettings(home=a_home(tmp_path)))
    assert settings.database_url("routing") == "postgresql://of-the-environment/routing"
    assert settings.database_url("intake") == "postgresql://of-the-home/intake"


def test_an_address_that_nobody_names_says_what_to_do(tmp_path: Path) -> None:
    settings = with_servers(CommonSettings(home=tmp_path))
    with pytest.raises(NotConfigured, match=r"GONGDAN_INTAKE_DATABASE_URL is not set.*gongdan servers start"):
        settings.database_url("intake")


def test_a_broken_servers_file_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "servers.json").write_text("{")
    with pytest.raises(NotConfigured, match="gongdan servers start"):
        with_servers(CommonSettings(home=tmp_path))


def test_settings_never_show_a_password(tmp_path: Path) -> None:
    assert "of-the-home/intake" not in repr(with_servers(CommonSettings(home=a_home(tmp_path))))
