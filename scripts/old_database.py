"""Writes what a release's database looks like, with rows in every table: what the upgrade test begins with.

Run with the code and the tests of that release first on the path, from a checkout of it:

    git worktree add ../old <commit>
    PYTHONPATH=../old .venv/bin/python scripts/old_database.py tests/migrations/fixtures/0005.sql.gz

The names below are those of the release that was current when the newest fixture was made.
"""

import asyncio
import gzip
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg
from aiohttp import web
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb

from dynaris.app.key import check_key
from dynaris.channels.contract import AddressKind, Attachment
from dynaris.channels.registry import channels
from dynaris.connections.actions import add_account
from dynaris.contacts import merge
from dynaris.contacts.verification import start_verification
from dynaris.conversations.follow_ups import set_follow_up
from dynaris.conversations.tasks import add_task
from dynaris.core import clock
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.ids import new_id, token_hash
from dynaris.core.postgres import attached
from dynaris.core.postgres_home import find_wheel
from dynaris.knowledge.actions import add_source
from dynaris.migrations.run import ensure_current
from dynaris.pipeline.attachments import store_attachments
from dynaris.workspaces.actions import create_api_key, create_sign_in_link, create_workspace, use_sign_in_link
from tests.flows.conftest import FAQ, KEY, World, services_over

# Known to the test: tokens are stored as their hashes only.
SESSION, API_KEY = "a session from before the upgrade", "dk_a_key_from_before_the_upgrade"
NEVER = "2126-01-01"


async def main(out: Path) -> None:
    with tempfile.TemporaryDirectory() as home:
        async with attached(Path(home)) as url:
            await ensure_current(url)
            db = Database(url)
            await db.open()
            await fill(db, Path(home))
            await db.close()
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as owner:
                await finish(owner)
            write(url, out)


async def fill(db: Database, home: Path) -> None:
    await check_key(db, Vault(KEY))
    workspace = await create_workspace(
        db, slug="clinic", name="Clinic", owner_email="olivia@clinic.example", owner_name="Olivia Owner"
    )
    async with db.transaction(workspace.id) as connection:
        for question, answer in FAQ.items():
            content = f"Q: {question}\nA: {answer}"
            await add_source(connection, workspace.id, kind="faq", title=question, content=content, language="en")
        given: dict[str, Any] = {"channel": "generic", "address": "site", "settings": {"secret": "s3cret"}}
        source = await add_account(connection, workspace.id, Vault(KEY), agent=None, **given)
        mailbox = {"imap_url": "imaps://hello:secret@mail.clinic.example"}
        given = {"channel": "email", "address": "hello@clinic.example", "settings": mailbox}
        await add_account(connection, workspace.id, Vault(KEY), agent=None, **given)
    services = services_over(db, home)
    world = World(services, workspace, await services.accounts.by_id(workspace.id, source))
    async with a_sink() as reply_url:
        await talk(world, reply_url)
    await people(world)
    await channels()["generic"].close()  # type: ignore[attr-defined]


class a_sink:  # noqa: N801 - a context manager
    """Takes every reply."""

    async def __aenter__(self) -> str:
        application = web.Application()
        application.router.add_post("/reply", lambda _: asyncio.sleep(0, web.Response()))
        self.runner = web.AppRunner(application)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self.runner.addresses[0][1]}/reply"

    async def __aexit__(self, *_: object) -> None:
        await self.runner.cleanup()


async def talk(world: World, reply_url: str) -> None:
    """Answered, waiting for approval, waiting for a run, still queued; with a letter."""
    first = await world.say("Is there parking?", reply_url=reply_url)
    await world.settle()
    event = await world.event(first.event_id)
    letter = Attachment(filename="letter.txt", mime_type="text/plain", content=b"private")
    stored = await store_attachments(world.services.files, world.workspace.id, first.event_id, [letter])
    async with world.services.db.workspace(world.workspace.id) as connection:
        await stored.insert(connection, world.workspace.id, event["message_id"])
    await world.set_auto_mode(enabled=True, effects={"send": False})
    await world.say("What does a first assessment cost?", reply_url=reply_url, email="bob@example.com", name="Bob")
    await world.settle()
    await world.set_auto_mode(enabled=False)
    await world.say("What are your opening hours?", reply_url=reply_url, email="cleo@example.com", name="Cleo")
    await world.settle()
    await world.set_auto_mode(enabled=True)
    await world.say("I want to speak to a person, please.", reply_url=reply_url, email="dan@example.com", name="Dan")
    await world.settle()
    await world.say("Is there parking for bicycles?", reply_url=reply_url, email="eve@example.com", name="Eve")


async def people(world: World) -> None:
    """What teammates made, and how they get in."""
    ws, owner = world.workspace.id, world.workspace.owner_id
    conversations = await world.rows("SELECT id, contact_id FROM conversation WHERE workspace_id = %s ORDER BY id")
    first = {"conversation_id": conversations[0]["id"], "contact_id": conversations[0]["contact_id"]}
    async with world.services.db.transaction(ws) as connection:
        await add_task(connection, ws, title="Call back", created_by="agent", **first)
        due = clock.now().replace(year=2126)
        await set_follow_up(connection, ws, run_id=None, kind="follow_up", reason="ask again", due_at=due, **first)
        await start_verification(connection, ws, kind=AddressKind.EMAIL, value="ada@work.example", **first)
        keep, drop = conversations[1]["contact_id"], conversations[2]["contact_id"]
        await merge.perform(connection, ws, keep, drop, reason="the same person", by=f"member:{owner}")
        await create_api_key(connection, ws, name="reports")
        await connection.execute(
            "INSERT INTO chat_session (workspace_id, session_key, account_id, origin) VALUES (%s, 's', %s, 'https://a.example')",
            (ws, world.source.id),
        )
        await connection.execute(
            """INSERT INTO notification (workspace_id, id, member_id, topic, title, body, subject, cause)
               VALUES (%s, %s, %s, 'note', 'A task', 'Call back', 'task:1', 'task:1')""",
            (ws, new_id(), owner),
        )
    link = await create_sign_in_link(world.services.db, ws, person_id=world.workspace.owner_person_id)
    await use_sign_in_link(world.services.db, link)


async def finish(owner: psycopg.AsyncConnection[Any]) -> None:
    """Tokens that the test knows and that never expire; then every table must have rows."""
    await owner.execute("UPDATE session SET token_hash = %s, expires_at = %s", (token_hash(SESSION), NEVER))
    await owner.execute("UPDATE api_key SET token_hash = %s", (token_hash(API_KEY),))
    await owner.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    await owner.execute("UPDATE workspace SET auto_mode = %s", (Jsonb({"enabled": True}),))
    cursor = await owner.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'procrastinate%'"
    )
    for (table,) in await cursor.fetchall():
        row = await (await owner.execute(SQL("SELECT EXISTS (SELECT FROM {})").format(Identifier(table)))).fetchone()
        if row == (False,):
            sys.exit(f"{table} has no rows")


def write(url: str, out: Path) -> None:
    program = next(find_wheel()[0].glob("*/pginstall18/bin/pg_dump"))
    dump = subprocess.run([program, "--no-owner", f"--dbname={url}"], check=True, capture_output=True, text=True)
    # Servers before PostgreSQL 17 do not know this setting.
    lines = [line for line in dump.stdout.splitlines() if line != "SET transaction_timeout = 0;"]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(gzip.compress("\n".join(lines).encode() + b"\n", mtime=0))
    print(f"{out}: {out.stat().st_size} bytes")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
