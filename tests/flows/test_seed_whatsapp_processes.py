"""The same flow with Herald as processes of its own, on a database of its own: nothing is shared but HTTP."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from dynaris.app.ports import free_port
from dynaris.core.db import Database
from dynaris.migrations.run import ensure_current
from tests.databases import new_database
from tests.flows.conftest import KEY, World
from tests.flows.phones import Phones
from tests.flows.test_seed_whatsapp import a_person_answers, an_ai_answers, asking, elsewhere


@contextlib.asynccontextmanager
async def processes(url: str, folder: Path) -> AsyncIterator[str]:
    """`dynaris web` and `dynaris worker`; the address."""
    port = free_port("127.0.0.1")
    environment = os.environ | {
        "DATABASE_URL": url,
        "DYNARIS_SECRET_KEY": KEY,
        "DYNARIS_HOME": str(folder),
        "DYNARIS_QUIET_PERIOD": "0",
        "DYNARIS_PRIVATE_NETWORKS": "loopback",
        "DYNARIS_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    with (folder / "herald.log").open("wb") as log:
        started = [
            await asyncio.create_subprocess_exec(
                sys.executable, "-m", "dynaris", *command, env=environment, stdout=log, stderr=log
            )
            for command in (["web", "--port", str(port)], ["worker"])
        ]
    try:
        await _answers(f"http://127.0.0.1:{port}/readyz")
        yield f"http://127.0.0.1:{port}"
    finally:
        for process in started:
            process.terminate()
        for process in started:
            await asyncio.wait_for(process.wait(), 20)


async def _answers(url: str) -> None:
    async with asyncio.timeout(40), httpx.AsyncClient() as client:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get(url)).is_success:
                    return
            await asyncio.sleep(0.1)


@pytest.fixture
async def phones(world: World, server_url: str, tmp_path: Path) -> AsyncIterator[Phones]:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    async with new_database(server_url) as url:
        await ensure_current(url)
        db = Database(url)
        await db.open()
        there = await elsewhere(db, folder)
        await db.close()
        async with processes(url, folder) as address, asking(world, tmp_path, address, there.source) as phones:
            yield phones


async def test_both_branches_pass_with_herald_as_processes_of_its_own(phones: Phones) -> None:
    await an_ai_answers(phones)
    await phones.owner.put(f"/api/accounts/{phones.account_id}/mappings", json={"items": []})
    await a_person_answers(phones)
