"""A server as the web process runs it, with limits that a test can wait for, and clients that say anything."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from dynaris.app.http_connection import Limits
from dynaris.app.ports import bound_socket
from dynaris.app.serve import server_of


@contextlib.asynccontextmanager
async def served(app: Any, limits: Limits) -> AsyncIterator[int]:
    """The port of a real server around `app`."""
    server = server_of(app, limits)
    listening = bound_socket("127.0.0.1", 0, "")
    running = asyncio.create_task(server.serve(sockets=[listening]))
    watching = asyncio.create_task(limits.watch())
    while not server.started:  # noqa: ASYNC110 - it sets no event
        await asyncio.sleep(0.01)
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = server.force_exit = True
        watching.cancel()
        await asyncio.wait([running, watching], timeout=5)


@dataclass
class Client:
    """One connection whose bytes are a test's own."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self, within: float = 5) -> tuple[int, bytes]:
        """Status and body; (0, b"") when the server only hung up."""
        async with asyncio.timeout(within):
            try:
                head = await self.reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                return 0, b""
            length = next(
                (
                    int(line.split(b":")[1])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-length")
                ),
                0,
            )
            return int(head.split()[1]), await self.reader.readexactly(length)

    async def ended(self, within: float = 5) -> bool:
        """Whether the server hangs up in time, whatever it still says."""
        try:
            async with asyncio.timeout(within):
                while await self.reader.read(65_536):
                    pass
        except TimeoutError:
            return False
        except ConnectionError:
            return True
        return True


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=64 * 1024 * 1024)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()
