"""A command that uses the servers of a home: `python -m tests.integration.embedded.hold HOME`, until SIGTERM.

Says on standard output what it tells people, then one JSON line with where the servers are.
"""

import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path

from shared.embedded import CannotServe, EmbeddedServers


async def main() -> None:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with EmbeddedServers(Path(sys.argv[1]), progress=lambda step: say(step.text)) as servers:
        say(json.dumps({"kafka": servers.kafka, "admin_url": servers.admin_url, "pids": servers.pids}))
        await asyncio.Event().wait()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(main())
    except CannotServe as error:
        say(f"error: {error}")
        sys.exit(1)
