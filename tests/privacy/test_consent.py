"""Consent: STOP and START are heard where they are clear, kept with their source, and hold wherever we send."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from dynaris.channels.contract import Account, Arrival, ChannelTraits
from dynaris.channels.registry import channels
from dynaris.connections.actions import add_account
from dynaris.contacts.consent import Purpose, State, set_consent, wish_of
from dynaris.core.crypto import Vault
from dynaris.core.ids import new_id
from dynaris.outbox.actions import enqueue
from dynaris.pipeline.deliver import deliver
from dynaris.pipeline.intake import accept
from dynaris.sandbox.process import RunningSandbox, sandbox_mailbox
from tests.flows.conftest import KEY, Sink, World

MAIL, CHAT = ChannelTraits(subject=True, replies_to_address=True), ChannelTraits()


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop.", "Please stop!", "Unsubscribe", " unsubscribe me ", "Abmelden", "bitte abmelden", "Baja",
     "darme de baja", "Désabonner", "me désabonner", "“Stopp”", "Keine E-Mails mehr"],
)  # fmt: skip
def test_a_message_that_is_nothing_but_a_wish_is_heard(text: str) -> None:
    assert wish_of(text, None, CHAT) == "stop"


@pytest.mark.parametrize(
    "text",
    ["Please stop by at ten", "The pain does not stop", "Do I have to unsubscribe?", "stop the treatment", "",
     "start me"],
)  # fmt: skip
def test_what_says_anything_else_is_left_to_agents_and_people(text: str) -> None:
    assert wish_of(text, None, CHAT) is None


def test_a_mail_without_text_may_say_it_in_its_subject() -> None:
    assert wish_of("", "Unsubscribe", MAIL) == "stop"
    assert wish_of("", "Unsubscribe", CHAT) is None
    assert wish_of("Is there parking?", "Unsubscribe", MAIL) is None


async def contact_of(world: World) -> dict:
    (row,) = await world.rows("SELECT * FROM contact WHERE workspace_id = %s")
    return row


@dataclass
class Writer:
    """Somebody who writes mails as Ada, and what she gets."""

    world: World
    account: Account[Any]
    sandbox: RunningSandbox

    async def writes(self, text: str, *, is_ada: bool = True) -> dict[str, Any]:
        """The event, once it was worked on."""
        mail = EmailMessage()
        if is_ada:
            mail["Authentication-Results"] = "mx.test; dmarc=pass header.from=example.com"
        mail["From"], mail["To"] = "Ada <ada@example.com>", self.account.address
        mail["Message-ID"] = f"<{new_id()}@example.com>"
        mail.set_content(text)
        arrival = Arrival(external_id=mail["Message-ID"], lane="email:ada@example.com", raw=mail.as_bytes())
        accepted = await accept(self.world.services, self.account, arrival)
        await self.world.settle()
        for row in await self.world.rows(
            "SELECT id FROM outbox WHERE workspace_id = %s AND status = 'queued' AND audience = 'contact'"
        ):
            await deliver(self.world.services, self.world.workspace.id, row["id"])
        return await self.world.event(accepted.event_id)

    @property
    def answers(self) -> list[str]:
        inbox = self.sandbox.mailbox.inbox("ada@example.com")
        return [(inbox.read(uid) or b"").decode() for uid in inbox.uids()]


@pytest.fixture
async def writer(world: World, tmp_path: Path) -> AsyncIterator[Writer]:
    ws = world.workspace.id
    async with sandbox_mailbox(tmp_path / "sandbox") as sandbox:
        settings = {"smtp_url": f"smtp://127.0.0.1:{sandbox.smtp_port}", "trusted_authserv_ids": ["mx.test"]}
        async with world.services.db.transaction(ws) as connection:
            account_id = await add_account(
                connection, ws, Vault(KEY), channel="email", address=f"hello@{ws.hex[-12:]}.example", settings=settings
            )
        yield Writer(world, await world.services.accounts.by_id(ws, account_id), sandbox)
        await channels()["email"].close()  # type: ignore[attr-defined] - its pooled connections


async def test_stop_is_confirmed_once_then_nothing_leaves_until_start(world: World, writer: Writer) -> None:
    first = await writer.writes("STOP")
    assert first["outcome"] == "answered"
    assert ["START" in text for text in writer.answers] == [True]
    contact = await contact_of(world)
    assert contact["blocked_channels"] == ["email"]
    (said,) = await world.rows("SELECT * FROM consent WHERE workspace_id = %s")
    assert (said["state"], said["source"]) == ("withdrawn", f"message {first['id']}")

    assert (await writer.writes("stop"))["outcome"] == "ignored"
    event = await writer.writes("Is there parking?")
    assert (event["status"], event["reason"]) == ("waiting", "the contact asked for no messages by email")
    assert len(writer.answers) == 1

    await writer.writes("START", is_ada=False)
    assert (await contact_of(world))["blocked_channels"] == ["email"]
    await writer.writes("START")
    assert (await contact_of(world))["blocked_channels"] == []
    assert (await writer.writes("Is there parking?"))["outcome"] == "answered"


async def test_in_manual_mode_stop_holds_without_a_confirmation(world: World, writer: Writer) -> None:
    await world.set_auto_mode(enabled=False, channels={}, effects={})
    event = await writer.writes("unsubscribe")
    assert (event["outcome"], event["reason"]) == ("ignored", "the contact wrote STOP")
    assert (await contact_of(world))["blocked_channels"] == ["email"]
    assert writer.answers == []


async def test_a_stop_that_anybody_could_have_written_silences_nobody_and_a_person_decides(
    world: World, writer: Writer, sink: Sink
) -> None:
    """By a forged mail, and by a form or a source that only says who it is from."""
    assert (await writer.writes("Is there parking?"))["outcome"] == "answered"
    forged = await writer.writes("STOP", is_ada=False)
    said = await world.say("unsubscribe", reply_url=sink.url)
    await world.settle()
    for event in (forged, await world.event(said.event_id)):
        assert (event["status"], event["waiting_for"]) == ("waiting", "person")
        assert "not proved" in event["reason"]
    assert await world.rows("SELECT 1 FROM consent WHERE workspace_id = %s") == []
    assert await world.rows("SELECT 1 FROM contact WHERE workspace_id = %s AND blocked_channels <> '{}'") == []
    tasks = await world.rows("SELECT title FROM task WHERE workspace_id = %s")
    assert len(tasks) == 2
    assert (len(writer.answers), sink.got) == (1, [])
    assert (await writer.writes("What does a first assessment cost?"))["outcome"] == "answered"


@pytest.mark.parametrize(
    ("channel", "purpose", "outcome"),
    [("email", "all", "cancelled"), ("any", "all", "cancelled"), ("whatsapp", "all", "sent"),
     ("email", "marketing", "sent")],
)  # fmt: skip
async def test_the_sender_asks_the_contacts_wish_for_this_kind_of_channel(
    world: World, sink: Sink, channel, purpose, outcome: str
) -> None:
    assert await _sent(world, sink, channel=channel, purpose=purpose, automatic=True) == outcome
    assert len(sink.got) == (outcome == "sent")


async def test_a_persons_own_reply_still_leaves(world: World, sink: Sink) -> None:
    assert await _sent(world, sink, channel="any", purpose="all", automatic=False) == "sent"


@pytest.mark.parametrize(("kind", "outcome"), [("message", "sent"), ("wake", "cancelled")])
async def test_a_follow_up_that_was_forbidden_after_it_was_written_does_not_leave(
    world: World, sink: Sink, kind: str, outcome: str
) -> None:
    sent = await _sent(world, sink, channel="email", purpose="follow_up", automatic=True, kind=kind)
    assert sent == outcome


async def _sent(world: World, sink: Sink, *, channel, purpose, automatic: bool, kind: str = "message") -> str | None:
    accepted = await world.say("Is there parking?", reply_url=None)
    await world.settle()
    await world.rows(
        "UPDATE event SET kind = %(kind)s WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING id",
        kind=kind,
        id=accepted.event_id,
    )
    contact, ws = await contact_of(world), world.workspace.id
    async with world.services.db.transaction(ws) as connection:
        await set_consent(
            connection, ws, contact["id"], channel=channel, purpose=purpose, state="withdrawn", source="a call", by="x"
        )
        outbox_id = await enqueue(
            connection,
            ws,
            audience="contact",
            channel="generic",
            account_id=world.source.id,
            recipient=sink.url,
            content={"text": "Hello", "automatic": automatic},
            dedupe_key=str(new_id()),
            contact_id=contact["id"],
            event_id=accepted.event_id,
        )
    assert outbox_id is not None
    return await deliver(world.services, ws, outbox_id)


async def test_all_lifts_single_purposes_and_a_yes_of_somebody_unproved_lifts_nothing(world: World) -> None:
    await world.say("Is there parking?", reply_url=None)
    await world.settle()
    contact, ws = await contact_of(world), world.workspace.id

    async def say(purpose, state, *, lifts: bool = True) -> list[str]:
        async with world.services.db.transaction(ws) as connection:
            await set_consent(
                connection, ws, contact["id"], channel="email", purpose=purpose, state=state, source="x", by="x",
                lifts=lifts,
            )  # fmt: skip
        return (await contact_of(world))["blocked_channels"]

    assert await say("follow_up", "withdrawn") == ["email/follow_up"]
    assert await say("all", "withdrawn") == ["email"]
    assert await say("marketing", "withdrawn") == ["email", "email/marketing"]
    assert await say("all", "granted", lifts=False) == ["email", "email/marketing"]
    assert await say("all", "granted") == []


async def test_who_lets_us_answer_after_nothing_at_all_has_asked_for_answers_only(world: World) -> None:
    await world.say("Is there parking?", reply_url=None)
    await world.settle()
    contact, ws = await contact_of(world), world.workspace.id
    said: list[tuple[Purpose, State]] = [("all", "withdrawn"), ("reply", "granted")]
    for purpose, state in said:
        async with world.services.db.transaction(ws) as connection:
            await set_consent(
                connection, ws, contact["id"], channel="email", purpose=purpose, state=state, source="x", by="x"
            )
    assert (await contact_of(world))["blocked_channels"] == ["email/follow_up", "email/marketing"]
