"""A mail over SMTP, and one from a mailbox, through the whole product to an answer in the sender's mailbox."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.channels.contract import Account
from dynaris.channels.email.smtp_in import listening
from dynaris.channels.registry import channels
from dynaris.connections.actions import add_account
from dynaris.core import clock
from dynaris.core.crypto import Vault
from dynaris.pipeline.deliver import deliver, settle_lost
from dynaris.pipeline.inbound import MOST_ANSWERS
from dynaris.pipeline.trace import trace
from dynaris.sandbox.faults import Fault
from dynaris.sandbox.process import RunningSandbox, sandbox_mailbox
from dynaris.workspaces.actions import update_settings
from tests.channels.email.scripted import scripted
from tests.flows.conftest import KEY, World, services_over
from tests.web import client_of, new_key


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[RunningSandbox]:
    async with sandbox_mailbox(tmp_path / "sandbox") as running:
        yield running
        await channels()["email"].close()  # type: ignore[attr-defined] - its pooled connections


async def mail_account(world: World, sandbox: RunningSandbox, **more: Any) -> Account[Any]:
    address = f"hello@{world.workspace.id.hex[-12:]}.example"
    settings = {
        **more,
        "name": "Test clinic",
        "smtp_url": f"smtp://127.0.0.1:{sandbox.smtp_port}",
        "imap_url": f"imap://{address.replace('@', '%40')}:demo@127.0.0.1:{sandbox.imap_port}",
    }
    async with world.services.db.transaction(world.workspace.id) as connection:
        account_id = await add_account(
            connection, world.workspace.id, Vault(KEY), channel="email", address=address, settings=settings
        )
    return await world.services.accounts.by_id(world.workspace.id, account_id)


def question(to: str, text: str, **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ann <ann@example.com>", to, "A question"
    mail["Message-ID"] = "<q1@example.com>"
    for name, value in headers.items():
        del mail[name.replace("_", "-")]
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def forward(port: int, mail: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.send_message(mail)


def answers(sandbox: RunningSandbox) -> list[Any]:
    inbox = sandbox.mailbox.inbox("ann@example.com")
    return [message_from_bytes(inbox.read(uid) or b"", policy=policy.default) for uid in inbox.uids()]


async def test_a_mail_by_smtp_is_answered_in_its_thread_and_a_reply_joins_the_conversation(
    world: World, sandbox: RunningSandbox
) -> None:
    account = await mail_account(world, sandbox)
    async with listening(Host(world.services), "127.0.0.1", 0) as port:
        await asyncio.to_thread(forward, port, question(account.address, "What does a first assessment cost?"))
        await asyncio.to_thread(forward, port, question(account.address, "What does a first assessment cost?"))
        await world.settle()
        (answer,) = answers(sandbox)
        assert "€75" in answer.get_body(("plain",)).get_content()
        assert (answer["Subject"], answer["In-Reply-To"]) == ("Re: A question", "<q1@example.com>")
        assert answer["From"] == f"Test clinic <{account.address}>"
        reply = question(
            account.address,
            "Is there parking?",
            Message_ID="<q2@example.com>",
            Subject="Re: something else",
            In_Reply_To=str(answer["Message-ID"]),
        )
        await asyncio.to_thread(forward, port, reply)
        await world.settle()
    events = await world.rows("SELECT outcome, conversation_id FROM event WHERE workspace_id = %s ORDER BY id")
    assert [event["outcome"] for event in events] == ["answered", "answered"]
    assert len({event["conversation_id"] for event in events}) == 1
    assert answers(sandbox)[1]["References"].split() == [
        "<q1@example.com>",
        str(answer["Message-ID"]),
        "<q2@example.com>",
    ]


async def test_a_mail_in_the_mailbox_is_read_stored_and_answered(world: World, sandbox: RunningSandbox) -> None:
    account = await mail_account(world, sandbox)
    sandbox.mailbox.deliver(account.address, bytes(question(account.address, "Is there parking?")))
    channel: Any = channels()["email"]
    listener = asyncio.create_task(channel.listen(account, Host(world.services)))
    async with asyncio.timeout(5):
        while not await world.rows("SELECT 1 FROM event WHERE workspace_id = %s"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    listener.cancel()
    with suppress(asyncio.CancelledError):
        await listener
    await world.settle()
    (answer,) = answers(sandbox)
    assert "two hours" in answer.get_body(("plain",)).get_content()


@pytest.mark.parametrize("end", ["the server fell silent", "our process died"])
async def test_a_reply_to_a_mail_that_nobody_knows_arrived_joins_its_conversation(
    world: World, sandbox: RunningSandbox, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await mail_account(world, sandbox)
    email: Any = channels()["email"]
    send = email.send

    async def dies(*arguments: Any) -> None:
        await send(*arguments)
        raise asyncio.CancelledError

    async with listening(Host(world.services), "127.0.0.1", 0) as port:
        await asyncio.to_thread(forward, port, question(account.address, "What does a first assessment cost?"))
        if end == "our process died":
            monkeypatch.setattr(email, "send", dies)
            with suppress(asyncio.CancelledError):
                await world.settle()
            monkeypatch.undo()
            [row] = await world.rows("SELECT id FROM outbox WHERE workspace_id = %s AND status = 'sending'")
            assert await settle_lost(world.services, world.workspace.id, row["id"]) == "unknown"
        else:
            sandbox.faults.add(Fault("lost_receipt"))
            await world.settle()
        (answer,) = answers(sandbox)
        reply = question(
            account.address,
            "Is there parking?",
            Message_ID="<q2@example.com>",
            Subject="Something else",
            In_Reply_To=str(answer["Message-ID"]),
        )
        await asyncio.to_thread(forward, port, reply)
        await world.settle()
    [unknown] = await world.rows("SELECT id, external_id FROM outbox WHERE workspace_id = %s AND status = 'unknown'")
    assert unknown["external_id"] == answer["Message-ID"]
    events = await world.rows("SELECT id, conversation_id FROM event WHERE workspace_id = %s ORDER BY id")
    assert len({event["conversation_id"] for event in events}) == 1
    story = await trace(world.services.db, events[0]["id"])
    assert story is not None
    assert [step for step in story.steps if step.what == "delivery" and str(answer["Message-ID"]) in step.text]


async def test_our_own_answer_coming_back_is_not_answered(world: World, sandbox: RunningSandbox) -> None:
    account = await mail_account(world, sandbox)
    async with listening(Host(world.services), "127.0.0.1", 0) as port:
        await asyncio.to_thread(forward, port, question(account.address, "Is there parking?"))
        await world.settle()
        (answer,) = answers(sandbox)
        answer.replace_header("To", account.address)
        await asyncio.to_thread(forward, port, answer)
        await world.settle()
    events = await world.rows("SELECT outcome, reason FROM event WHERE workspace_id = %s ORDER BY id")
    assert [event["outcome"] for event in events] == ["answered", "ignored"]
    assert len(answers(sandbox)) == 1


async def test_an_account_whose_password_is_refused_says_so_until_a_send_succeeds(world: World) -> None:
    async def shown() -> tuple[str | None, list[str]]:
        headers = {"authorization": f"Bearer {await new_key(world.services.db, world.workspace.id, uuid4().hex)}"}
        async with client_of(create_app(world.services, Host(world.services)), **headers) as client:
            accounts = (await client.get("/api/accounts")).json()["items"]
            toolkits = (await client.get("/api/integrations/toolkits")).json()["items"]
        [account] = [each for each in accounts if each["channel"] == "email"]
        return account["send_error"], *[each["errors"] for each in toolkits if each["name"] == "email"]

    async with scripted(AUTH="535 5.7.8 wrong") as server, listening(Host(world.services), "127.0.0.1", 0) as port:
        address = f"hello@{world.workspace.id.hex[-12:]}.example"
        settings = {"smtp_url": f"smtp://hello:wrong@127.0.0.1:{server.port}"}
        async with world.services.db.transaction(world.workspace.id) as connection:
            await add_account(
                connection, world.workspace.id, Vault(KEY), channel="email", address=address, settings=settings
            )
        await asyncio.to_thread(forward, port, question(address, "Is there parking?"))
        await world.settle()
        said, errors = await shown()
        assert "does not accept the user and password: 535" in str(said)
        assert errors == [f"{address}: {said}"]
        server.answers["AUTH"] = "235 welcome"
        [row] = await world.rows("UPDATE outbox SET due_at = now() WHERE workspace_id = %s RETURNING id")
        assert await deliver(world.services, world.workspace.id, row["id"]) == "sent"
    assert await shown() == (None, [])
    await channels()["email"].close()  # type: ignore[attr-defined] - its pooled connections


async def test_two_accounts_of_one_workspace_do_not_answer_each_other(world: World, sandbox: RunningSandbox) -> None:
    account = await mail_account(world, sandbox)
    sales, alias = (f"{name}@{world.workspace.id.hex[-12:]}.example" for name in ("sales", "prices"))
    async with world.services.db.transaction(world.workspace.id) as connection:
        await add_account(
            connection,
            world.workspace.id,
            Vault(KEY),
            channel="email",
            address=sales,
            settings={"aliases": [alias]},
        )
    async with listening(Host(world.services), "127.0.0.1", 0) as port:
        for number, sender in enumerate((f"Sales <{sales}>", alias, "ann@example.com")):
            mail = question(account.address, "Is there parking?", Message_ID=f"<{number}@x>", From=sender)
            await asyncio.to_thread(forward, port, mail)
        await world.settle()
    events = await world.rows("SELECT outcome, reason FROM event WHERE workspace_id = %s ORDER BY id")
    assert [event["outcome"] for event in events] == ["ignored", "ignored", "answered"]
    assert sales in events[1]["reason"]


async def test_a_machine_that_writes_ever_new_letters_is_handed_to_a_person(
    world: World, sandbox: RunningSandbox
) -> None:
    """A ticket system that answers each of our answers with a new subject never says that it is one."""
    account = await mail_account(world, sandbox)
    async with listening(Host(world.services), "127.0.0.1", 0) as port:
        for number in range(MOST_ANSWERS + 2):
            ticket = question(
                account.address,
                "Is there parking?",
                Message_ID=f"<ticket-{number}@example.com>",
                Subject=f"[Ticket {number}] created",
            )
            await asyncio.to_thread(forward, port, ticket)
            await world.settle()
    events = await world.rows("SELECT outcome, waiting_for FROM event WHERE workspace_id = %s ORDER BY id")
    assert [event["outcome"] for event in events[:MOST_ANSWERS]] == ["answered"] * MOST_ANSWERS
    assert [event["waiting_for"] for event in events[MOST_ANSWERS:]] == ["person"] * 2


async def test_mails_that_follow_each_other_in_one_thread_get_one_answer(
    world: World, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    world = World(services_over(world.services.db, tmp_path, quiet_period=0.05), world.workspace, world.source)
    account = await mail_account(world, sandbox)
    async with listening(Host(world.services), "127.0.0.1", 0) as port:
        await asyncio.to_thread(forward, port, question(account.address, "What does a first assessment cost?"))
        for number, text in enumerate(("Is there parking?", "And what are your opening hours?"), 2):
            more = question(
                account.address,
                text,
                Message_ID=f"<q{number}@example.com>",
                Subject="Re: A question",
                References="<q1@example.com>",
            )
            await asyncio.to_thread(forward, port, more)
        await asyncio.sleep(0.1)
        await world.settle()
    (answer,) = answers(sandbox)
    text = answer.get_body(("plain",)).get_content()
    assert all(fact in text for fact in ("€75", "garage", "8:00"))


@pytest.mark.parametrize(("proof", "conversations"), [("dmarc=pass header.from=example.com", 1), ("dmarc=none", 2)])
async def test_a_subject_alone_leads_only_a_proved_sender_into_an_earlier_conversation(
    world: World, sandbox: RunningSandbox, proof: str, conversations: int
) -> None:
    """Anybody can write a name and a subject; what was booked in a conversation is cancelled there."""
    account = await mail_account(world, sandbox, trusted_authserv_ids=["mx.example"], trusted_relays=["127.0.0.1"])
    proved = f"mx.example; {proof}"
    async with listening(Host(world.services), "127.0.0.1", 0) as port:
        first = question(account.address, "Is there parking?", Authentication_Results=proved)
        await asyncio.to_thread(forward, port, first)
        await world.settle()
        reply = question(
            account.address,
            "And how can I pay?",
            Message_ID="<q2@example.com>",
            Subject="Re: A question",
            Authentication_Results=proved,
        )
        await asyncio.to_thread(forward, port, reply)
        await world.settle()
    assert len(await world.rows("SELECT 1 FROM conversation WHERE workspace_id = %s")) == conversations


async def test_a_letter_is_signed_with_the_businesss_own_facts_and_knows_its_special_days(
    world: World, sandbox: RunningSandbox
) -> None:
    account = await mail_account(world, sandbox)
    day = clock.now().date() + timedelta(days=40)
    profile = {"signature": "{agent}, {business}\n{phone}\n{website}", "phone": "+49 30 1", "agent_name": "Robin"}
    async with world.services.db.transaction(world.workspace.id) as connection:
        changes = {"profile": profile, "hours_exceptions": [{"date": f"{day}", "hours": [], "note": "Move"}]}
        await update_settings(connection, world.workspace.id, changes, by="system")
    async with listening(Host(world.services), "127.0.0.1", 0) as port:
        await asyncio.to_thread(forward, port, question(account.address, f"Are you open on {day:%-d %B %Y}?"))
        await world.settle()
    (answer,) = answers(sandbox)
    text = answer.get_body(("plain",)).get_content().replace("\r\n", "\n").rstrip()
    assert f"On {day:%-d %B} we are closed (Move)." in text
    assert "from 8:00 to 18:00" not in text
    assert text.endswith("Robin, Test clinic\n+49 30 1")
