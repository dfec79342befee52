"""Mail servers that a tenant set up to do harm: what they say is bounded, whatever was asked."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress

import pytest

from dynaris.channels.email import imap_connection
from dynaris.channels.email.imap_folder import FAILURES, ImapFolder
from dynaris.channels.email.settings import imap_server
from dynaris.core.networks import networks_of
from dynaris.core.outbound import Outbound

MEGABYTE = 1024 * 1024
Says = Callable[[str], Iterator[bytes]]  # before the answer to a command


@asynccontextmanager
async def mailbox(says: Says) -> AsyncIterator[ImapFolder]:
    """A folder at a server that says this, and then that all is well."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        with suppress(ConnectionError):
            while line := await reader.readline():
                tag, name = line.split()[:2]
                for piece in says(name.decode().upper()):
                    writer.write(piece)
                    await writer.drain()
                writer.write(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n")

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    folder = ImapFolder(
        imap_server(f"imap://ann:secret@127.0.0.1:{port}"), Outbound(networks_of("loopback")), read_only=True
    )
    try:
        yield folder
    finally:
        folder.cut_off()
        server.close()


def endless(line: bytes) -> Iterator[bytes]:
    while True:
        yield line * max(1, 100_000 // len(line))


@pytest.mark.parametrize("part", [16, pytest.param(1, marks=pytest.mark.hostile)])
@pytest.mark.parametrize(
    "line", [b"* X\r\n", b"* 1 EXISTS\r\n", b"* SEARCH 1 2 3\r\n", b"* X {1000000}\r\n" + b"x" * 1_000_000]
)
async def test_an_answer_without_end_is_left(line: bytes, part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With bounds that are a part of ours, for tracing memory takes seconds; and with ours."""
    for bound in ("_MOST_CONTENT", "_MOST_LINES"):
        monkeypatch.setattr(imap_connection, bound, getattr(imap_connection, bound) // part)

    def says(command: str) -> Iterator[bytes]:
        return endless(line) if command == "UID" else iter(())

    async with mailbox(says) as folder:
        await asyncio.to_thread(folder.open)
        tracemalloc.start()
        try:
            with pytest.raises(FAILURES, match="too long"):
                await asyncio.to_thread(folder.uids, "ALL")
            assert tracemalloc.get_traced_memory()[1] < 150 * MEGABYTE / part
        finally:
            tracemalloc.stop()


async def test_what_was_announced_is_not_kept_for_ever() -> None:
    def says(command: str) -> Iterator[bytes]:
        return iter([b"* 1 EXISTS\r\n* X 1\r\n" * 10_000] if command == "UID" else ())

    async with mailbox(says) as folder:
        await asyncio.to_thread(folder.open)
        for _ in range(5):
            assert await asyncio.to_thread(folder.uids, "ALL") == []
        kept = folder._opened.client.untagged_responses  # type: ignore[attr-defined]
        assert sum(map(len, kept.values())) < 25_000
