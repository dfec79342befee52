"""What is remembered of a contact: facts with their source, told where their source may be told."""

from typing import Any

import pytest

from dynaris.agents.rendering import render
from dynaris.agents.tool import ToolContext
from dynaris.agents.tools import built_in_tools
from dynaris.channels.contract import Identity
from dynaris.contacts import merge
from dynaris.conversations.memory import MOST_FACTS, facts, remember
from dynaris.core.errors import Conflict, InvalidInput
from dynaris.core.ids import new_id
from tests.agents.conftest import NOW, Story
from tests.agents.test_context import MAIL, loaded

ADAS = "email:ada@example.org"


async def kept(story: Story, text: str, *, call: str = "1", **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "db": story.db,
        "workspace_id": story.workspace.id,
        "run_id": story.run_id,
        "call_id": call,
        "event_id": story.event_id,
        "conversation_id": story.conversation_id,
        "contact_id": story.contact_id,
        "channel": "webchat",
        "agent": "chat",
        "may_disclose": False,
        "now": NOW,
    }
    tool = built_in_tools()["remember"]
    return await tool.run(ToolContext(**{**values, **changes}), tool.arguments(text=text))


async def facts_of(story: Story) -> list[dict[str, Any]]:
    async with story.db.workspace(story.workspace.id) as connection:
        return await facts(connection, story.workspace.id, story.contact_id)


async def told(story: Story, **changes: Any) -> str:
    return render(await loaded(story, **changes), "specialist: chat")


async def test_a_fact_names_the_message_that_says_so(story: Story) -> None:
    message = await story.say("I use a wheelchair.")
    await story.execute(
        """INSERT INTO event (workspace_id, id, channel, account_id, external_id, lane, raw, message_id)
           VALUES (%s, %s, 'webchat', %s, '1', 'webchat:1', '', %s)""",
        *(story.workspace.id, story.event_id, story.account_id, message),
    )
    await kept(story, "Uses a wheelchair.")
    [fact] = await facts_of(story)
    assert fact["text"] == "Uses a wheelchair."
    assert fact["message_id"] == message
    assert (fact["conversation_id"], fact["said_by"]) == (story.conversation_id, "agent:chat")


async def test_a_call_that_is_made_again_and_a_fact_that_is_known_are_kept_once(story: Story) -> None:
    await kept(story, "Uses a wheelchair.")
    await kept(story, "Uses a wheelchair.")
    await kept(story, "uses a  wheelchair.", call="2")
    assert len(await facts_of(story)) == 1


async def test_what_was_said_here_is_told_here_whoever_it_is(story: Story) -> None:
    await kept(story, "Uses a <b>wheelchair</b>.")
    assert "&lt;b&gt;wheelchair" in await told(story, identity=Identity.CLAIMED)


@pytest.mark.parametrize("identity", [Identity.CLAIMED, Identity.FAILED])
async def test_what_was_said_elsewhere_is_not_told_to_who_has_proved_nothing(story: Story, identity: Identity) -> None:
    other = await story.open(channel="email", identity="verified", reply_to="ada@example.org", proved=ADAS)
    await kept(story, "Has gout.", conversation_id=other)
    async with story.db.workspace(story.workspace.id) as connection:
        await remember(connection, story.workspace.id, story.contact_id, "Pays late.", said_by="member:1")
    shown = await told(story, identity=identity)
    assert "gout" not in shown
    assert "Pays late" not in shown


async def test_who_proved_the_same_address_is_told_what_was_said_there_and_what_our_people_know(story: Story) -> None:
    other = await story.open(channel="email", identity="verified", reply_to="ada@example.org", proved=ADAS)
    await kept(story, "Has gout.", conversation_id=other)
    async with story.db.workspace(story.workspace.id) as connection:
        await remember(connection, story.workspace.id, story.contact_id, "Likes the window seat.", said_by="member:1")
    await story.prove(ADAS)
    shown = await told(story, identity=Identity.VERIFIED)
    assert "Has gout." in shown
    assert "window seat" in shown


async def test_a_mail_is_told_what_was_said_in_mails_from_the_same_address_only(story: Story) -> None:
    await story.execute("UPDATE conversation SET channel = 'email', reply_to = 'ada@example.org'")
    same = await story.open(channel="email", reply_to="ada@example.org")
    another = await story.open(channel="email", reply_to="eve@example.org")
    await kept(story, "Needs a ramp.", conversation_id=same)
    await kept(story, "Owes money.", conversation_id=another, call="2")
    shown = await told(story, traits=MAIL)
    assert "Needs a ramp." in shown
    assert "Owes money" not in shown


async def test_fields_of_the_record_are_told_to_who_proved_who_they_are(story: Story) -> None:
    await story.execute("""UPDATE contact SET fields = '{"insurance": "AOK", "notes": {"deep": 1}}'""")
    assert "AOK" not in await told(story)
    await story.prove(ADAS)
    assert '<field name="insurance">AOK</field>' in await told(story, identity=Identity.VERIFIED)


async def test_a_fact_has_words_and_a_contact_has_an_end_of_facts(story: Story) -> None:
    async with story.db.workspace(story.workspace.id) as connection:
        for wrong in ("  ", "x" * 501):
            with pytest.raises(InvalidInput, match="1 to 500 characters"):
                await remember(connection, story.workspace.id, story.contact_id, wrong, said_by="member:1")
        for number in range(MOST_FACTS):
            await remember(connection, story.workspace.id, story.contact_id, f"Fact {number}.", said_by="member:1")
        with pytest.raises(Conflict, match="remove what is out of date"):
            await remember(connection, story.workspace.id, story.contact_id, "One more.", said_by="member:1")


async def test_facts_go_with_a_merge_and_come_back_with_its_undo(story: Story) -> None:
    await kept(story, "Uses a wheelchair.")
    keep = new_id()
    await story.execute("INSERT INTO contact (workspace_id, id) VALUES (%s, %s)", story.workspace.id, keep)
    async with story.db.transaction(story.workspace.id) as connection:
        done = await merge.perform(
            connection, story.workspace.id, keep, story.contact_id, reason="same person", by="system"
        )
        assert [fact["text"] for fact in await facts(connection, story.workspace.id, keep)] == ["Uses a wheelchair."]
        await merge.undo(connection, story.workspace.id, done.id, by="system")
        assert not await facts(connection, story.workspace.id, keep)
        assert len(await facts(connection, story.workspace.id, story.contact_id)) == 1
