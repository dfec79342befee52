"""The routes of privacy, as a client uses them."""

import io
import zipfile

import httpx
import pytest

from dynaris.app.commands import privacy
from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.core.errors import InvalidInput
from dynaris.core.ids import new_id
from dynaris.privacy import erasure, export
from tests.flows.conftest import World
from tests.web import client_of, new_key


@pytest.fixture
async def api(world: World) -> httpx.AsyncClient:
    key = await new_key(world.services.db, world.workspace.id)
    return client_of(create_app(world.services, Host(world.services)), authorization=f"Bearer {key}")


async def contact_of(world: World) -> str:
    accepted = await world.say("Is there parking?", reply_url=None)
    await world.settle()
    return str((await world.event(accepted.event_id))["contact_id"])


async def test_an_export_is_asked_for_awaited_and_downloaded(world: World, api: httpx.AsyncClient) -> None:
    contact = await contact_of(world)
    asked = await api.post(f"/api/contacts/{contact}/export")
    assert (asked.status_code, asked.json()["status"]) == (202, "queued")
    export_id = asked.json()["id"]
    assert (await api.get(f"/api/privacy/exports/{export_id}/file")).status_code == 409
    (job,) = await world.rows(
        """SELECT args FROM procrastinate_jobs WHERE %(ws)s::uuid IS NOT NULL AND task_name = %(name)s
           AND args->>'export_id' = %(id)s""",
        name=export.EXPORT_JOB,
        id=export_id,
    )
    assert job["args"]["workspace_id"] == str(world.workspace.id)
    await export.export_job(world.services, world.workspace.id, asked.json()["id"])
    assert (await api.get(f"/api/privacy/exports/{export_id}")).json()["status"] == "ready"
    file = await api.get(f"/api/privacy/exports/{export_id}/file")
    assert file.headers["content-type"] == "application/zip"
    assert file.headers["cache-control"] == "no-store"
    assert {"contact.json", "index.html"} <= set(zipfile.ZipFile(io.BytesIO(file.content)).namelist())
    audit = await world.rows(
        "SELECT action FROM audit_entry WHERE workspace_id = %s AND action LIKE 'contact.export%%' ORDER BY id"
    )
    assert [row["action"] for row in audit] == ["contact.export_requested", "contact.export_downloaded"]


async def test_an_erasure_is_previewed_confirmed_and_proved(world: World, api: httpx.AsyncClient) -> None:
    contact = await contact_of(world)
    preview = await api.get(f"/api/contacts/{contact}/erasure-preview")
    assert preview.json()["counts"]["contact"] == 1
    assert (await api.post(f"/api/contacts/{contact}/erase", json={})).status_code == 422
    begun = await api.post(f"/api/contacts/{contact}/erase", json={"confirm": True})
    assert (begun.status_code, begun.json()["already"]) == (202, False)
    assert (await api.get(f"/api/contacts/{contact}")).status_code == 404
    await erasure.erase_job(world.services, world.workspace.id, begun.json()["id"])
    proof = await api.get(f"/api/privacy/erasures/{begun.json()['id']}")
    assert (proof.json()["status"], proof.json()["counts"]["contact"]) == ("done", 1)
    assert "ada" not in proof.text.lower()
    again = await api.post(f"/api/contacts/{contact}/erase", json={"confirm": True})
    assert again.json()["already"]
    for address, known in (("Ada@example.com", True), ("bob@example.com", False)):
        answer = await api.post("/api/privacy/erasures/check", json={"address": address})
        assert answer.json()["erased"] is known
    assert len((await api.get("/api/privacy/erasures")).json()["items"]) == 1


async def test_consents_are_noted_and_a_persons_reply_is_warned_about(world: World, api: httpx.AsyncClient) -> None:
    contact = await contact_of(world)
    noted = await api.post(
        f"/api/contacts/{contact}/consents",
        json={"channel": "any", "state": "withdrawn", "source": "said so on the telephone"},
    )
    assert (noted.status_code, noted.json()["blocked"]) == (201, ["any"])
    kept = (await api.get(f"/api/contacts/{contact}/consents")).json()
    assert kept["items"][0]["source"] == "said so on the telephone"
    assert (await api.get(f"/api/contacts/{contact}")).json()["blocked_channels"] == ["any"]
    accepted = await world.say("Are you open?", reply_url="http://127.0.0.1:1024/reply")
    await world.settle()
    conversation = (await world.event(accepted.event_id))["conversation_id"]
    answer = await api.post(f"/api/conversations/{conversation}/messages", json={"text": "Hello"})
    assert "asked for no messages" in answer.json()["warning"]
    note = await api.post(f"/api/conversations/{conversation}/messages", json={"text": "Hello", "note": True})
    assert set(note.json()) == {"id"}


async def test_retention_is_read_changed_and_previewed(world: World, api: httpx.AsyncClient) -> None:
    assert set((await api.get("/api/settings/retention")).json().values()) == {None}
    changed = await api.put("/api/settings/retention", json={"raw_events": 30})
    assert changed.json()["raw_events"] == 30
    assert (await api.put("/api/settings/retention", json={"raw_events": 0})).status_code == 422
    assert (await api.put("/api/settings/retention", json={"messages": 90})).json()["raw_events"] == 30
    assert (await api.put("/api/settings/retention", json={"raw_events": None})).json()["raw_events"] is None
    assert (await api.post("/api/settings/retention/preview", json={"raw_events": 30})).json() == {"counts": {}}


async def test_what_is_not_there_is_not_found(api: httpx.AsyncClient) -> None:
    nowhere = new_id()
    for method, path in (
        ("POST", f"/api/contacts/{nowhere}/export"),
        ("GET", f"/api/privacy/exports/{nowhere}"),
        ("GET", f"/api/privacy/exports/{nowhere}/file"),
        ("GET", f"/api/contacts/{nowhere}/erasure-preview"),
        ("GET", f"/api/privacy/erasures/{nowhere}"),
        ("GET", f"/api/contacts/{nowhere}/consents"),
    ):
        assert (await api.request(method, path)).status_code == 404, path
    body = {"confirm": True}
    assert (await api.post(f"/api/contacts/{nowhere}/erase", json=body)).status_code == 404


async def test_a_member_who_adds_an_erased_address_again_gets_what_was_forbidden_with_it(
    world: World, api: httpx.AsyncClient
) -> None:
    contact = await contact_of(world)
    await api.patch(f"/api/contacts/{contact}", json={"status": "do_not_contact"})
    begun = await api.post(f"/api/contacts/{contact}/erase", json={"confirm": True})
    await erasure.erase(world.services, world.workspace.id, begun.json()["id"])
    address = {"kind": "email", "value": "Ada@example.com"}
    made = await api.post("/api/contacts", json={"name": "Ada", "addresses": [address]})
    assert (made.status_code, made.json()["blocked_channels"]) == (201, ["any"])
    other = await api.post("/api/contacts", json={"name": "Bob"})
    assert other.json()["blocked_channels"] == []


async def test_the_command_line_writes_the_same_export_and_lists_erasures(world: World, tmp_path, monkeypatch) -> None:
    contact = await contact_of(world)
    bodies = []
    monkeypatch.setattr(privacy, "with_services", lambda _, body: bodies.append(body))
    monkeypatch.setattr(privacy, "workspace_named", lambda *_: _this(world.workspace.id))
    out = tmp_path / "ada.zip"
    privacy.export_contact(contact, workspace="test", out=out)
    await bodies.pop()(world.services)
    assert "contact.json" in zipfile.ZipFile(out).namelist()
    privacy.export_contact(contact, workspace="test", out=out)
    with pytest.raises(InvalidInput, match="already"):
        await bodies.pop()(world.services)
    privacy.erasures()
    await bodies.pop()(world.services)


async def _this(value: object) -> object:
    return value
