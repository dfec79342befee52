"""The inbox's queues over HTTP: who sees what where, in which order, how many, and found by which words."""

from typing import Any
from uuid import UUID

import pytest

from dynaris.core.ids import new_id
from tests.conversations.conftest import START, Room
from tests.conversations.test_inbox import approval
from tests.web import new_key

QUEUES = ("mine", "team", "unassigned", "ai", "approval", "snoozed", "closed", "all")


async def names(room: Room, **query: Any) -> list[str]:
    return [line["subject"] for line in await room.walk("/conversations", limit=2, **query)]


async def teams(room: Room) -> tuple[UUID, UUID]:
    """One that the owner is in, and another."""
    own, other = await room.insert("team", name="Own"), await room.insert("team", name="Other")
    async with room.db.workspace(room.workspace.id) as connection:
        await connection.execute(
            "INSERT INTO team_member (workspace_id, team_id, member_id) VALUES (%s, %s, %s)",
            (room.workspace.id, own, room.workspace.owner_id),
        )
    return own, other


async def test_each_conversation_stands_in_the_queues_it_belongs_to_and_is_counted_there(room: Room) -> None:
    ada, (own, other) = await room.contact(), await teams(room)
    await room.conversation(ada, subject="mine", holder="member", holder_id=room.workspace.owner_id)
    await room.conversation(ada, subject="hers", holder="member", holder_id=new_id())
    await room.conversation(ada, subject="own team", holder="team", team_id=own)
    await room.conversation(ada, subject="other team", holder="team", team_id=other)
    await room.conversation(ada, subject="nobody", holder="team")
    waits = await room.conversation(ada, subject="ai")
    await approval(room, ada, waits)
    await room.conversation(ada, subject="later", status="snoozed", holder="team")
    await room.conversation(ada, subject="over", status="closed", holder="team")
    found = {queue: await names(room, queue=queue) for queue in QUEUES}
    assert found == {
        "mine": ["mine"],
        "team": ["own team"],
        "unassigned": ["nobody"],
        "ai": ["ai"],
        "approval": ["ai"],
        "snoozed": ["later"],
        "closed": ["over"],
        "all": ["over", "later", "ai", "nobody", "other team", "own team", "hers", "mine"],
    }
    counts = await room.get("/conversations/counts")
    assert counts == {queue: len(found[queue]) for queue in counts}
    assert set(QUEUES) - set(counts) == {"closed", "all"}


async def test_a_line_says_who_has_it_what_waits_and_who_spoke_last(room: Room) -> None:
    ada, (own, _) = await room.contact(None), await teams(room)  # type: ignore[arg-type]
    await room.insert(
        "address", contact_id=ada, kind="email", holds=False, value="ada@example.com", display="Ada@Example.com"
    )
    one = await room.conversation(ada, holder="team", team_id=own, respond_by=START)
    await room.message(one, ada, "Hello?")
    await room.message(one, ada, "She called", direction="note", author="member")
    await approval(room, ada, one)
    [line] = (await room.get("/conversations"))["items"]
    assert (line["contact_name"], line["contact_address"]) == (None, "Ada@Example.com")
    assert (line["team_name"], line["holder_name"], line["pending_approvals"]) == ("Own", None, 1)
    assert (line["last_text"], line["last_direction"], line["last_author"]) == ("Hello?", "inbound", "contact")
    assert (line["awaits_reply"], line["due_at"]) == (True, "2026-11-02T09:00:00Z")


async def test_where_the_contact_waits_their_question_is_shown_and_not_our_acknowledgement(room: Room) -> None:
    ada = await room.contact("Ada")
    one = await room.conversation(ada, holder="team", respond_by=START)
    await room.message(one, ada, "Do you repair lutes?")
    await room.message(one, ada, "A colleague will answer.", direction="outbound", author="agent")
    ours = await room.conversation(ada, subject="from us", holder="team", respond_by=START)
    await room.message(ours, ada, "Your lute is ready.", direction="outbound", author="member")
    lines = {line["subject"]: line for line in (await room.get("/conversations"))["items"]}
    assert (lines[None]["last_text"], lines[None]["last_author"]) == ("Do you repair lutes?", "contact")
    assert lines["from us"]["last_text"] == "Your lute is ready."
    async with room.db.workspace(room.workspace.id) as connection:
        await connection.execute("UPDATE conversation SET respond_by = NULL WHERE id = %s", (one,))
    assert (await room.get(f"/conversations/{one}"))["last_text"] == "A colleague will answer."


async def waiting(room: Room, contact_id: UUID, conversation_id: UUID, **values: Any) -> None:
    usual = {"outcome": None, "settled_at": None, "status": "waiting", "waiting_for": "person"}
    owner = {"owner_id": room.workspace.owner_id, "conversation_id": conversation_id}
    await room.event(contact_id, **{"reason": "", **usual, **owner, **values})  # type: ignore[arg-type]


async def test_what_is_due_first_stands_first_and_what_is_not_due_comes_last(room: Room) -> None:
    ada = await room.contact()
    ids = {name: await room.conversation(ada, subject=name) for name in ("idle", "later", "sent", "soon")}
    await room.conversation(ada, subject="handed over", respond_by=room.next_moment())
    first, second = room.next_moment(), room.next_moment()
    await waiting(room, ada, ids["soon"], deadline=first)
    await waiting(room, ada, ids["later"], deadline=second)
    await waiting(room, ada, ids["sent"], deadline=START, waiting_for="delivery")
    assert await names(room, sort="due") == ["handed over", "soon", "later", "idle", "sent"]
    lines = {line["subject"]: line["awaits_reply"] for line in await room.walk("/conversations")}
    assert lines == {"idle": False, "later": True, "sent": False, "soon": True, "handed over": True}


async def test_conversations_are_found_by_name_address_subject_and_last_words(room: Room) -> None:
    ada, bob = await room.contact("Ada Lovelace"), await room.contact("Bob")
    await room.insert("address", contact_id=bob, kind="email", holds=False, value="bob@100%.example")
    await room.conversation(ada, subject="Invoice 7_1")
    chat = await room.conversation(bob, subject="chat", channel="webchat")
    await room.message(chat, bob, "Is there a swimming pool?")
    await room.message(chat, bob, "Thanks, and parking?")
    assert await names(room, q="lovelace") == ["Invoice 7_1"]
    assert await names(room, q="invoice 7_") == ["Invoice 7_1"]
    assert await names(room, q="PARKING") == ["chat"]
    assert await names(room, q="swimming") == []
    assert await names(room, q="100%.ex") == ["chat"]
    assert await names(room, q="7%1") == []
    assert await names(room, q="a", channel="webchat") == ["chat"]


async def test_named_lines_alone_are_told_while_they_stand_in_the_queue(room: Room) -> None:
    ada = await room.contact()
    held = await room.conversation(ada, subject="ai")
    over = await room.conversation(ada, subject="over", status="closed")
    await room.conversation(ada, subject="other")
    assert await names(room, queue="ai", ids=[str(held), str(over)]) == ["ai"]
    assert await names(room, ids=[str(held), str(over), str(new_id())]) == ["over", "ai"]


@pytest.mark.parametrize("query", [{"queue": "lost"}, {"sort": "size"}, {"q": ""}, {"ids": ["x"]}])
async def test_a_wrong_question_is_refused(room: Room, query: dict[str, Any]) -> None:
    assert (await room.api.get("/api/conversations", params=query)).status_code == 422


async def test_tags_are_made_renamed_put_on_and_taken_off_and_go_everywhere_at_once(room: Room) -> None:
    one = await room.conversation(await room.contact(), subject="one")
    made = await room.api.post("/api/tags", json={"name": "Billing", "colour": "teal"})
    assert made.status_code == 201, made.text
    tag_id = made.json()["id"]
    assert (await room.api.post("/api/tags", json={"name": "bILLING"})).status_code == 409
    assert (await room.api.post("/api/tags", json={"name": "x", "colour": "#fff"})).status_code == 422
    path = f"/api/conversations/{one}/tags/{tag_id}"
    for _ in range(2):
        assert (await room.api.put(path)).status_code == 204
    changed = await room.api.patch(f"/api/tags/{tag_id}", json={"name": "Invoices"})
    assert changed.json() == {"id": tag_id, "name": "Invoices", "colour": "teal", "conversations": 1}
    assert await names(room, tag_id=tag_id) == ["one"]
    [line] = (await room.get("/conversations"))["items"]
    assert line["tags"] == [{"id": tag_id, "name": "Invoices", "colour": "teal"}]
    for _ in range(2):
        assert (await room.api.delete(path)).status_code == 204
    assert await names(room, tag_id=tag_id) == []
    await room.api.put(path)
    assert (await room.api.delete(f"/api/tags/{tag_id}")).status_code == 204
    assert (await room.get("/conversations"))["items"][0]["tags"] == []
    assert (await room.api.put(path)).status_code == 404
    actions = [entry["action"] for entry in (await room.get("/audit-log"))["items"]]
    assert actions.count("conversation.tagged") == 2
    assert actions.count("conversation.untagged") == 1


async def test_a_key_sees_the_owners_queues(room: Room) -> None:
    await room.conversation(await room.contact(), subject="mine", holder="member", holder_id=room.workspace.owner_id)
    room.api.headers["authorization"] = f"Bearer {await new_key(room.db, room.workspace.id, 'second')}"
    assert await names(room, queue="mine") == ["mine"]
