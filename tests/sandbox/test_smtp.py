"""SMTP in, with real clients: any recipient, any credentials, big and hostile input, and planned faults."""

import asyncio
import smtplib
import time

import aiosmtplib
import pytest

from dynaris.sandbox import smtp
from dynaris.sandbox.faults import Fault, FaultKind, FaultPlan
from dynaris.sandbox.process import RunningSandbox
from tests.sandbox.conftest import new_mail, off_loop, send


def stored(sandbox: RunningSandbox, address: str = "bob@example.com") -> list[bytes]:
    inbox = sandbox.mailbox.inbox(address)
    return [inbox.read(uid) or b"" for uid in inbox.uids()]


async def test_every_envelope_recipient_gets_the_mail_once(sandbox: RunningSandbox) -> None:
    await off_loop(send, sandbox, new_mail(), "bob@example.com", "hidden@example.net", "bob@example.com")
    assert sandbox.mailbox.addresses() == ["bob@example.com", "hidden@example.net"]
    assert len(stored(sandbox)) == 1
    (copy,) = stored(sandbox, "hidden@example.net")
    assert copy.startswith(b"Return-Path: <ann@example.com>\r\nDelivered-To: hidden@example.net\r\nReceived: ")


async def test_the_mail_itself_is_kept_byte_for_byte(sandbox: RunningSandbox) -> None:
    source = b"Subject: x\r\nX-Raw: \xff\xfe\r\n\r\n.\r\n..two dots\r\n\r\nend\r\n"

    def deliver() -> None:
        with smtplib.SMTP("127.0.0.1", sandbox.smtp_port) as client:
            client.sendmail("a@example.com", ["bob@example.com"], source, ["BODY=8BITMIME", f"SIZE={len(source)}"])

    await off_loop(deliver)
    assert stored(sandbox)[0].endswith(b"\r\n" + source)


async def test_any_credentials_are_accepted_and_none_are_needed(sandbox: RunningSandbox) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=sandbox.smtp_port, username="who", password="ever") as client:
        await client.send_message(new_mail())
        assert client.supports_extension("smtputf8")
        assert client.supports_extension("8bitmime")
        assert client.esmtp_extensions["size"] == str(30 * 1024 * 1024)
    await off_loop(send, sandbox, new_mail())
    assert len(stored(sandbox)) == 2


async def test_international_addresses_and_empty_senders_are_taken(sandbox: RunningSandbox) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=sandbox.smtp_port) as client:
        await client.send_message(new_mail(To="jörg@example.com"))
        await client.execute_command(b"MAIL", b"FROM:<>")
        await client.rcpt("bob@example.com")
        await client.data(b"Subject: bounce\r\n\r\nx\r\n")
    assert stored(sandbox, "JÖRG@example.com") != []
    assert stored(sandbox)[0].startswith(b"Return-Path: <>\r\n")


async def test_a_mail_of_ten_megabytes_arrives_whole(sandbox: RunningSandbox) -> None:
    mail = new_mail()
    mail.add_attachment(bytes(range(256)) * 29_000, maintype="application", subtype="zip", filename="big.zip")
    await off_loop(send, sandbox, mail)
    assert len(stored(sandbox)[0]) > 10_000_000


async def test_a_mail_beyond_the_limit_is_refused(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "LARGEST_MAIL", 10_000)
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=sandbox.smtp_port) as client:
        with pytest.raises(aiosmtplib.SMTPSenderRefused):
            await client.send_message(new_mail(text="x\r\n" * 5000))
        await client.mail("a@example.com")
        await client.rcpt("bob@example.com")
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await client.data(b"Subject: x\r\n\r\n" + b"0123456\r\n" * 1500)
    assert refused.value.code == 552
    assert stored(sandbox) == []


async def test_a_client_that_never_ends_its_line_is_cut_off(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "LARGEST_MAIL", 100_000)
    _, writer = await asyncio.open_connection("127.0.0.1", sandbox.smtp_port)
    writer.write(b"HELO x\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<b@b.c>\r\nDATA\r\n")

    async def flood() -> None:
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()
            await asyncio.sleep(0)

    with pytest.raises(ConnectionError):
        await flood()
    writer.close()
    assert stored(sandbox, "b@b.c") == []


async def test_a_greeting_or_address_cannot_add_header_fields(sandbox: RunningSandbox) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", sandbox.smtp_port)
    writer.write(b"EHLO x\rX-Evil: 1\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n")
    writer.write(b"Subject: x\r\n\r\nx\r\n.\r\nQUIT\r\n")
    answer = (await reader.read()).decode()
    writer.close()
    assert "250 2.0.0" in answer
    assert b"\rX-Evil" not in stored(sandbox)[0]


@pytest.mark.parametrize(("kind", "code"), [("try_later", 451), ("refused", 550)])
async def test_planned_answers_strike_the_next_mails_and_then_stop(
    sandbox: RunningSandbox, kind: FaultKind, code: int
) -> None:
    sandbox.faults.add(Fault(kind), times=2)
    for _ in range(2):
        with pytest.raises(smtplib.SMTPDataError) as failed:
            await off_loop(send, sandbox, new_mail())
        assert failed.value.smtp_code == code
    assert stored(sandbox) == []
    await off_loop(send, sandbox, new_mail())
    assert len(stored(sandbox)) == 1


@pytest.mark.parametrize(("kind", "kept"), [("lost_receipt", 1), ("dropped", 0)])
async def test_a_lost_receipt_keeps_the_mail_and_a_dropped_one_does_not(
    sandbox: RunningSandbox, kind: FaultKind, kept: int
) -> None:
    sandbox.faults.add(Fault(kind))
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        await off_loop(send, sandbox, new_mail())
    assert len(stored(sandbox)) == kept


async def test_a_slow_answer_keeps_nobody_else_waiting(sandbox: RunningSandbox) -> None:
    sandbox.faults.add(Fault("slow", seconds=0.4, recipient="Slow@example.com"))
    began = time.monotonic()
    slow = asyncio.create_task(off_loop(send, sandbox, new_mail(), "slow@example.com"))
    await off_loop(send, sandbox, new_mail())
    assert time.monotonic() - began < 0.4
    await slow
    assert time.monotonic() - began >= 0.4
    assert len(stored(sandbox, "slow@example.com")) == 1


async def test_a_fault_planned_by_another_process_strikes_here(sandbox: RunningSandbox) -> None:
    FaultPlan(sandbox.mailbox.folder).add(Fault("refused", recipient="bob@example.com"))
    await off_loop(send, sandbox, new_mail(), "carol@example.com")
    with pytest.raises(smtplib.SMTPDataError):
        await off_loop(send, sandbox, new_mail())
    assert sandbox.faults.planned() == []
