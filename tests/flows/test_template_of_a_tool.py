"""An agent writes first on WhatsApp: with an approved template, once, where the contact may be written to."""

from typing import Any

import pytest

from dynaris.core.ids import new_id
from tests.agents.conftest import Script, UseModel, call, use_model
from tests.flows.conftest import Sink
from tests.flows.phones import ADA, Phones, phones

__all__ = ["phones", "use_model"]

KEEPS = call("update_contact", phone="+" + ADA)
LOOKS = call("look_up_templates")
SENDS = call("send_template", template="visit_reminder", values={"body.2": "Friday at 10"})


@pytest.fixture
async def writing(phones: Phones) -> Phones:
    """Its agents answer with the scripted model, and there is one template that they may send."""
    await phones.world.rows("UPDATE workspace SET model = 'scripted' WHERE id = %s RETURNING id")
    await phones.template("visit_reminder", "Hello {{1}}, we expect you {{2}}.", ["Ada", "on Monday at 9"])
    await phones.template("for_people", "Hello {{1}}.", ["Ada"])
    templates = (await phones.owner.get("/api/templates")).json()["items"]
    for one in templates:
        theirs = one["name"] == "visit_reminder"
        changes = {"for_agents": theirs, "purpose": "reminds of a visit"}
        (await phones.owner.patch(f"/api/templates/{one['id']}", json=changes)).raise_for_status()
    return phones


def results(script: Script) -> list[Any]:
    assert script.asked
    return [part.content for message in script.asked[-1] for part in message.parts if part.part_kind == "tool-return"]


async def asks(phones: Phones, sink: Sink, use_model: UseModel, *steps: Any) -> list[Any]:
    """Somebody asks on the web page; what the tools answered."""
    script = Script(*steps, "Done.")
    use_model(script)
    await phones.world.say("Please text me on WhatsApp.", reply_url=sink.url, email="ada@example.com", name="Ada Byron")
    await phones.world.settle()
    await phones.sent()
    return results(script)


async def known(phones: Phones) -> str:
    """A customer of WhatsApp who is known by an e-mail address as well."""
    ada = await phones.customer()
    await phones.writes(ada, "Hi")
    await phones.settled()
    await phones.world.rows(
        f"""INSERT INTO address (workspace_id, id, contact_id, kind, value, holds, verified_at)
            SELECT DISTINCT workspace_id, '{new_id()}'::uuid, contact_id, 'email', 'ada@example.com', true, now()
            FROM address WHERE workspace_id = %s RETURNING id"""
    )
    return ada


async def test_an_agent_sends_a_template_and_the_answer_is_in_the_same_conversation(
    writing: Phones, sink: Sink, use_model: UseModel
) -> None:
    use_model(Script("Hello."))
    ada = await known(writing)
    found, sent = await asks(writing, sink, use_model, LOOKS, SENDS)
    assert [(one["template"], one["for"]) for one in found] == [("visit_reminder", "reminds of a visit")]
    assert sent["to"] == ADA
    _, got = await writing.got(ada)
    assert (got["type"], got["text"]) == ("template", "Hello Ada, we expect you Friday at 10.")
    use_model(Script("See you then."))
    await writing.writes(ada, "Thank you, I will be there")
    await writing.settled()
    thread = await writing.world.rows(
        """SELECT m.author, m.text FROM message m JOIN conversation c ON c.workspace_id = m.workspace_id
             AND c.id = m.conversation_id WHERE m.workspace_id = %s AND c.channel = 'whatsapp' ORDER BY m.id"""
    )
    assert [(one["author"], one["text"]) for one in thread][2:] == [
        ("agent", "Hello Ada, we expect you Friday at 10."),
        ("contact", "Thank you, I will be there"),
        ("agent", "See you then."),
    ]


async def test_to_a_number_that_nobody_proved_a_person_says_yes(
    writing: Phones, sink: Sink, use_model: UseModel
) -> None:
    ada = await writing.customer()
    to_it = call("send_template", template="visit_reminder", values={"body.2": "Friday at 10"}, to="+" + ADA)
    await asks(writing, sink, use_model, KEEPS, to_it)
    assert await writing.got(ada) == []
    (approval,) = (await writing.owner.get("/api/approvals")).json()["items"]
    answer = await writing.owner.post(f"/api/approvals/{approval['id']}", json={"decision": "approve"})
    assert answer.status_code == 200, answer.text
    await writing.world.settle()
    await writing.sent()
    (got,) = await writing.got(ada)
    assert got["text"] == "Hello Ada, we expect you Friday at 10."
    opened = await writing.world.rows(
        "SELECT identity FROM conversation WHERE workspace_id = %s AND channel = 'whatsapp'"
    )
    assert [row["identity"] for row in opened] == ["claimed"]


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ([call("send_template", template="for_people")], "for people to send"),
        ([call("send_template", template="nothing")], "there is no template 'nothing'"),
        ([call("send_template", template="visit_reminder")], "body.2: must be filled"),
        ([call("send_template", template="visit_reminder", to="+4915550999888")], "is no number of this contact"),
    ],
    ids=["not for agents", "unknown", "a gap", "a stranger's number"],
)
async def test_what_cannot_leave_is_told_to_the_agent_and_nothing_is_sent(
    writing: Phones, sink: Sink, use_model: UseModel, steps: list[Any], why: str
) -> None:
    use_model(Script("Hello."))
    ada = await known(writing)
    await writing.world.rows(
        """UPDATE workspace SET profile = jsonb_build_object('trusted_recipients', '["+4915550999888"]'::jsonb)
           WHERE id = %s RETURNING id"""
    )
    (told,) = await asks(writing, sink, use_model, *steps)
    assert why in told
    assert len(await writing.got(ada)) == 1


async def test_without_a_number_the_agent_is_told_to_ask_for_it(
    writing: Phones, sink: Sink, use_model: UseModel
) -> None:
    (told,) = await asks(writing, sink, use_model, SENDS)
    assert "there is no number of this contact" in told


async def test_a_contact_who_said_stop_there_is_not_written_to(
    writing: Phones, sink: Sink, use_model: UseModel
) -> None:
    use_model(Script("Hello."))
    ada = await known(writing)
    await writing.writes(ada, "STOP")
    await writing.settled()
    before = len(await writing.got(ada))
    (told,) = await asks(writing, sink, use_model, SENDS)
    assert "nothing may be sent there" in told
    assert len(await writing.got(ada)) == before
