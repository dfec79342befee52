"""The tools that agents have: what each does, once per key, and what it keeps to itself."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from dynaris.agents.tool import ToolContext
from dynaris.agents.tools import built_in_tools
from dynaris.core.errors import Conflict, InvalidInput
from dynaris.core.ids import new_id
from tests.agents.conftest import NOW, Story


async def used(story: Story, tool: str, *, call_id: str = "call-1", may_disclose: bool = False, **given: Any) -> Any:
    offered = built_in_tools()[tool]
    context = ToolContext(
        db=story.db,
        workspace_id=story.workspace.id,
        run_id=story.run_id,
        call_id=call_id,
        event_id=story.event_id,
        conversation_id=story.conversation_id,
        contact_id=story.contact_id,
        channel="webchat",
        agent="chat",
        may_disclose=may_disclose,
        now=NOW,
    )
    return await offered.run(context, offered.arguments.model_validate(given))


@pytest.mark.parametrize(
    ("tool", "arguments", "table"),
    [
        ("add_note", {"text": "Prefers mornings"}, "message"),
        ("create_task", {"title": "Call back", "owner": "Olivia", "due_at": "2026-03-03T09:00:00Z"}, "task"),
        ("notify_teammate", {"text": "Ada is waiting", "teammate": "olivia owner"}, "notification"),
    ],
)
async def test_a_tool_called_twice_with_one_key_acts_once(
    story: Story, tool: str, arguments: dict[str, Any], table: str
) -> None:
    await used(story, tool, **arguments)
    await used(story, tool, **arguments)
    assert await story.count(table) == 1
    await used(story, tool, call_id="call-2", **arguments)
    assert await story.count(table) == 2


async def test_a_mail_is_queued_once_with_its_conversation(story: Story, mail_account: None) -> None:
    await story.execute(
        """INSERT INTO address (workspace_id, id, contact_id, kind, value, holds, verified_at)
           VALUES (%s, %s, %s, 'email', 'ada@example.org', true, now())""",
        *(story.workspace.id, new_id(), story.contact_id),
    )
    for _ in range(2):
        sent = await used(story, "send_email", subject="Prices", text="69 euros.")
        assert sent == {"status": "queued", "to": "ada@example.org"}
    assert (await story.count("outbox"), await story.count("conversation"), await story.count("message")) == (1, 2, 1)
    [mail] = await story.execute(
        "SELECT identity, subject, reply_to FROM conversation WHERE workspace_id = %s AND channel = 'mail'",
        story.workspace.id,
    )
    assert mail == {"identity": "verified", "subject": "Prices", "reply_to": "ada@example.org"}


async def test_a_mail_without_an_address_is_refused_with_the_reason(story: Story, mail_account: None) -> None:
    with pytest.raises(InvalidInput, match="no e-mail address"):
        await used(story, "send_email", subject="Prices", text="69 euros.")
    assert await story.count("conversation") == 1


async def test_a_workspace_without_a_mail_account_says_so(story: Story) -> None:
    with pytest.raises(Conflict, match="no e-mail account"):
        await used(story, "send_email", subject="Prices", text="69 euros.", to="ada@example.org")


async def test_the_timeline_of_other_conversations_is_for_the_proven_contact(story: Story) -> None:
    await story.say("here")
    elsewhere = await story.open(channel="email", identity="verified", proved="email:ada@example.org")
    await story.say("proven, elsewhere", conversation_id=elsewhere)
    other = await story.open(channel="email", identity="verified", proved="email:other@example.org")
    await story.say("another address, elsewhere", conversation_id=other)
    await story.prove("email:ada@example.org")
    await story.say("claimed, elsewhere", conversation_id=await story.open(channel="email", identity="claimed"))
    unproven = await used(story, "look_up_timeline")
    assert [message["text"] for message in unproven] == ["here"]
    proven = await used(story, "look_up_timeline", may_disclose=True)
    assert [message["text"] for message in proven] == ["here", "proven, elsewhere"]


async def test_the_contacts_record_is_for_the_proven_contact(story: Story) -> None:
    assert "Ada" not in str(await used(story, "look_up_contact"))
    assert (await used(story, "look_up_contact", may_disclose=True))["name"] == "Ada Quist"


async def test_what_an_unproven_visitor_says_does_not_overwrite_the_record(story: Story) -> None:
    await used(story, "update_contact", name="Mallory", email="mallory@example.org", fields={"budget": "500"})
    [contact] = await story.execute("SELECT name, fields FROM contact WHERE workspace_id = %s", story.workspace.id)
    assert contact == {"name": "Ada Quist", "fields": {"budget": "500"}}
    [address] = await story.execute("SELECT value, holds FROM address WHERE workspace_id = %s", story.workspace.id)
    assert address == {"value": "mallory@example.org", "holds": False}
    await used(story, "update_contact", may_disclose=True, name="Ada Q.")
    [contact] = await story.execute("SELECT name FROM contact WHERE workspace_id = %s", story.workspace.id)
    assert contact["name"] == "Ada Q."


async def test_a_task_names_a_teammate_or_says_who_there_is(story: Story) -> None:
    with pytest.raises(InvalidInput, match="there are Olivia Owner"):
        await used(story, "create_task", title="x", owner="Bob")
    await used(story, "create_task", title="x")
    [task] = await story.execute("SELECT owner_id, created_by FROM task WHERE workspace_id = %s", story.workspace.id)
    assert task == {"owner_id": story.workspace.owner_id, "created_by": "agent:chat"}


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("hold_slot", {"service": "Physio", "starts_at": "{when}"}),
        ("move_booking", {"booking_id": str(new_id()), "starts_at": "{when}"}),
        ("find_slots", {"windows": [{"start": "{when}", "end": "2026-03-03T09:00:00Z"}]}),
        ("create_task", {"title": "Call back", "due_at": "{when}"}),
    ],
)
@pytest.mark.parametrize("when", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_at_the_ends_of_the_calendar_is_refused_in_words(tool: str, given: dict[str, Any], when: str) -> None:
    written = json.loads(json.dumps(given).replace("{when}", when))
    with pytest.raises(ValidationError, match="a time between the years 2000 and 2200"):
        built_in_tools()[tool].arguments.model_validate(written)
