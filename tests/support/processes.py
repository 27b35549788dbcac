"""A part of the program in a process of its own, so that a test can kill or freeze it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def a_process(module: str, *arguments: str, failpoints: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m module arguments…` with these failpoints; killed at the end, if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        env=os.environ | {"GONGDAN_FAILPOINTS": failpoints},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def is_stopped(pid: int) -> bool:
    """Whether the process is frozen (SIGSTOP)."""
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123 - one word of one line
        return stat.read().rpartition(")")[2].split()[0] == "T"
