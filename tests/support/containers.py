"""Kafka and PostgreSQL in containers, with the settings of the embedded ones, where a Docker engine answers."""

import os
import socket
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from shared.embedded.jars import KAFKA_VERSION
from shared.embedded.kafka import SETTINGS
from shared.embedded.ports import choose_port

KAFKA_IMAGE = f"apache/kafka:{KAFKA_VERSION}"
POSTGRES_IMAGE = "postgres:18"
KAFKA_PORT, CONTROLLER_PORT, POSTGRES_PORT = 9092, 9093, 5432
PASSWORD = "gongdan"
ENGINE_TIMEOUT_S = 3
DEFAULT_ENGINE = "unix:///var/run/docker.sock"
READY_TIMEOUT_S = 60


def engine_answers() -> bool:
    """Whether something listens where Docker's clients would ask."""
    where = os.environ.get("DOCKER_HOST", DEFAULT_ENGINE)
    kind, _, place = where.partition("://")
    host, _, port = place.partition(":")
    try:
        if kind == "unix":
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(ENGINE_TIMEOUT_S)
                probe.connect(place)
        else:
            socket.create_connection((host, int(port)), ENGINE_TIMEOUT_S).close()
    except (OSError, ValueError):
        return False
    return True


@contextmanager
def container_servers() -> Iterator[tuple[str, str]]:
    """Kafka's bootstrap servers and the URL of PostgreSQL's superuser, until the block ends."""
    with warnings.catch_warnings(), ExitStack() as containers:
        warnings.simplefilter("ignore")  # what Docker's libraries warn of is not ours to mend
        from testcontainers.core.container import DockerContainer
        from testcontainers.core.wait_strategies import LogMessageWaitStrategy

        port = choose_port(0, set())  # clients are told this one, so it has to be known before the start
        kafka = DockerContainer(KAFKA_IMAGE).with_bind_ports(KAFKA_PORT, port).with_envs(**kafka_environment(port))
        kafka.waiting_for(LogMessageWaitStrategy("Kafka Server started").with_startup_timeout(READY_TIMEOUT_S))
        postgres = DockerContainer(POSTGRES_IMAGE).with_exposed_ports(POSTGRES_PORT)
        postgres.with_envs(POSTGRES_PASSWORD=PASSWORD).with_command("postgres -c max_connections=200")
        said = "database system is ready to accept connections"
        postgres.waiting_for(LogMessageWaitStrategy(said, times=2).with_startup_timeout(READY_TIMEOUT_S))
        containers.enter_context(kafka)
        containers.enter_context(postgres)
        where = f"{postgres.get_container_host_ip()}:{postgres.get_exposed_port(POSTGRES_PORT)}"
        yield f"{kafka.get_container_host_ip()}:{port}", f"postgresql://postgres:{PASSWORD}@{where}/postgres"


def kafka_environment(port: int, host: str = "localhost") -> dict[str, str]:
    """The settings of the embedded Kafka as the image reads them: KAFKA_, capitals, underscores for dots."""
    places = {
        "listeners": f"BROKER://0.0.0.0:{KAFKA_PORT},CONTROLLER://127.0.0.1:{CONTROLLER_PORT}",
        "advertised.listeners": f"BROKER://{host}:{port}",
        "controller.quorum.voters": f"1@127.0.0.1:{CONTROLLER_PORT}",
    }
    settings = {name: value for name, value, _ in SETTINGS} | places
    return {"KAFKA_" + name.upper().replace(".", "_"): value for name, value in settings.items()}
