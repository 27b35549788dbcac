"""What the README and the reference say about routes, roles and files is what is there."""

import importlib
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from services.cli.welcome import curl_lines
from shared.identity.roles import RouteRoles
from shared.settings import SERVICES, CommonSettings, ServiceName
from tests.contract.reference import (
    EVENTS,
    ROLES,
    all_routes,
    app_of,
    events_document,
    openapi_path,
    openapi_text,
    roles_document,
    shared_routes,
)

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = ["README.md", *sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md"))]

PATH = re.compile(r"`((?:services|shared|deploy|docs|tests)/[\w./-]+)`")
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
ROUTE = re.compile(r"`((?:GET|POST|PUT|DELETE) /[^`?]*)")
TRIED = {
    f"{page}:{number}": line
    for page in PAGES
    for number, line in enumerate((ROOT / page).read_text(encoding="utf-8").splitlines(), start=1)
    if line.startswith("echo ") and ".venv/bin/gongdan try " in line
}
"""Lines of the documents that try a rule, by where they stand."""
DEFAULT = re.compile(r"^\| `GONGDAN_([A-Z_]+)` \| `([^`]*)` \|", re.MULTILINE)


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> dict[ServiceName, list[RouteRoles]]:
    return all_routes(tmp_path_factory.mktemp("home"))


def test_the_committed_table_of_roles_is_what_the_services_say(routes: dict[ServiceName, list[RouteRoles]]) -> None:
    assert ROLES.read_text(encoding="utf-8") == roles_document(routes), "run `python -m tests.contract.reference`"


def test_the_committed_table_of_events_is_what_the_models_say() -> None:
    assert EVENTS.read_text(encoding="utf-8") == events_document(), "run `python -m tests.contract.reference`"


@pytest.mark.parametrize("service", SERVICES)
def test_the_committed_openapi_is_what_the_service_says(service: ServiceName, tmp_path: Path) -> None:
    """When a front door changed on purpose: `python -m tests.contract.reference`, and look at the difference."""
    committed = openapi_path(service).read_text(encoding="utf-8")
    assert committed == openapi_text(service, tmp_path), "run `python -m tests.contract.reference`"


def test_the_problems_that_a_client_must_handle_are_in_the_openapi(tmp_path: Path) -> None:
    commands = app_of("routing", tmp_path).openapi()["paths"]["/routing/tickets/{ticket_id}/commands"]["post"]
    assert {"403", "404", "409", "422", "504"} <= set(commands["responses"])
    _, conflict = commands["responses"]["409"]["content"]["application/problem+json"]["schema"]["allOf"]
    assert {"version", "events"} <= set(conflict["properties"])
    _, refusal = commands["responses"]["422"]["content"]["application/problem+json"]["schema"]["allOf"]
    assert "allowed" in refusal["properties"]
    tickets = app_of("projection", tmp_path).openapi()["paths"]
    assert {"403", "404", "422", "504"} <= set(tickets["/projection/tickets/{ticket}"]["get"]["responses"])


def test_the_readme_has_a_line_for_every_route_and_for_no_other(routes: dict[ServiceName, list[RouteRoles]]) -> None:
    named = set(ROUTE.findall(README))
    common = {f"{line.method} {line.path.removeprefix('/<service>')}" for line in shared_routes(routes)}
    own = {f"{line.method} {line.path}" for lines in routes.values() for line in lines if line.method != "HEAD"}
    whole = {route for route in own if _below(route) not in common and not _is_dead_letters(route)}
    missing = sorted(whole - named)
    assert not missing
    unknown = sorted(route for route in named if route not in own | {_below(known) for known in own})
    assert not unknown


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_is_there(page: str) -> None:
    named = set(PATH.findall((ROOT / page).read_text(encoding="utf-8")))
    assert not sorted(path for path in named if not (ROOT / path).exists())


@pytest.mark.parametrize("page", PAGES)
def test_every_link_between_pages_leads_somewhere(page: str) -> None:
    file = ROOT / page
    links = [link for link in LINK.findall(file.read_text(encoding="utf-8")) if "://" not in link]
    missing = [link for link in links if link and not (file.parent / link).exists()]
    assert not missing


def test_the_contents_of_the_readme_lead_to_its_headings() -> None:
    headings = {_anchor(line) for line in re.findall(r"^#+ (.+)$", README, re.MULTILINE)}
    anchors = set(re.findall(r"\]\(#([^)]+)\)", README))
    assert anchors <= headings, anchors - headings


def test_the_three_curl_lines_are_those_that_the_console_prints(tmp_path: Path) -> None:
    home = tmp_path / "home"
    lines = curl_lines(CommonSettings(home=home), "http://127.0.0.1:8080")
    shown = [re.sub(r"V-[0-9a-f]{12}", "V-readme-1", line.replace(str(home), ".gongdan")) for line in lines]
    assert all(line in README.splitlines() for line in shown), shown


@pytest.mark.parametrize("line", TRIED.values(), ids=TRIED.keys())
def test_a_rule_tried_in_the_documents_answers(line: str) -> None:
    program = f"{shlex.quote(sys.executable)} -m services"
    words = line.replace(".venv/bin/gongdan", program)
    done = subprocess.run(["bash", "-c", words], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "error" not in json.loads(done.stdout), done.stdout


def test_the_defaults_in_the_readme_are_those_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    said = dict(DEFAULT.findall(README))
    for name in said:
        monkeypatch.delenv(f"GONGDAN_{name}", raising=False)
    known: dict[str, object] = {}
    for service in SERVICES:
        fields = importlib.import_module(f"services.{service}.settings").Settings.model_fields
        known |= {name.upper(): field.default for name, field in fields.items()}
    wrong = {name: default for name, default in said.items() if name in known and not _same(default, known[name])}
    assert not wrong
    assert set(known) >= set(said) - {"FAILPOINTS"}


def _same(said: str, default: object) -> bool:
    """Whether a default is told as it is: numbers by value, all else by its text."""
    if isinstance(default, int | float) and not isinstance(default, bool):
        return float(said) == default
    return said.lower() == str(default).lower()


def _anchor(heading: str) -> str:
    """How a heading is named in a link, as forges do it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _below(route: str) -> str:
    """The route without its service's name."""
    method, path = route.split(" ", 1)
    return f"{method} /{path.split('/', 2)[2]}"


def _is_dead_letters(route: str) -> bool:
    """Told once for all services, although who may look differs."""
    return "/dead-letters" in route
