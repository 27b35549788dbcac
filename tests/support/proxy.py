"""A TCP proxy between a service and a server: a link that can be slow, lossy, silent or cut while it is used.

`Weather` says how the link is at this moment and may be changed at any time; connections that are open feel it at
once. Kafka tells its clients where it is, so on a link to Kafka the answers name the proxy instead (`renaming`).
"""

import asyncio
import random
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

CHUNK_BYTES = 64 * 1024
CONNECT_S_MAX = 5.0
SILENCE_POLL_S = 0.05
SIZE = struct.Struct(">i")

BROKEN = (OSError, asyncio.IncompleteReadError)
"""How a connection ends, whoever ends it."""


@dataclass(slots=True)
class Weather:
    """How a link is at this moment: fair, unless something is set."""

    delay_s: float = 0.0
    """Each piece that passes waits so long, in each direction."""
    loss: float = 0.0
    """The chance of each piece to be the last of its connection."""
    is_silent: bool = False
    """Half open: what the server says does not arrive, and nobody is told; such a connection is found dead later."""
    is_cut: bool = False
    """Nobody gets through: open connections end, new ones are closed at once."""


@dataclass(slots=True)
class Proxy:
    """One link: listens on `port` of loopback, passes everything on to the server behind it."""

    host: str
    behind: int
    chance: random.Random
    renames: bool = False
    weather: Weather = field(default_factory=Weather)
    port: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)
    _stranded: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut(self) -> None:
        """End every connection that is open now, as a broken cable does: no goodbye."""
        for writer in self._open:
            writer.transport.abort()

    def strand(self) -> None:
        """What is said on the connections that are open now is lost for good, and nobody is told; new ones work."""
        self._stranded |= self._open

    def set(self, weather: Weather) -> None:
        """From now on it is like this."""
        self.weather = weather
        if weather.is_cut:
            self.cut()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client: connect it to the server, pass on until one side ends."""
        if self.weather.is_cut:
            writer.transport.abort()
            return
        try:
            async with asyncio.timeout(CONNECT_S_MAX):
                server_reader, server_writer = await asyncio.open_connection(self.host, self.behind)
        except BROKEN:
            writer.transport.abort()
            return
        pair = {writer, server_writer}
        self._open |= pair
        rename = self._rename if self.renames else None
        there = asyncio.ensure_future(self._pass_on(reader, server_writer, read_chunk))
        back = asyncio.ensure_future(self._answer(server_reader, writer, rename))
        try:
            await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (there, back):
                task.cancel()
            self._open -= pair
            self._stranded -= pair
            for one in pair:
                one.transport.abort()
            await asyncio.gather(there, back, *(one.wait_closed() for one in pair), return_exceptions=True)

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rename: Callable[[bytes], bytes] | None
    ) -> None:
        """What the server says, frame by frame where names have to be changed in it."""

        async def read_renamed(source: asyncio.StreamReader) -> bytes:
            assert rename is not None
            return rename(await read_frame(source))

        await self._pass_on(reader, writer, read_renamed if rename else read_chunk, is_answer=True)

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        read: Callable[[asyncio.StreamReader], Awaitable[bytes]],
        *,
        is_answer: bool = False,
    ) -> None:
        """One direction of one connection, until it ends."""
        with suppress(*BROKEN):
            while piece := await read(reader):
                weather = self.weather
                if weather.delay_s:
                    await asyncio.sleep(weather.delay_s)
                if weather.loss and self.chance.random() < weather.loss:
                    return
                if is_answer and await self._was_silent():
                    return
                if writer in self._stranded:
                    continue
                writer.write(piece)
                await writer.drain()

    async def _was_silent(self) -> bool:
        """Wait for the end of a silence; whether there was one."""
        if not self.weather.is_silent:
            return False
        while self.weather.is_silent:  # noqa: ASYNC110 - the weather is set from outside
            await asyncio.sleep(SILENCE_POLL_S)
        return True

    def _rename(self, frame: bytes) -> bytes:
        """The server's address as it stands in Kafka's answers, replaced by ours: as long, so no length changes."""
        host = self.host.encode()
        return frame.replace(host + SIZE.pack(self.behind), host + SIZE.pack(self.port))


def behind(url: str, link: Proxy) -> str:
    """The same database through the link."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{link.port}"))


async def read_chunk(reader: asyncio.StreamReader) -> bytes:
    """Whatever is there."""
    return await reader.read(CHUNK_BYTES)


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """One of Kafka's answers: four bytes of length, then so many."""
    head = await reader.readexactly(SIZE.size)
    return head + await reader.readexactly(SIZE.unpack(head)[0])


@asynccontextmanager
async def a_proxy(address: str, *, renames: bool = False, seed: int = 0) -> AsyncIterator[Proxy]:
    """A link to `address` (`host:port`) on a free port. `renames`: it is Kafka, and must be told to name the proxy."""
    host, _, port = address.rpartition(":")
    proxy = Proxy(host, int(port), random.Random(seed), renames)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        proxy._tasks.add(task)
        task.add_done_callback(proxy._tasks.discard)
        with suppress(asyncio.CancelledError):  # the end of the proxy, not of what waits for it
            await proxy._connected(reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
        for task in list(proxy._tasks):
            task.cancel()
        await asyncio.gather(*proxy._tasks, return_exceptions=True)
