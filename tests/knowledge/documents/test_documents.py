"""Documents over their life: progress, versions, switches, crashes, removal."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import psycopg
import pytest

from dynaris.core.db import Connection, Database
from dynaris.core.errors import NoStorage
from dynaris.core.ids import new_id
from dynaris.knowledge.documents import reading
from dynaris.knowledge.jobs import knowledge_jobs
from tests.knowledge.documents.conftest import Library
from tests.knowledge.documents.made import pdf


async def test_a_new_version_takes_over_at_once_and_the_old_one_can_come_back(library: Library) -> None:
    document = await library.uploaded("prices.txt", b"Yoga costs 12 Euro.")
    path = f"/api/knowledge/documents/{document['id']}"
    answer = await library.api.put(f"{path}/file", files={"file": ("prices-2027.txt", b"Yoga costs 15 Euro.")})
    assert (answer.status_code, answer.json()["status"], answer.json()["version"]) == (202, "queued", 2)
    assert [hit["text"] for hit in await library.found("What does yoga cost?")] == ["Yoga costs 12 Euro."]
    await library.read()
    assert [hit["text"] for hit in await library.found("What does yoga cost?")] == ["Yoga costs 15 Euro."]
    assert [one["number"] for one in (await library.document(document["id"]))["versions"]] == [2, 1]
    assert (await library.api.get(f"{path}/file", params={"version": 1})).content == b"Yoga costs 12 Euro."
    assert (await library.api.get(f"{path}/file")).content == b"Yoga costs 15 Euro."
    assert (await library.api.post(f"{path}/versions/1/restore")).status_code == 202
    await library.read()
    assert [hit["text"] for hit in await library.found("What does yoga cost?")] == ["Yoga costs 12 Euro."]
    assert (await library.document(document["id"]))["shown_version"] == 1
    assert (await library.api.post(f"{path}/versions/9/restore")).status_code == 404


async def test_a_version_that_cannot_be_read_leaves_the_one_before_it_to_be_found(library: Library) -> None:
    document = await library.uploaded("hours.txt", b"The gym opens at six.")
    path = f"/api/knowledge/documents/{document['id']}/file"
    await library.api.put(path, files={"file": ("hours.pdf", b"%PDF-1.4 broken")})
    await library.read()
    document = await library.document(document["id"])
    assert (document["status"], document["version"], document["shown_version"]) == ("failed", 2, 1)
    assert [hit["text"] for hit in await library.found("When does the gym open?")] == ["The gym opens at six."]


async def test_an_upload_that_is_sent_twice_is_one_document(library: Library) -> None:
    first, second = await asyncio.gather(*[library.upload("a.txt", b"The pool has two lanes.") for _ in range(2)])
    assert first["id"] == second["id"]
    await library.read()
    assert (await library.upload("a.txt", b"The pool has two lanes."))["status"] == "ready"
    assert len((await library.api.get("/api/knowledge")).json()["items"]) == 1
    assert len([path for path in library.desk.settings.home.glob("files/**/*") if path.is_file()]) == 1
    assert (await library.upload("a.txt", b"The pool has six lanes."))["id"] != first["id"]
    assert (await library.upload("b.txt", b"The pool has two lanes."))["id"] != first["id"]


async def test_only_the_last_versions_are_kept(library: Library) -> None:
    document = await library.uploaded("a.txt", b"Version 0.")
    for number in range(1, 9):
        path = f"/api/knowledge/documents/{document['id']}/file"
        await library.api.put(path, files={"file": ("a.txt", f"Version {number}.".encode())})
        await library.read()
    kept = (await library.document(document["id"]))["versions"]
    assert [one["number"] for one in kept] == [9, 8, 7, 6, 5]
    files = [path for path in library.desk.settings.home.glob("files/**/*") if path.is_file()]
    assert len(files) == 5


async def test_documents_and_sources_are_switched_off_and_on(library: Library) -> None:
    document = await library.uploaded("a.txt", b"The pool has two lanes.")
    for path in (f"/api/knowledge/documents/{document['id']}", f"/api/knowledge/{document['source_id']}"):
        assert (await library.api.patch(path, json={"enabled": False})).json()["passages"] == 0
        await library.read()
        assert await library.found("How many lanes does the pool have?") == []
        await library.api.patch(path, json={"enabled": True})
        await library.read()
        assert len(await library.found("How many lanes does the pool have?")) == 1
    assert (
        await library.api.patch(f"/api/knowledge/{document['source_id']}", json={"content": "x"})
    ).status_code == 409


async def test_a_worker_that_dies_while_reading_leaves_nothing_twice(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = await library.upload("a.pdf", pdf([["The first page."], ["The second page."]]))
    real: Any = reading.store_passages

    async def dies(*given: Any, **named: Any) -> None:
        await real(*given, **named)
        raise asyncio.CancelledError

    monkeypatch.setattr(reading, "store_passages", dies)
    with pytest.raises(asyncio.CancelledError):
        await library.read()
    assert (await library.document(document["id"]))["status"] == "reading"
    assert await library.passages(document["id"]) == []
    monkeypatch.setattr(reading, "store_passages", real)
    await asyncio.gather(library.read(), library.read())
    assert [one["page"] for one in await library.passages(document["id"])] == ["1", "2"]


async def test_a_file_that_ends_the_worker_each_time_is_given_up(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = await library.upload("a.txt", b"Some text.")

    async def dies(*_: Any, **__: Any) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(reading, "finish", dies)
        for _ in range(5):
            with pytest.raises(asyncio.CancelledError):
                await library.read()
    await library.read()
    document = await library.document(document["id"])
    assert (document["status"], "again and again" in document["error"]) == ("failed", True)
    assert (await library.api.post(f"/api/knowledge/documents/{document['id']}/read")).status_code == 202
    await library.read()
    assert (await library.document(document["id"]))["status"] == "ready"


async def test_a_store_of_files_that_is_away_for_a_while_costs_no_document_a_try(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = await library.upload("a.txt", b"Some text.")

    async def away(_: str) -> AsyncIterator[bytes]:
        raise NoStorage("the bucket does not answer")
        yield b""

    with monkeypatch.context() as patched:
        patched.setattr(library.desk.files, "chunks", away)
        for _ in range(8):
            with pytest.raises(NoStorage):
                await library.read()
        shown = await library.document(document["id"])
        assert (shown["status"], "does not answer" in shown["error"]) == ("queued", True)
    await library.read()
    shown = await library.document(document["id"])
    assert (shown["status"], shown["error"]) == ("ready", None)


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_source_is_changed_while_its_document_is_read(
    library: Library, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Both hold the document and its source in the same order, so that neither waits for the other for ever."""
    document = await library.upload("a.txt", b"The pool has two lanes.")
    real: Any = reading.passages_left
    changes: list[asyncio.Task[Any]] = []

    async def meanwhile(*given: Any) -> int:
        body = {"title": "Another"} if method == "PATCH" else None
        path = f"/api/knowledge/{document['source_id']}"
        changes.append(asyncio.create_task(library.api.request(method, path, json=body)))
        await library.somebody_waits()
        return await real(*given)

    monkeypatch.setattr(reading, "passages_left", meanwhile)
    await library.read()
    assert (await changes[0]).status_code == (200 if method == "PATCH" else 204)
    monkeypatch.setattr(reading, "passages_left", real)
    await library.read()
    assert len(await library.found("How many lanes does the pool have?")) == (1 if method == "PATCH" else 0)


async def test_progress_is_told_page_by_page(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_PROGRESS_SECONDS", 0.0)
    told: list[tuple[str, Any]] = []
    real = reading.publish

    async def listening(connection: Any, workspace_id: UUID, topic: str, data: dict[str, Any]) -> None:
        told.append((data["status"], data.get("pages_done")))
        await real(connection, workspace_id, topic, data)

    monkeypatch.setattr(reading, "publish", listening)
    await library.uploaded("a.pdf", pdf([[f"This is page {number}."] for number in range(40)]))
    assert told[0] == ("reading", None)
    assert ("reading", 40) in told
    assert told[-1] == ("ready", None)


async def test_what_is_removed_takes_its_files_along(library: Library) -> None:
    first, second = [await library.uploaded(f"{name}.txt", b"Some text.") for name in "ab"]
    assert (await library.api.delete(f"/api/knowledge/documents/{first['id']}")).status_code == 204
    assert (await library.api.delete(f"/api/knowledge/{second['source_id']}")).status_code == 204
    assert (await library.api.get("/api/knowledge")).json()["items"] == []
    forget = knowledge_jobs(library.desk)["knowledge.forget_files.v1"]
    async with library.desk.db.workspace(library.id) as connection:
        cursor = await connection.execute(
            """SELECT args FROM procrastinate_jobs
               WHERE task_name = 'knowledge.forget_files.v1' AND args->>'workspace_id' = %s""",
            (str(library.id),),
        )
        for row in await cursor.fetchall():
            await forget(**row["args"])
    assert not [path for path in library.desk.settings.home.glob("files/**/*") if path.is_file()]


async def test_uploads_come_several_at_a_time_with_a_language_and_are_listed(library: Library) -> None:
    files = [("file", (f"{name}.txt", f"Text {name}.".encode())) for name in "abc"]
    answer = await library.api.post("/api/knowledge/files", files=files, data={"language": "fr"})
    assert [(one["name"], one["status"], one["language"]) for one in answer.json()["items"]] == [
        *(("a.txt", "queued", "fr"), ("b.txt", "queued", "fr"), ("c.txt", "queued", "fr")),
    ]
    listed = (await library.api.get("/api/knowledge/documents", params={"status": "queued", "limit": 2})).json()
    assert [one["name"] for one in listed["items"]] == ["c.txt", "b.txt"]
    sources = (await library.api.get("/api/knowledge")).json()["items"]
    assert {(one["kind"], one["documents"], one["waiting"]) for one in sources} == {("file", 1, 1)}
    assert (await library.api.get(f"/api/knowledge/documents/{new_id()}")).status_code == 404


@pytest.mark.parametrize(
    ("given", "shown"),
    [("House%20rules.txt", "House rules.txt"), ("..\\..\\etc/Grüße.txt", "Grüße.txt"), ("%2e%2e%2fa.txt", "a.txt")],
)
async def test_a_file_keeps_its_name_and_no_folder(library: Library, given: str, shown: str) -> None:
    document = await library.upload(given, b"Some text.")
    assert document["name"] == shown
    answer = await library.api.get(f"/api/knowledge/documents/{document['id']}/file")
    assert "attachment" in answer.headers["content-disposition"]


async def test_many_pairs_are_added_at_once(library: Library) -> None:
    pairs = [{"question": f"Is room {number} free?", "answer": f"Room {number} is free."} for number in range(50)]
    answer = await library.api.post("/api/knowledge/faq", json={"title": "Rooms", "pairs": pairs})
    assert (answer.status_code, answer.json()["passages"]) == (201, 50)
    assert (await library.found("Is room 17 free?"))[0]["text"] == "Room 17 is free."


async def test_a_file_stays_where_nobody_knows_whether_its_rows_were_written(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Database.transaction

    @asynccontextmanager
    async def lost(db: Database, workspace_id: UUID) -> AsyncIterator[Connection]:
        async with real(db, workspace_id) as connection:
            yield connection
        raise psycopg.OperationalError("the connection is lost before the server's answer")

    with monkeypatch.context() as patched, suppress(psycopg.OperationalError):
        patched.setattr(Database, "transaction", lost)
        answer = await library.api.post("/api/knowledge/files", files={"file": ("a.txt", b"The pool has two lanes.")})
        assert answer.status_code >= 500
    await library.read()
    assert len(await library.found("How many lanes does the pool have?")) == 1
