"""`python -m tests.bench [failure intake known path pure replay]`: a table for people, and one JSON document."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from tests.bench.failure import bench_failure
from tests.bench.figures import Figure, as_json, show
from tests.bench.intake import bench_intake
from tests.bench.known import bench_known
from tests.bench.path import bench_path
from tests.bench.pure import bench_pure
from tests.bench.replay import bench_replay
from tests.support.servers import temporary_home

TABLE_WIDTH = 160
BENCHES: dict[str, Callable[[Path], list[Figure]]] = {
    "failure": bench_failure,
    "intake": bench_intake,
    "known": bench_known,
    "path": bench_path,
    "pure": bench_pure,
    "replay": bench_replay,
}


def main() -> int:
    """Run what is named, or all; each in a home of its own. Exit code 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(BENCHES)}; default: all")
    parser.add_argument("--json", type=Path, help="write the figures here as well as to standard output")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(BENCHES):
        parser.error(f"no such bench: {', '.join(sorted(unknown))}")
    console = Console(stderr=True)
    console.width = max(console.width, TABLE_WIDTH)
    figures: list[Figure] = []
    for name, bench in BENCHES.items():
        if asked.names and name not in asked.names:
            continue
        console.print(f"[dim]measuring {name} …[/]")
        with temporary_home() as home:
            figures += bench(home)
    show(figures, console)
    document = as_json(figures)
    sys.stdout.write(document + "\n")
    if asked.json:
        asked.json.write_text(document, "utf-8")
    return 0 if all(one.is_reached is not False for one in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
