"""IMAP out, byte by byte: literals, limits, garbage, and the faults that mail clients must survive."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynaris.sandbox.faults import Fault
from dynaris.sandbox.imap import mail_commands, session, wire
from dynaris.sandbox.imap.fetch import parse_items
from dynaris.sandbox.imap.search import parse_search
from dynaris.sandbox.imap.syntax import BadCommand, Refusal, parse_arguments, parse_command, parse_sequence_set
from dynaris.sandbox.process import RunningSandbox


class RawClient:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def line(self) -> bytes:
        async with asyncio.timeout(5):
            return await self.reader.readline()

    async def gone(self) -> bool:
        """Whether the server cut the connection, without another word."""
        try:
            return await self.line() == b""
        except ConnectionResetError:
            return True

    async def give(self, command: bytes) -> list[bytes]:
        """Sends `x <command>` and returns the lines up to the tagged answer, or to the end."""
        self.writer.write(b"x " + command + b"\r\n")
        return await self.until(b"x ")

    async def until(self, start: bytes) -> list[bytes]:
        lines = [await self.line()]
        while lines[-1] and not lines[-1].startswith(start):
            lines.append(await self.line())
        return lines


@asynccontextmanager
async def connected(sandbox: RunningSandbox, *, sign_in: bool = True) -> AsyncIterator[RawClient]:
    client = RawClient(*await asyncio.open_connection("127.0.0.1", sandbox.imap_port, limit=1 << 20))
    assert (await client.line()).startswith(b"* OK [CAPABILITY IMAP4rev1")
    if sign_in:
        assert (await client.give(b"LOGIN bob@example.com demo"))[-1].startswith(b"x OK")
        assert (await client.give(b"SELECT INBOX"))[-1].startswith(b"x OK [READ-WRITE]")
    try:
        yield client
    finally:
        client.writer.close()


async def test_synchronising_and_plus_literals_are_read(sandbox: RunningSandbox) -> None:
    async with connected(sandbox, sign_in=False) as client:
        client.writer.write(b"x LOGIN {15}\r\n")
        assert (await client.line()).startswith(b"+ ")
        client.writer.write(b"bob@example.com {4+}\r\ndemo\r\n")
        assert (await client.line()).startswith(b"x OK")
        answer = await client.give(b"APPEND INBOX (\\Seen) {14+}\r\nSubject: x\r\n\r\n")
        assert answer[-1].startswith(b"x OK [APPENDUID ")
    assert sandbox.mailbox.inbox("bob@example.com").mails()[0].flags == {"\\Seen"}


async def test_authenticate_plain_works_with_and_without_an_initial_response(sandbox: RunningSandbox) -> None:
    async with connected(sandbox, sign_in=False) as client:
        assert (await client.give(b"AUTHENTICATE PLAIN !!!"))[-1].startswith(b"x BAD")
        client.writer.write(b"x AUTHENTICATE PLAIN\r\n")
        assert await client.line() == b"+ \r\n"
        client.writer.write(b"AGJvYkBleGFtcGxlLmNvbQBkZW1v\r\n")
        assert (await client.line()).startswith(b"x OK")
    async with connected(sandbox, sign_in=False) as client:
        answer = await client.give(b"AUTHENTICATE PLAIN AGJvYkBleGFtcGxlLmNvbQBkZW1v")
        assert answer[-1].startswith(b"x OK")


GARBAGE = [
    b"",
    b"   ",
    b"FETCH",
    b"FETCH 0 FLAGS",
    b"FETCH 1 (((",
    b"FETCH 1 BODY[HEADER.FIELDS]",
    b"FETCH 1 NONSENSE",
    b"FETCH 99999999999999 FLAGS",
    b"UID",
    b"UID FETCH",
    b"STORE 1 FLAGS",
    b"STORE 1 FLAGS (\\Bogus)",
    b"SEARCH",
    b"SEARCH NOT",
    b"SEARCH SINCE yesterday",
    b"SEARCH SINCE 31-Feb-2025",
    b"SEARCH " + b"NOT " * 1000 + b"ALL",
    b"SEARCH " + b"(" * 1000,
    b"APPEND INBOX",
    b"APPEND INBOX (\\Seen",
    b'LIST "" "unterminated',
    b"LIST () ()",
    b"STATUS INBOX (EVERYTHING)",
    b"\xff\xfe\xfd",
    b"SELECT",
    b"COPY 1",
    b"EXPLODE now",
    b"NOOP )",
]


async def test_garbage_is_answered_bad_and_the_client_may_go_on(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "_MOST_MISTAKES", 1000)
    async with connected(sandbox) as client:
        for command in GARBAGE:
            answer = (await client.give(command))[-1]
            assert answer.startswith((b"x BAD", b"x NO")), (command, answer)
        assert (await client.give(b"NOOP"))[-1].startswith(b"x OK")


async def test_a_client_that_only_makes_mistakes_is_sent_away(sandbox: RunningSandbox) -> None:
    async with connected(sandbox) as client:
        client.writer.write(b"x EXPLODE\r\n" * 100)
        lines = await client.until(b"* BYE")
    assert lines[-1] == b"* BYE too many mistakes\r\n"
    assert len(lines) == 21


async def test_commands_wait_for_their_state(sandbox: RunningSandbox) -> None:
    async with connected(sandbox, sign_in=False) as client:
        for command in (b"SELECT INBOX", b"FETCH 1 FLAGS", b"APPEND INBOX {3+}\r\nabc", b"IDLE"):
            assert (await client.give(command))[-1].startswith(b"x BAD")
        await client.give(b"LOGIN bob@example.com demo")
        assert (await client.give(b"FETCH 1 FLAGS"))[-1].startswith(b"x BAD")
        assert (await client.give(b"SELECT Nowhere"))[-1].startswith(b"x NO")
        assert (await client.give(b"APPEND Nowhere {3+}\r\nabc"))[-1].startswith(b"x NO [TRYCREATE]")


@pytest.mark.parametrize("command", [b"LOGIN {70000}", b"APPEND INBOX {31457281}", b"APPEND INBOX {9999999999}"])
async def test_a_huge_literal_is_refused_before_it_is_sent(sandbox: RunningSandbox, command: bytes) -> None:
    async with connected(sandbox) as client:
        assert (await client.give(command))[-1].startswith(b"x BAD [TOOBIG]")
        assert (await client.give(b"NOOP"))[-1].startswith(b"x OK")


@pytest.mark.parametrize(
    "sent", [b"x LOGIN {70000+}\r\n", b"x APPEND INBOX {99999999+}\r\n", b"x" * 70_000, b"x NOOP \0\r\n"]
)
async def test_what_cannot_be_refused_in_time_ends_the_connection(sandbox: RunningSandbox, sent: bytes) -> None:
    async with connected(sandbox) as client:
        client.writer.write(sent)
        assert (await client.line()).startswith(b"* BYE")


async def test_before_signing_in_no_mail_sized_literal_is_taken(sandbox: RunningSandbox) -> None:
    async with connected(sandbox, sign_in=False) as client:
        assert (await client.give(b"APPEND INBOX {70000}"))[-1].startswith(b"x BAD [TOOBIG]")


async def test_a_client_that_dawdles_is_disconnected(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_PATIENCE_BEFORE_LOGIN", 0.05)
    monkeypatch.setattr(wire, "_ANSWER_TIMEOUT", 0.05)
    monkeypatch.setattr(mail_commands, "PATIENCE", 0.05)
    async with connected(sandbox) as client:
        assert (await client.give(b"IDLE"))[-2].startswith(b"* BYE")
    async with connected(sandbox) as client:
        client.writer.write(b"x APPEND INBOX {100+}\r\nabc")
        assert await client.line() == b""
    async with connected(sandbox, sign_in=False) as client:
        client.writer.write(b"x NO")
        assert (await client.line()).startswith(b"* BYE")


async def test_expunges_are_not_told_during_fetch(sandbox: RunningSandbox) -> None:
    for _ in range(3):
        sandbox.mailbox.deliver("bob@example.com", b"Subject: x\r\n\r\n")
    async with connected(sandbox) as client:
        sandbox.mailbox.inbox("bob@example.com").remove([1])
        assert await client.give(b"FETCH 1:3 (UID)") == [
            b"* 2 FETCH (UID 2)\r\n",
            b"* 3 FETCH (UID 3)\r\n",
            b"x OK FETCH completed\r\n",
        ]
        assert await client.give(b"NOOP") == [b"* 1 EXPUNGE\r\n", b"x OK NOOP completed\r\n"]
        assert (await client.give(b"FETCH 1 (UID)"))[0] == b"* 1 FETCH (UID 2)\r\n"


async def test_a_changed_uid_validity_ends_the_session_and_is_seen_after_reconnecting(
    sandbox: RunningSandbox,
) -> None:
    inbox = sandbox.mailbox.inbox("bob@example.com")
    for _ in range(3):
        sandbox.mailbox.deliver("bob@example.com", b"Subject: x\r\n\r\n")
    inbox.remove([1])
    async with connected(sandbox) as client:
        client.writer.write(b"x IDLE\r\n")
        assert await client.line() == b"+ idling\r\n"
        renewed = inbox.renew_uid_validity()
        assert (await client.line()).startswith(b"* BYE")
    async with connected(sandbox) as client:
        answer = b"".join(await client.give(b"SELECT INBOX"))
        assert b"[UIDVALIDITY %d]" % renewed in answer
        assert b"[UIDNEXT 3]" in answer


async def test_all_connections_can_be_dropped_without_a_word(sandbox: RunningSandbox) -> None:
    async with connected(sandbox) as one, connected(sandbox, sign_in=False) as other:
        one.writer.write(b"x IDLE\r\n")
        assert await one.line() == b"+ idling\r\n"
        assert sandbox.imap.drop_connections() == 2
        for client in (one, other):
            assert await client.gone()
    async with connected(sandbox) as client:
        assert (await client.give(b"NOOP"))[-1].startswith(b"x OK")


async def test_a_planned_drop_strikes_instead_of_the_push(sandbox: RunningSandbox) -> None:
    async with connected(sandbox) as client:
        client.writer.write(b"x IDLE\r\n")
        assert await client.line() == b"+ idling\r\n"
        sandbox.faults.add(Fault("imap_drop", recipient="bob@example.com"))
        sandbox.mailbox.deliver("bob@example.com", b"Subject: x\r\n\r\n")
        assert await client.gone()
    async with connected(sandbox) as client:
        assert (await client.give(b"SEARCH ALL"))[0] == b"* SEARCH 1\r\n"


NOISE = st.lists(
    st.sampled_from([*rb'( ) " \ [ ] 1:* NOT OR BODY <0.1> FROM UID HEADER.FIELDS'.split(), b" ", b"\xff"])
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(NOISE.map(b"".join))
def test_no_text_breaks_the_parsers(raw: bytes) -> None:
    for parse in (
        lambda: parse_command(b"x " + raw, []),
        lambda: parse_items(raw),
        lambda: parse_search(parse_arguments(raw, [])),
        lambda: parse_sequence_set(raw),
    ):
        with contextlib.suppress(BadCommand, Refusal):
            parse()
