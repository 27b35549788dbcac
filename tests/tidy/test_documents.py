"""What is written for people is checked against the code."""

import re

import pytest

from services.cli.app import COMMANDS
from services.cli.prepare import newest_shape
from shared.database.migrate import head
from shared.settings import SERVICES, ServiceName
from tests.tidy.tree import ROOT, dependencies, make_targets, python_files, read

SETTING = re.compile(r"GONGDAN_[A-Z][A-Z0-9_]*[A-Z0-9]")
FIELD = re.compile(r"^    ([a-z][a-z0-9_]*)\s*:", re.MULTILINE)


def readme() -> str:
    assert (ROOT / "README.md").exists(), "there is no README.md"
    return read("README.md")


def settings() -> set[str]:
    """Every variable that a settings module declares or any module names."""
    modules = [path for path in python_files() if path.name == "settings.py" and path.parts[:2] != ("services", "cli")]
    declared = {f"GONGDAN_{field.upper()}" for path in modules for field in FIELD.findall(fields_of(read(path)))}
    code = [path for path in python_files() if path.parts[0] in {"services", "shared"}]
    return declared | {name for path in code for name in SETTING.findall(read(path))}


def fields_of(text: str) -> str:
    """The bodies of the settings classes of a module."""
    bodies = re.findall(r"^class \w+\((?:BaseSettings|CommonSettings)\):\n((?:(?:    .*)?\n)*)", text, re.MULTILINE)
    return "".join(bodies).replace("    model_config", "")


def test_every_setting_is_documented_in_the_readme() -> None:
    missing = sorted(name for name in settings() if name not in readme())
    assert not missing


def test_the_readme_names_no_setting_that_does_not_exist() -> None:
    unknown = sorted(set(SETTING.findall(readme())) - settings())
    assert not unknown


def test_every_command_in_the_readme_exists() -> None:
    named = set(re.findall(r"\bgongdan ([a-z][a-z-]*)", readme()))
    assert named <= set(COMMANDS), named - set(COMMANDS)


def test_every_command_is_in_the_readme() -> None:
    named = set(re.findall(r"\bgongdan ([a-z][a-z-]*)", readme()))
    assert set(COMMANDS) <= named, set(COMMANDS) - named


def test_every_make_target_in_the_readme_exists() -> None:
    named = set(re.findall(r"`make ([a-z]+)", readme()))
    assert named <= make_targets()


def test_every_make_target_says_what_it_does() -> None:
    all_targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    assert all_targets == make_targets()


def test_every_dependency_has_its_reason() -> None:
    reasons = dict(re.findall(r"^\| `([a-z0-9-]+)` \| (.+?) \|$", read("docs/dependencies.md"), re.MULTILINE))
    assert set(reasons) == set(dependencies())
    assert all(len(reason) > len("a word") for reason in reasons.values())


@pytest.mark.parametrize("name", sorted(dependencies()))
def test_the_lock_pins_what_the_project_asks_for(name: str) -> None:
    assert re.search(rf"^{re.escape(name)}==", read("requirements.lock"), re.MULTILINE), f"{name}: run `make lock`"


def test_the_lock_holds_names_and_hashes_and_no_addresses() -> None:
    lock = read("requirements.lock")
    assert "://" not in lock
    entries = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)


@pytest.mark.parametrize("service", SERVICES)
def test_a_migration_is_named_by_its_revision(service: ServiceName) -> None:
    assert newest_shape(service) == head(service)


def test_every_decision_is_in_the_index() -> None:
    records = {path.name for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md")}
    linked = set(re.findall(r"\]\(([0-9]{4}-[a-z0-9-]+\.md)\)", read("docs/decisions/README.md")))
    assert records == linked
