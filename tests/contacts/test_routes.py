"""Contacts over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dynaris.contacts.routes import router
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from tests.contacts.desk import EMAIL, PHONE, VERIFIED, VISITOR, WHATSAPP, Desk, another_workspace, session
from tests.web import client_of, new_key, web_app


@pytest.fixture
async def api(db: Database, desk: Desk, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    key = await new_key(db, desk.id)
    async with client_of(web_app(db, tmp_path, [router]), authorization=f"Bearer {key}") as client:
        yield client


async def created(api: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await api.post("/api/contacts", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_contact_is_added_changed_and_read(api: httpx.AsyncClient, desk: Desk) -> None:
    contact = await created(
        api,
        name=" Anna\tBerg ",
        tags=["vip", "vip"],
        fields={"plan": "gold", "size": 3},
        addresses=[{"kind": "email", "value": "Anna@Example.com"}],
    )
    assert (contact["name"], contact["status"], contact["tags"]) == ("Anna Berg", "lead", ["vip"])
    [address] = contact["addresses"]
    assert (address["value"], address["display"], address["verified"], address["claimed"]) == (
        "anna@example.com",
        "Anna@Example.com",
        False,
        False,
    )
    changes = {
        "status": "do_not_contact",
        "owner_id": str(desk.owner_id),
        "fields": {"plan": None, "shoe": 38},
        "language": "de-AT",
        "timezone": "Europe/Vienna",
    }
    answer = await api.patch(f"/api/contacts/{contact['id']}", json=changes)
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    assert (changed["status"], changed["owner_id"], changed["fields"], changed["name"]) == (
        "do_not_contact",
        str(desk.owner_id),
        {"size": 3, "shoe": 38},
        "Anna Berg",
    )
    assert (await api.get(f"/api/contacts/{contact['id']}")).json() == changed
    logged = await desk.rows(
        "SELECT action FROM audit_entry WHERE workspace_id = %s AND subject = %s ORDER BY id",
        f"contact:{contact['id']}",
    )
    assert [row["action"] for row in logged] == ["contact.created", "contact.address_added", "contact.changed"]


@pytest.mark.parametrize(
    "change",
    [
        {"status": "friend"},
        {"status": None},
        {"owner_id": "01890000-0000-7000-8000-000000000000"},
        {"owner_id": "me"},
        {"tags": [""]},
        {"tags": ["a\nb"]},
        {"tags": ["x"] * 51},
        {"fields": {"long": "x" * 20_000}},
        {"fields": {f"f{n}": n for n in range(101)}},
        {"language": "German"},
        {"timezone": "Mars/Olympus"},
        {"timezone": "../etc/passwd"},
        {"merged_into": "01890000-0000-7000-8000-000000000000"},
        {"addresses": [{"kind": "email", "value": "None"}]},
        {"addresses": [{"kind": "visitor", "value": "0" * 64}]},
        {"addresses": [{"kind": "phone", "value": "0664 1234567"}]},
    ],
)
async def test_what_makes_no_sense_is_refused_and_nothing_is_kept(
    api: httpx.AsyncClient, desk: Desk, change: dict[str, Any]
) -> None:
    answer = await api.post("/api/contacts", json=change)
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"]
    assert await desk.contacts() == 0


async def test_contacts_are_found_by_any_kind_of_address(api: httpx.AsyncClient, desk: Desk) -> None:
    async def found(address: str) -> list[tuple[str, bool]]:
        answer = await api.get("/api/contacts", params={"address": address})
        assert answer.status_code == 200, answer.text
        return [(one["id"], one["addresses"][0]["claimed"]) for one in answer.json()["items"]]

    anna = str((await desk.arrives(EMAIL, "anna@example.com", VERIFIED)).contact_id)
    visitor = str((await desk.arrives(VISITOR, session("v"), claims=((EMAIL, "anna@example.com"),))).contact_id)
    whatsapp = str((await desk.arrives(WHATSAPP, "436641234567", VERIFIED)).contact_id)
    caller = str((await desk.arrives(PHONE, "+436649999999")).contact_id)
    assert [one for one, _ in await found(" ANNA@example.com")] == [anna, visitor]
    assert await found("+43 664 123 45 67") == [(whatsapp, False)]
    assert await found("436649999999") == [(caller, False)]
    assert await found(session("v")) == [(visitor, False)]
    for nothing in ("nobody@example.com", "None", "", "\x01", "%", "'; DROP TABLE contact; --", "x" * 400):
        assert await found(nothing) == []


async def test_contacts_are_listed_newest_first_page_by_page(api: httpx.AsyncClient) -> None:
    ids = [(await created(api, name=f"Number {n}"))["id"] for n in range(5)]
    seen, cursor = [], None
    for _ in range(3):
        page = (await api.get("/api/contacts", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == ids[::-1]
    assert cursor is None


async def test_a_merge_is_previewed_performed_and_undone(api: httpx.AsyncClient) -> None:
    keep = await created(api, name="Anna", addresses=[{"kind": "email", "value": "anna@example.com"}])
    drop = await created(api, name="A. Berg", tags=["vip"], addresses=[{"kind": "phone", "value": "+436641234567"}])
    pair = {"keep": keep["id"], "drop": drop["id"]}
    preview = (await api.post("/api/contacts/merge", json={**pair, "dry_run": True})).json()
    assert (preview["moves"], preview["fields"]["tags"]) == ({"address": 1}, ["vip"])
    assert preview["conflicts"] == [{"field": "name", "keep": "Anna", "drop": "A. Berg"}]
    assert (await api.get(f"/api/contacts/{drop['id']}")).json() == drop

    done = (await api.post("/api/contacts/merge", json={**pair, "reason": "same person"})).json()
    survivor = (await api.get(f"/api/contacts/{drop['id']}")).json()
    assert (survivor["id"], len(survivor["addresses"])) == (keep["id"], 2)
    assert [one["id"] for one in (await api.get("/api/contacts")).json()["items"]] == [keep["id"]]
    changed = await api.patch(f"/api/contacts/{drop['id']}", json={"language": "de"})
    assert changed.json()["id"] == keep["id"]
    assert (await api.post("/api/contacts/merge", json=pair)).status_code == 409

    undone = await api.post(f"/api/contacts/merges/{done['id']}/undo")
    assert undone.json()["undone_by"].startswith("key:")
    assert (await api.post(f"/api/contacts/merges/{done['id']}/undo")).status_code == 409
    again = (await api.get(f"/api/contacts/{drop['id']}")).json()
    assert again | {"updated_at": ""} == drop | {"updated_at": ""}
    for one in (keep, drop):
        [listed] = (await api.get(f"/api/contacts/{one['id']}/merges")).json()["items"]
        assert (listed["id"], listed["reason"]) == (done["id"], "same person")


async def test_members_add_vouch_for_and_remove_addresses(api: httpx.AsyncClient, desk: Desk) -> None:
    visitor = await desk.arrives(VISITOR, session("v"), claims=((EMAIL, "anna@example.com"),))
    path = f"/api/contacts/{visitor.contact_id}"
    claim = (await api.get(path)).json()["addresses"][-1]
    assert claim["claimed"]
    verified = (await api.post(f"{path}/addresses/{claim['id']}/verify")).json()["addresses"][0]
    assert (verified["id"], verified["verified"], verified["verified_by"]) == (claim["id"], True, "member")
    assert (await desk.arrives(EMAIL, "anna@example.com", VERIFIED)).contact_id == visitor.contact_id

    added = await api.post(f"{path}/addresses", json={"kind": "phone", "value": "0664 1234567", "region": "AT"})
    assert added.status_code == 201
    assert "+436641234567" in {one["value"] for one in added.json()["addresses"]}
    assert (await api.delete(f"{path}/addresses/{claim['id']}")).status_code == 204
    assert (await api.delete(f"{path}/addresses/{claim['id']}")).status_code == 404
    assert (await desk.arrives(EMAIL, "anna@example.com", VERIFIED)).created


async def test_an_address_that_somebody_has_is_not_given_to_another(api: httpx.AsyncClient, desk: Desk) -> None:
    anna = await desk.arrives(EMAIL, "anna@example.com", VERIFIED)
    visitor = await desk.arrives(VISITOR, session("v"), claims=((EMAIL, "anna@example.com"),))
    path = f"/api/contacts/{visitor.contact_id}/addresses"
    claim = (await api.get(f"/api/contacts/{visitor.contact_id}")).json()["addresses"][-1]
    body = {"kind": "email", "value": "anna@example.com"}
    for answer in (
        await api.post(path, json=body),
        await api.post(f"{path}/{claim['id']}/verify"),
        await api.post("/api/contacts", json={"addresses": [body]}),
    ):
        assert (answer.status_code, answer.json()["contact_id"]) == (409, str(anna.contact_id))
    assert await desk.contacts() == 2


async def test_another_workspaces_contacts_are_not_there(api: httpx.AsyncClient, db: Database, desk: Desk) -> None:
    theirs = await Desk(db, await another_workspace(db)).arrives(EMAIL, "theirs@example.com")
    ours = await created(api, name="Ours")
    for answer in (
        await api.get(f"/api/contacts/{theirs.contact_id}"),
        await api.patch(f"/api/contacts/{theirs.contact_id}", json={"name": "Mine now"}),
        await api.post("/api/contacts/merge", json={"keep": ours["id"], "drop": str(theirs.contact_id)}),
        await api.get(f"/api/contacts/{theirs.contact_id}/merges"),
        await api.post(f"/api/contacts/merges/{new_id()}/undo"),
    ):
        assert answer.status_code == 404
    assert (await api.get("/api/contacts", params={"address": "theirs@example.com"})).json()["items"] == []
