"""The channel that `docs/add-a-channel.md` builds, taken from the page and sent through the product."""

import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import orjson
import pytest
from aiohttp import web

import dynaris.channels
from dynaris.app.host import Host
from dynaris.channels import registry
from dynaris.connections.actions import add_account
from dynaris.connections.queries import Accounts
from dynaris.core.crypto import Vault, hmac_sha256
from dynaris.core.db import Database
from dynaris.core.files import Files
from dynaris.core.settings import Settings
from dynaris.knowledge.actions import add_source
from dynaris.pipeline.inbound import run_lane
from dynaris.pipeline.services import Services
from dynaris.workspaces.actions import NewWorkspace
from tests.channels import test_contract
from tests.web import client_of, web_app

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "add-a-channel.md"
NUMBER = "+493012345"
BLOCK = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The page's files, in a folder that looks like the repository."""
    for name, code in BLOCK.findall(PAGE.read_text()):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
    return tmp_path


@pytest.fixture
def pigeon(written: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The registry finds the folder as if it lay beside the others."""
    monkeypatch.setattr(
        dynaris.channels, "__path__", [*dynaris.channels.__path__, str(written / "dynaris" / "channels")]
    )
    registry.channels.cache_clear()
    yield importlib.import_module("dynaris.channels.pigeon")
    registry.channels.cache_clear()
    for name in [name for name in sys.modules if name.startswith("dynaris.channels.pigeon")]:
        del sys.modules[name]
    delattr(dynaris.channels, "pigeon")


@pytest.fixture
async def provider() -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """Pigeon's API, on this machine."""
    got: list[dict[str, Any]] = []

    async def take(request: web.Request) -> web.Response:
        got.append({**orjson.loads(await request.read()), "key": request.headers["idempotency-key"]})
        return web.Response(text="p-1", status=201)

    application = web.Application()
    application.router.add_post("/messages", take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/messages", got
    await runner.cleanup()


async def test_the_channel_of_the_page_answers_a_message_on_its_own_channel(
    pigeon: ModuleType,
    provider: tuple[str, list[dict[str, Any]]],
    db: Database,
    workspace: NewWorkspace,
    tmp_path: Path,
) -> None:
    url, got = provider
    vault = Vault("test")
    services = Services(
        db=db,
        settings=Settings(home=tmp_path, quiet_period=0),
        accounts=Accounts(db, vault),
        files=Files(None, tmp_path / "files"),
    )
    async with db.transaction(workspace.id) as connection:
        await add_account(
            connection,
            workspace.id,
            vault,
            channel="pigeon",
            address=NUMBER,
            settings={"token": "t0ken", "api_url": url},
        )
        await add_source(
            connection,
            workspace.id,
            kind="faq",
            title="Parking",
            content="Q: Is there parking?\nA: Patients park free for two hours in the garage.",
            language="en",
        )
    body = orjson.dumps({"id": "m-1", "number": "+4915112345678", "text": "Is there parking?"})
    signed = {"x-pigeon-signature": hmac_sha256("t0ken", body), "content-type": "application/json"}
    async with client_of(web_app(db, tmp_path, [pigeon.channel.routes(Host(services))])) as client:
        accepted = await client.post(f"/api/pigeon/{NUMBER}", content=body, headers=signed)
        again = await client.post(f"/api/pigeon/{NUMBER}", content=body, headers=signed)
        forged = await client.post(
            f"/api/pigeon/{NUMBER}", content=body, headers={**signed, "x-pigeon-signature": "guessed"}
        )
    assert (accepted.status_code, forged.status_code) == (202, 401)
    assert again.json() == accepted.json()

    await run_lane(services, workspace.id, "pigeon:+4915112345678", uuid4())

    (sent,) = got
    assert sent["to"] == "+4915112345678"
    assert "garage" in sent["text"]
    async with db.workspace(workspace.id) as connection:
        cursor = await connection.execute(
            """SELECT e.outcome, o.external_id, a.settings->>'token' AS stored FROM event e
               JOIN outbox o ON o.workspace_id = e.workspace_id AND o.run_id = e.run_id
               JOIN account a ON a.workspace_id = e.workspace_id AND a.id = e.account_id
               WHERE e.workspace_id = %s""",
            (workspace.id,),
        )
        (row,) = await cursor.fetchall()
    assert (row["outcome"], row["external_id"]) == ("answered", "p-1")
    assert row["stored"].startswith("enc:v1:")


def test_the_channel_of_the_page_keeps_the_contract(
    written: Path, pigeon: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written / "dynaris" / "channels" / "pigeon"
    monkeypatch.setitem(test_contract.FOLDERS, "pigeon", folder)
    recordings = sorted((folder / "fixtures").glob("*.json"))
    assert len(recordings) == 2
    for name, test in inspect.getmembers(test_contract, inspect.isfunction):
        asked = inspect.signature(test).parameters
        if "our_own_people" in name:  # what this one is not for
            continue
        if name.startswith("test_") and "name" in asked:
            test("pigeon")
        elif name.startswith("test_") and "file" in asked:
            for recording in recordings:
                test(recording, monkeypatch)


def test_the_tests_of_the_page_pass(written: Path, pigeon: ModuleType) -> None:
    tests: dict[str, Any] = {}
    exec(compile((written / "dynaris/channels/pigeon/test_pigeon.py").read_text(), "test_pigeon.py", "exec"), tests)
    found = [test for name, test in tests.items() if name.startswith("test_")]
    assert len(found) == 3
    for test in found:
        test()


def test_the_code_of_the_page_is_in_the_house_style(written: Path) -> None:
    ours = ["--no-cache", "--config", str(ROOT / "pyproject.toml")]
    for command in (["check", "--config", "lint.isort.known-first-party=['dynaris']"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *ours, str(written)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
