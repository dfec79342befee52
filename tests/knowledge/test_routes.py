"""The knowledge base over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.knowledge.actions import add_source
from dynaris.knowledge.routes import router
from dynaris.workspaces.actions import NewWorkspace, create_workspace
from tests.web import client_of, new_key, web_app

SOURCE = {"kind": "faq", "title": "FAQ", "content": "Q: Is there a sauna?\nA: Yes, on the roof."}


@pytest.fixture
async def client(db: Database, workspace: NewWorkspace, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    key = await new_key(db, workspace.id)
    async with client_of(web_app(db, tmp_path, [router]), authorization=f"Bearer {key}") as client:
        yield client


async def test_an_added_source_is_listed_shown_found_changed_and_removed(client: httpx.AsyncClient) -> None:
    added = await client.post("/api/knowledge", json=SOURCE)
    assert (added.status_code, added.json()["passages"]) == (201, 1)
    path = f"/api/knowledge/{added.json()['id']}"
    listed = (await client.get("/api/knowledge")).json()["items"]
    assert [(item["title"], item["enabled"], "content" in item) for item in listed] == [("FAQ", True, False)]
    assert (await client.get(path)).json()["content"] == SOURCE["content"]
    found = (await client.get("/api/knowledge/search", params={"q": "Do you have a sauna?"})).json()["items"]
    assert [(item["heading"], item["text"]) for item in found] == [("Is there a sauna?", "Yes, on the roof.")]
    changed = await client.patch(path, json={"enabled": False})
    assert (changed.status_code, changed.json()["passages"]) == (200, 0)
    assert (await client.get("/api/knowledge/search", params={"q": "sauna"})).json()["items"] == []
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404


async def test_sources_come_in_pages(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await client.post("/api/knowledge", json=SOURCE | {"title": f"FAQ {number}"})
    first = (await client.get("/api/knowledge", params={"limit": 2})).json()
    second = (await client.get("/api/knowledge", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [item["title"] for item in first["items"] + second["items"]] == ["FAQ 2", "FAQ 1", "FAQ 0"]
    assert second.get("next_cursor") is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({**SOURCE, "content": "no pairs"}, 422),
        ({**SOURCE, "kind": "page"}, 422),
        ({**SOURCE, "title": ""}, 422),
        ({**SOURCE, "language": "English"}, 422),
        ({**SOURCE, "surprise": 1}, 422),
        ({**SOURCE, "kind": "text", "content": "x" * 1_000_001}, 413),
    ],
)
async def test_what_is_no_source_is_refused_with_a_reason(
    client: httpx.AsyncClient, body: dict[str, str], status: int
) -> None:
    response = await client.post("/api/knowledge", json=body)
    assert response.status_code == status
    assert response.json()["detail"]


async def test_another_workspaces_source_does_not_exist_here(client: httpx.AsyncClient, db: Database) -> None:
    slug = new_id().hex
    other = await create_workspace(db, slug=slug, name="Other", owner_email=f"o@{slug}.example", owner_name="O")
    async with db.workspace(other.id) as connection:
        source = await add_source(connection, other.id, kind="text", title="Secret", content="The sauna is secret.")
    path = f"/api/knowledge/{source}"
    assert (await client.get(path)).status_code == 404
    assert (await client.patch(path, json={"title": "x"})).status_code == 404
    assert (await client.delete(path)).status_code == 404
    assert (await client.get("/api/knowledge/search", params={"q": "sauna"})).json()["items"] == []


async def test_a_search_says_why_a_passage_was_found_and_whether_it_is_enough(client: httpx.AsyncClient) -> None:
    await client.post("/api/knowledge", json=SOURCE)
    found = (await client.get("/api/knowledge/search", params={"q": "Is there a sauna for dogs?"})).json()
    [passage] = found["items"]
    assert passage["covers"] == ["sauna"]
    assert set(found["words"]) == {"sauna", "dogs"}
    assert (passage["enough"], passage["score"] < found["floor"]) == (False, True)
    [passage] = (await client.get("/api/knowledge/search", params={"q": "sauna?"})).json()["items"]
    assert passage["enough"] is True


async def test_what_was_read_of_a_source_is_listed_in_its_order(client: httpx.AsyncClient) -> None:
    pairs = [{"question": f"Question {number}?", "answer": f"Answer {number}."} for number in range(5)]
    added = (await client.post("/api/knowledge/faq", json={"title": "FAQ", "pairs": pairs})).json()
    assert added["pairs"] == pairs
    seen: list[str] = []
    query = {"source_id": added["id"], "limit": 2}
    while True:
        page = (await client.get("/api/knowledge/passages", params=query)).json()
        seen += [passage["heading"] for passage in page["items"]]
        if not page.get("next_cursor"):
            break
        query["cursor"] = page["next_cursor"]
    assert seen == [pair["question"] for pair in pairs]
    other = await client.get("/api/knowledge/passages", params={"source_id": str(new_id())})
    assert other.json()["items"] == []


async def test_of_two_who_change_one_source_the_slower_is_told(client: httpx.AsyncClient) -> None:
    added = (await client.post("/api/knowledge", json=SOURCE)).json()
    path, seen = f"/api/knowledge/{added['id']}", added["updated_at"]
    first = await client.patch(path, json={"content": "Q: A sauna?\nA: No.", "seen_at": seen})
    assert first.status_code == 200
    slower = await client.patch(path, json={"content": "Q: A sauna?\nA: Yes.", "seen_at": seen})
    assert (slower.status_code, "somebody else" in slower.json()["detail"]) == (409, True)
    again = await client.patch(path, json={"content": "Q: A sauna?\nA: Yes.", "seen_at": first.json()["updated_at"]})
    assert [pair["answer"] for pair in again.json()["pairs"]] == ["Yes."]
