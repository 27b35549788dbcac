"""Fixtures with real servers: the environment's, else containers, else embedded ones in a temporary home.

* `servers`: Kafka's bootstrap servers and the URL of a PostgreSQL user that may make databases; one for all tests.
* `fresh_databases`: by service, the URL of a new and migrated database, the same throughout a module;
  `fresh_databases.new(service)` makes one more. Dropped at the module's end.
* `topic_prefix`: new for each test; goes before the names of topics. What was made under it goes at the end.

"The environment" is `GONGDAN_KAFKA_BOOTSTRAP_SERVERS` with `GONGDAN_INTAKE_DATABASE_URL` (its user must be allowed to
make databases), or `GONGDAN_HOME` naming a home whose servers run (`gongdan servers start`): then tests start at once.
"""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from shared.embedded import EmbeddedServers, servers_status
from tests.support.containers import container_servers, engine_answers
from tests.support.databases import FreshDatabases, execute, run_apart


@dataclass(frozen=True, slots=True)
class TestServers:
    """Where the tests' servers are."""

    __test__ = False  # it is not a test, although it is called so

    kafka: str
    admin_url: str
    kind: str
    """`environment`, `home`, `containers` or `embedded`."""
    prefixes: list[str] = field(default_factory=list)
    """Of topics that tests may have made."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs servers, so that `-m 'not servers'` leaves it out."""
    for item in items:
        if "servers" in getattr(item, "fixturenames", ()):
            item.add_marker("servers")


@pytest.fixture(scope="session")
def servers() -> Iterator[TestServers]:
    with _chosen_servers() as chosen:
        yield chosen
        if chosen.kind in {"environment", "home"}:  # the others end with all that was made in them
            run_apart(_delete_topics(chosen.kafka, tuple(chosen.prefixes)))


@pytest.fixture(scope="module")
def fresh_databases(servers: TestServers) -> Iterator[FreshDatabases]:
    databases = FreshDatabases(servers.admin_url)
    yield databases
    databases.drop()


@pytest.fixture
def topic_prefix(servers: TestServers) -> str:
    return new_topic_prefix(servers)


def new_topic_prefix(servers: TestServers) -> str:
    """One more prefix; for tests that need two, and for fixtures of a wider scope."""
    prefix = f"test-{secrets.token_hex(5)}."
    servers.prefixes.append(prefix)
    return prefix


@contextmanager
def _chosen_servers() -> Iterator[TestServers]:
    kafka, database = (os.environ.get(f"GONGDAN_{name}") for name in ("KAFKA_BOOTSTRAP_SERVERS", "INTAKE_DATABASE_URL"))
    home = os.environ.get("GONGDAN_HOME")
    running = servers_status(Path(home))[1] if home else None
    if kafka and database:
        yield TestServers(kafka, database, "environment")
    elif running:
        yield TestServers(running.kafka, running.admin_url, "home")
    elif engine_answers():
        with container_servers() as (kafka, admin_url):
            _without_fsync(admin_url)
            yield TestServers(kafka, admin_url, "containers")
    else:
        with temporary_home() as folder, embedded_servers(folder) as embedded:
            _without_fsync(embedded.admin_url)
            yield TestServers(embedded.kafka, embedded.admin_url, "embedded")


def _without_fsync(admin_url: str) -> None:
    """Let this PostgreSQL leave its files to the kernel, which outlives whatever tests kill.

    Each test has databases of its own, and making and dropping one costs a second of waiting for the disk, else 0.15.
    """
    execute(admin_url, "ALTER SYSTEM SET fsync = off")
    execute(admin_url, "SELECT pg_reload_conf()")


@contextmanager
def temporary_home() -> Iterator[Path]:
    """A folder for one home that the user who runs PostgreSQL can enter (pytest's own ones are closed to others)."""
    folder = Path(tempfile.mkdtemp(prefix="gongdan-test-"))
    folder.chmod(0o755)
    try:
        yield folder / "home"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def embedded_servers(home: Path) -> Iterator[EmbeddedServers]:
    """Embedded servers outside of any event loop."""
    embedded = EmbeddedServers(home)
    asyncio.run(embedded.__aenter__())
    try:
        yield embedded
    finally:
        asyncio.run(embedded.__aexit__(None, None, None))


async def _delete_topics(kafka: str, prefixes: tuple[str, ...]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        names = [name for name in await admin.list_topics() if prefixes and name.startswith(prefixes)]
        if names:
            await admin.delete_topics(names)
    finally:
        await admin.close()
