"""A workspace whose agents ask a server of models on this machine, over real HTTP, through the whole flow."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dynaris.agents import agent_settings_store as settings_store
from dynaris.agents import provider_store
from dynaris.agents.agent_settings import AgentName
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.workspaces.actions import NewWorkspace
from tests.fakes.model_server import ModelServer, model_server
from tests.flows.conftest import KEY, Sink, World, a_world

KINDS = ("openai-compatible", "openai", "anthropic")
PRICES = {"*": {"input": "10", "output": "50", "cached_input": "1"}}
# 60 tokens at 10, 40 kept ones at 1, 20 said at 50 dollars a million
COST = Decimal("0.001640")


@dataclass
class Wired:
    """The world with its server; `main` is its first provider, `spare` its second one."""

    world: World
    server: ModelServer
    spare: ModelServer
    sink: Sink
    vault: Vault = field(default_factory=lambda: Vault(KEY))

    async def provider(self, name: str, kind: str, server: ModelServer, **more: Any) -> None:
        base_url = server.url if kind == "anthropic" else f"{server.url}/v1"
        given = {"name": name, "kind": kind, "base_url": base_url, "api_key": "sk-local", "prices": PRICES, **more}
        async with self.world.services.db.transaction(self.world.workspace.id) as connection:
            await provider_store.add(connection, self.world.workspace.id, self.vault, given, by="system")

    async def set_model(self, model: str, *, supervisor: str = "builtin") -> None:
        await self.world.rows(
            "UPDATE workspace SET model = %(model)s, supervisor_model = %(supervisor)s WHERE id = %(ws)s RETURNING id",
            model=model,
            supervisor=supervisor,
        )

    async def set_agents(self, **settings: Any) -> None:
        names: tuple[AgentName, ...] = ("chat", "email_sales", "scheduling", "research")
        async with self.world.services.db.transaction(self.world.workspace.id) as connection:
            for name in names:
                await settings_store.change(connection, self.world.workspace.id, name, settings, by="system")

    async def set_cap(self, amount: str | None) -> None:
        await self.world.rows("UPDATE workspace SET spending_cap = %(cap)s WHERE id = %(ws)s RETURNING id", cap=amount)

    async def use(self, kind: str, **settings: Any) -> None:
        await self.provider("main", kind, self.server)
        await self.set_model("main:wire-1")
        if settings:
            await self.set_agents(**settings)

    async def ask(self, text: str = "What does a first assessment cost?", **who: Any) -> dict[str, Any]:
        accepted = await self.world.say(text, reply_url=self.sink.url, **who)
        await self.world.settle()
        return await self.world.event(accepted.event_id)

    async def steps(self, kind: str | None = None) -> list[dict[str, Any]]:
        rows = await self.world.rows("SELECT * FROM run_step WHERE workspace_id = %s ORDER BY run_id, position")
        return [row for row in rows if kind in (None, row["kind"])]

    async def notes(self) -> list[dict[str, Any]]:
        return [step["request"] for step in await self.steps("note")]

    async def run(self) -> dict[str, Any]:
        return (await self.world.rows("SELECT * FROM run WHERE workspace_id = %s ORDER BY id DESC LIMIT 1"))[0]


@pytest.fixture
async def wired(db: Database, workspace: NewWorkspace, tmp_path: Path, sink: Sink) -> AsyncIterator[Wired]:
    async with (
        model_server() as server,
        model_server() as spare,
        a_world(db, workspace, tmp_path, private_networks="loopback") as world,
    ):
        yield Wired(world, server, spare, sink)
        await world.services.models.close()
