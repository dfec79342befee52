"""`dynaris account add | check`: secrets that are made, and what a provider says."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from dynaris.app.commands.accounts import add_with_secrets, checked, named_value
from dynaris.channels.registry import channels
from dynaris.connections.queries import Accounts
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.errors import NotFound
from dynaris.core.settings import Settings
from dynaris.sandbox.meta.server import RunningMeta, sandbox_meta
from dynaris.workspaces.actions import NewWorkspace

KEY = "a key that only these tests know"


@pytest.fixture
def services(db: Database) -> Any:
    settings = Settings.model_validate({"home": Path("/nowhere"), "secret_key": KEY})
    return SimpleNamespace(db=db, accounts=Accounts(db, Vault(KEY)), settings=settings)


@pytest.fixture
async def meta(tmp_path: Path) -> AsyncIterator[RunningMeta]:
    whatsapp: Any = channels()["whatsapp"]
    whatsapp.configure(Settings(home=tmp_path, private_networks="loopback"))
    async with sandbox_meta(tmp_path / "meta", webhook_url="http://127.0.0.1:1/meta/webhook") as running:
        yield running
    await whatsapp.close()


async def added(services: Any, workspace: NewWorkspace, meta: RunningMeta) -> dict[str, str]:
    """A number, as `docs/integrations/whatsapp.md` connects it: without a verify token."""
    async with services.db.workspace(workspace.id) as connection:
        cursor = await connection.execute("SELECT slug FROM workspace WHERE id = %s", (workspace.id,))
        slug = (await cursor.fetchone())["slug"]
    known = meta.credentials
    given = {name: known[name] for name in ("waba_id", "access_token", "app_secret")}
    number = "+" + "".join(filter(str.isdigit, known["display_phone_number"]))
    _, issued = await add_with_secrets(
        services,
        slug,
        channel="whatsapp",
        address=known["phone_number_id"],
        account_settings={**given, "phone_number": number, "graph_url": meta.url},
        agent=None,
    )
    return issued


async def test_a_secret_that_is_left_out_is_made(services: Any, workspace: NewWorkspace, meta: RunningMeta) -> None:
    issued = await added(services, workspace, meta)
    assert list(issued) == ["verify_token"]
    (account,) = await services.accounts.of_workspace(workspace.id, "whatsapp")
    assert account.settings.verify_token.get_secret_value() == issued["verify_token"]


async def test_a_check_says_what_works_and_what_does_not(
    services: Any, workspace: NewWorkspace, meta: RunningMeta, capsys: pytest.CaptureFixture[str]
) -> None:
    await added(services, workspace, meta)
    address = meta.credentials["phone_number_id"]
    assert await checked(services, workspace.id, address)
    said = capsys.readouterr().out
    assert "whatsapp, token: ok: the token may send messages and read templates" in said
    assert "whatsapp, webhook: ok: " in said
    async with httpx.AsyncClient(base_url=meta.control_url) as control:
        (await control.patch("account", json={"token": "expired"})).raise_for_status()
    assert not await checked(services, workspace.id, address)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("whatsapp, token: failed: the access token has expired or was taken back")
    assert second == "  → give the account a new access token, of a system user, that does not expire"


async def test_an_account_that_is_not_there_is_said_not_to_be(services: Any, workspace: NewWorkspace) -> None:
    with pytest.raises(NotFound, match="this workspace has no account 'nobody'"):
        await checked(services, workspace.id, "nobody")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("waba_id=102290129340398", "102290129340398"),
        ("app_secret=0123", "0123"),
        ("name=true", "true"),
        ('hosts=["a.example"]', ["a.example"]),
        ('name="102"', "102"),
        ("name=null", None),
        ("name=a=b", "a=b"),
    ],
)
def test_ids_and_secrets_of_digits_stay_text(text: str, value: Any) -> None:
    assert named_value(text) == (text.partition("=")[0], value)
