"""A form on a web site through the whole product: answered by mail, kept for a call, or only kept."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.channels.contract import Account
from dynaris.channels.email.smtp_in import listening
from dynaris.channels.registry import channels
from dynaris.connections.actions import add_account
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.pipeline import wishes
from dynaris.pipeline.batches.working import work_off
from dynaris.pipeline.deliver import deliver
from dynaris.pipeline.requeue import replay
from dynaris.pipeline.way_back import MOST_UNANSWERED, TO_MAILBOX
from dynaris.sandbox.process import RunningSandbox, sandbox_mailbox
from dynaris.workspaces.actions import create_workspace
from tests.flows.conftest import KEY, World
from tests.web import client_of, new_key

LEAD = {"name": "Ann Lee", "email": "ann@example.com", "message": "What does a first assessment cost?"}
CALL = {"answer": "call", "country": "DE"}


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[RunningSandbox]:
    async with sandbox_mailbox(tmp_path / "sandbox") as running:
        yield running
        await channels()["email"].close()  # type: ignore[attr-defined] - its pooled connections


@pytest.fixture
async def mailbox(world: World, sandbox: RunningSandbox) -> Account[Any]:
    """The workspace's mail account."""
    address = f"hello@{world.workspace.id.hex[-12:]}.example"
    settings = {"name": "Test clinic", "smtp_url": f"smtp://127.0.0.1:{sandbox.smtp_port}"}
    return await connect(world, "email", address, settings)


async def connect(world: World, channel: str, address: str, settings: dict[str, Any]) -> Account[Any]:
    async with world.services.db.transaction(world.workspace.id) as connection:
        account_id = await add_account(
            connection, world.workspace.id, Vault(KEY), channel=channel, address=address, settings=settings
        )
    world.services.accounts.forget()
    return await world.services.accounts.by_id(world.workspace.id, account_id)


class Site:
    """A web site with the workspace's form."""

    def __init__(self, world: World, key: str) -> None:
        self.world, self.path = world, f"/forms/{key}"
        self.app = create_app(world.services, Host(world.services))

    async def post(self, **request: Any) -> httpx.Response:
        async with client_of(self.app) as client:
            return await client.post(self.path, **request)

    async def lead(self, lead: dict[str, str] | None = None, **named: str) -> dict[str, Any]:
        """Posted and worked on; its event."""
        headers = {name.replace("_", "-"): value for name, value in named.items()}
        answer = await self.post(json=lead or LEAD, headers=headers)
        assert answer.status_code == 202, answer.text
        await self.world.settle()
        return await self.world.event(UUID(answer.json()["event_id"]))

    async def as_teammate(self, method: str, path: str, **request: Any) -> httpx.Response:
        key = await new_key(self.world.services.db, self.world.workspace.id)
        async with client_of(self.app, authorization=f"Bearer {key}") as client:
            return await client.request(method, path, **request)


async def site(world: World, **settings: Any) -> Site:
    key = f"contact-{world.workspace.id.hex[-12:]}"
    await connect(world, "forms", key, settings)
    return Site(world, key)


def mails(sandbox: RunningSandbox, to: str = "ann@example.com") -> list[Any]:
    inbox = sandbox.mailbox.inbox(to)
    return [message_from_bytes(inbox.read(uid) or b"", policy=policy.default) for uid in inbox.uids()]


def forward(port: int, mail: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.send_message(mail)


async def test_a_lead_is_answered_by_mail_and_its_answer_joins_the_conversation(
    world: World, sandbox: RunningSandbox, mailbox: Account[Any]
) -> None:
    form = await site(world)
    event = await form.lead({**LEAD, "subject": "Prices", "Insurance": "private"})
    assert (event["channel"], event["outcome"]) == ("forms", "answered")
    (answer,) = mails(sandbox)
    assert "€75" in answer.get_body(("plain",)).get_content()
    assert answer["Subject"] == "Your inquiry: Prices"
    assert answer["From"] == f"Test clinic <{mailbox.address}>"
    assert answer["Auto-Submitted"].startswith("auto-")
    assert "private" not in answer.as_string(), "what a stranger typed is not sent on"
    async with listening(Host(world.services), "127.0.0.1", 0) as port:
        reply = EmailMessage()
        reply["From"], reply["To"], reply["Subject"] = "ann@example.com", mailbox.address, answer["Subject"]
        reply["Message-ID"], reply["In-Reply-To"] = "<a2@example.com>", answer["Message-ID"]
        reply.set_content("And is there parking?")
        await asyncio.to_thread(forward, port, reply)
        await world.settle()
    events = await world.rows("SELECT * FROM event WHERE workspace_id = %s ORDER BY id")
    assert [each["outcome"] for each in events] == ["answered", "answered"]
    assert len({each["conversation_id"] for each in events}) == len({each["contact_id"] for each in events}) == 1
    [conversation] = await world.rows("SELECT * FROM conversation WHERE workspace_id = %s")
    assert (conversation["channel"], conversation["identity"]) == ("email", "claimed")
    [first, *_] = await world.rows("SELECT text FROM message WHERE workspace_id = %s ORDER BY id")
    assert first["text"] == "What does a first assessment cost?\n\nInsurance: private"
    assert len(mails(sandbox)) == 2


async def test_a_double_click_is_one_lead_and_one_answer(
    world: World, sandbox: RunningSandbox, mailbox: Account[Any]
) -> None:
    form = await site(world)
    both = await asyncio.gather(*(form.post(data=LEAD, headers={"accept": "application/json"}) for _ in range(2)))
    assert sorted(answer.json()["duplicate"] for answer in both) == [False, True]
    assert len({answer.json()["event_id"] for answer in both}) == 1
    await form.lead(Idempotency_Key="one")
    again = await form.post(json={**LEAD, "message": "changed"}, headers={"Idempotency-Key": "one"})
    assert again.json()["duplicate"]
    await world.settle()
    assert len(mails(sandbox)) == 2


async def test_a_robot_gets_the_same_answer_and_is_not_answered(
    world: World, sandbox: RunningSandbox, mailbox: Account[Any]
) -> None:
    form = await site(world, honeypot="fax")
    browser = {"accept": "text/html,*/*"}
    person, robot = [await form.post(data=lead, headers=browser) for lead in (LEAD, {**LEAD, "fax": "1"})]
    assert (person.status_code, person.text) == (robot.status_code, robot.text)
    assert person.headers["location"] == robot.headers["location"]
    await world.settle()
    events = await world.rows("SELECT outcome, reason FROM event WHERE workspace_id = %s ORDER BY id")
    assert [event["outcome"] for event in events] == ["answered", "ignored"]
    assert events[1]["reason"].startswith("honeypot")
    assert len(mails(sandbox)) == 1


async def test_files_and_what_a_lead_says_about_itself_are_kept(
    world: World, sandbox: RunningSandbox, mailbox: Account[Any]
) -> None:
    form = await site(world, consent_field="agree")
    files = {"file": ("Befund März.pdf", b"%PDF-1", "application/pdf")}
    answer = await form.post(data={**LEAD, "company": "Engines", "agree": "on"}, files=files)
    assert answer.status_code == 202
    await world.settle()
    [file] = await world.rows("SELECT filename, size, storage_key FROM attachment WHERE workspace_id = %s")
    assert (file["filename"], file["size"]) == ("Befund März.pdf", 6)
    assert await world.services.files.get(file["storage_key"]) == b"%PDF-1"
    [contact] = await world.rows("SELECT name, fields FROM contact WHERE workspace_id = %s")
    assert (contact["name"], contact["fields"]) == ("Ann Lee", {"company": "Engines"})
    [message] = await world.rows("SELECT data FROM message WHERE workspace_id = %s AND direction = 'inbound'")
    assert message["data"]["consent"]["given"]
    await form.lead({**LEAD, "company": "Somebody else's"})
    [contact] = await world.rows("SELECT fields FROM contact WHERE workspace_id = %s")
    assert contact["fields"] == {"company": "Engines"}, "a typed word fills gaps only"


async def test_a_ticked_box_is_kept_with_the_message_or_neither_is(
    world: World, sandbox: RunningSandbox, mailbox: Account[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    form = await site(world, consent_field="agree")

    async def crash(*_: object, **__: object) -> None:
        raise psycopg.OperationalError("the database is gone")

    with monkeypatch.context() as patched:
        patched.setattr(wishes, "set_consent", crash)
        await form.post(json={**LEAD, "agree": "on"})
        with suppress(psycopg.OperationalError):
            await world.settle()
        assert await world.rows("SELECT id FROM message WHERE workspace_id = %s") == []
    await world.settle()
    [said] = await world.rows("SELECT state, source FROM consent WHERE workspace_id = %s")
    assert (said["state"], said["source"].startswith("form ")) == ("granted", True)


async def test_a_lead_does_not_enter_a_running_conversation(
    world: World, sandbox: RunningSandbox, mailbox: Account[Any]
) -> None:
    """Anybody can type anybody's address."""
    form = await site(world)
    for message in ("Is there parking?", "What are your opening hours?"):
        await form.lead({**LEAD, "message": message})
    conversations = await world.rows("SELECT id, contact_id FROM conversation WHERE workspace_id = %s")
    assert len(conversations) == 2
    assert len({each["contact_id"] for each in conversations}) == 1


async def test_an_address_that_somebody_typed_gets_few_mails_until_it_answers(
    world: World, sandbox: RunningSandbox, mailbox: Account[Any]
) -> None:
    form = await site(world)
    for number in range(MOST_UNANSWERED):
        assert (await form.lead({**LEAD, "ref": str(number)}))["outcome"] == "answered"
    event = await form.lead({**LEAD, "ref": "once more"})
    assert (event["status"], event["waiting_for"]) == ("waiting", "person")
    assert "nobody answered" in event["reason"]
    assert len(mails(sandbox)) == MOST_UNANSWERED


async def test_a_mailbox_gets_no_more_under_ever_new_tags(
    world: World, sandbox: RunningSandbox, mailbox: Account[Any]
) -> None:
    form = await site(world)
    for number in range(TO_MAILBOX.most):
        assert (await form.lead({**LEAD, "email": f"victim+{number}@kunde.example"}))["outcome"] == "answered"
    event = await form.lead({**LEAD, "email": "victim+once.more@kunde.example"})
    assert (event["status"], event["waiting_for"]) == ("waiting", "person")
    assert not mails(sandbox, "victim+once.more@kunde.example")


@pytest.mark.parametrize(
    ("settings", "lead", "why"),
    [
        ({}, LEAD, "has not connected an account"),
        ({}, {"message": "Hello"}, "left no e-mail address"),
    ],
)
async def test_a_lead_that_cannot_be_answered_waits_for_a_person_and_says_why(
    world: World, settings: dict[str, Any], lead: dict[str, str], why: str
) -> None:
    event = await (await site(world, **settings)).lead(lead)
    assert (event["status"], event["waiting_for"]) == ("waiting", "person")
    assert why in event["reason"]
    assert event["message_id"], "it is on the contact's timeline"


async def test_an_account_that_was_named_and_went_is_missed_by_its_name(world: World, mailbox: Account[Any]) -> None:
    form = await site(world, mail_account=mailbox.address.upper())
    await world.rows("UPDATE account SET enabled = false WHERE workspace_id = %s AND channel = 'email' RETURNING id")
    world.services.accounts.forget()
    assert f"has not connected the account {mailbox.address.upper()}" in (await form.lead())["reason"]


async def test_a_lead_that_waited_for_an_account_is_answered_once_there_is_one(
    world: World, sandbox: RunningSandbox
) -> None:
    form = await site(world)
    event = await form.lead()
    await again(world, event["id"])
    assert "has not connected" in (await world.event(event["id"]))["reason"]
    settings = {"smtp_url": f"smtp://127.0.0.1:{sandbox.smtp_port}"}
    await connect(world, "email", f"late@{world.workspace.id.hex[-12:]}.example", settings)
    await again(world, event["id"])
    assert (await world.event(event["id"]))["outcome"] == "answered"
    (mail,) = mails(sandbox)
    assert mail["From"].startswith("Test clinic <late@"), "an account without a name has the business's"


async def again(world: World, event_id: UUID) -> None:
    async with world.services.db.transaction(world.workspace.id) as connection:
        await replay(connection, world.workspace.id, event_id=event_id, by="system")
    await world.settle()


async def test_our_own_address_typed_into_a_form_is_not_written_to(
    world: World, sandbox: RunningSandbox, mailbox: Account[Any]
) -> None:
    event = await (await site(world)).lead({**LEAD, "email": mailbox.address})
    assert "an account of our own" in event["reason"]


async def test_a_form_that_asks_for_no_answer_is_only_kept(
    world: World, sandbox: RunningSandbox, mailbox: Account[Any]
) -> None:
    event = await (await site(world, answer="none")).lead()
    assert (event["outcome"], event["reason"]) == ("ignored", "this form asks for no answer")
    assert event["message_id"]
    assert mails(sandbox) == []


async def test_a_lead_waits_for_a_call_and_is_over_when_the_task_is(
    world: World, sandbox: RunningSandbox, mailbox: Account[Any]
) -> None:
    form = await site(world, **CALL)
    event = await form.lead({**LEAD, "phone": "030 1234567"})
    assert (event["status"], event["waiting_for"]) == ("waiting", "person")
    [task] = await world.rows("SELECT * FROM task WHERE workspace_id = %s")
    assert task["title"] == event["reason"] == "Call Ann Lee +49301234567 about What does a first assessment cost?"
    assert task["due_at"] == event["deadline"]
    assert (task["owner_id"], task["contact_id"]) == (event["owner_id"], event["contact_id"])
    assert mails(sandbox) == []
    changed = await form.as_teammate("PATCH", f"/api/tasks/{task['id']}", json={"status": "done"})
    assert changed.status_code == 200
    event = await world.event(event["id"])
    assert event["outcome"] == "answered"
    assert event["reason"] == "called by the key test"


async def test_a_call_is_acknowledged_once_and_given_to_the_one_named(
    world: World, sandbox: RunningSandbox, mailbox: Account[Any]
) -> None:
    owner = (await world.rows("SELECT name FROM member WHERE workspace_id = %s"))[0]["name"]
    form = await site(world, **CALL, acknowledge=True, caller=owner)
    event = await form.lead({**LEAD, "phone": "030 1234567"})
    await deliver_all(world)
    path = f"/api/conversations/{event['conversation_id']}"
    for step in ("claim", "hand-back"):
        assert (await form.as_teammate("POST", f"{path}/{step}")).status_code == 200
    await world.settle()
    await deliver_all(world)
    (mail,) = mails(sandbox)
    assert mail.get_body(("plain",)).get_content().startswith("Hello Ann Lee,\r\n\r\nThank you for your message.")
    assert mail["Subject"] == "Your inquiry", "the first letter answers none"
    assert (await world.event(event["id"]))["waiting_for"] == "person"
    assert len(await world.rows("SELECT id FROM task WHERE workspace_id = %s")) == 1


async def test_a_call_without_a_number_is_answered_by_mail(
    world: World, sandbox: RunningSandbox, mailbox: Account[Any]
) -> None:
    assert (await (await site(world, **CALL)).lead())["outcome"] == "answered"
    assert len(mails(sandbox)) == 1


async def test_many_events_at_once_leave_calls_alone_and_one_that_is_named_is_run(
    world: World, sandbox: RunningSandbox, mailbox: Account[Any]
) -> None:
    form = await site(world, **CALL)
    event = await form.lead({**LEAD, "phone": "030 1234567"})

    async def batch(wanted: dict[str, Any]) -> list[dict[str, Any]]:
        started = (await form.as_teammate("POST", "/api/process-events", json=wanted)).json()["id"]
        await work_off(world.services.db, world.workspace.id, started)
        await world.settle()
        return (await form.as_teammate("GET", f"/api/process-events/{started}/events")).json()["items"]

    [left] = await batch({"filter": {"status": "waiting"}})
    assert (left["result"], left["reason"]) == ("skipped", "kept for a call: see its task")
    assert (await world.event(event["id"]))["waiting_for"] == "person"
    assert mails(sandbox) == []
    [named] = await batch({"event_ids": [str(event["id"])]})
    assert named["result"] == "run"


async def test_what_cannot_be_a_number_is_not_called(
    world: World, sandbox: RunningSandbox, mailbox: Account[Any]
) -> None:
    event = await (await site(world, **CALL)).lead({**LEAD, "phone": "abc"})
    assert event["outcome"] == "answered"
    assert len(mails(sandbox)) == 1


async def test_a_lead_is_written_to_in_its_own_language_and_by_name(world: World, sandbox: RunningSandbox) -> None:
    await world.rows(
        """UPDATE workspace SET name = 'Praxis Zahn', language = 'fr',
           profile = '{"agent_name": "Anna", "phone": "+49 30 1234567"}' WHERE id = %s RETURNING id"""
    )
    settings = {"smtp_url": f"smtp://127.0.0.1:{sandbox.smtp_port}"}
    address = f"hello@{world.workspace.id.hex[-12:]}.example"
    await connect(world, "email", address, settings)
    form = await site(world, answer="call", acknowledge=True)
    await form.lead({**LEAD, "message": "Guten Tag, was kostet eine Massage bei Ihnen?"})
    await form.lead({**LEAD, "email": "bob@example.com", "phone": "030 7654321", "message": "OK"})
    await deliver_all(world)
    (answer,), (acknowledged,) = mails(sandbox), mails(sandbox, "bob@example.com")
    assert (answer["Subject"], answer["From"]) == ("Ihre Anfrage", f'"Anna, Praxis Zahn" <{address}>')
    assert "Ich bin Anna, der einfache Assistent von Praxis Zahn." in answer.get_body(("plain",)).get_content()
    assert (acknowledged["Subject"], acknowledged["From"]) == ("Votre demande", f"Praxis Zahn <{address}>")
    text = acknowledged.get_body(("plain",)).get_content().replace("\r\n", "\n").rstrip()
    assert text.startswith("Bonjour Ann Lee,\n\nMerci")
    assert text.endswith("Praxis Zahn\n+49 30 1234567")
    [task] = await world.rows("SELECT title FROM task WHERE workspace_id = %s")
    assert "+49307654321" in task["title"], "the country is the business's own"


async def test_a_cancelled_call_ends_its_lead(world: World) -> None:
    form = await site(world, **CALL)
    event = await form.lead({"phone": "030 1234567"})
    [task] = await world.rows("SELECT id FROM task WHERE workspace_id = %s")
    await form.as_teammate("PATCH", f"/api/tasks/{task['id']}", json={"status": "cancelled"})
    assert (await world.event(event["id"]))["outcome"] == "ignored"


@pytest.mark.parametrize("where", ["answer", "deliver"])
async def test_a_crash_on_the_way_sends_one_answer(
    world: World, sandbox: RunningSandbox, mailbox: Account[Any], where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = await site(world)

    async def dies(*_: Any, **__: Any) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(f"dynaris.pipeline.{'inbound.answer' if where == 'answer' else 'answer.deliver'}", dies)
    answer = await form.post(json=LEAD)
    with suppress(asyncio.CancelledError):
        await world.settle()
    monkeypatch.undo()
    await world.settle()
    assert (await world.event(UUID(answer.json()["event_id"])))["outcome"] == "answered"
    (mail,) = mails(sandbox)
    assert mail["Subject"] == "Your inquiry"


async def test_manual_mode_keeps_leads_for_a_teammate(
    world: World, sandbox: RunningSandbox, mailbox: Account[Any]
) -> None:
    await world.set_auto_mode(enabled=True, channels={"forms": False})
    form = await site(world)
    event = await form.lead()
    assert event["waiting_for"] == "run"
    text = "Seventy-five euros."
    path = f"/api/conversations/{event['conversation_id']}/messages"
    assert (await form.as_teammate("POST", path, json={"text": text})).status_code < 300
    await deliver_all(world)
    assert (await world.event(event["id"]))["outcome"] == "answered"
    (mail,) = mails(sandbox)
    assert text in mail.get_body(("plain",)).get_content()


async def deliver_all(world: World) -> None:
    for row in await world.rows("SELECT id FROM outbox WHERE workspace_id = %s AND status = 'queued'"):
        await deliver(world.services, world.workspace.id, row["id"])


async def test_the_snippet_of_a_form_is_for_its_own_workspace(world: World, db: Database) -> None:
    form = await site(world)
    [account] = await world.rows("SELECT id FROM account WHERE workspace_id = %s AND channel = 'forms'")
    path = f"/api/accounts/{account['id']}/snippet"
    given = (await form.as_teammate("GET", path)).json()
    assert form.path in given["html"]
    assert form.path in given["fetch"]
    name = f"other-{new_id().hex}"
    other = await create_workspace(db, slug=name, name=name, owner_email=f"{name}@example.com", owner_name="Other")
    async with client_of(form.app, authorization=f"Bearer {await new_key(db, other.id)}") as client:
        assert (await client.get(path)).status_code == 404
    assert (await form.as_teammate("GET", f"/api/accounts/{world.source.id}/snippet")).status_code == 404
