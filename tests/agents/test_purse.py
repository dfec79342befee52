"""Embeddings are paid from the month's spending, and stop at its cap."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web
from psycopg.types.json import Jsonb

from dynaris.agents.purse import Purse
from dynaris.agents.spending import this_month
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.core.outbound import Outbound
from dynaris.core.settings import Settings
from dynaris.knowledge.actions import add_source
from dynaris.knowledge.embeddings import actions, client
from dynaris.knowledge.embeddings.client import Embeddings
from dynaris.knowledge.embeddings.filling import fill
from dynaris.knowledge.searching import find
from dynaris.workspaces.actions import NewWorkspace
from tests.knowledge.embedding_server import Provider, embedding_provider

DEAR = Decimal(100)  # for a million tokens


class Shop:
    def __init__(self, db: Database, workspace: NewWorkspace, embeddings: Embeddings, provider: Provider) -> None:
        self.db, self.id, self.embeddings, self.provider = db, workspace.id, embeddings, provider

    async def use(self, price: Decimal | None = DEAR, cap: str | None = None) -> None:
        async with self.db.workspace(self.id) as connection:
            await connection.execute("UPDATE workspace SET spending_cap = %s WHERE id = %s", (cap, self.id))
            await actions.use_model(connection, self.id, model="local:small", price=price, by="system")

    async def fill(self) -> dict[str, Any]:
        await fill(self.db, self.embeddings, self.id)
        async with self.db.workspace(self.id) as connection:
            (model,) = (await actions.status(connection, self.id))["models"]
        return model

    async def ask(self, text: str) -> str | None:
        async with self.db.workspace(self.id) as connection:
            return (await find(connection, self.id, text)).without_vectors

    async def month(self) -> dict[str, Any]:
        async with self.db.workspace(self.id) as connection:
            return await this_month(connection, self.id)

    async def row(self, statement: str) -> dict[str, Any]:
        async with self.db.workspace(self.id) as connection:
            row = await (await connection.execute(statement.encode(), (self.id,))).fetchone()
        assert row is not None
        return row


@pytest.fixture
async def shop(db: Database, workspace: NewWorkspace) -> AsyncIterator[Shop]:
    embeddings = Embeddings(Vault("test"), Outbound.of(Settings(private_networks="loopback")), Purse())
    client.configure(embeddings)
    async with embedding_provider() as provider:
        async with db.workspace(workspace.id) as connection:
            await connection.execute(
                """INSERT INTO model_provider (workspace_id, id, name, kind, base_url, prices)
                   VALUES (%s, %s, 'local', 'openai-compatible', %s, %s)""",
                (workspace.id, new_id(), provider.url, Jsonb({})),
            )
            faq = "Q: Is there parking?\nA: Yes, in the garage."
            await add_source(connection, workspace.id, kind="faq", title="FAQ", content=faq)
        yield Shop(db, workspace, embeddings, provider)
    client.configure(None)
    await embeddings.close()


async def test_embeddings_of_passages_and_questions_count_in_the_months_spending(shop: Shop) -> None:
    await shop.use()
    model = await shop.fill()
    month = await shop.month()
    assert (month["spent"], month["requests"]) == (model["cost"], 1)
    assert month["spent"] == DEAR * model["tokens"] / 1_000_000
    await shop.ask("Is there parking?")
    after = await shop.month()
    assert after["spent"] > month["spent"]
    assert after["requests"] == 2
    await shop.ask("Is there parking?")  # its vector is known
    assert await shop.month() == after


async def test_at_the_cap_passages_wait_and_the_team_is_told_once(shop: Shop) -> None:
    await shop.use(cap="0.0001")
    model = await shop.fill()
    assert shop.provider.requests == []
    assert (model["status"], model["done"]) == ("filling", 0)
    assert "spending cap of $0.0001" in model["error"]
    assert model["retry_at"] is not None
    await shop.use(cap="0.0001")
    await shop.fill()
    told = "SELECT count(DISTINCT cause) AS causes, count(*) AS notices FROM notification WHERE workspace_id = %s"
    once = await shop.row(told)
    await shop.use(cap="0.0001")
    await shop.fill()
    assert (await shop.row(told), once["causes"]) == (once, 1)
    await shop.use(cap="5")
    assert (await shop.fill())["status"] == "serving"


async def test_at_the_cap_questions_are_answered_by_full_text(shop: Shop) -> None:
    await shop.use(cap="5")
    await shop.fill()
    await shop.use(cap="0.000001")
    asked = len(shop.provider.requests)
    assert "spending cap" in str(await shop.ask("Is there parking?"))
    assert len(shop.provider.requests) == asked


async def test_a_model_whose_price_is_nothing_goes_on_at_the_cap(shop: Shop) -> None:
    await shop.use(price=Decimal(0), cap="0")
    assert (await shop.fill())["status"] == "serving"
    assert await shop.ask("Is there parking?") is None


async def test_a_model_without_a_price_counts_as_unpriced(shop: Shop) -> None:
    await shop.use(price=None)
    await shop.fill()
    month = await shop.month()
    assert (month["spent"], month["requests"], month["unpriced"]) == (0, 1, 1)


async def test_a_request_that_fails_holds_nothing(shop: Shop) -> None:
    await shop.use(cap="5")
    shop.provider.faults = [web.Response(status=503)]
    assert "503" in (await shop.fill())["error"]
    row = await shop.row("SELECT held, spent, requests FROM model_spending WHERE workspace_id = %s")
    assert (row["held"], row["spent"], row["requests"]) == ({}, 0, 0)
