"""The inbox over HTTP: its order and filters, one conversation, its messages and files."""

from typing import Any

import pytest

from dynaris.core.files import Files
from dynaris.core.ids import new_id
from tests.contacts.desk import another_workspace
from tests.conversations.conftest import START, Room
from tests.web import client_of, new_key


async def names(room: Room, **query: Any) -> list[str]:
    return [line["subject"] for line in await room.walk("/conversations", limit=2, **query)]


async def test_the_inbox_is_paged_by_last_activity(room: Room) -> None:
    ada = await room.contact()
    for subject in "abcde":
        await room.conversation(ada, subject=subject)
    assert await names(room) == ["e", "d", "c", "b", "a"]


async def test_conversations_of_one_moment_are_neither_lost_nor_shown_twice(room: Room) -> None:
    ada = await room.contact()
    for subject in "abcde":
        await room.conversation(ada, subject=subject, last_message_at=START)
    assert sorted(await names(room)) == ["a", "b", "c", "d", "e"]


async def test_a_conversation_that_becomes_active_between_pages_is_not_shown_twice(room: Room) -> None:
    ada = await room.contact()
    ids = {subject: await room.conversation(ada, subject=subject) for subject in "abcd"}
    first = await room.get("/conversations", limit=2)
    async with room.db.workspace(room.workspace.id) as connection:
        await connection.execute(
            "UPDATE conversation SET last_message_at = %s WHERE workspace_id = %s AND id = ANY(%s)",
            (room.next_moment(), room.workspace.id, [ids["d"], ids["a"]]),
        )
    second = await room.get("/conversations", limit=2, cursor=first["next_cursor"])
    assert [line["subject"] for line in first["items"] + second["items"]] == ["d", "c", "b"]
    assert {line["subject"] for line in (await room.get("/conversations", limit=2))["items"]} == {"d", "a"}


async def test_the_inbox_is_filtered_by_status_holder_channel_and_contact(room: Room) -> None:
    ada, bob = await room.contact(), await room.contact("Bob")
    await room.conversation(ada, subject="closed", status="closed")
    await room.conversation(ada, subject="mine", holder="member", holder_id=room.workspace.owner_id)
    await room.conversation(bob, subject="chat", channel="webchat", holder="team")
    assert await names(room, status="closed") == ["closed"]
    assert await names(room, holder="member") == ["mine"]
    assert await names(room, holder=str(room.workspace.owner_id)) == ["mine"]
    assert await names(room, holder="team", channel="webchat") == ["chat"]
    assert await names(room, contact_id=str(ada)) == ["mine", "closed"]
    assert await names(room, contact_id=str(ada), status="open") == ["mine"]


async def test_a_merged_contact_is_asked_for_as_the_one_it_is_part_of(room: Room) -> None:
    ada = await room.contact()
    twin = await room.contact("Ada B.", merged_into=ada)
    await room.conversation(ada, subject="one")
    assert await names(room, contact_id=str(twin)) == ["one"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"cursor": "x"}, 422),
        ({"cursor": "A" * 32}, 200),
        ({"cursor": "f" * 32}, 422),
        ({"limit": 0}, 422),
        ({"status": "lost"}, 422),
        ({"holder": "nobody"}, 422),
        ({"contact_id": str(new_id())}, 404),
    ],
)
async def test_a_wrong_question_is_refused(room: Room, query: dict[str, Any], status: int) -> None:
    assert (await room.api.get("/api/conversations", params=query)).status_code == status


async def test_one_conversation_shows_who_holds_it_and_what_waits(room: Room) -> None:
    ada = await room.contact()
    one = await room.conversation(
        ada, holder="member", holder_id=room.workspace.owner_id, hold_until=START, summary="Wants a date"
    )
    await room.message(one, ada, "Hello?")
    await room.message(one, ada, "Careful", direction="note", author="member")
    waits = {"contact_id": ada, "conversation_id": one, "kind": "wait", "due_at": START}
    await room.insert("follow_up", reason="asks again", **waits)
    await room.insert("follow_up", reason="over", status="ended", **waits)
    await approval(room, ada, one)
    await approval(room, ada, one, status="rejected")
    shown = await room.get(f"/conversations/{one}")
    assert (shown["contact_name"], shown["holder_name"], shown["summary"]) == ("Ada", "Olivia Owner", "Wants a date")
    assert (shown["last_text"], shown["pending_approvals"], shown["identity"]) == ("Hello?", 1, "verified")
    assert [follow_up["reason"] for follow_up in shown["follow_ups"]] == ["asks again"]


async def approval(room: Room, contact_id: Any, conversation_id: Any, **values: Any) -> Any:
    return await room.insert(
        "approval",
        contact_id=contact_id,
        conversation_id=conversation_id,
        **{
            "event_id": new_id(),
            "run_id": new_id(),
            "action": "reply",
            "call_id": "c",
            "effect": "send",
            "proposal": {"text": "We are open"},
            "why": "Manual mode",
            "owner_id": room.workspace.owner_id,
            "deadline": START,
            "created_at": room.next_moment(),
            **values,
        },
    )


async def test_closing_ends_follow_ups_and_is_audited(room: Room) -> None:
    ada = await room.contact()
    one = await room.conversation(ada)
    await room.insert("follow_up", contact_id=ada, conversation_id=one, kind="wait", reason="later", due_at=START)
    changed = await room.api.patch(f"/api/conversations/{one}", json={"status": "closed", "subject": "Invoice"})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["status"], changed.json()["subject"], changed.json()["follow_ups"]) == (
        "closed",
        "Invoice",
        [],
    )
    [ended] = await room.walk("/follow-ups", status="ended")
    assert ended["ended_because"] == "the conversation was closed"
    async with room.db.workspace(room.workspace.id) as connection:
        cursor = await connection.execute(
            "SELECT detail FROM audit_entry WHERE workspace_id = %s AND subject = %s",
            (room.workspace.id, f"conversation:{one}"),
        )
        assert [row["detail"] for row in await cursor.fetchall()] == [
            {"changed": ["status", "subject"], "status": "closed"}
        ]


@pytest.mark.parametrize("body", [{"status": "lost"}, {"subject": " "}, {"holder": "team"}, []])
async def test_a_change_that_is_none_is_refused(room: Room, body: Any) -> None:
    one = await room.conversation(await room.contact())
    assert (await room.api.patch(f"/api/conversations/{one}", json=body)).status_code == 422


async def test_messages_come_oldest_first_with_names_quotes_and_files(room: Room) -> None:
    ada = await room.contact()
    one = await room.conversation(ada)
    first = await room.message(one, ada, "See the file", quoted="> before", html="<p>See</p>", subject="Plan")
    file = await room.insert(
        "attachment", message_id=first, filename="a.pdf", mime_type="application/pdf", size=3, storage_key="k"
    )
    await room.message(one, ada, "note", direction="note", author="member", author_id=room.workspace.owner_id)
    await room.message(one, ada, "Thanks", direction="outbound", author="agent", delivery="sent", run_id=new_id())
    messages = await room.walk(f"/conversations/{one}/messages", limit=1)
    assert [message["text"] for message in messages] == ["See the file", "note", "Thanks"]
    assert messages[0]["attachments"] == [
        {"id": str(file), "filename": "a.pdf", "mime_type": "application/pdf", "size": 3, "content_id": None}
    ]
    assert (messages[0]["quoted"], messages[0]["html"], messages[0]["author_name"]) == ("> before", "<p>See</p>", "Ada")
    assert (messages[1]["author_name"], messages[2]["author_name"]) == ("Olivia Owner", None)
    assert messages[2]["delivery"] == "sent"


async def stored_file(room: Room, filename: str, mime_type: str, content: bytes = b"<script>1</script>") -> str:
    ada = await room.contact()
    message_id = await room.message(await room.conversation(ada), ada, "file")
    key = f"{room.workspace.id}/{new_id()}/0-file"
    application: Any = room.api._transport
    files: Files = application.app.state.services.files
    await files.put(key, content)
    return str(
        await room.insert(
            "attachment",
            message_id=message_id,
            filename=filename,
            mime_type=mime_type,
            size=len(content),
            storage_key=key,
        )
    )


@pytest.mark.parametrize(
    ("mime_type", "shown_as"),
    [
        ("image/png", "image/png"),
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("text/plain\r\nX-Evil: 1", "application/octet-stream"),
        ("täxt/plain", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
async def test_a_file_is_handed_out_as_something_inert(room: Room, mime_type: str, shown_as: str) -> None:
    file = await stored_file(room, "page.html", mime_type)
    answer = await room.api.get(f"/api/attachments/{file}")
    assert (answer.status_code, answer.content) == (200, b"<script>1</script>")
    assert answer.headers["content-type"] == shown_as
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert "x-evil" not in answer.headers


@pytest.mark.parametrize(
    ("filename", "disposition"),
    [
        ("Übersicht.pdf", "attachment; filename=\"_bersicht.pdf\"; filename*=UTF-8''%C3%9Cbersicht.pdf"),
        (
            'a"; filename="b.exe',
            "attachment; filename=\"a_; filename=_b.exe\"; filename*=UTF-8''a_%3B%20filename%3D_b.exe",
        ),
        ("../../etc/passwd", "attachment; filename=\"_.._etc_passwd\"; filename*=UTF-8''_.._etc_passwd"),
        ("photo\u202egpj.exe", "attachment; filename=\"photo_gpj.exe\"; filename*=UTF-8''photo_gpj.exe"),
        ("\r\n", "attachment; filename=\"__\"; filename*=UTF-8''__"),
        ("...", "attachment; filename=\"file\"; filename*=UTF-8''file"),
    ],
)
async def test_a_files_name_cannot_lie_about_its_end_or_place(room: Room, filename: str, disposition: str) -> None:
    file = await stored_file(room, filename, "text/plain")
    answer = await room.api.get(f"/api/attachments/{file}")
    assert answer.headers["content-disposition"] == disposition


async def test_a_file_that_is_gone_is_not_found(room: Room) -> None:
    ada = await room.contact()
    message_id = await room.message(await room.conversation(ada), ada, "file")
    file = await room.insert(
        "attachment", message_id=message_id, filename="a", mime_type="text/plain", size=1, storage_key="none/such"
    )
    assert (await room.api.get(f"/api/attachments/{file}")).status_code == 404


async def test_another_workspaces_rows_are_not_found(room: Room) -> None:
    ada = await room.contact()
    one = await room.conversation(ada)
    await room.message(one, ada, "private")
    file = await stored_file(room, "a.txt", "text/plain")
    task = await room.insert("task", title="call", created_by="system")
    follow_up = await room.insert(
        "follow_up", contact_id=ada, conversation_id=one, kind="wait", reason="later", due_at=START
    )
    other = await another_workspace(room.db)
    application: Any = room.api._transport
    async with client_of(application.app, authorization=f"Bearer {await new_key(room.db, other.id)}") as stranger:
        for path in (
            f"/api/conversations/{one}",
            f"/api/conversations/{one}/messages",
            f"/api/contacts/{ada}/timeline",
            f"/api/attachments/{file}",
            f"/api/tasks/{task}",
        ):
            answer = await stranger.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
        assert (await stranger.patch(f"/api/conversations/{one}", json={"status": "closed"})).status_code == 404
        assert (await stranger.patch(f"/api/tasks/{task}", json={"status": "done"})).status_code == 404
        assert (await stranger.delete(f"/api/follow-ups/{follow_up}")).status_code == 404
        for given in ({"contact_id": str(ada)}, {"conversation_id": str(one)}):
            assert (await stranger.post("/api/tasks", json={"title": "x", **given})).status_code == 404
        for path in ("/api/conversations", "/api/tasks", "/api/follow-ups"):
            assert (await stranger.get(path)).json()["items"] == []


async def test_without_a_key_nothing_is_shown(room: Room) -> None:
    application: Any = room.api._transport
    async with client_of(application.app) as nobody:
        for path in (
            "conversations",
            "tasks",
            "follow-ups",
            f"attachments/{new_id()}",
            f"contacts/{new_id()}/timeline",
        ):
            assert (await nobody.get(f"/api/{path}")).status_code == 401
