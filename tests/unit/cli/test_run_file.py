"""What a running `gongdan run` leaves for its clients, and takes away again."""

import json
import shlex
import stat
from pathlib import Path

import pytest

from services.cli.door import find_entrance, read_run_file
from services.cli.runfile import curl_file, issue_tokens, run_document, run_file
from services.cli.welcome import command_line, curl_lines, mailbox_line
from shared.identity.keys import load_key
from shared.identity.principal import Role
from shared.identity.tokens import Tokens
from shared.settings import SERVICES, CommonSettings

URL = "http://127.0.0.1:8080"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommonSettings:
    monkeypatch.delenv("GONGDAN_PORT", raising=False)
    urls = {f"{service}_database_url": f"postgresql://u:p@127.0.0.1:5432/{service}" for service in SERVICES}
    return CommonSettings.model_validate(
        {"home": tmp_path / "a home", "kafka_bootstrap_servers": "127.0.0.1:1", **urls}
    )


def test_every_token_is_good_for_its_role(settings: CommonSettings) -> None:
    tokens = issue_tokens(settings)
    verified = Tokens(load_key(home=settings.home))
    assert {role: verified.verify(token).role.value for role, token in tokens.items()} == {
        role.value: role.value for role in Role
    }


def test_all_files_are_their_users_alone_and_go_with_the_run(settings: CommonSettings) -> None:
    with run_file(settings, run_document(settings, URL, issue_tokens(settings))):
        files = [settings.home / "run.json", *(curl_file(settings.home, role.value) for role in Role)]
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert not [file for file in files if file.exists()]


def test_commands_find_the_run_of_their_home(settings: CommonSettings) -> None:
    document = run_document(settings, "http://127.0.0.1:9999", issue_tokens(settings))
    with run_file(settings, document):
        assert find_entrance(settings.home).url == "http://127.0.0.1:9999"
        assert find_entrance(settings.home).tokens == document["tokens"]
    assert find_entrance(settings.home).url == URL


def test_what_a_kill_left_behind_is_no_run(settings: CommonSettings) -> None:
    settings.home.mkdir()
    (settings.home / "run.json").write_text(json.dumps({"http": URL, "pid": 2**22 + 1}))
    assert read_run_file(settings.home) is None


def test_curl_lines_name_files_that_exist_whatever_the_folder_is_called(settings: CommonSettings) -> None:
    with run_file(settings, run_document(settings, URL, issue_tokens(settings))):
        for line in curl_lines(settings, URL):
            words = shlex.split(line)
            assert words[:2] == ["curl", "-sSK"]
            assert Path(words[2]).read_text().startswith("header = ")


def test_the_mailbox_is_asked_for_with_a_token_that_is_not_printed(settings: CommonSettings) -> None:
    with run_file(settings, run_document(settings, URL, issue_tokens(settings))):
        words = shlex.split(mailbox_line(settings, URL))
        assert Path(words[2]).read_text().startswith("header = ")
        assert words[3:] == [f"{URL}/notify/mailbox?format=html", "-o", "mailbox.html"]


def test_a_command_names_a_home_that_is_not_the_one_it_takes_by_itself(
    settings: CommonSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, *words = shlex.split(command_line(settings, "tail"))
    assert Path(program).name == "gongdan"
    assert words == ["tail", "--home", str(settings.home)]
    monkeypatch.delenv("GONGDAN_HOME", raising=False)
    assert shlex.split(command_line(CommonSettings(), "tail"))[1:] == ["tail"]
