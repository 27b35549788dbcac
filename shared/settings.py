"""What every service reads from the environment, and where the servers are when the environment does not say.

Names in the environment are the fields' names in capitals behind `GONGDAN_`: `GONGDAN_HOME`, `GONGDAN_PORT` …
Server addresses that are unset come from `<home>/servers.json`, which the embedded servers write.
"""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

import orjson
from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

ServiceName = Literal["intake", "routing", "notify", "projection"]
SERVICES: tuple[ServiceName, ...] = ("intake", "routing", "notify", "projection")

SERVERS_FILE = "servers.json"
RUN_FILE = "run.json"


class NotConfigured(Exception):  # noqa: N818 - says what is so, as the other errors of the house do
    """An address or key is neither in the environment nor in the home folder; the message says how to get one."""


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


class CommonSettings(BaseSettings):
    """The part of the settings that all services share; a service adds its own in `services/<it>/settings.py`."""

    model_config = SettingsConfigDict(env_prefix="GONGDAN_", frozen=True, extra="ignore")

    home: Annotated[Path, AfterValidator(_absolute)] = Field(Path(".gongdan"), validate_default=True)
    """Folder of the embedded servers' data, keys and run.json; relative to the working folder. Default .gongdan."""

    port: int = Field(8080, ge=0, le=65535)
    """TCP port of the front door on loopback; 0 takes a free one. Default 8080."""

    kafka_bootstrap_servers: str | None = None
    """Kafka brokers, `host:port,host:port`. Default: the embedded broker of the home folder."""

    intake_database_url: str | None = Field(None, repr=False)
    """PostgreSQL of intake, `postgresql://user:password@host:port/name`. Default: the embedded server's."""

    routing_database_url: str | None = Field(None, repr=False)
    """PostgreSQL of routing, likewise."""

    notify_database_url: str | None = Field(None, repr=False)
    """PostgreSQL of notify, likewise."""

    projection_database_url: str | None = Field(None, repr=False)
    """PostgreSQL of projection, likewise."""

    topic_prefix: str = Field("", pattern=r"^[a-zA-Z0-9._-]{0,100}$")
    """Goes before the name of every topic, so that tests share one broker. Default: nothing."""

    token_key: SecretStr | None = None
    """Ed25519 key that signs and checks bearer tokens. Default: the key file of the home folder, made when missing."""

    clock_offset_s: float = 0.0
    """Seconds by which this process's clock is wrong on purpose, for tests; may be negative. Default 0."""

    @property
    def kafka(self) -> str:
        """The brokers' addresses. Errors: NotConfigured when there are none."""
        if self.kafka_bootstrap_servers is None:
            raise NotConfigured(_what_to_do("GONGDAN_KAFKA_BOOTSTRAP_SERVERS", self.home))
        return self.kafka_bootstrap_servers

    def database_url(self, service: ServiceName) -> str:
        """The address of one service's database. Errors: NotConfigured when there is none."""
        field = f"{service}_database_url"
        url: str | None = getattr(self, field)
        if url is None:
            raise NotConfigured(_what_to_do(f"GONGDAN_{field.upper()}", self.home))
        return url


SettingsType = TypeVar("SettingsType", bound=CommonSettings)


class Servers(BaseModel):
    """What `<home>/servers.json` holds: where the embedded servers of a home folder listen, and their processes."""

    kafka: str
    databases: dict[str, str]
    pids: dict[str, int] = {}


def read_servers(home: Path) -> Servers | None:
    """The embedded servers of a home folder, None when none were started. Errors: NotConfigured for a broken file."""
    file = home / SERVERS_FILE
    try:
        return Servers.model_validate(orjson.loads(file.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, ValidationError) as error:
        raise NotConfigured(f"{file} cannot be read ({error}); `gongdan servers start` writes it anew") from error


def with_servers(settings: SettingsType) -> SettingsType:
    """The same settings with every unset server address filled from the home folder, where that names one.

    What the environment says wins, one address at a time. What stays unset is reported where it is needed, by
    `kafka` and `database_url`, so that one service needs no address of another's database.
    """
    fields = {service: f"{service}_database_url" for service in SERVICES}
    unset = [field for field in ("kafka_bootstrap_servers", *fields.values()) if getattr(settings, field) is None]
    servers = read_servers(settings.home) if unset else None
    if servers is None:
        return settings
    known = {"kafka_bootstrap_servers": servers.kafka}
    known |= {field: servers.databases[service] for service, field in fields.items() if service in servers.databases}
    return settings.model_copy(update={field: known[field] for field in unset if field in known})


def _what_to_do(variable: str, home: Path) -> str:
    return (
        f"{variable} is not set and {home / SERVERS_FILE} does not name one: "
        f"set it, or start the embedded servers: `gongdan run --home {home}` does with everything,"
        f" `gongdan servers start --home {home}` by themselves"
    )
