"""Law 2: whether the live view is the one rebuilt from offset zero, byte for byte."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT

from tests.chaos.machine import Machine
from tests.chaos.processes import addresses
from tests.support.program import ROOT, clean_environment


async def difference(machine: Machine) -> str | None:
    """What `gongdan rebuild --check` said when it found any; None when both are the same."""
    where = machine.where
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "services", "rebuild", "--check", "--home", str(machine.home)),
        cwd=ROOT,
        env=clean_environment() | addresses(where.kafka, where.databases, where.prefix),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
    )
    said, _ = await process.communicate()
    return said.decode("utf-8", "replace") if process.returncode else None
