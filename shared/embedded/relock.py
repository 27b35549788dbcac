"""Write `jars.lock` anew: `python -m shared.embedded.relock`, after a version below was changed on purpose.

Resolves the coordinates with jgo and notes size and SHA-256 of every jar they need. Every coordinate is pinned:
without a version Maven's newest would be taken, alphas included.
"""

import hashlib
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.embedded.jars import KAFKA_VERSION, LOCK_FILE

COORDINATES = (
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.5",  # the bridge for slf4j 1.7: without it Kafka fails silently
)
HEADER = """\
# What Kafka's class path consists of: coordinate, bytes, sha256. Written by `python -m shared.embedded.relock`;
# a jar whose bytes differ is never run.
"""


def main() -> None:
    """Resolve, measure, write.

    Each coordinate is resolved alone: resolved together, jgo let the bridge's dependencies decide Kafka's own versions
    (it answered kafka-clients 3.9.1 beside kafka 4.4.0). The first to name an artifact decides its version.
    """
    lines: dict[str, str] = {}
    for coordinate in COORDINATES:
        for artifact, line in _resolved(coordinate):
            lines.setdefault(artifact, line)
    LOCK_FILE.write_text(HEADER + "".join(lines.values()), "utf-8")


def _resolved(coordinate: str) -> Iterator[tuple[str, str]]:
    """Artifact and line of the lock of every jar that `coordinate` needs."""
    import jgo  # noqa: PLC0415 - only this tool needs the resolver's 0.3 s of imports

    with tempfile.TemporaryDirectory() as folder:
        environment = jgo.build(coordinate, cache_dir=Path(folder))
        document = tomllib.loads((environment.path / "jgo.lock.toml").read_text("utf-8"))
        files = {path.name: path for path in environment.path.rglob("*.jar")}
        for entry in document["dependencies"]:
            yield f"{entry['groupId']}:{entry['artifactId']}", _line(entry, files)


def _line(entry: dict[str, Any], files: dict[str, Path]) -> str:
    path = files[f"{entry['artifactId']}-{entry['version']}.jar"]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{entry['groupId']}:{entry['artifactId']}:{entry['version']} {path.stat().st_size} sha256:{digest}\n"


if __name__ == "__main__":
    main()
