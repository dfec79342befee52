"""Tasks and follow-ups over HTTP."""

from typing import Any
from uuid import UUID

import pytest

from dynaris.conversations import queries, tasks
from dynaris.core.ids import new_id
from tests.conversations.conftest import START, Room


async def created(room: Room, **body: Any) -> dict[str, Any]:
    answer = await room.api.post("/api/tasks", json={"title": "Call back", **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def changed(room: Room, task: dict[str, Any], **body: Any) -> dict[str, Any]:
    answer = await room.api.patch(f"/api/tasks/{task['id']}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_task_without_an_owner_is_the_workspace_owners(room: Room) -> None:
    task = await created(room, title="  Call back ", detail="about the invoice", due_at="2026-12-01T09:00:00+01:00")
    assert (task["title"], task["status"], task["owner_name"]) == ("Call back", "open", "Olivia Owner")
    assert task["due_at"] == "2026-12-01T08:00:00Z"
    assert task["created_by"].startswith("key:")
    assert await room.get(f"/tasks/{task['id']}") == task


async def test_a_task_of_a_conversation_is_its_contacts(room: Room) -> None:
    ada, bob = await room.contact(), await room.contact("Bob")
    one = await room.conversation(ada)
    assert (await created(room, conversation_id=str(one)))["contact_id"] == str(ada)
    both = {"title": "x", "conversation_id": str(one), "contact_id": str(bob)}
    assert (await room.api.post("/api/tasks", json=both)).status_code == 422


async def test_a_task_of_a_merged_contact_is_the_one_it_is_part_of(room: Room) -> None:
    ada = await room.contact()
    twin = await room.contact("Ada B.", merged_into=ada)
    task = await created(room, contact_id=str(twin))
    assert task["contact_id"] == str(ada)
    assert [each["id"] for each in await room.walk("/tasks", contact_id=str(twin))] == [task["id"]]


async def test_tasks_are_listed_newest_first_and_filtered(room: Room) -> None:
    ada = await room.contact()
    for title in "abc":
        await created(room, title=title)
    of_ada = await created(room, title="d", contact_id=str(ada))
    await changed(room, of_ada, status="done")
    assert [task["title"] for task in await room.walk("/tasks", limit=1)] == ["d", "c", "b", "a"]
    assert [task["title"] for task in await room.walk("/tasks", status="open", limit=2)] == ["c", "b", "a"]
    assert [task["title"] for task in await room.walk("/tasks", contact_id=str(ada))] == ["d"]
    assert len(await room.walk("/tasks", owner_id=str(room.workspace.owner_id))) == 4
    assert await room.walk("/tasks", owner_id=str(new_id())) == []


async def test_a_task_is_changed_done_and_reopened(room: Room) -> None:
    task = await created(room, detail="before", due_at="2026-12-01T09:00:00Z")
    assert (await changed(room, task, title="Write"))["detail"] == "before"
    done = await changed(room, task, status="done")
    assert (done["status"], done["done_at"] is None) == ("done", False)
    assert (await changed(room, task, status="done"))["done_at"] == done["done_at"]
    assert (await changed(room, task, status="open"))["done_at"] is None
    emptied = await changed(room, task, owner_id=None, due_at=None)
    assert (emptied["owner_id"], emptied["due_at"], emptied["title"]) == (None, None, "Write")
    assert await changed(room, task) == emptied


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"title": " "}, 422),
        ({"title": "x" * 301}, 422),
        ({"title": "x", "owner_id": str(new_id())}, 422),
        ({"title": "x", "contact_id": str(new_id())}, 404),
        ({"title": "x", "conversation_id": str(new_id())}, 404),
        ({"title": "x", "due_at": "2026-12-01T09:00:00"}, 422),
        ({"title": "x", "status": "done"}, 422),
        ({"title": "x\x00"}, 400),
    ],
)
async def test_a_task_that_is_none_is_refused(room: Room, body: dict[str, Any], status: int) -> None:
    answer = await room.api.post("/api/tasks", json=body)
    assert answer.status_code == status, answer.text
    assert await room.walk("/tasks") == []


@pytest.mark.parametrize(
    "body", [{"title": None}, {"title": ""}, {"detail": None}, {"status": None}, {"owner_id": str(new_id())}, {"id": 1}]
)
async def test_a_change_that_is_none_is_refused(room: Room, body: dict[str, Any]) -> None:
    task = await created(room)
    assert (await room.api.patch(f"/api/tasks/{task['id']}", json=body)).status_code == 422
    assert await room.get(f"/tasks/{task['id']}") == task


@pytest.mark.parametrize(
    ("status", "by", "outcome", "reason"),
    [
        ("done", "member", "answered", "called by Olivia Owner"),
        ("cancelled", "member", "ignored", "the task was cancelled by Olivia Owner"),
        ("done", "staff", "answered", "called by the staff"),
    ],
)
async def test_an_event_that_waits_for_a_task_ends_with_it_and_says_who_did_it(
    room: Room, status: str, by: str, outcome: str, reason: str
) -> None:
    event = await room.event(await room.contact(), outcome, "call her")
    task = await room.insert("task", title="Call", created_by="system", event_id=event, done_as="called")
    actor = f"member:{room.workspace.owner_id}" if by == "member" else f"staff:{new_id()}"
    async with room.db.transaction(room.workspace.id) as connection:
        await connection.execute(
            """UPDATE event SET status = 'waiting', waiting_for = 'person', deadline = now(), owner_id = %s,
                   outcome = NULL, settled_at = NULL WHERE workspace_id = %s AND id = %s""",
            (room.workspace.owner_id, room.workspace.id, event),
        )
        for _ in range(2):
            await tasks.update_task(connection, room.workspace.id, task_id=task, changes={"status": status}, by=actor)
        cursor = await connection.execute(
            "SELECT status, outcome, reason FROM event WHERE workspace_id = %s AND id = %s", (room.workspace.id, event)
        )
        assert await cursor.fetchone() == {"status": "done", "outcome": outcome, "reason": reason}


async def test_an_unknown_task_is_not_found(room: Room) -> None:
    assert (await room.api.patch(f"/api/tasks/{new_id()}", json={"status": "done"})).status_code == 404
    assert (await room.api.get(f"/api/tasks/{new_id()}")).status_code == 404


async def follow_up(room: Room, **values: Any) -> str:
    ada = await room.contact()
    one = await room.conversation(ada)
    usual = {"kind": "follow_up", "reason": "asks again", "due_at": START}
    return str(await room.insert("follow_up", contact_id=ada, conversation_id=one, **usual | values))


async def test_follow_ups_are_listed_and_ended(room: Room) -> None:
    waiting = await follow_up(room)
    await follow_up(room, status="ended", ended_because="the contact wrote first")
    assert [each["id"] for each in await room.walk("/follow-ups", status="waiting")] == [waiting]
    assert len(await room.walk("/follow-ups", limit=1)) == 2
    for _ in range(2):
        assert (await room.api.delete(f"/api/follow-ups/{waiting}")).status_code == 204
    ended = (await room.walk("/follow-ups", status="ended"))[-1]
    assert ended["ended_because"].startswith("ended by key:")


async def test_a_follow_up_that_has_woken_cannot_be_ended(room: Room) -> None:
    woken = await follow_up(room, status="woken")
    assert (await room.api.delete(f"/api/follow-ups/{woken}")).status_code == 409
    assert (await room.api.delete(f"/api/follow-ups/{new_id()}")).status_code == 404


async def test_tasks_are_listed_by_when_they_are_due(room: Room) -> None:
    for title, day in (("late", 20), ("whenever", None), ("soon", 3), ("never", None), ("early", 1)):
        await created(room, title=title, due_at=day and f"2026-12-{day:02}T09:00:00Z")
    in_order = ["early", "soon", "late", "whenever", "never"]
    assert [task["title"] for task in await room.walk("/tasks", sort="due", limit=2)] == in_order
    window = {"due_from": "2026-12-02T00:00:00Z", "due_to": "2026-12-20T00:00:00Z"}
    assert [task["title"] for task in await room.walk("/tasks", sort="due", **window)] == ["soon"]
    one = await room.conversation(await room.contact())
    about = await created(room, title="about it", conversation_id=str(one))
    assert about["contact_name"] == "Ada"
    assert [task["id"] for task in await room.walk("/tasks", conversation_id=str(one))] == [about["id"]]


async def test_a_teams_tasks_are_those_of_its_members_and_nobodys(room: Room) -> None:
    me, stranger = room.workspace.owner_id, new_id()
    mate = await room.insert("member", person_id=new_id(), email="m@e.example", name="Mate", role="teammate")
    team = await room.insert("team", name="Desk")
    for member in (me, mate):
        async with room.db.workspace(room.workspace.id) as connection:
            await connection.execute(
                "INSERT INTO team_member (workspace_id, team_id, member_id) VALUES (%s, %s, %s)",
                (room.workspace.id, team, member),
            )
    for title, owner in (("mine", me), ("mate's", mate), ("a stranger's", stranger), ("nobody's", None)):
        await room.insert("task", title=title, created_by="t", owner_id=owner)

    async def listed(whose: str, member: UUID | None) -> set[str]:
        filters = {"whose": whose, "member": member}
        async with room.db.workspace(room.workspace.id) as connection:
            rows = await queries.tasks(connection, room.workspace.id, filters=filters, after=None, limit=9)
        return {row["title"] for row in rows}

    assert await listed("mine", me) == {"mine"}
    assert await listed("team", me) == {"mine", "mate's", "nobody's"}
    assert await listed("team", stranger) == {"a stranger's", "nobody's"}
    assert await listed("mine", None) == set()


async def test_a_person_plans_moves_and_ends_a_follow_up(room: Room) -> None:
    ada = await room.contact()
    one = await room.conversation(ada)
    body = {"conversation_id": str(one), "reason": "Did the invoice arrive?", "due_at": "2100-01-01T09:00:00Z"}
    first = (await room.api.post("/api/follow-ups", json=body)).json()
    assert (first["status"], first["kind"], first["contact_name"]) == ("waiting", "follow_up", "Ada")
    second = (await room.api.post("/api/follow-ups", json={**body, "reason": "And now?"})).json()
    listed = await room.walk("/follow-ups", contact_id=str(ada))
    assert [(each["id"], each["status"]) for each in listed] == [(second["id"], "waiting"), (first["id"], "ended")]
    path = f"/api/follow-ups/{second['id']}"
    moved = await room.api.patch(path, json={"due_at": "2100-02-01T09:00:00Z"})
    assert moved.json()["due_at"] == "2100-02-01T09:00:00Z"
    assert (await room.api.patch(path, json={"due_at": "2001-02-01T09:00:00Z"})).status_code == 422
    assert (await room.api.delete(path)).status_code == 204
    assert (await room.api.patch(path, json={"due_at": "2100-02-01T09:00:00Z"})).status_code == 409
    assert (await room.api.post("/api/follow-ups", json={**body, "due_at": "2001-01-01T09:00:00Z"})).status_code == 422
