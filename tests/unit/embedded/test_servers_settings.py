"""The recipe: every setting with its reason, and what must never change unseen."""

from pathlib import Path

import pytest

from shared.embedded import kafka, postgres, program
from shared.embedded.errors import CannotServe
from shared.embedded.home import open_home
from shared.embedded.kafka import Kafka
from shared.embedded.postgres import Postgres
from tests.support.containers import kafka_environment

KAFKA = {name: value for name, value, _ in kafka.SETTINGS}
POSTGRES = {name: value for name, value, _ in postgres.SETTINGS}


@pytest.mark.parametrize("settings", [kafka.SETTINGS, postgres.SETTINGS])
def test_every_setting_is_there_once_with_its_reason(settings: tuple[tuple[str, str, str], ...]) -> None:
    names = [name for name, _, _ in settings]
    assert len(names) == len(set(names))
    assert all(len(reason) >= 8 for _, _, reason in settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("log.flush.interval.messages", "1"),
        ("auto.create.topics.enable", "false"),
        ("log.retention.ms", "-1"),
        ("unclean.leader.election.enable", "false"),
        ("broker.session.timeout.ms", "2000"),
        ("broker.heartbeat.interval.ms", "500"),
        ("group.min.session.timeout.ms", "1000"),
        ("group.initial.rebalance.delay.ms", "0"),
    ],
)
def test_kafka_keeps_what_it_acknowledged_and_recovers_soon(name: str, value: str) -> None:
    assert KAFKA[name] == value


def test_every_internal_topic_is_content_with_one_broker() -> None:
    factors = {name: value for name, value in KAFKA.items() if name.endswith(("replication.factor", "min.isr"))}
    assert len(factors) >= 6
    assert set(factors.values()) == {"1"}


@pytest.mark.parametrize("name", ["fsync", "synchronous_commit", "full_page_writes"])
def test_postgres_answers_when_a_fact_is_durable(name: str) -> None:
    assert POSTGRES[name] == "on"


def test_both_listen_on_loopback_only(tmp_path: Path) -> None:
    home = open_home(tmp_path)
    server = Kafka(home, home.remembered())
    properties = server._write_properties("server.properties", server.data, 21, 22).read_text("utf-8")
    assert "listeners=BROKER://127.0.0.1:21,CONTROLLER://127.0.0.1:22\n" in properties
    assert POSTGRES["listen_addresses"] == "127.0.0.1"
    assert POSTGRES["unix_socket_directories"] == ""


def test_a_container_gets_the_same_settings() -> None:
    environment = kafka_environment(9999)
    assert environment["KAFKA_LOG_FLUSH_INTERVAL_MESSAGES"] == "1"
    assert environment["KAFKA_ADVERTISED_LISTENERS"] == "BROKER://localhost:9999"


def test_a_platform_without_java_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "find_spec", lambda _: None)
    with pytest.raises(CannotServe, match="no Java for this platform") as raised:
        kafka.find_java()
    assert "GONGDAN_KAFKA_BOOTSTRAP_SERVERS" in raised.value.remedy


def test_a_platform_without_postgres_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "find_spec", lambda _: None)
    with pytest.raises(CannotServe, match="no PostgreSQL for this platform") as raised:
        program.find_binaries()
    assert "GONGDAN_INTAKE_DATABASE_URL" in raised.value.remedy


def test_data_of_another_postgres_is_refused(tmp_path: Path) -> None:
    home = open_home(tmp_path)
    home.postgres.mkdir()
    (home.postgres / "PG_VERSION").write_text("16\n", "utf-8")
    with pytest.raises(CannotServe, match=r"PostgreSQL 18 \(its version: 16\)"):
        Postgres(home, home.remembered())._check_version()


def test_data_of_a_newer_kafka_is_refused(tmp_path: Path) -> None:
    home = open_home(tmp_path)
    (home.kafka / "version").write_text("4.10.0\n", "utf-8")
    with pytest.raises(CannotServe, match=r"written by Kafka 4\.10\.0"):
        Kafka(home, home.remembered())._check_version()


def test_data_of_an_older_kafka_is_taken(tmp_path: Path) -> None:
    home = open_home(tmp_path)
    (home.kafka / "version").write_text("4.3.1\n", "utf-8")
    Kafka(home, home.remembered())._check_version()


def test_the_data_of_another_cluster_is_refused(tmp_path: Path) -> None:
    home = open_home(tmp_path)
    server = Kafka(home, home.remembered())
    server.data.mkdir()
    (server.data / "meta.properties").write_text("cluster.id=somebody-else\n", "utf-8")
    with pytest.raises(CannotServe, match="not the Kafka data of this home"):
        server._check_version()
