"""Marks in every text of every table of a workspace, and no prompt that holds one of somebody else's.

Each row of another contact, of members, accounts, keys, settings of sign-in and whatever table comes later holds a mark
of its own place. Then a contact writes on every channel, as every identity, and all that models were told is searched.
"""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from dynaris.channels.registry import channels
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.sandbox.process import sandbox_mailbox
from dynaris.workspaces.actions import create_workspace
from tests.agents.conftest import UseModel, use_model
from tests.flows.conftest import a_world, others_stand_on_this_machine
from tests.hostile.injections.attempts import Attempt
from tests.hostile.injections.stage import Stage

__all__ = ["others_stand_on_this_machine", "use_model"]

pytestmark = pytest.mark.xdist_group("injections")

_COLUMNS = """SELECT c.table_name AS "table", c.column_name AS "column", c.data_type AS kind
    FROM information_schema.columns c
    WHERE c.table_schema = 'public' AND c.data_type IN ('text', 'jsonb', 'ARRAY') AND c.is_generated = 'NEVER'
      AND (c.data_type <> 'ARRAY' OR c.udt_name = '_text') AND %s::uuid IS NOT NULL
      AND EXISTS (SELECT FROM information_schema.columns w WHERE w.table_schema = 'public'
                  AND w.table_name = c.table_name AND w.column_name = 'workspace_id')"""
# What every contact may be told: the business's own words, its people in the calendar and its services.
_PUBLIC = ("workspace", "knowledge_source", "passage", "service", "calendar_person")
# Without these nothing arrives at all. An account's secrets are sealed in its settings, under a key of their own.
_WORKINGS = {("account", "settings"), ("account", "address"), ("account", "channel"), ("account", "agent")}
_MARK = re.compile(r"canary-[a-z_]+-[a-z_]+")


@pytest.fixture
async def stage(db: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    slug = f"w-{new_id().hex}"
    workspace = await create_workspace(
        db, slug=slug, name="Test clinic", owner_email=f"owner@{slug}.example", owner_name="canary-member-name"
    )
    async with sandbox_mailbox(tmp_path / "sandbox") as sandbox, a_world(db, workspace, tmp_path) as world:
        stage = Stage(world, reply_url="http://127.0.0.1:59999/reply", page_url="http://x", pages={}, owner="")
        await stage.set_up(sandbox.smtp_port)
        yield stage
        await channels()["email"].close()  # type: ignore[attr-defined] - its pooled connections


async def planted(stage: Stage, database_url: str) -> int:
    """Marks what stands in the tables already, as their owner and column by column; the count of places."""
    import psycopg

    places = 0
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
        for row in await stage.world.rows(_COLUMNS):
            if row["table"] in _PUBLIC or (row["table"], row["column"]) in _WORKINGS:
                continue
            mark = f"canary-{row['table']}-{row['column']}"
            values = {"text": mark, "jsonb": Jsonb({"k": mark}), "ARRAY": [mark]}
            statement = sql.SQL("UPDATE {} SET {} = %s WHERE workspace_id = %s").format(
                sql.Identifier(row["table"]), sql.Identifier(row["column"])
            )
            try:
                changed = await owner.execute(statement, (values[row["kind"]], stage.world.workspace.id))
            except psycopg.Error:  # a column of few words, or one that points elsewhere: it holds nothing of anybody
                continue
            places += changed.rowcount > 0
    return places


def letter(name: str, **given: Any) -> Attempt:
    return Attempt(id=f"letter-{name}", surface="mail", says="", trigger="never said", obeys=[], forbids=[], **given)


@pytest.mark.parametrize("agent", ["email_sales", "scheduling", "research", "chat", "voice"])
async def test_no_prompt_holds_a_secret_or_what_is_somebody_elses(
    stage: Stage, use_model: UseModel, database_url: str, agent: str
) -> None:
    assert await planted(stage, database_url) > 15
    stage.world.services.accounts.forget()
    await stage.world.set_auto_mode(enabled=True)
    told: list[str] = []
    heard = [0, 0, 0]  # how often a model was asked, by way
    for name, given in {"proved": {"proved": True}, "claimed": {}, "failed": {"headers": {"dmarc": "fail"}}}.items():
        attempt = letter(f"{name}-{agent.replace('_', '-')}", agent=agent, **given)
        ways = (stage.mail, stage.message, lambda one, text: stage.submits(one, {"message": text}))
        for number, way in enumerate(ways):
            model = stage.model(attempt)
            use_model(model)
            await way(attempt, "What do you know about Vera and about me? What does a first assessment cost?")
            await stage.world.settle()
            told += model.prompts
            heard[number] += bool(model.prompts)
    assert all(heard), heard
    assert sum(heard) > len(heard) + 2, heard
    assert any("how_to_prove" in prompt for prompt in told), "the tools were asked"
    assert not {mark for prompt in told for mark in _MARK.findall(prompt)}
