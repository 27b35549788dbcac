"""Loops end when they are told to, whatever a library makes of it."""

import asyncio

import asyncpg

from services.routing.work.supervise import Loops


async def test_a_loop_whose_library_answers_a_cancellation_with_an_error_ends() -> None:
    async def loop() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise asyncpg.InterfaceError("connection was closed in the middle of operation") from None

    async with asyncio.timeout(5):
        async with Loops().running(one=loop):
            await asyncio.sleep(0)
