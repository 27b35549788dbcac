"""`python -m tests.outage kafka|postgres|poison|soak`: breaks one thing for long, or nothing; one JSON document."""

import argparse
import asyncio
import json
import sys

from tests.outage.poison import among_the_good
from tests.outage.shows import with_killed_postgres, without_kafka
from tests.outage.soak import under_a_shops_load
from tests.support.servers import temporary_home


def main() -> int:
    """Run one outage in a home of its own. Exit code 1 when something is wrong afterwards, or a 500 was answered."""
    parser = argparse.ArgumentParser(prog="python -m tests.outage", description=__doc__)
    parser.add_argument("what", choices=["kafka", "postgres", "poison", "soak"])
    parser.add_argument("--seconds", type=float, help="how long Kafka is away (600), how long the soak lasts (1200)")
    parser.add_argument("--times", type=int, default=10, help="how often PostgreSQL is killed")
    parser.add_argument("--per-s", type=float, help="contacts per second meanwhile (100; in the soak 10)")
    parser.add_argument("--good", type=int, default=1_000_000, help="good records")
    parser.add_argument("--bad", type=int, default=10_000, help="malformed ones among them")
    asked = parser.parse_args()
    with temporary_home() as home:
        home.mkdir()
        match asked.what:
            case "kafka":
                figures = asyncio.run(without_kafka(home, seconds=asked.seconds or 600, per_s=asked.per_s or 100))
            case "postgres":
                figures = asyncio.run(with_killed_postgres(home, times=asked.times, per_s=asked.per_s or 100))
            case "soak":
                soak = under_a_shops_load(home, seconds=asked.seconds or 1200, per_s=asked.per_s or 10)
                figures = asyncio.run(soak)
            case _:
                figures = asyncio.run(among_the_good(home, good=asked.good, bad=asked.bad))
    sys.stdout.write(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    return 1 if figures["wrong"] or "500" in figures.get("statuses", {}) else 0


if __name__ == "__main__":
    sys.exit(main())
