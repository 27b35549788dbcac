"""The link that can be bad: what it passes on, how it is silent and cut, and what it changes in Kafka's answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.support.proxy import SIZE, Proxy, Weather, a_proxy

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def an_echo(*, renames: bool = False) -> AsyncIterator[tuple[Proxy, int]]:
    """A link to a server that says again what it is told; and the server's port."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(1000):
            writer.write(piece)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, a_proxy(f"127.0.0.1:{port}", renames=renames) as proxy:
        yield proxy, port


@asynccontextmanager
async def connected(proxy: Proxy) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


async def said_again(streams: Streams, words: bytes) -> bytes:
    reader, writer = streams
    writer.write(words)
    return await asyncio.wait_for(reader.read(1000), 0.2)


async def has_ended(streams: Streams) -> bool:
    """Whether the connection ends without another word."""
    try:
        return await asyncio.wait_for(streams[0].read(10), 2) == b""
    except ConnectionError:
        return True


async def test_a_fair_link_passes_everything_on() -> None:
    async with an_echo() as (proxy, _), connected(proxy) as streams:
        assert await said_again(streams, b"hello") == b"hello"


async def test_a_half_open_link_says_nothing_and_is_found_dead_afterwards() -> None:
    async with an_echo() as (proxy, _), connected(proxy) as streams:
        proxy.set(Weather(is_silent=True))
        with pytest.raises(TimeoutError):
            await said_again(streams, b"hello")
        proxy.set(Weather())
        assert await has_ended(streams), "nothing of what was said arrives late"


async def test_a_cut_link_ends_what_is_open_and_takes_nothing_new() -> None:
    async with an_echo() as (proxy, _), connected(proxy) as streams:
        assert await said_again(streams, b"hello") == b"hello"
        proxy.set(Weather(is_cut=True))
        assert await has_ended(streams)
        async with connected(proxy) as new:
            assert await has_ended(new)


async def test_kafkas_own_address_is_replaced_in_its_answers() -> None:
    async with an_echo(renames=True) as (proxy, port), connected(proxy) as streams:
        frame = b"broker 127.0.0.1" + SIZE.pack(port) + b" and 127.0.0.1" + SIZE.pack(1)
        renamed = b"broker 127.0.0.1" + SIZE.pack(proxy.port) + b" and 127.0.0.1" + SIZE.pack(1)
        assert await said_again(streams, SIZE.pack(len(frame)) + frame) == SIZE.pack(len(frame)) + renamed
