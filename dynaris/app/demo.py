"""The demo workspace of a first start: a clinic with opening hours, services, calendars, answers and its ways in."""

from importlib.resources import files
from typing import Any

import orjson
from psycopg.types.json import Jsonb

from dynaris.app.up import DEMO
from dynaris.app.wiring import services_of, vault_of
from dynaris.connections.actions import add_account
from dynaris.core.settings import Settings
from dynaris.knowledge.actions import add_source
from dynaris.pipeline.services import Services
from dynaris.scheduling.catalogue import add_person, add_service
from dynaris.workspaces.actions import create_workspace


async def ensure_demo(settings: Settings) -> None:
    """Makes the demo workspace unless there is a workspace already."""
    async with services_of(settings, "dynaris-prepare") as services:
        async with services.db.system() as connection:
            cursor = await connection.execute("SELECT EXISTS (SELECT FROM workspace_ids()) AS any")
            row = await cursor.fetchone()
        if not (row and row["any"]):
            await _make(services, settings)


async def _make(services: Services, settings: Settings) -> None:
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
            "UPDATE workspace SET timezone = %s, business_hours = %s, booking = %s WHERE id = %s",
            (content["timezone"], Jsonb(content["hours"]), Jsonb({"page": True}), made.id),
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
        for name in content["people"]:
            await add_person(connection, made.id, fields={"name": name}, by="system")
        for position, service in enumerate(content["services"]):
            await add_service(
                connection, made.id, fields={**service, **content["booking"], "position": position}, by="system"
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
        await add_account(
            connection,
            made.id,
            vault,
            channel="forms",
            address=DEMO,
            settings={"required": ["email", "message"], "country": "DE"},
        )
