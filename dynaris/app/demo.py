"""The demo workspace of a first start: a clinic with opening hours, services, answers and three ways in."""

from importlib.resources import files
from typing import Any
from uuid import UUID

import orjson
from psycopg.types.json import Jsonb

from dynaris.app.wiring import services_of, vault_of
from dynaris.connections.actions import add_account
from dynaris.core.settings import Settings
from dynaris.knowledge.actions import add_source
from dynaris.pipeline.services import Services
from dynaris.workspaces.actions import NewWorkspace, create_sign_in_link, create_workspace
from dynaris.workspaces.queries import owner_person_id

DEMO = "demo"


async def ensure_demo(settings: Settings) -> str:
    """Makes the demo workspace unless a workspace exists; the token of a one-time link for its owner."""
    async with services_of(settings, "dynaris-up") as services:
        workspace_id = await _existing(services)
        if workspace_id is None:
            workspace_id = (await _make(services, settings)).id
        async with services.db.workspace(workspace_id) as connection:
            person_id = await owner_person_id(connection, workspace_id)
        return await create_sign_in_link(services.db, workspace_id, person_id=person_id)


async def _existing(services: Services) -> UUID | None:
    """The demo's workspace, or the first one where people renamed or replaced it."""
    async with services.db.system() as connection:
        cursor = await connection.execute(
            "SELECT coalesce(workspace_by_slug(%s), (SELECT id FROM workspace_ids() AS id LIMIT 1)) AS id", (DEMO,)
        )
        row = await cursor.fetchone()
    return row["id"] if row else None


async def _make(services: Services, settings: Settings) -> NewWorkspace:
    content: dict[str, Any] = orjson.loads(files("dynaris.app").joinpath("demo.json").read_bytes())
    made = await create_workspace(
        services.db,
        slug=DEMO,
        name=content["name"],
        owner_email="owner@demo.localhost",
        owner_name="Demo Owner",
    )
    vault = vault_of(settings)
    async with services.db.transaction(made.id) as connection:
        await connection.execute(
            "UPDATE workspace SET timezone = %s, business_hours = %s, profile = %s WHERE id = %s",
            (content["timezone"], Jsonb(content["hours"]), Jsonb({"services": content["services"]}), made.id),
        )
        for entry in content["faq"]:
            await add_source(
                connection,
                made.id,
                kind="faq",
                title=entry["question"],
                content=f"Q: {entry['question']}\nA: {entry['answer']}",
                language="en",
            )
        await add_account(
            connection,
            made.id,
            vault,
            channel="email",
            address="hello@demo.localhost",
            settings={"name": content["name"]},
        )
        await add_account(
            connection, made.id, vault, channel="webchat", address=DEMO, settings={"origins": ["*"]}, agent=None
        )
    return made
