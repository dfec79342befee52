"""The built-in listener: stored before acknowledged, for our addresses only, whatever the client does."""

import asyncio
import base64
import os
import smtplib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from dynaris.channels.contract import Account, Identity
from dynaris.channels.email.adapter import EmailChannel
from dynaris.channels.email.addresses import reserved_addresses
from dynaris.channels.email.settings import EmailSettings
from dynaris.channels.email.smtp_in import listening
from dynaris.channels.email.smtp_session import Limits
from dynaris.core.errors import StartupError
from tests.channels.email.conftest import CLINIC, a_mail, an_account
from tests.fakes.host import FakeHost


def send(port: int, raw: bytes, *recipients: str, sender: str = "ann@example.com") -> dict[str, Any]:
    """Blocking. Returns the refused recipients; raises what smtplib raises."""
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        return client.sendmail(sender, list(recipients) or [CLINIC], raw)


class Line:
    """A client that says exactly what a test wants."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def say(self, *lines: bytes) -> bytes:
        """The answer to the last one."""
        answer = b""
        for line in lines:
            self._writer.write(line + b"\r\n")
            answer = await self.hear()
        return answer

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    async def flush(self) -> None:
        await self._writer.drain()

    async def hear(self) -> bytes:
        async with asyncio.timeout(5):
            while (line := await self._reader.readline())[3:4] == b"-":
                pass
            return line.strip()


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    line = Line(reader, writer)
    try:
        yield line
    finally:
        writer.transport.abort()


HELLO = (b"EHLO mx.example.com", b"MAIL FROM:<ann@example.com>", b"RCPT TO:<hello@clinic.example>")


async def test_a_mail_is_stored_with_its_envelope_and_named_in_the_answer() -> None:
    account = an_account()
    host = FakeHost(account)
    async with listening(host, "127.0.0.1", 0) as port, connected(port) as line:
        assert (await line.hear()).startswith(b"220")
        await line.say(*HELLO, b"DATA")
        answer = await line.say(a_mail() + b".")
    ((_, arrival),) = host.arrivals
    assert answer == f"250 2.6.0 accepted {host.events[account.id, arrival.external_id]}".encode()
    assert arrival.raw == a_mail()
    assert arrival.lane == "email:ann@example.com"
    assert arrival.meta == {
        "via": "smtp",
        "peer": "127.0.0.1",
        "helo": "mx.example.com",
        "mail_from": "ann@example.com",
        "rcpt_to": [CLINIC],
    }
    read = EmailChannel().read(arrival, account)
    assert (read.text, read.sender.identity) == ("When do you open?", Identity.CLAIMED)


async def test_only_addresses_of_accounts_are_let_in() -> None:
    clinic, dentist = an_account(aliases=["info@clinic.example"]), an_account("Desk@Dentist.Example")
    host = FakeHost(clinic, dentist)
    wanted = ["hello+vip@clinic.example", "HELLO@Clinic.Example", "info+x@clinic.example", "desk@dentist.example"]
    async with listening(host, "127.0.0.1", 0) as port:
        refused = await asyncio.to_thread(send, port, a_mail(), *wanted, "nobody@clinic.example", "hello@example.com")
        with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
            await asyncio.to_thread(send, port, a_mail(), "hello@example.com")
    assert refused.keys() == {"nobody@clinic.example", "hello@example.com"}
    assert caught.value.recipients["hello@example.com"][0] == 550
    assert {account.address: arrival.meta["rcpt_to"] for account, arrival in host.arrivals} == {
        CLINIC: wanted[:3],
        "Desk@Dentist.Example": wanted[3:],
    }


async def test_what_is_only_named_gets_nothing_and_no_tag_leads_away_from_its_base() -> None:
    clinic = an_account(aliases=["info@clinic.example"])
    thief = an_account("info+sales@clinic.example", aliases=["stolen@bank.example", CLINIC])
    named = replace(thief, proved={})
    admin = replace(an_account("postmaster@dynaris.example", aliases=["no-reply@dynaris.example"]))
    given = replace(an_account("abuse@dynaris.example"), proved={"abuse@dynaris.example": "operator"})
    reserved = reserved_addresses("no-reply@dynaris.example")
    host = FakeHost(named, admin, given, clinic)
    wanted = ["info+sales@clinic.example", CLINIC, "abuse@dynaris.example"]
    refused = ["stolen@bank.example", "no-reply@dynaris.example", "no-reply+1@dynaris.example"]
    refused.append("postmaster@dynaris.example")
    async with listening(host, "127.0.0.1", 0, reserved=reserved) as port:
        assert (await asyncio.to_thread(send, port, a_mail(), *wanted, *refused)).keys() == set(refused)
    assert {account.address: arrival.meta["rcpt_to"] for account, arrival in host.arrivals} == {
        CLINIC: wanted[:2],
        "abuse@dynaris.example": wanted[2:],
    }


async def test_a_blind_copy_shows_no_other_recipient() -> None:
    host = FakeHost(an_account(), an_account("desk@dentist.example"))
    async with listening(host, "127.0.0.1", 0) as port:
        await asyncio.to_thread(send, port, a_mail(To="friend@example.com"), CLINIC, "desk@dentist.example")
    assert [arrival.meta["rcpt_to"] for _, arrival in host.arrivals] == [[CLINIC], ["desk@dentist.example"]]


async def test_a_mail_sent_again_is_the_same_event_and_another_with_its_id_is_not() -> None:
    host = FakeHost(an_account())
    async with listening(host, "127.0.0.1", 0) as port:
        for trace in (b"", b"Received: from a by b; today\r\n", b"Delivered-To: x@y\r\nX-Spam-Score: 1\r\n"):
            await asyncio.to_thread(send, port, trace + a_mail())
        assert (len(host.arrivals), host.duplicates) == (1, 2)
        await asyncio.to_thread(send, port, a_mail("Something else\n"))
        await asyncio.to_thread(send, port, a_mail(From="Bob <bob@example.com>"))
        await asyncio.to_thread(send, port, a_mail(Message_ID=""))
        await asyncio.to_thread(send, port, a_mail(Message_ID="<" + "x" * 900 + "@example.com>"))
    assert (len(host.arrivals), host.duplicates) == (5, 2)
    assert all(len(arrival.external_id) < 400 for _, arrival in host.arrivals)


async def test_nothing_is_acknowledged_while_it_cannot_be_stored() -> None:
    host = FakeHost(an_account())
    async with listening(host, "127.0.0.1", 0) as port, connected(port) as line:
        await line.hear()
        await line.say(*HELLO, b"DATA")
        host.is_down = True
        assert (await line.say(a_mail() + b".")).startswith(b"451")
        assert (await line.say(b"MAIL FROM:<ann@example.com>", b"RCPT TO:<hello@clinic.example>")).startswith(b"451")
        host.is_down = False
        await line.say(b"RCPT TO:<hello@clinic.example>", b"DATA")
        assert (await line.say(a_mail() + b".")).startswith(b"250")
    assert len(host.arrivals) == 1


async def test_a_bounce_with_its_empty_sender_is_let_in() -> None:
    account = an_account()
    host = FakeHost(account)
    async with listening(host, "127.0.0.1", 0) as port:
        await asyncio.to_thread(send, port, a_mail(From="MAILER-DAEMON@example.com"), CLINIC, sender="")
    assert host.arrivals[0][1].meta["mail_from"] == ""
    assert EmailChannel().read(host.arrivals[0][1], account).ignore


async def test_a_mail_of_25_megabytes_passes_quickly_and_a_larger_one_is_told_so() -> None:
    host = FakeHost(an_account())
    body = base64.encodebytes(os.urandom(25 * 1024 * 1024)).replace(b"\n", b"\r\n")
    head = a_mail().replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1)
    async with listening(host, "127.0.0.1", 0) as port:
        started, longest = time.monotonic(), 0.0
        sending = asyncio.ensure_future(asyncio.to_thread(send, port, head + body))
        while not sending.done():
            before = time.process_time()  # our own work: what else the machine does is no delay of ours
            await asyncio.sleep(0.001)
            longest = max(longest, time.process_time() - before)
        await sending
        assert time.monotonic() - started < 10
        assert longest < 0.5  # the process goes on with its other work meanwhile
        assert host.arrivals[0][1].raw == head + body
        with pytest.raises(smtplib.SMTPException, match="552"):
            await asyncio.to_thread(send, port, head + body + body)
        async with connected(port) as line:
            await line.hear()
            await line.say(*HELLO, b"DATA")
            for _ in range(40):
                line.write(b"x" * 1024 * 1024 + b"\r\n")
            assert (await line.say(b".")).startswith(b"552")
            assert (await line.say(*HELLO[1:], b"DATA")).startswith(b"354")
            assert (await line.say(a_mail() + b".")).startswith(b"250")


async def test_dots_and_odd_bytes_arrive_as_they_were_sent() -> None:
    account = an_account()
    host = FakeHost(account)
    raw = a_mail() + b".\r\n..\r\n.dot\r\nNUL \0 \xff\xfe bare \n.\n line ends \r.\r" + b"x" * 5_000 + b"\r\n"
    async with listening(host, "127.0.0.1", 0) as port, connected(port) as line:
        await line.hear()
        await line.say(b"EHLO \xff\xfe", b"MAIL FROM:<\xff@example.com>", HELLO[2], b"DATA")
        stuffed = raw.replace(b"\r\n.", b"\r\n..")
        for start in range(0, len(stuffed), 700):
            line.write(stuffed[start : start + 700])
            await asyncio.sleep(0)
        assert (await line.say(b".")).startswith(b"250")
        assert (await line.say(b"NOOP")).startswith(b"250")
    assert host.arrivals[0][1].raw == raw
    assert host.arrivals[0][1].meta["mail_from"].encode()
    assert EmailChannel().read(host.arrivals[0][1], account).text.startswith("When do you open?")


async def test_a_client_that_sends_everything_at_once_is_understood() -> None:
    host = FakeHost(an_account())
    one = b"MAIL FROM:<ann@example.com>\r\nRCPT TO:<hello@clinic.example>\r\nDATA\r\n"
    async with listening(host, "127.0.0.1", 0) as port, connected(port) as line:
        line.write(b"EHLO x\r\n" + one + a_mail("one\n") + b".\r\n" + one + a_mail("two\n" * 9_000) + b".\r\nQUIT\r\n")
        answers = [(await line.hear())[:3] for _ in range(11)]
    assert answers == [b"220", b"250", b"250", b"250", b"354", b"250", b"250", b"250", b"354", b"250", b"221"]
    assert len(host.arrivals) == 2


async def test_a_thousand_recipients_are_cut_at_a_hundred() -> None:
    host = FakeHost(an_account())
    async with listening(host, "127.0.0.1", 0) as port:
        recipients = [f"hello+{number}@clinic.example" for number in range(1000)]
        refused = await asyncio.to_thread(send, port, a_mail(), *recipients)
    assert len(refused) == 900
    assert {code for code, _ in refused.values()} == {452}
    assert len(host.arrivals) == 1
    assert len(host.arrivals[0][1].meta["rcpt_to"]) == 100


async def test_who_searches_for_addresses_is_sent_away() -> None:
    async with listening(FakeHost(an_account()), "127.0.0.1", 0) as port, connected(port) as line:
        await line.hear()
        await line.say(*HELLO[:2])
        answers = [await line.say(b"RCPT TO:<a%d@clinic.example>" % number) for number in range(50)]
        assert {answer[:3] for answer in answers} == {b"550"}
        assert await line.hear() == b""


async def drip(line: Line) -> None:
    async with asyncio.timeout(3):
        while True:
            line.write(b"x\r\n")
            await asyncio.sleep(0.05)
            await line.flush()


async def test_slow_silent_and_too_many_clients_are_sent_away() -> None:
    host = FakeHost(an_account())
    limits = Limits(idle=0.2, session=0.6, sessions=3, sessions_per_peer=3)
    async with listening(host, "127.0.0.1", 0, limits=limits) as port:
        async with connected(port) as silent, connected(port) as slow, connected(port), connected(port) as fourth:
            assert (await fourth.hear()).startswith(b"421")
            await silent.hear()
            assert await silent.hear() == b""
            await slow.hear()
        started = time.monotonic()
        async with connected(port) as dripping:
            await dripping.hear()
            await dripping.say(*HELLO, b"DATA")
            with pytest.raises(ConnectionError):
                await drip(dripping)
        assert 0.4 < time.monotonic() - started < 1.5
        assert limits.open == {}
    assert host.arrivals == []


async def test_large_mails_share_a_bounded_memory() -> None:
    host = FakeHost(an_account())
    limits = Limits(in_flight=1_000_000)
    async with (
        listening(host, "127.0.0.1", 0, limits=limits) as port,
        connected(port) as one,
        connected(port) as other,
    ):
        for line in (one, other):
            await line.hear()
            await line.say(*HELLO, b"DATA")
        one.write(b"x" * 800_000)
        await asyncio.sleep(0.1)
        other.write(b"x" * 400_000)
        assert (await other.hear()).startswith(b"421")
        one.write(b"\r\n.\r\n")
        assert (await one.hear()).startswith(b"250")


@pytest.mark.parametrize(
    "line",
    [
        b"\0\0\0",
        b"\xff\xfe\xfd",
        b"x" * 100_000,
        b"MAIL FROM:<ann@example.com" + b"\0" * 10 + b">",
        b"MAIL FROM:<<<<>>>> SIZE=abc",
        b"RCPT TO:<@@@>",
        b"BDAT 100",
        b"AUTH PLAIN AAAA",
        b"STARTTLS",
        b'RCPT TO:<"' + b"\\" * 300 + b'"@clinic.example>',
        b"RCPT TO:<" + b"(" * 400 + b">",
    ],
)
async def test_nonsense_is_answered_and_the_session_goes_on(line: bytes) -> None:
    host = FakeHost(an_account())
    async with listening(host, "127.0.0.1", 0) as port, connected(port) as client:
        await client.hear()
        await client.say(*HELLO[:2])
        assert (await client.say(line))[:1] in (b"4", b"5")
        await client.say(HELLO[2], b"DATA")
        assert (await client.say(a_mail() + b".")).startswith(b"250")


async def test_hostile_headers_do_not_hold_up_the_answer() -> None:
    host = FakeHost(an_account())
    bombs = [
        b"Received: x\r\n" * 200_000 + a_mail(),
        b"Subject: " + b"=?utf-8?q?" * 100_000 + b"\r\n" + a_mail(),
        b"From: " + b"(" * 1_000_000 + b"\r\n\r\n",
        b"From: " + b"a@b.example," * 100_000 + b"\r\n\r\n",
        b"Message-ID: " + b"<" * 500_000 + b"\r\nFrom: \0\xff@\xed\xa0\x80\r\n\r\n",
        b"\r\n" * 100_000,
    ]
    async with listening(host, "127.0.0.1", 0) as port:
        for bomb in bombs:
            started = time.monotonic()
            await asyncio.to_thread(send, port, bomb)
            assert time.monotonic() - started < 8  # far above what a busy machine takes, far below a quadratic pattern
    for _, arrival in host.arrivals:
        assert "\0" not in arrival.external_id + arrival.lane + str(arrival.meta)
        (arrival.external_id + arrival.lane + str(arrival.meta)).encode()
    assert len(host.arrivals) == len(bombs)


async def test_results_of_other_servers_are_believed_only_from_known_relays() -> None:
    raw = b"Authentication-Results: mx.clinic.example; dmarc=pass header.from=example.com\r\n" + a_mail()
    for relays, identity in (([], Identity.CLAIMED), (["127.0.0.0/8"], Identity.VERIFIED)):
        account: Account[EmailSettings] = an_account(trusted_authserv_ids=["mx.clinic.example"], trusted_relays=relays)
        host = FakeHost(account)
        async with listening(host, "127.0.0.1", 0) as port:
            await asyncio.to_thread(send, port, raw)
        assert EmailChannel().read(host.arrivals[0][1], account).sender.identity is identity


async def test_a_port_in_use_is_one_clear_line() -> None:
    async with listening(FakeHost(), "127.0.0.1", 0) as port:
        with pytest.raises(StartupError, match=f"cannot use 127.0.0.1:{port}"):
            await EmailChannel().serve(FakeHost(), "127.0.0.1", port)
