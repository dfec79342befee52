"""One person, one record: a mail that gives a number, a call from it, a message on WhatsApp from it; and a call
that uses each kind of tool that the product was drawn with."""

import asyncio
from pathlib import Path

import pytest

from dynaris.app.host import Host
from dynaris.calls.afterwards import wrap_up
from dynaris.channels.email.smtp_in import listening
from tests.agents.conftest import Script, UseModel, call, use_model
from tests.flows.phones import Phones, phones
from tests.flows.telephones import Telephones, telephones
from tests.flows.test_booking_story import make_bookable
from tests.flows.test_mail_story import RunningSandbox, forward, mail_account, question, sandbox

__all__ = ["phones", "sandbox", "telephones", "use_model"]

NUMBER = "+4915550111222"
PARKING = "Is there parking?"


async def test_who_mails_then_calls_then_writes_on_whatsapp_is_one_contact_with_one_timeline(
    telephones: Telephones, phones: Phones, sandbox: RunningSandbox
) -> None:
    world = telephones.world
    account = await mail_account(world, sandbox)
    text = f"Hello, what does a first assessment cost?\n\nMy phone number is {NUMBER}.\n\nAnn"
    async with listening(Host(world.services), "127.0.0.1", 0) as port:
        await asyncio.to_thread(forward, port, question(account.address, text))
        await world.settle()

    sid = await telephones.calls(NUMBER)
    await telephones.until_said(1)
    await telephones.says(sid, PARKING)
    await telephones.until_said(2)
    await telephones.hangs_up(sid)
    (over,) = await telephones.found(
        "SELECT * FROM call WHERE workspace_id = %s AND status = 'ended' AND holder IS NULL"
    )
    await wrap_up(world.services, over["workspace_id"], over["id"])

    customer = await phones.customer(NUMBER.removeprefix("+"), "Ann")
    await phones.writes(customer, "What are your opening hours?")
    await phones.settled()

    contacts = (await telephones.owner.get("/api/contacts")).json()["items"]
    assert len(contacts) == 1, contacts
    timeline = (await telephones.owner.get(f"/api/contacts/{contacts[0]['id']}/timeline")).json()["items"]
    said = [(each["channel"], each["direction"], each["text"]) for each in reversed(timeline)]
    assert [channel for channel, _, _ in said if channel == "email"]
    ways = list(dict.fromkeys(channel for channel, _, _ in said))
    assert ways == ["email", "voice_twilio", "whatsapp"], "in the order in which it happened"
    theirs = [text for _, direction, text in said if direction == "inbound"]
    assert theirs[0].startswith("Hello, what does a first assessment cost?")
    assert theirs[-2:] == [PARKING, "What are your opening hours?"]
    ours = " ".join(text for _, direction, text in said if direction == "outbound")
    assert "€75" in ours
    assert "garage" in ours
    assert "8:00" in ours
    assert any(channel == "voice_twilio" and text.startswith("The call in short:") for channel, _, text in said)


@pytest.fixture
def seed_tools(use_model: UseModel) -> Script:
    """A model that checks the calendar, looks the contact up, writes a mail and makes a task, and then says so."""
    model = Script(
        "the greeting was the first thing that was said",
        call("find_slots", service="First assessment", wish="next Tuesday after three"),
        call("look_up_contact"),
        call("send_email", subject="Our parking", text="Dear Ann, there is a garage below us."),
        call("create_task", title="Put Ann's name on the garage list"),
        "Tuesday at three is free, and I have just written you a mail about the garage.",
    )
    use_model(model)
    return model


async def test_a_call_uses_calendar_contacts_mail_and_tasks(
    telephones: Telephones, sandbox: RunningSandbox, seed_tools: Script, tmp_path: Path
) -> None:
    world = telephones.world
    await make_bookable(world)
    await world.rows("UPDATE workspace SET model = 'scripted' WHERE id = %s RETURNING id")
    await mail_account(world, sandbox)
    addresses = [{"kind": "phone", "value": NUMBER}, {"kind": "email", "value": "ann@example.com"}]
    known = await telephones.owner.post("/api/contacts", json={"name": "Ann", "addresses": addresses})
    assert known.is_success, known.text

    sid = await telephones.calls(NUMBER)
    await telephones.until_said(1)
    await telephones.says(sid, PARKING)
    await telephones.until_said(2)
    await telephones.hangs_up(sid)
    ended = await telephones.ended()
    assert (ended["outcome"], str(ended["contact_id"])) == ("answered", known.json()["id"])

    steps = await world.rows("""SELECT tool, response, error FROM run_step WHERE workspace_id = %s AND kind = 'tool'
        AND done ORDER BY position""")
    assert [(step["tool"], step["error"]) for step in steps] == [
        ("find_slots", None),
        ("look_up_contact", None),
        ("send_email", None),
        ("create_task", None),
    ]
    assert "15:00" in str(steps[0]["response"]), "a time that the calendar has free"
    (mail,) = await world.rows("SELECT recipient, content FROM outbox WHERE workspace_id = %s AND channel = 'email'")
    assert (mail["recipient"], mail["content"]["subject"]) == ("ann@example.com", "Our parking")
    assert [each["title"] for each in (await telephones.owner.get("/api/tasks")).json()["items"]] == [
        "Put Ann's name on the garage list"
    ]
    assert (await telephones.spoken())[-1][1].startswith("Tuesday at three is free")
