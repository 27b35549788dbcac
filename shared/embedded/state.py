"""What others read about a home's running servers: `<home>/servers.json`, in the shape that `shared.settings` reads."""

import json
from dataclasses import asdict, dataclass

from shared.embedded.home import Home, write_private
from shared.embedded.postgres import Postgres

DATABASES = ("intake", "routing", "notify", "projection")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where servers listen. `admin_url` may make databases; it is not written to the file."""

    kafka: str
    databases: dict[str, str]
    pids: dict[str, int]
    admin_url: str

    @property
    def postgres(self) -> str:
        """`host:port` of PostgreSQL."""
        return self.admin_url.rpartition("@")[2].partition("/")[0]

    def document(self) -> dict[str, object]:
        """What servers.json holds."""
        document = asdict(self)
        del document["admin_url"]
        return document


def addresses_of(home: Home, pids: dict[str, int]) -> Addresses:
    """Where this home's servers listen, from what it remembers."""
    remembered = home.remembered()
    postgres = Postgres(home, remembered)
    return Addresses(
        kafka=f"127.0.0.1:{remembered.kafka_port}",
        databases={name: postgres.database_url(remembered.postgres_port, name) for name in DATABASES},
        pids={name: pids[name] for name in ("kafka", "postgres")},
        admin_url=postgres.admin_url(remembered.postgres_port),
    )


def write_servers_file(home: Home, addresses: Addresses) -> None:
    """Tell services where to go; only this user may read it, it holds the password."""
    write_private(home.servers_file, json.dumps(addresses.document(), indent=1))


def update_servers_file(home: Home, pids: dict[str, int]) -> None:
    """Tell of a server that was started again; before the databases exist there is nothing to tell."""
    if home.servers_file.exists():
        write_servers_file(home, addresses_of(home, pids))
