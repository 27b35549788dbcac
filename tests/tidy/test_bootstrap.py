"""The file that makes the environment: readable by old Pythons, quick when nothing changed."""

import ast
import importlib.metadata
import shutil
import sys
from pathlib import Path

import pytest

import bootstrap
from tests.tidy.tree import ROOT, cpu_s_of, read

OLDEST_READER = (3, 6)
NOTHING_TO_DO_CPU_S_MAX = 0.3


def test_an_old_python_can_read_it_and_say_that_it_is_too_old() -> None:
    ast.parse(read("bootstrap.py"), feature_version=OLDEST_READER)


def test_it_imports_nothing_but_the_standard_library() -> None:
    imports = [
        node for node in ast.walk(ast.parse(read("bootstrap.py"))) if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    names = {
        alias.name if isinstance(node, ast.Import) else node.module or "" for node in imports for alias in node.names
    }
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_the_lock_names_the_uv_that_is_installed() -> None:
    assert f"uv=={importlib.metadata.version('uv')} " in read("requirements.lock")


def test_a_changed_lock_or_place_makes_it_work_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = bootstrap.fingerprint()
    assert bootstrap.fingerprint() == before
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    monkeypatch.setattr(bootstrap, "ROOT", str(tmp_path))
    elsewhere = bootstrap.fingerprint()
    (tmp_path / "requirements.lock").write_text("other==1")
    assert len({before, elsewhere, bootstrap.fingerprint()}) == 3


def test_with_nothing_to_do_it_is_quick() -> None:
    if not bootstrap.is_ready():
        pytest.skip("this environment was not made by bootstrap.py")
    assert cpu_s_of(sys.executable, "bootstrap.py") < NOTHING_TO_DO_CPU_S_MAX
