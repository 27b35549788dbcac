"""The home folder: what it remembers, and what it says when it cannot be one."""

import errno
import os
import shutil
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest

from shared.embedded import home as module
from shared.embedded.errors import CannotServe
from shared.embedded.home import disk_errors, open_home


def test_a_home_remembers_its_id_password_and_cluster(tmp_path: Path) -> None:
    assert open_home(tmp_path / "home").remembered() == open_home(tmp_path / "home").remembered()


def test_two_homes_have_nothing_in_common(tmp_path: Path) -> None:
    one, other = (open_home(tmp_path / name).remembered() for name in ("one", "other"))
    assert one.home_id != other.home_id
    assert one.password != other.password
    assert one.cluster_id != other.cluster_id


def test_a_home_remembers_its_ports(tmp_path: Path) -> None:
    open_home(tmp_path).remember_ports({"postgres": 1, "kafka": 2, "controller": 3})
    remembered = open_home(tmp_path).remembered()
    assert (remembered.postgres_port, remembered.kafka_port, remembered.controller_port) == (1, 2, 3)


def test_what_a_home_remembers_is_for_its_user_only(tmp_path: Path) -> None:
    open_home(tmp_path).remembered()
    assert stat.S_IMODE((tmp_path / "embedded.json").stat().st_mode) == 0o600


def test_a_broken_memory_is_said_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "embedded.json").write_text("{", "utf-8")
    with pytest.raises(CannotServe, match="password of this home"):
        open_home(tmp_path).remembered()


def test_a_link_and_its_folder_are_the_same_home(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "home")
    assert open_home(tmp_path / "home").root == open_home(tmp_path / "link").root


def test_a_path_that_leaves_no_room_for_the_servers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotServe, match="bytes long; at most 200"):
        open_home(tmp_path / ("x" * 100) / ("y" * 100))


def test_a_file_in_the_place_of_the_home_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(CannotServe, match=r"is in the way"):
        open_home(tmp_path / "home")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_closed_folder_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(CannotServe, match="cannot be written"):
        open_home(tmp_path / "home")


def test_a_nearly_full_disk_is_said_before_anything_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5 * 1024 * 1024))
    with pytest.raises(CannotServe, match="5 MB are free") as raised:
        open_home(tmp_path)
    assert "--home" in raised.value.remedy


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOTDIR, errno.ENOENT])
def test_each_refusal_of_a_disk_says_what_to_do(tmp_path: Path, number: int) -> None:
    with pytest.raises(CannotServe) as raised, disk_errors(tmp_path):
        raise OSError(number, os.strerror(number), str(tmp_path / "file"))
    assert "--home or GONGDAN_HOME" in raised.value.remedy


def test_other_errors_of_a_disk_are_not_hidden(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Input/output"), disk_errors(tmp_path):
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_a_cluster_id_never_looks_like_an_option() -> None:
    ids = [module._kafka_uuid() for _ in range(500)]
    assert all(len(each) == 22 and not each.startswith("-") for each in ids)
