"""`python -m tests.outage kafka|postgres|poison`: breaks one thing for long; one JSON document of figures."""

import argparse
import asyncio
import json
import sys

from tests.outage.poison import among_the_good
from tests.outage.shows import with_killed_postgres, without_kafka
from tests.support.servers import temporary_home


def main() -> int:
    """Run one outage in a home of its own. Exit code 1 when something is wrong afterwards, or a 500 was answered."""
    parser = argparse.ArgumentParser(prog="python -m tests.outage", description=__doc__)
    parser.add_argument("what", choices=["kafka", "postgres", "poison"])
    parser.add_argument("--seconds", type=float, default=600.0, help="how long Kafka is away")
    parser.add_argument("--times", type=int, default=10, help="how often PostgreSQL is killed")
    parser.add_argument("--per-s", type=float, default=100.0, help="contacts per second meanwhile")
    parser.add_argument("--good", type=int, default=1_000_000, help="good records")
    parser.add_argument("--bad", type=int, default=10_000, help="malformed ones among them")
    asked = parser.parse_args()
    with temporary_home() as home:
        home.mkdir()
        match asked.what:
            case "kafka":
                figures = asyncio.run(without_kafka(home, seconds=asked.seconds, per_s=asked.per_s))
            case "postgres":
                figures = asyncio.run(with_killed_postgres(home, times=asked.times, per_s=asked.per_s))
            case _:
                figures = asyncio.run(among_the_good(home, good=asked.good, bad=asked.bad))
    sys.stdout.write(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    return 1 if figures["wrong"] or "500" in figures.get("statuses", {}) else 0


if __name__ == "__main__":
    sys.exit(main())
