"""What the README and the reference say about routes, roles and files is what is there."""

import re
from pathlib import Path

import pytest

from shared.identity.roles import RouteRoles
from shared.settings import ServiceName
from tests.contract.roles import ROLES, all_routes, roles_document, shared_routes

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")

PATH = re.compile(r"`((?:services|shared|deploy|docs|tests)/[\w./-]+)`")
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
ROUTE = re.compile(r"`((?:GET|POST|PUT|DELETE) /[^`?]*)")


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> dict[ServiceName, list[RouteRoles]]:
    return all_routes(tmp_path_factory.mktemp("home"))


def test_the_committed_table_of_roles_is_what_the_services_say(routes: dict[ServiceName, list[RouteRoles]]) -> None:
    assert ROLES.read_text(encoding="utf-8") == roles_document(routes), "run `python -m tests.contract.roles`"


def test_the_readme_has_a_line_for_every_route_and_for_no_other(routes: dict[ServiceName, list[RouteRoles]]) -> None:
    named = set(ROUTE.findall(README))
    common = {f"{line.method} {line.path.removeprefix('/<service>')}" for line in shared_routes(routes)}
    own = {f"{line.method} {line.path}" for lines in routes.values() for line in lines if line.method != "HEAD"}
    whole = {route for route in own if _below(route) not in common and not _is_dead_letters(route)}
    missing = sorted(whole - named)
    assert not missing
    unknown = sorted(route for route in named if route not in own | {_below(known) for known in own})
    assert not unknown


def test_every_file_that_the_readme_names_is_there() -> None:
    missing = sorted(path for path in set(PATH.findall(README)) if not (ROOT / path).exists())
    assert not missing


@pytest.mark.parametrize("page", ["README.md", *(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))])
def test_every_link_between_pages_leads_somewhere(page: str) -> None:
    file = ROOT / page
    links = [link for link in LINK.findall(file.read_text(encoding="utf-8")) if "://" not in link]
    missing = [link for link in links if link and not (file.parent / link).exists()]
    assert not missing


def test_the_contents_of_the_readme_lead_to_its_headings() -> None:
    headings = {_anchor(line) for line in re.findall(r"^#+ (.+)$", README, re.MULTILINE)}
    anchors = set(re.findall(r"\]\(#([^)]+)\)", README))
    assert anchors <= headings, anchors - headings


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
