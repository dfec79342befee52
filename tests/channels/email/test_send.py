"""Sending: what was surely not sent is tried again or refused, what may have been sent is never called unsent."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from aiosmtplib import SMTPServerDisconnected

from dynaris.channels.contract import Attachment, CannotSend, Refused, TryLater
from dynaris.channels.email import send
from dynaris.channels.email.adapter import EmailChannel
from dynaris.core.settings import Settings
from dynaris.sandbox.faults import Fault
from dynaris.sandbox.process import RunningSandbox
from tests.channels.email.conftest import an_account, an_answer
from tests.channels.email.scripted import CUT, SILENT, scripted
from tests.channels.email.tls import server_context


@pytest.fixture
async def channel(sandbox: RunningSandbox) -> AsyncIterator[EmailChannel]:
    channel = EmailChannel()
    channel.configure(
        Settings.model_validate({"smtp_url": f"smtp://127.0.0.1:{sandbox.smtp_port}", "private_networks": "loopback"})
    )
    yield channel
    await channel.close()


def kept(sandbox: RunningSandbox, address: str = "ann@example.com") -> list[bytes]:
    inbox = sandbox.mailbox.inbox(address)
    return [inbox.read(uid) or b"" for uid in inbox.uids()]


async def test_a_mail_leaves_through_the_default_server(channel: EmailChannel, sandbox: RunningSandbox) -> None:
    message = an_answer()
    receipt = await channel.send(message, an_account())
    assert receipt.external_id == f"<{message.id}@clinic.example>"
    (mail,) = kept(sandbox)
    assert b"Return-Path: <hello@clinic.example>" in mail
    assert b"We open at nine." in mail


async def test_a_process_without_a_server_leaves_the_mail_to_one_that_has_it() -> None:
    with pytest.raises(CannotSend, match="of every process") as caught:
        await EmailChannel().send(an_answer(), an_account())
    assert caught.value.after <= 5


@pytest.mark.parametrize(
    ("address", "proved"),
    [
        ("boss@bank.example", {}),
        ("boss@bank.example", {"other@bank.example": "code"}),
        ("no-reply@dynaris.localhost", {"no-reply@dynaris.localhost": "dns"}),
        ("admin@dynaris.localhost", {"admin@dynaris.localhost": "code"}),
    ],
)
async def test_nothing_leaves_through_the_installations_server_from_an_address_that_is_not_proved(
    channel: EmailChannel, sandbox: RunningSandbox, address: str, proved: dict[str, str]
) -> None:
    account = replace(an_account(address), proved=proved)
    with pytest.raises(CannotSend, match="is not proved yet"):
        await channel.send(an_answer(), account)
    assert (await channel.examine(account))[0].part == "proof"
    same = an_account(
        address, smtp_url=f"smtp://localhost:{sandbox.smtp_port}"
    )  # by another name, still without a user
    with pytest.raises(CannotSend, match="is not proved yet"):
        await channel.send(an_answer(), replace(same, proved=proved))
    own = an_account(address, smtp_url=f"smtp://boss:secret@127.0.0.1:{sandbox.smtp_port}")
    await channel.send(an_answer(), replace(own, proved=proved))
    assert len(sandbox.mailbox.inbox("ann@example.com").uids()) == 1


async def test_without_any_server_it_is_tried_later() -> None:
    with pytest.raises(TryLater, match="DYNARIS_SMTP_URL"):
        await EmailChannel().send(an_answer(), an_account())


async def test_faults_after_the_mail_are_told_apart(channel: EmailChannel, sandbox: RunningSandbox) -> None:
    sandbox.faults.add(Fault("try_later"))
    with pytest.raises(TryLater, match="451"):
        await channel.send(an_answer(), an_account())
    sandbox.faults.add(Fault("refused"))
    with pytest.raises(Refused, match="550"):
        await channel.send(an_answer(), an_account())
    assert kept(sandbox) == []
    for fault in (Fault("lost_receipt"), Fault("dropped")):
        sandbox.faults.add(fault)
        with pytest.raises(SMTPServerDisconnected):
            await channel.send(an_answer(), an_account())
        assert len(kept(sandbox)) == 1


async def test_connections_are_used_again_and_replaced_when_they_are_gone(channel: EmailChannel) -> None:
    async with scripted() as server:
        account = an_account(smtp_url=f"smtp://127.0.0.1:{server.port}")
        await channel.send(an_answer(), account)
        await channel.send(an_answer(), account)
        assert server.connections == 1
        server.answers["MAIL"] = "421 enough"
        with pytest.raises(TryLater, match="421"):
            await channel.send(an_answer(), account)
        server.answers["MAIL"] = "250 ok"
        await channel.send(an_answer(), account)
        server.drop_connections()
        await channel.send(an_answer(), account)
        assert sum(line == "DATA" for line in server.said) == 4


async def test_many_at_once_all_arrive_once(channel: EmailChannel, sandbox: RunningSandbox) -> None:
    messages = [an_answer() for _ in range(40)]
    await asyncio.gather(*(channel.send(message, an_account()) for message in messages))
    mails = b"".join(kept(sandbox))
    assert all(mails.count(f"Message-ID: <{message.id}@".encode()) == 1 for message in messages)


@pytest.mark.parametrize(
    ("answers", "error", "says"),
    [
        ({"greeting": "554 go away"}, TryLater, "does not accept us: 554"),
        ({"greeting": CUT}, TryLater, "cannot be used"),
        ({"AUTH": "535 5.7.8 wrong \udcff"}, CannotSend, "does not accept the user and password: 535"),
        ({"MAIL": "530 sign in first"}, TryLater, "needs a user and password"),
        ({"MAIL": "451 busy"}, TryLater, "451 busy"),
        ({"RCPT": "550 5.1.1 no such user"}, Refused, "550 5.1.1 no such user"),
        ({"RCPT": "450 greylisted"}, TryLater, "450 greylisted"),
        ({"RCPT": CUT}, TryLater, "cannot be used"),
        ({"DATA": "554 no valid recipients"}, Refused, "554"),
        ({"DATA": CUT}, TryLater, "cannot be used"),
        ({"mail": "552 too large"}, Refused, "552"),
    ],
)
async def test_before_its_end_nothing_was_sent(
    channel: EmailChannel, answers: dict[str, str], error: type[Exception], says: str
) -> None:
    async with scripted(**answers) as server:
        account = an_account(smtp_url=f"smtp://ann:secret@127.0.0.1:{server.port}")
        with pytest.raises(error, match=says) as caught:
            await channel.send(an_answer(), account)
        assert "secret" not in str(caught.value)
        str(caught.value).encode()


async def test_a_connection_lost_half_way_through_a_large_mail_means_not_sent(channel: EmailChannel) -> None:
    large = Attachment(filename="film.mp4", mime_type="video/mp4", content=bytes(8_000_000))
    async with scripted(mail="cut at once") as server:
        account = an_account(smtp_url=f"smtp://127.0.0.1:{server.port}")
        with pytest.raises(TryLater, match="before the mail was complete"):
            await channel.send(an_answer(attachments=(large,)), account)


async def test_every_send_ends_in_time(channel: EmailChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send, "_BEFORE_DATA", 0.3)
    monkeypatch.setattr(send, "_WHOLE_SEND", 0.6)
    monkeypatch.setattr(send, "_FOR_THE_ANSWER", 0.3)
    for silent_at in ("greeting", "MAIL", "DATA"):
        async with scripted(**{silent_at: SILENT}) as server:
            started = time.monotonic()
            with pytest.raises(TryLater):
                await channel.send(an_answer(), an_account(smtp_url=f"smtp://127.0.0.1:{server.port}"))
            assert time.monotonic() - started < 1
    async with scripted(mail=SILENT) as server:
        with pytest.raises(TimeoutError):
            await channel.send(an_answer(), an_account(smtp_url=f"smtp://127.0.0.1:{server.port}"))


async def test_a_server_that_is_away_is_tried_later(channel: EmailChannel) -> None:
    async with scripted() as server:
        account = an_account(smtp_url=f"smtp://127.0.0.1:{server.port}")
    with pytest.raises(TryLater, match="cannot be used"):
        await channel.send(an_answer(), account)


async def test_a_password_never_leaves_unencrypted_when_encryption_is_wanted(channel: EmailChannel) -> None:
    async with scripted() as server:
        account = an_account(smtp_url=f"smtp://ann:secret@127.0.0.1:{server.port}?starttls=required")
        with pytest.raises(TryLater):
            await channel.send(an_answer(), account)
        assert not any(line.startswith("AUTH") for line in server.said)


async def test_a_server_that_offers_starttls_gets_user_and_password_over_it(
    channel: EmailChannel, tmp_path: Path
) -> None:
    seen: list[tuple[bool, bytes, bytes]] = []

    class Reception:
        async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:
            return "250 kept"

    def signs_in(_server: SMTP, session: Session, _envelope: Envelope, _how: str, given: LoginPassword) -> AuthResult:
        seen.append((session.ssl is not None, given.login, given.password))
        return AuthResult(success=given.password == b"s@crt", handled=False)

    context = server_context(tmp_path)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Reception(), hostname="x", tls_context=context, authenticator=signs_in, loop=loop), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    await channel.send(an_answer(), an_account(smtp_url=f"smtp://ann:s%40crt@127.0.0.1:{port}"))
    assert seen == [(True, b"ann", b"s@crt")]
    with pytest.raises(TryLater, match="does not accept the user and password") as caught:
        await channel.send(an_answer(), an_account(smtp_url=f"smtp://ann:wrong@127.0.0.1:{port}"))
    assert caught.value.after == 300
    await channel.close()
    server.close()


async def test_international_addresses_need_a_server_that_takes_them(
    channel: EmailChannel, sandbox: RunningSandbox
) -> None:
    await channel.send(an_answer(to="jörg@example.com"), an_account())
    assert len(kept(sandbox, "jörg@example.com")) == 1
    async with scripted() as server:
        with pytest.raises(Refused, match="international"):
            await channel.send(an_answer(to="jörg@example.com"), an_account(smtp_url=f"smtp://127.0.0.1:{server.port}"))
