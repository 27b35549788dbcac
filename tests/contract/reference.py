"""The pages that are made from the program; `python -m tests.contract.reference` writes them to docs/reference.

The snapshots of the OpenAPI documents stand beside this file: a change to a front door is seen where it is reviewed.
"""

import importlib
import inspect
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from shared.events.fact import Fact, PersonalMark
from shared.events.log import LogFenced
from shared.events.registry import FACTS
from shared.http.app import ServiceApp
from shared.identity.roles import RouteRoles, role_table, route_roles
from shared.settings import SERVICES, ServiceName

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
ROLES = REFERENCE / "roles.md"
EVENTS = REFERENCE / "events.md"
OPENAPI = Path(__file__).parent / "openapi"
NOWHERE = {
    "kafka_bootstrap_servers": "127.0.0.1:1",
    **{f"{service}_database_url": "postgresql://nobody@127.0.0.1:1/none" for service in SERVICES},
}

HEAD = """\
# Who may call what

Made from the services themselves by `python -m tests.contract.reference`; a test compares. "No token" means that
anybody may call; `/metrics` without a token is for this machine only, else for an operator. A store's and a
technician's token see their own store only, and a technician commands their own tickets only, whatever this table
allows.
"""

EVENTS_HEAD = """\
# What happened: every type of event

Made from the models in `shared/events` by `python -m tests.contract.reference`; a test compares. The source is the one
service that may write a type. Every field is always there. One marked `?` may be unknown; then it is null, empty, or
the usual value. One marked `*` is about a person: plain, or sealed.

The exact shapes are the JSON Schemas in `shared/contracts/schemas`, by example in `shared/contracts/examples`. The
attributes around every event stand in `shared/events/envelope.py`.
"""


def events_document() -> str:
    """The page of all types, by source."""
    rows = [
        f"| `{fact.TYPE}` | {fact.VERSION} | {_source(fact)} | {_says(fact)} | {_fields(fact)} |"
        for fact in FACTS.values()
    ]
    head = "| type | version | source | it says | fields |\n|---|---|---|---|---|"
    return "\n".join([EVENTS_HEAD, head, *rows]) + "\n"


def _source(fact: type[Fact]) -> str:
    """The owner; fences are every relay's own."""
    return "every relay" if fact is LogFenced else fact.SOURCE


def _says(fact: type[Fact]) -> str:
    return inspect.cleandoc(fact.__doc__ or "").splitlines()[0]


def _fields(fact: type[Fact]) -> str:
    return ", ".join(
        f"`{name}`{'' if field.is_required() else '?'}{'*' if _is_personal(field.metadata) else ''}"
        for name, field in fact.model_fields.items()
    )


def _is_personal(metadata: Sequence[object]) -> bool:
    return any(isinstance(mark, PersonalMark) for mark in metadata)


def app_of(service: ServiceName, home: Path) -> ServiceApp:
    """A service as it is built, with nothing opened."""
    settings = importlib.import_module(f"services.{service}.settings").Settings(home=home, **NOWHERE)
    app: ServiceApp = importlib.import_module(f"services.{service}.main").build(settings)
    return app


def openapi_path(service: ServiceName) -> Path:
    """Where the snapshot of a service's OpenAPI document is committed."""
    return OPENAPI / f"{service}.json"


def openapi_text(service: ServiceName, home: Path) -> str:
    """A service's OpenAPI document, as committed."""
    return json.dumps(app_of(service, home).openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def routes_of(service: ServiceName, home: Path) -> list[RouteRoles]:
    """Every route of a service as it is built, with nothing opened."""
    return route_roles(app_of(service, home))


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
        for one in SERVICES:
            openapi_path(one).write_text(openapi_text(one, Path(folder)), encoding="utf-8")
    EVENTS.write_text(events_document(), encoding="utf-8")
