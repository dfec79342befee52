"""The demo workspace of a first start: a clinic with opening hours, services, calendars, answers and its ways in."""

from importlib.resources import files
from typing import Any
from uuid import UUID

import orjson
from psycopg.types.json import Jsonb

from dynaris.app.up import DEMO
from dynaris.app.wiring import services_of, vault_of
from dynaris.connections.actions import add_account
from dynaris.core.crypto import Vault
from dynaris.core.db import Connection
from dynaris.core.settings import Settings
from dynaris.knowledge.actions import add_source
from dynaris.pipeline.services import Services
from dynaris.sandbox.meta.account import FOLDER, credentials
from dynaris.sandbox.twilio.account import FOLDER as TWILIO
from dynaris.sandbox.twilio.account import credentials as twilio_credentials
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
        if settings.sandbox_meta_port:
            await _add_number(connection, made.id, vault, settings)
        if settings.sandbox_twilio_port:
            await _add_telephone(connection, made.id, vault, settings)
        if settings.sandbox_pages:
            # What needs a person is told in the sandbox's channel, at /sandbox/slack.
            await add_account(
                connection, made.id, vault, channel="slack", address=DEMO, settings={"webhook_url": "sandbox"}
            )
        await add_account(
            connection,
            made.id,
            vault,
            channel="forms",
            address=DEMO,
            settings={"required": ["email", "message"], "country": "DE"},
        )


async def _add_number(connection: Connection, workspace_id: UUID, vault: Vault, settings: Settings) -> None:
    """On WhatsApp, at the stand-in for Meta: its phones are at /sandbox/whatsapp/."""
    known = credentials(settings.home / "sandbox" / FOLDER)
    secrets = {name: known[name] for name in ("waba_id", "access_token", "app_secret", "verify_token")}
    number = "+" + "".join(filter(str.isdigit, known["display_phone_number"]))
    await add_account(
        connection,
        workspace_id,
        vault,
        channel="whatsapp",
        address=known["phone_number_id"],
        settings={**secrets, "phone_number": number, "graph_url": "sandbox"},
    )


async def _add_telephone(connection: Connection, workspace_id: UUID, vault: Vault, settings: Settings) -> None:
    """A number at the stand-in for Twilio: its telephones are at /sandbox/twilio/."""
    known = twilio_credentials(settings.home / "sandbox" / TWILIO)
    await add_account(
        connection,
        workspace_id,
        vault,
        channel="voice_twilio",
        address=known["phone_number"],
        settings={"account_sid": known["account_sid"], "auth_token": known["auth_token"], "api_url": "sandbox"},
    )
