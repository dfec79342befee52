"""Connecting accounts over HTTP: made, changed, checked, taken away, and never a secret shown back."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from dynaris.channels.registry import channels
from dynaris.connections import actions, limits
from dynaris.core.db import Connection, Database
from dynaris.core.ids import new_id
from dynaris.core.settings import Settings
from dynaris.outbox.actions import enqueue
from dynaris.people.throttle import Rate
from dynaris.workspaces.actions import NewWorkspace, create_workspace
from tests.web import client_of, new_key, web_app


@pytest.fixture
def app(db: Database, tmp_path: Path) -> FastAPI:
    return web_app(db, tmp_path)


@pytest.fixture
def private_servers_are_called() -> Iterator[None]:
    email: Any = channels()["email"]
    email.configure(Settings(private_networks="loopback"))
    yield
    email.configure(Settings())


@pytest.fixture
def nothing_private_is_called() -> None:
    """Whatever another test in this process configured."""
    email: Any = channels()["email"]
    email.configure(Settings())


@pytest.fixture
async def client(app: FastAPI, db: Database, workspace: NewWorkspace) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, authorization=f"Bearer {await new_key(db, workspace.id)}") as client:
        yield client


@pytest.fixture
async def neighbour(app: FastAPI, db: Database) -> AsyncIterator[httpx.AsyncClient]:
    slug = f"n-{new_id().hex}"
    made = await create_workspace(db, slug=slug, name="N", owner_email=f"n@{slug}.example", owner_name="N")
    async with client_of(app, authorization=f"Bearer {await new_key(db, made.id)}") as client:
        yield client


def mailbox() -> str:
    return f"hello@{new_id().hex}.example"


async def connected(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    response = await client.post("/api/accounts", json=body)
    assert response.status_code == 201, response.text
    return response.json()


async def test_a_connected_mailbox_shows_everything_but_its_secrets(client: httpx.AsyncClient) -> None:
    settings = {"name": "Clinic", "smtp_url": "smtps://u:pässword@mail.example", "aliases": ["info@clinic.example"]}
    made = await connected(client, channel="email", address=mailbox(), settings=settings, agent="email_sales")
    assert (made["settings"]["name"], made["agent"], made["issued"]) == ("Clinic", "email_sales", {})
    shown = (await client.get(f"/api/accounts/{made['id']}")).json()
    assert "smtp_url" not in shown["settings"]
    assert "ssword" not in str(shown) + str(made)
    assert [one["id"] for one in (await client.get("/api/accounts")).json()["items"]] == [made["id"]]


async def test_a_change_keeps_the_secrets_that_it_leaves_out(
    client: httpx.AsyncClient, app: FastAPI, workspace: NewWorkspace
) -> None:
    settings = {"smtp_url": "smtps://u:one@mail.example", "imap_url": "imaps://u:two@mail.example"}
    made = await connected(client, channel="email", address=mailbox(), settings=settings)
    changes = {"settings": {"name": "New", "imap_url": None}, "agent": "chat"}
    changed = (await client.patch(f"/api/accounts/{made['id']}", json=changes)).json()
    assert (changed["settings"]["name"], changed["agent"]) == ("New", "chat")
    account = await app.state.services.accounts.by_id(workspace.id, made["id"])
    assert account.settings.smtp_url.get_secret_value() == settings["smtp_url"]
    assert account.settings.imap_url is None


@pytest.mark.usefixtures("private_servers_are_called")
@pytest.mark.parametrize("change", [{"settings": {"smtp_url": "smtp://127.0.0.1:2"}}, {"enabled": True}])
async def test_what_waits_for_a_repaired_account_is_due_soon_and_nothing_else(
    client: httpx.AsyncClient, db: Database, workspace: NewWorkspace, change: dict[str, Any]
) -> None:
    mine, other = [
        await connected(client, channel="email", address=mailbox(), settings={"smtp_url": "smtp://127.0.0.1:1"})
        for _ in range(2)
    ]
    async with db.workspace(workspace.id) as connection:
        for account in (mine, other):
            await enqueue(
                connection,
                workspace.id,
                audience="contact",
                channel="email",
                account_id=account["id"],
                recipient="ada@example.com",
                content={"text": "Hello"},
                dedupe_key=account["id"],
            )
        await connection.execute(
            "UPDATE outbox SET due_at = now() + interval '1 hour' WHERE workspace_id = %s", (workspace.id,)
        )
        assert (await client.patch(f"/api/accounts/{mine['id']}", json={"agent": None})).status_code == 200
        assert await soon(connection, workspace.id) == set()
        assert (await client.patch(f"/api/accounts/{mine['id']}", json=change)).status_code == 200
        assert await soon(connection, workspace.id) == {mine["id"]}


async def soon(connection: Connection, workspace_id: UUID) -> set[str]:
    cursor = await connection.execute(
        """SELECT account_id FROM outbox WHERE workspace_id = %s AND status = 'queued'
           AND due_at < now() + interval '10 seconds'""",
        (workspace_id,),
    )
    return {str(row["account_id"]) for row in await cursor.fetchall()}


async def test_a_source_gets_a_secret_that_is_shown_once(client: httpx.AsyncClient) -> None:
    made = await connected(client, channel="generic", address="booking")
    assert made["issued"]["secret"].startswith("dsk_")
    assert made["issued"]["secret"] not in (await client.get(f"/api/accounts/{made['id']}")).text


async def test_a_widget_needs_no_key_of_ones_own(client: httpx.AsyncClient) -> None:
    first, second = [await connected(client, channel="webchat") for _ in range(2)]
    assert len(first["address"]) >= 16
    assert first["address"] != second["address"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"channel": "pigeon"}, "email"),
        ({"channel": "email"}, "address"),
        ({"channel": "email", "address": "nobody"}, "hello@example.com"),
        ({"channel": "email", "address": "a@b.example", "settings": {"smtp_url": "http://x"}}, "smtp"),
        ({"channel": "email", "address": "a@b.example", "settings": {"smtp": "x"}}, "smtp"),
        ({"channel": "webchat", "agent": "nobody"}, "scheduling"),
        ({"channel": "webchat", "colour": "red"}, "colour"),
    ],
    ids=str,
)
async def test_what_cannot_work_is_refused_with_what_is_expected(
    client: httpx.AsyncClient, body: dict[str, Any], said: str
) -> None:
    response = await client.post("/api/accounts", json=body)
    assert response.status_code == 422
    assert said in response.text


async def test_an_address_is_one_workspaces_and_free_again_once_removed(
    client: httpx.AsyncClient, neighbour: httpx.AsyncClient
) -> None:
    wanted = {"channel": "webchat", "address": new_id().hex}
    made = await connected(client, **wanted)
    assert (await client.post("/api/accounts", json=wanted)).status_code == 409
    assert (await neighbour.post("/api/accounts", json=wanted)).status_code == 409
    assert (await client.delete(f"/api/accounts/{made['id']}")).status_code == 204
    assert (await client.get(f"/api/accounts/{made['id']}")).status_code == 404
    assert (await client.delete(f"/api/accounts/{made['id']}")).status_code == 404
    await connected(neighbour, **wanted)
    assert (await client.post("/api/accounts", json=wanted)).status_code == 409


async def test_a_switched_off_account_comes_back_only_while_its_address_is_free(
    client: httpx.AsyncClient, neighbour: httpx.AsyncClient
) -> None:
    made = await connected(client, channel="webchat")
    at = f"/api/accounts/{made['id']}"
    assert (await client.patch(at, json={"enabled": False})).json()["enabled"] is False
    theirs = await connected(neighbour, channel="webchat", address=made["address"])
    refused = await client.patch(at, json={"enabled": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    await neighbour.delete(f"/api/accounts/{theirs['id']}")
    assert (await client.patch(at, json={"enabled": True})).json()["enabled"] is True


async def test_another_workspaces_account_is_not_found(client: httpx.AsyncClient, neighbour: httpx.AsyncClient) -> None:
    at = f"/api/accounts/{(await connected(client, channel='webchat'))['id']}"
    answers = [
        await neighbour.get(at),
        await neighbour.patch(at, json={"enabled": False}),
        await neighbour.delete(at),
        await neighbour.post(f"{at}/check"),
    ]
    assert {answer.status_code for answer in answers} == {404}


@pytest.mark.usefixtures("nothing_private_is_called")
@pytest.mark.parametrize(
    ("field", "url"),
    [
        ("smtp_url", "smtp://user:secret@10.0.0.5:587"),
        ("smtp_url", "smtp://user:secret@0x7f.1:587"),
        ("imap_url", "imaps://user:secret@localhost/INBOX"),
        ("imap_url", "imaps://user:secret@[::1]/INBOX"),
    ],
)
async def test_a_mail_server_in_a_private_network_is_refused_where_it_is_set(
    client: httpx.AsyncClient, field: str, url: str
) -> None:
    made = await connected(client, channel="email", address=mailbox())
    new = {"channel": "email", "address": mailbox(), "settings": {field: url}}
    changed = await client.patch(f"/api/accounts/{made['id']}", json={"settings": {field: url}})
    for answer in (await client.post("/api/accounts", json=new), changed):
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, f"settings.{field}")
        assert "secret" not in answer.text


@pytest.mark.usefixtures("private_servers_are_called")
async def test_a_check_says_what_is_wrong_and_what_to_do(client: httpx.AsyncClient) -> None:
    settings = {"smtp_url": "smtp://user:secret@127.0.0.1:9?starttls=never"}
    made = await connected(client, channel="email", address="hello@clinic.test", settings=settings)
    checked = (await client.post(f"/api/accounts/{made['id']}/check")).json()
    assert checked["ok"] is False
    [finding] = [one for one in checked["findings"] if one["part"] == "smtp"]
    assert finding["status"] == "failed"
    assert finding["remedy"]
    assert "secret" not in str(checked)


async def test_a_channel_that_has_nobody_to_ask_says_so(client: httpx.AsyncClient) -> None:
    made = await connected(client, channel="webchat")
    assert (await client.post(f"/api/accounts/{made['id']}/check")).json() == {"ok": None, "findings": []}


async def test_a_form_names_only_what_the_workspace_has(client: httpx.AsyncClient) -> None:
    mine = await connected(client, channel="email", address=mailbox())
    key = new_id().hex
    for settings, field, why in (
        ({"mail_account": "nobody@clinic.example"}, "settings.mail_account", mine["address"]),
        ({"caller": "Nobody"}, "settings.caller", "no single teammate is called 'Nobody'"),
        ({"per_address": "x"}, "settings.per_address", "expected a whole number"),
        ({"orgins": []}, "settings.orgins", "there is no such field"),
    ):
        refused = await client.post("/api/accounts", json={"channel": "forms", "address": key, "settings": settings})
        assert refused.status_code == 422
        [error] = refused.json()["errors"]
        assert error["field"] == field
        assert why in error["message"]
    made = await connected(client, channel="forms", address=key, settings={"mail_account": mine["address"].upper()})
    refused = await client.patch(f"/api/accounts/{made['id']}", json={"settings": {"caller": "Nobody"}})
    assert refused.status_code == 422
    await client.delete(f"/api/accounts/{mine['id']}")
    kept = await client.patch(f"/api/accounts/{made['id']}", json={"settings": {"most_files": 1}})
    assert kept.status_code == 200, "what it named before may have gone since"


async def test_a_form_speaks_the_workspaces_language_where_it_can(client: httpx.AsyncClient) -> None:
    async def made(**settings: Any) -> tuple[str, str | None]:
        shown = (await connected(client, channel="forms", settings=settings))["settings"]
        return shown["language"], shown["country"]

    await client.patch("/api/settings/workspace", json={"language": "de-AT", "timezone": "Europe/Vienna"})
    assert await made() == ("de", "AT")
    assert await made(language="it", country=None) == ("it", None)
    await client.patch("/api/settings/workspace", json={"language": "pt", "profile": {"phone": "+351 21 1234567"}})
    assert await made() == ("en", "PT"), "there are no pages in Portuguese"


async def test_a_workspace_connects_no_more_than_can_be_listened_to(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST_ACCOUNTS", 2)
    made = [await connected(client, channel="webchat") for _ in range(2)]
    refused = await client.post("/api/accounts", json={"channel": "webchat"})
    assert (refused.status_code, "2 accounts at most" in refused.json()["detail"]) == (409, True)
    await client.delete(f"/api/accounts/{made[0]['id']}")
    await connected(client, channel="webchat")


@pytest.mark.usefixtures("private_servers_are_called")
async def test_nobody_tries_passwords_at_a_mail_server_through_us(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SERVERS", Rate("servers that a workspace names or has checked", 3, 3_600))
    guess = {"settings": {"imap_url": "imap://victim:guess@127.0.0.1:9?starttls=never"}}
    made = await connected(client, channel="email", address=mailbox(), **guess)
    at = f"/api/accounts/{made['id']}"
    assert (await client.patch(at, json=guess)).status_code == 200
    assert (await client.post(f"{at}/check")).status_code == 200
    for again in (await client.patch(at, json=guess), await client.post(f"{at}/check")):
        assert (again.status_code, again.json()["code"]) == (429, "too_many_requests")
    assert (await client.patch(at, json={"settings": {"name": "Clinic"}})).status_code == 200
