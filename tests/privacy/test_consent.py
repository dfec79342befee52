"""Consent: STOP and START are heard where they are clear, kept with their source, and hold wherever we send."""

import pytest

from dynaris.channels.contract import ChannelTraits
from dynaris.contacts.consent import set_consent, wish_of
from dynaris.core.ids import new_id
from dynaris.outbox.actions import enqueue
from dynaris.pipeline.deliver import deliver
from tests.flows.conftest import Sink, World

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


async def test_stop_is_confirmed_once_then_nothing_leaves_until_start(world: World, sink: Sink) -> None:
    first = await world.say("STOP", reply_url=sink.url)
    await world.settle()
    assert (await world.event(first.event_id))["outcome"] == "answered"
    assert ["START" in text for text in sink.texts] == [True]
    contact = await contact_of(world)
    assert contact["blocked_channels"] == ["email"]
    (said,) = await world.rows("SELECT * FROM consent WHERE workspace_id = %s")
    assert (said["state"], said["source"]) == ("withdrawn", f"message {first.event_id}")

    again = await world.say("stop", reply_url=sink.url)
    asked = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    assert (await world.event(again.event_id))["outcome"] == "ignored"
    event = await world.event(asked.event_id)
    assert (event["status"], event["reason"]) == ("waiting", "the contact asked for no messages by email")
    assert len(sink.got) == 1

    await world.say("START", reply_url=sink.url)
    await world.settle()
    assert (await contact_of(world))["blocked_channels"] == []
    asked = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    assert (await world.event(asked.event_id))["outcome"] == "answered"


async def test_in_manual_mode_stop_holds_without_a_confirmation(world: World, sink: Sink) -> None:
    await world.set_auto_mode(enabled=False, channels={}, effects={})
    accepted = await world.say("unsubscribe", reply_url=sink.url)
    await world.settle()
    event = await world.event(accepted.event_id)
    assert (event["outcome"], event["reason"]) == ("ignored", "the contact wrote STOP")
    assert (await contact_of(world))["blocked_channels"] == ["email"]
    assert sink.got == []


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
    for purpose, state in (("all", "withdrawn"), ("reply", "granted")):
        async with world.services.db.transaction(ws) as connection:
            await set_consent(
                connection, ws, contact["id"], channel="email", purpose=purpose, state=state, source="x", by="x"
            )
    assert (await contact_of(world))["blocked_channels"] == ["email/follow_up", "email/marketing"]
