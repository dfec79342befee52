"""An import as it is in use: asked for over HTTP, worked off by a worker process."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.migrations.run import ensure_current
from dynaris.workspaces.actions import NewWorkspace, create_workspace
from tests.contacts.imports.conftest import LIST, Api, contacts, uploaded
from tests.databases import new_database


@pytest.fixture
async def url(server_url: str) -> AsyncIterator[str]:
    """Of our own: a real worker takes every workspace's jobs."""
    async with new_database(server_url) as url:
        await ensure_current(url)
        yield url


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def workspace(db: Database) -> NewWorkspace:
    slug = f"t-{new_id().hex}"
    return await create_workspace(db, slug=slug, name="T", owner_email=f"o@{slug}.example", owner_name="O")


@pytest.fixture
def worker(url: str, tmp_path: Path) -> Iterator[Path]:
    """Its log."""
    given = {
        "DATABASE_URL": url,
        "DYNARIS_SECRET_KEY": "a key of tests, of 32 characters",
        "DYNARIS_HOME": str(tmp_path),
    }
    log = tmp_path / "worker.log"
    with log.open("wb") as target:
        command = [sys.executable, "-m", "dynaris", "worker"]
        process = subprocess.Popen(command, env=os.environ | given, stdout=target, stderr=target)
        yield log
        process.terminate()
        process.wait(15)


def told_by(log: Path) -> str:
    return log.read_text()


async def ended(api: Api, found: str, state: str, log: Path) -> dict[str, int]:
    deadline = asyncio.get_running_loop().time() + 20
    while (told := (await api.get(f"{LIST}/{found}")).json())["state"] != state:
        assert asyncio.get_running_loop().time() < deadline, told_by(log)
        await asyncio.sleep(0.05)
    return told["planned"] if state == "checked" else told["results"]


async def test_a_worker_process_looks_applies_and_undoes(api: Api, worker: Path) -> None:
    found = await uploaded(api, "name,email\nAda,ada@a.example\nBen,ben@\n")
    for step, state, counts in (
        ("dry-run", "checked", {"create": 1, "error": 1}),
        ("apply", "applied", {"create": 1, "error": 1}),
        ("undo", "undone", {"error": 1, "removed": 1}),
    ):
        assert (await api.post(f"{LIST}/{found}/{step}")).status_code == 202
        assert await ended(api, found, state, worker) == counts
    assert await contacts(api) == []
