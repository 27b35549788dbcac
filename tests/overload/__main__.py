"""`python -m tests.overload [--seconds 120]`: offers intake ten times what it bears; one JSON document of figures."""

import argparse
import asyncio
import json
import sys

from tests.overload.run import overload
from tests.support.servers import temporary_home


def main() -> int:
    """Run once in a home of its own. Exit code 1 when something was answered that should not be."""
    parser = argparse.ArgumentParser(prog="python -m tests.overload", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0)
    with temporary_home() as home:
        home.mkdir()
        report = asyncio.run(overload(home, parser.parse_args().seconds))
    sys.stdout.write(json.dumps(report.document(), indent=1) + "\n")
    return 0 if set(report.tally.statuses) <= {201, 503} and not report.tally.without_retry_after else 1


if __name__ == "__main__":
    sys.exit(main())
