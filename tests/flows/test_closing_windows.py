"""Before a reply window closes on a contact who waits, who has the conversation is told, once."""

from typing import Any

import pytest

from dynaris.pipeline.closing_windows import tell_of_closing_window
from tests.flows.phones import Phones, phones

__all__ = ["phones"]


async def waits(phones: Phones, text: str = "I want to talk to a person, please.") -> dict[str, Any]:
    """Its conversation, an hour and a half before its window closes."""
    ada = await phones.customer()
    await phones.writes(ada, text)
    await phones.settled()
    return await later(phones)


async def later(phones: Phones, minutes: int = 22 * 60 + 30) -> dict[str, Any]:
    (conversation,) = await phones.world.rows(
        """UPDATE conversation SET last_inbound_at = last_inbound_at - make_interval(mins => %(by)s),
               window_nudge_at = window_nudge_at - make_interval(mins => %(by)s)
           WHERE workspace_id = %(ws)s RETURNING *""",
        by=minutes,
    )
    return conversation


async def told(phones: Phones) -> list[dict[str, Any]]:
    for _ in range(2):
        for conversation_id in await phones.world.due("window"):
            await tell_of_closing_window(phones.world.services, phones.world.workspace.id, conversation_id)
    return await phones.world.rows(
        "SELECT member_id, title, subject FROM notification WHERE workspace_id = %s AND topic = 'window'"
    )


async def test_a_contact_who_waits_for_a_person_is_told_of_once(phones: Phones) -> None:
    conversation = await waits(phones)
    (note,) = await told(phones)
    assert note["member_id"] == phones.world.workspace.owner_id
    assert note["title"].startswith("1 hour 30 minutes left to answer Ada Byron")
    assert note["subject"] == f"conversation:{conversation['id']}"


async def test_with_the_next_message_the_window_is_another_one(phones: Phones) -> None:
    await waits(phones)
    assert len(await told(phones)) == 1
    ada = (await phones.control.get("customers")).json()[0]["user_id"]
    await phones.writes(ada, "Are you there?")
    await phones.settled()
    assert len(await told(phones)) == 1
    await later(phones, 22 * 60 + 40)
    assert len(await told(phones)) == 2


async def test_who_has_the_conversation_is_told_and_nobody_else(phones: Phones) -> None:
    conversation = await waits(phones)
    assert (await phones.owner.post(f"/api/conversations/{conversation['id']}/claim")).is_success
    (note,) = await told(phones)
    assert note["member_id"] == phones.world.workspace.owner_id


@pytest.mark.parametrize(
    "settled", ["answered", "closed", "switched off", "closed already"], ids=lambda how: how.replace(" ", "_")
)
async def test_where_nobody_waits_nobody_is_told(phones: Phones, settled: str) -> None:
    if settled == "switched off":
        body = {"window_minutes": 0}
        assert (await phones.owner.put("/api/settings/notifications", json=body)).json()["window_minutes"] == 0
    text = "Is there parking?" if settled == "answered" else "I want to talk to a person, please."
    conversation = await waits(phones, text)
    if settled == "closed":
        await phones.owner.patch(f"/api/conversations/{conversation['id']}", json={"status": "closed"})
    if settled == "closed already":
        await later(phones, 3 * 60)
    assert await told(phones) == []


async def test_channels_without_windows_have_none(phones: Phones) -> None:
    await phones.world.say("I want to talk to a person, please.", reply_url=None)
    await phones.world.settle()
    rows = await phones.world.rows("SELECT window_nudge_at FROM conversation WHERE workspace_id = %s")
    assert rows == [{"window_nudge_at": None}]
