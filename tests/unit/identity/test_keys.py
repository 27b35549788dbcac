import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from shared.identity.keys import FILE_NAME, KeyUnusable, _create, load_key, new_key_text
from shared.identity.principal import Role
from shared.identity.tokens import Tokens, issue_token


def test_a_home_gets_a_key_that_only_its_owner_may_read(tmp_path: Path) -> None:
    load_key(home=tmp_path / "new" / "home")
    file = tmp_path / "new" / "home" / FILE_NAME
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == [FILE_NAME]


def test_the_same_home_gives_the_same_key(tmp_path: Path) -> None:
    token = issue_token(load_key(home=tmp_path), role=Role.AGENT, name="li")
    assert Tokens(load_key(home=tmp_path)).verify(token).name == "li"


def test_the_environments_key_wins_over_the_file(tmp_path: Path) -> None:
    given = SecretStr(new_key_text())
    token = issue_token(load_key(home=tmp_path, token_key=given), role=Role.AGENT, name="li")
    assert Tokens(load_key(home=tmp_path / "elsewhere", token_key=given)).verify(token).name == "li"
    assert not (tmp_path / FILE_NAME).exists()


def test_those_who_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(_key_of, [tmp_path] * 64))
    assert len(keys) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == [FILE_NAME]


def test_who_comes_late_takes_the_key_that_stands_there(tmp_path: Path) -> None:
    first = _key_of(tmp_path)
    _create(tmp_path / FILE_NAME)
    assert _key_of(tmp_path) == first


def _key_of(home: Path) -> str:
    return str(load_key(home=home).as_dict(private=True)["d"])


def test_a_key_that_others_may_read_is_refused_with_what_to_do(tmp_path: Path) -> None:
    load_key(home=tmp_path)
    (tmp_path / FILE_NAME).chmod(0o644)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        load_key(home=tmp_path)


@pytest.mark.parametrize("text", ["short", "ü" * 43, "!" * 43])
def test_a_broken_key_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    with pytest.raises(KeyUnusable, match="GONGDAN_TOKEN_KEY: expected 32 bytes") as refusal:
        load_key(home=tmp_path, token_key=SecretStr(text))
    assert text not in str(refusal.value)
