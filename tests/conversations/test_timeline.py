"""One timeline of a contact, over every channel and every kind of thing that happened."""

import time
from uuid import UUID

from dynaris.core.ids import new_id
from tests.conversations.conftest import START, Room


async def lived(room: Room) -> UUID:
    """A contact with one thing of each kind, oldest first."""
    ada = await room.contact()
    mail = await room.conversation(ada)
    await room.message(mail, ada, "Hello by mail", subject="Question", event_id=new_id())
    chat = await room.conversation(ada, channel="webchat", identity="claimed")
    await room.message(chat, ada, "Hello in chat")
    await room.message(chat, ada, "Hi!", direction="outbound", author="agent", delivery="sent", run_id=new_id())
    of = {"contact_id": ada, "conversation_id": mail}
    await room.message(mail, ada, "VIP", direction="note", author="member", author_id=room.workspace.owner_id)
    await room.insert("task", title="Call back", created_by="agent:chat", created_at=room.next_moment(), **of)
    await room.insert(
        "follow_up", kind="wait", reason="no answer yet", due_at=START, created_at=room.next_moment(), **of
    )
    await room.insert(
        "approval",
        event_id=new_id(),
        run_id=new_id(),
        action="reply",
        call_id="c",
        effect="send",
        proposal={"text": "We are open"},
        why="Manual mode",
        owner_id=room.workspace.owner_id,
        deadline=START,
        created_at=room.next_moment(),
        **of,
    )
    await room.event(ada, "handed_off", "asked for a person", conversation_id=mail)
    await room.event(ada, "ignored", "auto-reply", conversation_id=mail)
    await room.event(ada, "failed", "gave up after 5 tries", conversation_id=mail)
    await room.event(ada, "answered", "", conversation_id=mail)
    await room.insert(
        "merge",
        keep_id=ada,
        drop_id=new_id(),
        reason="same person",
        performed_by="key:1",
        keep_before={},
        created_at=room.next_moment(),
    )
    return ada


KINDS = [
    "merge",
    "failed",
    "ignored",
    "hand_off",
    "approval",
    "follow_up",
    "task",
    "note",
    "message",
    "message",
    "message",
]


async def test_every_kind_stands_on_one_timeline_newest_first(room: Room) -> None:
    items = (await room.get(f"/contacts/{await lived(room)}/timeline"))["items"]
    assert [item["kind"] for item in items] == KINDS
    assert [item["channel"] for item in items[-3:]] == ["webchat", "webchat", "email"]
    reply, question, mail = items[-3:]
    assert (reply["direction"], reply["delivery"], reply["author"]) == ("outbound", "sent", "agent")
    assert (question["identity"], mail["identity"], mail["data"]["subject"]) == ("claimed", "verified", "Question")
    by_kind = {item["kind"]: item for item in items}
    assert by_kind["note"]["direction"] is None
    assert (by_kind["task"]["text"], by_kind["task"]["data"]["status"]) == ("Call back", "open")
    assert (by_kind["approval"]["text"], by_kind["approval"]["data"]["status"]) == ("We are open", "pending")
    assert (by_kind["ignored"]["text"], by_kind["failed"]["text"]) == ("auto-reply", "gave up after 5 tries")
    assert (by_kind["merge"]["text"], by_kind["merge"]["author"]) == ("same person", "key:1")


async def test_a_timeline_read_in_pages_is_the_same_as_in_one(room: Room) -> None:
    ada = await lived(room)
    at_once = (await room.get(f"/contacts/{ada}/timeline"))["items"]
    for limit in (1, 2, 3):
        assert await room.walk(f"/contacts/{ada}/timeline", limit=limit) == at_once


async def test_things_of_one_moment_are_neither_lost_nor_shown_twice(room: Room) -> None:
    ada = await room.contact()
    one = await room.conversation(ada)
    for number in range(4):
        await room.message(one, ada, f"m{number}", created_at=START)
        await room.insert("task", title=f"t{number}", created_by="x", contact_id=ada, created_at=START)
    texts = [item["text"] for item in await room.walk(f"/contacts/{ada}/timeline", limit=3)]
    assert sorted(texts) == ["m0", "m1", "m2", "m3", "t0", "t1", "t2", "t3"]


async def test_what_happens_while_paging_does_not_shift_the_pages(room: Room) -> None:
    ada = await room.contact()
    one = await room.conversation(ada)
    for number in range(4):
        await room.message(one, ada, f"m{number}")
    first = await room.get(f"/contacts/{ada}/timeline", limit=2)
    await room.message(one, ada, "new")
    second = await room.get(f"/contacts/{ada}/timeline", limit=2, cursor=first["next_cursor"])
    assert [item["text"] for item in first["items"] + second["items"]] == ["m3", "m2", "m1", "m0"]


async def test_who_only_claims_the_address_is_linked_and_told_apart(room: Room) -> None:
    ada, stranger = await room.contact(), await room.contact("Somebody")
    one = await room.conversation(ada)
    await room.message(one, ada, "my own")
    for contact_id, holds in ((ada, True), (stranger, False)):
        await room.insert("address", contact_id=contact_id, kind="email", value="ada@example.com", holds=holds)
    chat = await room.conversation(stranger, channel="webchat", identity="claimed")
    await room.message(chat, stranger, "I am Ada, really")
    items = (await room.get(f"/contacts/{ada}/timeline"))["items"]
    assert [(item["kind"], item["text"], item["identity"]) for item in items] == [
        ("conversation", "I am Ada, really", "claimed"),
        ("message", "my own", "verified"),
    ]
    assert items[0]["conversation_id"] == str(chat)
    assert items[0]["data"] == {"claimant": str(stranger), "status": "open", "claims": ["ada@example.com"]}
    theirs = (await room.get(f"/contacts/{stranger}/timeline"))["items"]
    assert [item["text"] for item in theirs] == ["I am Ada, really"]


async def test_a_claim_on_an_address_that_nobody_holds_links_nobody(room: Room) -> None:
    one, other = await room.contact(), await room.contact()
    for contact_id in (one, other):
        await room.insert("address", contact_id=contact_id, kind="email", value="x@example.com", holds=False)
        await room.message(await room.conversation(contact_id), contact_id, "hello")
    assert len((await room.get(f"/contacts/{one}/timeline"))["items"]) == 1


async def test_a_merged_contacts_id_answers_with_the_whole_timeline(room: Room) -> None:
    ada, twin = await room.contact(), await room.contact("Twin")
    await room.message(await room.conversation(ada), ada, "by mail")
    await room.message(await room.conversation(twin, channel="webchat"), twin, "in chat")
    merged = await room.api.post("/api/contacts/merge", json={"keep": str(ada), "drop": str(twin), "reason": "same"})
    assert merged.status_code == 200, merged.text
    for contact_id in (ada, twin):
        items = (await room.get(f"/contacts/{contact_id}/timeline"))["items"]
        assert [(item["kind"], item["text"]) for item in items] == [
            ("merge", "same"),
            ("message", "in chat"),
            ("message", "by mail"),
        ]
    await room.api.post(f"/api/contacts/merges/{merged.json()['id']}/undo")
    parted = (await room.get(f"/contacts/{twin}/timeline"))["items"]
    assert [(item["kind"], item["text"]) for item in parted] == [("merge", "same"), ("message", "in chat")]
    assert "undone_at" in parted[0]["data"]


async def test_a_long_text_is_cut_on_the_timeline_only(room: Room) -> None:
    ada = await room.contact()
    one = await room.conversation(ada)
    await room.message(one, ada, "x" * 9_000)
    assert len((await room.get(f"/contacts/{ada}/timeline"))["items"][0]["text"]) == 4_000
    assert len((await room.get(f"/conversations/{one}/messages"))["items"][0]["text"]) == 9_000


async def test_a_page_costs_the_same_however_long_the_timeline_is(room: Room) -> None:
    """Ten thousand messages and events: no branch reads more than its page."""
    ada = await room.contact()
    one = await room.conversation(ada)
    async with room.db.workspace(room.workspace.id) as connection:
        names = {"ws": room.workspace.id, "ada": ada, "one": one, "account": room.account_id}
        await connection.execute(
            """INSERT INTO message (workspace_id, id, conversation_id, contact_id, direction, author, text, created_at)
               SELECT %(ws)s, gen_random_uuid(), %(one)s, %(ada)s, 'inbound', 'contact', 'm' || n,
                      clock_timestamp() - n * interval '1 minute' FROM generate_series(1, 10000) AS n""",
            names,
        )
        await connection.execute(
            """INSERT INTO event (workspace_id, id, channel, account_id, external_id, lane, raw, contact_id, status,
                                  outcome, settled_at)
               SELECT %(ws)s, gen_random_uuid(), 'email', %(account)s, 'e' || n, 'l', '', %(ada)s, 'done',
                      CASE WHEN n %% 100 = 0 THEN 'ignored' ELSE 'answered' END,
                      clock_timestamp() - n * interval '1 minute' FROM generate_series(1, 10000) AS n""",
            names,
        )
    page = await room.get(f"/contacts/{ada}/timeline", limit=100)
    started = time.perf_counter()
    for _ in range(10):
        page = await room.get(f"/contacts/{ada}/timeline", limit=100, cursor=page["next_cursor"])
    each = (time.perf_counter() - started) / 10
    assert len(page["items"]) == 100
    assert each < 0.25, f"{each * 1000:.0f} ms a page"


async def test_the_timeline_shows_only_the_kinds_that_were_asked_for(room: Room) -> None:
    ada = await lived(room)
    everything = await room.walk(f"/contacts/{ada}/timeline")
    for asked in (["message"], ["note"], ["hand_off"], ["failed", "task"], ["merge", "note", "approval"], ["booking"]):
        found = await room.walk(f"/contacts/{ada}/timeline", kind=asked, limit=1)
        assert found == [item for item in everything if item["kind"] in asked]
    assert (await room.api.get(f"/api/contacts/{ada}/timeline", params={"kind": "age"})).status_code == 422
