"""What `gongdan run` does once the servers are up: tables, topics, the four services, the sample chain, the story."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from rich.console import Console

from services.cli.answer import fail
from services.cli.door import Entrance, open_door
from services.cli.prepare import prepare
from services.cli.run import Plan
from services.cli.runfile import issue_tokens, run_document, run_file
from services.cli.sample import load_sample
from services.cli.serve import Front, serving
from services.cli.story import tell_story
from services.cli.welcome import welcome
from shared.settings import SERVICES, CommonSettings


async def live(settings: CommonSettings, plan: Plan, console: Console) -> None:
    """Bring everything up, tell where it is, and stay until cancelled; then everything is closed in reverse."""
    await prepare(settings)
    # whoever tries it out has their webhook's receiver on the same machine
    async with serving(SERVICES, port=settings.port, home=settings.home, notify_webhook_loopback=True) as front:
        tokens = issue_tokens(settings)
        async with open_door(Entrance(front.url, tokens)) as door:
            if plan.with_sample:
                await load_sample(door)
            with run_file(settings, run_document(settings, front.url, tokens)):
                welcome(console, settings, front.url)
                await _until_ended(front, tell_story(door, console) if plan.with_story else None)


async def _until_ended(front: Front, story: Coroutine[Any, Any, None] | None) -> None:
    """Wait for the services, which end only when something is wrong; what ends the story ends nothing else."""
    telling = asyncio.create_task(story, name="story") if story else None
    try:
        await asyncio.wait([front.task])
        fail("the services ended by themselves; the log says why")
    finally:
        if telling is not None:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
