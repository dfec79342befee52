"""SMTP clients that ask for too much: each is bounded, and honest mail gets through beside them."""

import asyncio
import contextlib
import resource
import smtplib
import time

import pytest

from dynaris.channels.email.smtp_in import listening
from dynaris.channels.email.smtp_session import Limits
from tests.channels.email.conftest import CLINIC, a_mail, an_account
from tests.channels.email.test_smtp_in import HELLO, connected
from tests.fakes.host import FakeHost
from tests.hostile.test_mail_bombs import BOMBS


def send_honest(port: int, number: int) -> float:
    """Seconds it took. Blocking."""
    started = time.monotonic()
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.sendmail("ann@example.com", [CLINIC], a_mail(Message_ID=f"<honest-{number}@example.com>"))
    return time.monotonic() - started


async def hangs_up(port: int, raw: bytes, *, within: float = 20) -> bytes:
    """What the server said before it ended the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    said = b""
    try:
        async with asyncio.timeout(within):
            with contextlib.suppress(ConnectionError):
                writer.write(raw)
                while chunk := await reader.read(65_536):
                    said += chunk
    finally:
        writer.transport.abort()
    return said


FLOODS = {
    "ten thousand recipients": b"EHLO x\r\nMAIL FROM:<a@b.example>\r\n"
    + b"RCPT TO:<hello@clinic.example>\r\n" * 10_050,
    "unknown recipients": b"EHLO x\r\nMAIL FROM:<a@b.example>\r\n"
    + b"".join(b"RCPT TO:<u%d@clinic.example>\r\n" % number for number in range(10_000)),
    "recipients in no encoding": b"EHLO x\r\nMAIL FROM:<a@b.example>\r\n"
    + b"RCPT TO:<\xff@clinic.example>\r\n" * 10_000,
    "NOOP": b"EHLO x\r\n" + b"NOOP\r\n" * 5_000,
    "RSET": b"EHLO x\r\n" + b"RSET\r\n" * 5_000,
    "EHLO": b"EHLO x\r\n" * 5_000,
    "VRFY": b"EHLO x\r\n" + b"VRFY hello\r\n" * 5_000,
    "passwords": b"EHLO x\r\n" + b"AUTH PLAIN AGEAYg==\r\n" * 5_000,
    "senders": b"EHLO x\r\n" + b"MAIL FROM:<a@b.example>\r\nRSET\r\n" * 5_000,
    "nonsense": b"\x16\x03\x01\x02\x00\x01\r\n" * 5_000,
    "web requests": b"GET / HTTP/1.1\r\nHost: x\r\nCookie: y\r\n\r\n" * 2_000,
    "a line without end": b"EHLO " + b"x" * 5_000_000 + b"\r\nQUIT\r\n",
}


@pytest.mark.parametrize("kind", FLOODS)
async def test_a_flood_of_commands_ends_the_session(kind: str) -> None:
    host = FakeHost(an_account())
    async with listening(host, "127.0.0.1", 0, limits=Limits(idle=2.0)) as port:
        used = time.process_time()
        flood = asyncio.create_task(hangs_up(port, FLOODS[kind] + b"QUIT\r\n"))
        taken = await asyncio.to_thread(send_honest, port, 1)
        said = await flood
        used = time.process_time() - used
    assert taken < 5
    assert used < 10
    assert len(host.arrivals) == 1
    assert len(said) < 2_000_000
    if kind == "ten thousand recipients":
        assert said.count(b"452 4.5.3") > 9_000
    if "unknown" in kind or "encoding" in kind:
        assert said.count(b"550 5.1.1") <= 50


@pytest.mark.parametrize("kind", ["headers", "one header line", "parts", "nested parts", "open tags", "base64"])
async def test_a_bomb_is_stored_as_any_mail_and_read_later(kind: str) -> None:
    """The listener only looks at a mail's name: what is costly in it happens in the worker, and ends there."""
    raw = BOMBS[kind](4_000_000)
    host = FakeHost(an_account())
    async with listening(host, "127.0.0.1", 0) as port, connected(port) as line:
        await line.hear()
        await line.say(*HELLO, b"DATA")
        started = time.monotonic()
        line.write(raw + b"\r\n.\r\n")
        honest = await asyncio.to_thread(send_honest, port, 1)
        assert (await line.hear()).startswith(b"250")
        assert time.monotonic() - started < 5
    assert honest < 5
    assert len(host.arrivals) == 2


async def test_many_slow_mails_leave_room_for_an_honest_one() -> None:
    """In all and for each client there are only so many; who drips is ended when their time is over."""
    host = FakeHost(an_account())
    limits = Limits(idle=5.0, session=2.0, sessions=40, sessions_per_peer=40)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with listening(host, "127.0.0.1", 0, limits=limits) as port, contextlib.AsyncExitStack() as stack:
        lines = [await stack.enter_async_context(connected(port)) for _ in range(39)]
        for line in lines:
            await line.hear()
            await line.say(*HELLO, b"DATA")
            line.write(b"Subject: slow\r\n" * 1_000)
        assert await asyncio.to_thread(send_honest, port, 1) < 2
        async with asyncio.timeout(5):
            while limits.open:
                for line in lines:
                    line.write(b"x\r\n")
                await asyncio.sleep(0.1)
    assert len(host.arrivals) == 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB
