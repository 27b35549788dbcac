"""Who may call what, as the services say it; `python -m tests.contract.roles` writes docs/reference/roles.md."""

import importlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from shared.identity.roles import RouteRoles, role_table, route_roles
from shared.settings import SERVICES, ServiceName

ROLES = Path(__file__).parents[2] / "docs" / "reference" / "roles.md"
NOWHERE = {
    "kafka_bootstrap_servers": "127.0.0.1:1",
    **{f"{service}_database_url": "postgresql://nobody@127.0.0.1:1/none" for service in SERVICES},
}

HEAD = """\
# Who may call what

Made from the services themselves by `python -m tests.contract.roles`; a test compares. "No token" means that anybody
may call; `/metrics` without a token is for this machine only, else for an operator. A store's and a technician's token
see their own store only, and a technician commands their own tickets only, whatever this table allows.
"""


def routes_of(service: ServiceName, home: Path) -> list[RouteRoles]:
    """Every route of a service as it is built, with nothing opened."""
    settings = importlib.import_module(f"services.{service}.settings").Settings(home=home, **NOWHERE)
    return route_roles(importlib.import_module(f"services.{service}.main").build(settings))


def all_routes(home: Path) -> dict[ServiceName, list[RouteRoles]]:
    """The routes of all services."""
    return {service: routes_of(service, home) for service in SERVICES}


def shared_routes(routes: dict[ServiceName, list[RouteRoles]]) -> list[RouteRoles]:
    """Those that every service has with the same roles, below `/<service>`."""
    tails = [{_below(line) for line in lines} for lines in routes.values()]
    return [line for line in map(_below, routes["intake"]) if all(line in tail for tail in tails)]


def roles_document(routes: dict[ServiceName, list[RouteRoles]]) -> str:
    """The page: a table for each service, and one for what they have in common."""
    common = shared_routes(routes)
    own = {service: [line for line in lines if _below(line) not in common] for service, lines in routes.items()}
    parts = [HEAD, *(_part(service.capitalize(), lines) for service, lines in own.items())]
    return "\n".join([*parts, _part("Every service", common)])


def _part(title: str, lines: Sequence[RouteRoles]) -> str:
    return f"## {title}\n\n{role_table(lines)}"


def _below(line: RouteRoles) -> RouteRoles:
    return RouteRoles(line.method, "/<service>/" + line.path.split("/", 2)[2], line.roles)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        ROLES.write_text(roles_document(all_routes(Path(folder))), encoding="utf-8")
