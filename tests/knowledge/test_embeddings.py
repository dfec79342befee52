"""Vectors: passages get theirs in the background, questions theirs in time, and full text answers whatever happens."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from psycopg.types.json import Jsonb

from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.errors import InvalidInput
from dynaris.core.files import Files
from dynaris.core.ids import new_id
from dynaris.core.outbound import Outbound
from dynaris.core.settings import Settings
from dynaris.knowledge import routes as knowledge_routes
from dynaris.knowledge.actions import add_source, remove_source
from dynaris.knowledge.documents.limits import Desk
from dynaris.knowledge.embeddings import actions, client, filling
from dynaris.knowledge.embeddings import routes as embedding_routes
from dynaris.knowledge.embeddings.client import Embeddings
from dynaris.knowledge.embeddings.filling import fill
from dynaris.knowledge.jobs import knowledge_jobs
from dynaris.knowledge.searching import Found, find
from dynaris.workspaces.actions import NewWorkspace
from tests.knowledge.embedding_server import Provider, embedding_provider
from tests.web import client_of, new_key, web_app

VAULT = Vault("test")
FAQ = """Q: Are dogs welcome in the waiting room?
A: Dogs may come along on a lead.

Q: Is there parking?
A: Yes, in the garage.

Q: Which warranty has the drill X200?
A: Two years.

Q: Which warranty has the drill X300?
A: Three years."""


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with embedding_provider() as running:
        yield running


@pytest.fixture
async def embeddings() -> AsyncIterator[Embeddings]:
    made = Embeddings(VAULT, Outbound.of(Settings(private_networks="loopback")))
    client.configure(made)
    yield made
    client.configure(None)
    await made.close()


@pytest.fixture
async def shop(db: Database, workspace: NewWorkspace, provider: Provider) -> NewWorkspace:
    """With knowledge, and an entry for the provider."""
    entry = new_id()
    async with db.workspace(workspace.id) as connection:
        await connection.execute(
            """INSERT INTO model_provider (workspace_id, id, name, kind, base_url, api_key, prices)
               VALUES (%s, %s, 'local', 'openai-compatible', %s, %s, %s)""",
            (workspace.id, entry, provider.url, VAULT.seal("k-1", f"model_provider:{entry}:api_key"), Jsonb({})),
        )
        await add_source(connection, workspace.id, kind="faq", title="FAQ", content=FAQ)
    return workspace


async def use(db: Database, shop: NewWorkspace, model: str = "local:small", **options: object) -> None:
    async with db.workspace(shop.id) as connection:
        await actions.use_model(connection, shop.id, model=model, by="system", **options)  # type: ignore[arg-type]


async def ask(db: Database, shop: NewWorkspace, text: str) -> Found:
    async with db.workspace(shop.id) as connection:
        return await find(connection, shop.id, text)


async def models(db: Database, shop: NewWorkspace) -> list[dict]:
    async with db.workspace(shop.id) as connection:
        return (await actions.status(connection, shop.id))["models"]


async def jobs(db: Database, shop: NewWorkspace) -> int:
    async with db.workspace(shop.id) as connection:
        cursor = await connection.execute(
            "SELECT count(*) AS jobs FROM procrastinate_jobs WHERE task_name = ANY(%s) AND args->>'workspace_id' = %s",
            ([filling.EMBED_JOB, filling.EMBED_LATER_JOB], str(shop.id)),
        )
        return (await cursor.fetchone())["jobs"]  # type: ignore[index]


async def test_what_is_meant_is_found_without_a_word_of_it(
    db: Database, shop: NewWorkspace, embeddings: Embeddings, provider: Provider
) -> None:
    question = "May our furry pooch accompany us?"
    assert not (await ask(db, shop, question)).passages
    await use(db, shop, near=0.3)
    assert await jobs(db, shop) == 1
    await fill(db, embeddings, shop.id)
    found = await ask(db, shop, question)
    assert found.passages[0].text == "Dogs may come along on a lead."
    assert found.passages[0].score >= 0.55
    assert found.without_vectors is None
    assert provider.keys[0] == "Bearer k-1"
    (model,) = await models(db, shop)
    assert (model["status"], model["done"], model["dimensions"]) == ("serving", 4, 64)
    assert model["tokens"] > 10


async def test_what_is_asked_by_name_is_found_by_name(db: Database, shop: NewWorkspace, embeddings: Embeddings) -> None:
    await use(db, shop, near=0.2)  # so generous that everything is near
    await fill(db, embeddings, shop.id)
    for name, answer in (("X200", "Two years."), ("X300", "Three years.")):
        found = (await ask(db, shop, f"What is the warranty for the drill {name}?")).passages
        assert found[0].text == answer
        other = next(passage for passage in found if passage.text != answer and "drill" in passage.heading)
        assert other.score < found[0].score


async def test_a_provider_that_asks_for_patience_is_given_it(
    db: Database, shop: NewWorkspace, embeddings: Embeddings, provider: Provider
) -> None:
    provider.faults = [web.Response(status=429, headers={"Retry-After": "120"}, text="slow down")]
    await use(db, shop)
    await fill(db, embeddings, shop.id)
    (model,) = await models(db, shop)
    assert "429" in model["error"]
    wait = (model["retry_at"] - model["created_at"]).total_seconds()
    assert 110 < wait < 140
    assert await jobs(db, shop) == 2  # the one for now, and the one for then
    await fill(db, embeddings, shop.id)
    assert len(provider.requests) == 1  # not asked before its time
    async with db.workspace(shop.id) as connection:
        await connection.execute(
            "UPDATE embedding_model SET retry_at = now() - interval '1 s' WHERE workspace_id = %s", (shop.id,)
        )
    await fill(db, embeddings, shop.id)
    (model,) = await models(db, shop)
    assert (model["status"], model["done"], model["error"]) == ("serving", 4, None)


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(status=500, text="oh"),
        web.Response(status=401, text="bad key"),
        web.Response(text="no json"),
        web.Response(text='{"data": [{"index": 0, "embedding": [1, 2]}]}'),
        web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"}),
    ],
    ids=["error", "refused key", "no json", "too few", "redirect"],
)
async def test_full_text_serves_while_the_provider_fails(
    db: Database, shop: NewWorkspace, embeddings: Embeddings, provider: Provider, answer: web.Response
) -> None:
    async def fault() -> web.Response:
        return web.Response(status=answer.status, headers=dict(answer.headers), body=answer.body)

    provider.faults = [fault] * 3
    await use(db, shop)
    await fill(db, embeddings, shop.id)
    (model,) = await models(db, shop)
    assert (model["status"], model["done"]) == ("filling", 0)
    assert model["error"]
    assert (await ask(db, shop, "Is there parking?")).passages[0].text == "Yes, in the garage."


async def test_a_passage_that_is_too_long_for_the_model_keeps_no_others_from_their_embeddings(
    db: Database, shop: NewWorkspace, embeddings: Embeddings, provider: Provider
) -> None:
    provider.longest = 300
    async with db.workspace(shop.id) as connection:
        content = f"Q: Opening hours?\nA: {'Long ago we were open. ' * 40}"
        await add_source(connection, shop.id, kind="faq", title="Long", content=content)
    await use(db, shop)
    await fill(db, embeddings, shop.id)
    (model,) = await models(db, shop)
    assert (model["status"], model["done"], model["error"]) == ("serving", 5, None)
    assert len(provider.requests) < 12


async def test_a_question_does_not_wait_for_a_provider_that_hangs(
    db: Database, shop: NewWorkspace, embeddings: Embeddings, provider: Provider
) -> None:
    await use(db, shop)
    await fill(db, embeddings, shop.id)

    async def hang() -> web.Response:
        await asyncio.sleep(20)
        return web.Response()

    provider.faults = [hang]
    began = time.monotonic()
    found = await ask(db, shop, "Is there parking?")
    assert time.monotonic() - began < client.QUERY_SECONDS + 1
    assert found.passages[0].text == "Yes, in the garage."
    assert "did not answer" in str(found.without_vectors)
    # Nor does the next one: the provider is left alone for a while.
    began, asked = time.monotonic(), len(provider.requests)
    assert (await ask(db, shop, "Are dogs welcome?")).without_vectors
    assert time.monotonic() - began < 1
    assert len(provider.requests) == asked


async def test_another_model_serves_once_it_has_every_passage(
    db: Database, shop: NewWorkspace, embeddings: Embeddings, provider: Provider
) -> None:
    await use(db, shop, near=0.3)
    await fill(db, embeddings, shop.id)
    provider.dimensions = 128
    provider.faults = [web.Response(status=503)]
    await use(db, shop, "local:large", near=0.3)
    await fill(db, embeddings, shop.id)
    assert {model["model"]: model["status"] for model in await models(db, shop)} == {
        "local:small": "serving",
        "local:large": "filling",
    }
    provider.dimensions = 64
    assert (await ask(db, shop, "furry pooch?")).passages[0].text == "Dogs may come along on a lead."
    provider.dimensions = 128
    async with db.workspace(shop.id) as connection:
        await connection.execute("UPDATE embedding_model SET retry_at = NULL WHERE workspace_id = %s", (shop.id,))
    await fill(db, embeddings, shop.id)
    (model,) = await models(db, shop)
    assert (model["model"], model["status"], model["dimensions"]) == ("local:large", "serving", 128)
    async with db.workspace(shop.id) as connection:
        cursor = await connection.execute(
            "SELECT count(*) AS kept FROM passage_embedding WHERE workspace_id = %s", (shop.id,)
        )
        assert (await cursor.fetchone())["kept"] == 4  # type: ignore[index]
    assert (await ask(db, shop, "furry pooch?")).passages[0].text == "Dogs may come along on a lead."


async def test_new_passages_get_their_embeddings_and_old_ones_lose_them(
    db: Database, shop: NewWorkspace, embeddings: Embeddings, provider: Provider
) -> None:
    await use(db, shop, near=0.3)
    await fill(db, embeddings, shop.id)
    before = await jobs(db, shop)
    async with db.workspace(shop.id) as connection:
        source_id = await add_source(
            connection, shop.id, kind="faq", title="More", content="Q: Puppy school?\nA: On Sundays."
        )
    assert await jobs(db, shop) == before + 1
    await fill(db, embeddings, shop.id)
    assert len(provider.requests[-1]["input"]) == 1  # only what was missing
    assert "On Sundays." in [p.text for p in (await ask(db, shop, "furry companions?")).passages]
    async with db.workspace(shop.id) as connection:
        await remove_source(connection, shop.id, source_id)
    assert "On Sundays." not in [p.text for p in (await ask(db, shop, "furry companions?")).passages]
    (model,) = await models(db, shop)
    assert model["done"] == 4


async def test_many_embeddings_have_an_index_that_goes_with_their_model(
    db: Database, shop: NewWorkspace, embeddings: Embeddings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "_INDEXED_FROM", 3)
    await use(db, shop, near=0.3)
    await fill(db, embeddings, shop.id)
    (model,) = await models(db, shop)
    name = f"hnsw_{model['id'].hex}"
    async with db.workspace(shop.id) as connection:
        cursor = await connection.execute("SELECT FROM pg_indexes WHERE indexname = %s", (name,))
        assert cursor.rowcount == 1
    assert (await ask(db, shop, "furry pooch?")).passages[0].text == "Dogs may come along on a lead."
    async with db.workspace(shop.id) as connection:
        await actions.use_none(connection, shop.id, by="system")
    assert not (await ask(db, shop, "furry pooch?")).passages
    await fill(db, embeddings, shop.id)
    async with db.workspace(shop.id) as connection:
        cursor = await connection.execute("SELECT FROM pg_indexes WHERE indexname = %s", (name,))
        assert cursor.rowcount == 0


async def test_an_index_that_somebody_reads_is_dropped_later_and_keeps_no_search_waiting(
    db: Database, shop: NewWorkspace, embeddings: Embeddings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "_INDEXED_FROM", 3)
    await use(db, shop)
    await fill(db, embeddings, shop.id)
    async with db.workspace(shop.id) as connection:
        await actions.use_none(connection, shop.id, by="system")
    before = await jobs(db, shop)
    async with db.transaction(shop.id) as reader:  # as a backup does
        await reader.execute("SELECT count(*) FROM passage_embedding WHERE workspace_id = %s", (shop.id,))
        await asyncio.wait_for(fill(db, embeddings, shop.id), 5)
    assert await jobs(db, shop) == before + 1
    await fill(db, embeddings, shop.id)
    async with db.workspace(shop.id) as connection:
        cursor = await connection.execute("SELECT FROM embedding_model WHERE workspace_id = %s", (shop.id,))
        assert cursor.rowcount == 0


async def test_another_workspaces_embeddings_are_never_found(
    db: Database, shop: NewWorkspace, embeddings: Embeddings, provider: Provider
) -> None:
    await use(db, shop)
    await fill(db, embeddings, shop.id)
    (model,) = await models(db, shop)
    async with db.workspace(new_id()) as connection:
        cursor = await connection.execute(
            "SELECT * FROM nearest_passages(%s, %s::real[], 5)", (model["id"], provider.embedding("dogs"))
        )
        assert await cursor.fetchall() == []
        await connection.execute("SELECT drop_embedding_model(%s)", (model["id"],))
    assert len(await models(db, shop)) == 1


async def test_a_model_without_its_provider_is_told_so(
    db: Database, shop: NewWorkspace, embeddings: Embeddings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    await use(db, shop, "openai:text-embedding-3-small")
    await fill(db, embeddings, shop.id)
    (model,) = await models(db, shop)
    assert "no provider entry 'openai'" in model["error"]
    assert str(model["price"]) == "0.020000"


async def test_a_server_without_pgvector_says_so_and_searches_by_words(
    db: Database, shop: NewWorkspace, embeddings: Embeddings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none(_: object) -> bool:
        return False

    monkeypatch.setattr(actions, "available", none)
    with pytest.raises(InvalidInput, match="no pgvector"):
        await use(db, shop)
    async with db.workspace(shop.id) as connection:
        assert (await actions.status(connection, shop.id))["available"] is False
    assert (await ask(db, shop, "Is there parking?")).passages


async def test_the_model_is_named_over_http_and_search_says_what_it_did(
    db: Database, shop: NewWorkspace, embeddings: Embeddings, provider: Provider, tmp_path: Path
) -> None:
    app = web_app(db, tmp_path, [embedding_routes.router, knowledge_routes.router])
    key = await new_key(db, shop.id)
    async with client_of(app, authorization=f"Bearer {key}") as api:
        empty = (await api.get("/api/knowledge/embeddings")).json()
        assert (empty["available"], empty["passages"], empty["models"]) == (True, 4, [])
        refused = await api.put("/api/knowledge/embeddings", json={"model": "no-provider"})
        assert refused.status_code == 422
        named = await api.put("/api/knowledge/embeddings", json={"model": "local:small", "near": 0.3, "price": 20})
        assert named.json()["models"][0]["status"] == "filling"
        await fill(db, embeddings, shop.id)
        (model,) = (await api.get("/api/knowledge/embeddings")).json()["models"]
        assert (model["status"], model["done"]) == ("serving", 4)
        assert float(model["cost"]) == pytest.approx(model["tokens"] * 20 / 1_000_000)
        found = (await api.get("/api/knowledge/search", params={"q": "furry pooch?"})).json()
        assert (found["items"][0]["text"], found["without_vectors"]) == ("Dogs may come along on a lead.", None)
        provider.faults = [web.Response(status=500)]
        found = (await api.get("/api/knowledge/search", params={"q": "Is there parking for a pooch?"})).json()
        assert found["items"][0]["text"] == "Yes, in the garage."
        assert "500" in found["without_vectors"]
        assert (await api.delete("/api/knowledge/embeddings")).status_code == 204
        assert (await api.get("/api/knowledge/embeddings")).json()["models"] == []


async def test_an_answer_that_comes_in_many_pieces_is_read_to_its_end(
    db: Database, shop: NewWorkspace, embeddings: Embeddings, provider: Provider
) -> None:
    provider.dimensions = 3072
    async with db.workspace(shop.id) as connection:
        rooms = "\n\n".join(f"Q: Is room {number} free?\nA: Ask us about room {number}." for number in range(80))
        await add_source(connection, shop.id, kind="faq", title="Rooms", content=rooms)
    await use(db, shop)
    await fill(db, embeddings, shop.id)
    (model,) = await models(db, shop)
    assert (model["status"], model["done"], model["error"]) == ("serving", 84, None)


async def test_a_question_keeps_the_vectors_that_are_forgotten_while_it_waits_for_others(
    db: Database, shop: NewWorkspace, embeddings: Embeddings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await use(db, shop)
    (model,) = await models(db, shop)
    real = embeddings.embed

    async def meanwhile(*given: Any, **named: Any) -> client.Embedded:
        embeddings._asked.clear()  # others asked so much
        return await real(*given, **named)

    monkeypatch.setattr(embeddings, "embed", meanwhile)
    async with db.workspace(shop.id) as connection:
        asked = (connection, shop.id, model["id"], model["model"])
        [dogs] = await embeddings.of_questions(*asked, ["dogs"])
        assert len(await embeddings.of_questions(*asked, ["dogs", "parking"])) == 2
        assert list((await embeddings.of_questions(*asked, ["dogs"]))[0]) == list(dogs)


async def test_a_model_that_is_named_again_does_not_wait_for_the_time_that_its_provider_asked_for(
    db: Database, shop: NewWorkspace, embeddings: Embeddings, provider: Provider, tmp_path: Path
) -> None:
    async def due() -> list[str]:
        """As the queue has it: of one lock only the first, whenever that is due."""
        async with db.workspace(shop.id) as connection:
            cursor = await connection.execute(
                """SELECT task_name FROM procrastinate_jobs j WHERE args->>'workspace_id' = %s AND scheduled_at IS NULL
                   AND NOT EXISTS (SELECT FROM procrastinate_jobs o WHERE o.lock = j.lock AND o.id < j.id)""",
                (str(shop.id),),
            )
            return [row["task_name"] for row in await cursor.fetchall()]

    async def taken() -> None:
        async with db.workspace(shop.id) as connection:
            await connection.execute(
                "DELETE FROM procrastinate_jobs WHERE task_name = %s AND scheduled_at IS NULL", (filling.EMBED_JOB,)
            )

    provider.faults = [web.Response(status=429, headers={"Retry-After": "3600"})]
    await use(db, shop)
    await fill(db, embeddings, shop.id)
    await taken()
    assert await due() == []
    await use(db, shop)
    assert await due() == [filling.EMBED_JOB]
    await taken()
    settings = Settings(home=tmp_path)
    desk = Desk(db, Files(None, tmp_path / "files"), settings, Outbound.of(settings))
    await knowledge_jobs(desk)[filling.EMBED_LATER_JOB](str(shop.id))
    assert await due() == [filling.EMBED_JOB]
