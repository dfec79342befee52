"""An import taken back: its merges, and contacts that somebody changed or merged since."""

from pathlib import Path
from typing import Any

import pytest

from dynaris.contacts import merge
from dynaris.contacts.imports import running
from dynaris.core.db import Database
from tests.contacts.desk import EMAIL, VERIFIED, WHATSAPP, Desk
from tests.contacts.imports.conftest import LIST, ROUTERS, Api, contacts, does, rows, uploaded, worked
from tests.web import client_of, new_key, web_app


async def test_contacts_that_a_file_made_and_merged_are_gone_after_its_undo(api: Api, desk: Desk) -> None:
    text = (
        "name,email,phone,city\nAda,ada@a.example,,\nAda,,+436601234567,\n"
        "Ada,ada@a.example,+436601234567,\nAda,ada@a.example,,Wien\n"
    )
    found = await uploaded(api, text, on_two="merge")
    applied = await does(api, desk, found, "dry-run", "apply")
    assert applied["results"] == applied["planned"] == {"change": 1, "create": 2, "merge": 1}
    assert len(await contacts(api)) == 1
    undone = await does(api, desk, found, "undo")
    assert undone["results"] == {"removed": 3, "restored": 1}
    assert undone["done"] == undone["rows"]
    assert await desk.rows("SELECT id FROM contact WHERE workspace_id = %s") == []
    assert await desk.rows("SELECT id FROM merge WHERE workspace_id = %s") == []


async def test_merges_of_one_row_are_undone_the_latest_first(api: Api, desk: Desk) -> None:
    await desk.arrives(EMAIL, "ada@a.example", VERIFIED)
    await desk.arrives(WHATSAPP, "436601234567", claims=[(EMAIL, "x@a.example")])
    last = (await desk.arrives(WHATSAPP, "436607654321")).contact_id
    body = {"kind": "email", "value": "x@a.example"}
    assert (await api.post(f"/api/contacts/{last}/addresses", json=body)).status_code == 201
    text = "email,whatsapp,phone\nada@a.example,436601234567,+436607654321\n"
    found = await uploaded(api, text, on_two="merge")
    await does(api, desk, found, "dry-run", "apply")
    assert len(await contacts(api)) == 1
    assert (await does(api, desk, found, "undo"))["results"] == {"restored": 1}
    assert (await rows(api, found))[0]["note"] is None
    assert len(await contacts(api)) == 3


async def test_what_somebody_changed_between_two_rows_is_not_taken_away(
    api: Api, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await uploaded(api, "name,email,city\nAda,ada@a.example,\nAda,ada@a.example,\nAda,ada@a.example,Wien\n")
    await does(api, desk, found, "dry-run")
    monkeypatch.setattr(running, "_APPLIED_AT_ONCE", 1)
    step, steps = running._step, 0

    async def then_a_teammate(*given: Any, **named: Any) -> bool:
        nonlocal steps
        more = await step(*given, **named)
        steps += 1
        if steps == 1:
            [ada] = await contacts(api)
            assert (await api.patch(f"/api/contacts/{ada['id']}", json={"tags": ["seen"]})).status_code == 200
        return more

    monkeypatch.setattr(running, "_step", then_a_teammate)
    assert (await does(api, desk, found, "apply"))["results"] == {"change": 1, "create": 1, "unchanged": 1}
    assert (await does(api, desk, found, "undo"))["results"] == {"kept": 2, "unchanged": 1}
    [ada] = await contacts(api)
    assert ada["tags"] == ["seen"]


async def test_a_survivor_keeps_its_own_when_what_was_merged_into_it_is_undone(api: Api, desk: Desk) -> None:
    ada = (await desk.arrives(EMAIL, "ada@a.example", name="Ada Berg")).contact_id
    other = (await desk.arrives(EMAIL, "berg@a.example")).contact_id
    found = await uploaded(api, "name,email\nAda Berg,berg@a.example\n")
    assert (await does(api, desk, found, "dry-run", "apply"))["results"] == {"change": 1}
    async with desk.db.workspace(desk.id) as connection:
        await merge.perform(connection, desk.id, ada, other, reason="same", by="system")
    assert (await does(api, desk, found, "undo"))["results"] == {"kept": 1}
    assert (await rows(api, found))[0]["note"] == "it was merged into another contact since"
    assert (await desk.contact(ada))["name"] == "Ada Berg"


async def test_rows_about_a_new_contact_that_stays_say_so(
    api: Api, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await uploaded(api, "name,email,city\nAda,ada@a.example,\nAda,ada@a.example,Wien\n")
    await does(api, desk, found, "dry-run", "apply")
    monkeypatch.setattr("dynaris.contacts.imports.undoing._AT_ONCE", 1)
    undo_rows, steps = running.undo_rows, 0

    async def then_she_writes(*given: Any) -> bool:
        nonlocal steps
        more = await undo_rows(*given)
        steps += 1
        if steps == 1:
            await desk.arrives(EMAIL, "ada@a.example")
        return more

    monkeypatch.setattr(running, "undo_rows", then_she_writes)
    assert (await does(api, desk, found, "undo"))["results"] == {"kept": 2}


async def test_who_asked_for_the_work_is_named_and_not_who_uploaded(
    api: Api, desk: Desk, db: Database, tmp_path: Path
) -> None:
    await desk.arrives(EMAIL, "ada@a.example", VERIFIED)
    await desk.arrives(WHATSAPP, "436601234567")
    found = await uploaded(api, "name,email,phone\nAda,ada@a.example,+436601234567\n", on_two="merge")
    await does(api, desk, found, "dry-run")
    app = web_app(db, tmp_path, ROUTERS)
    async with client_of(app, authorization=f"Bearer {await new_key(db, desk.id)}") as another:
        assert (await another.post(f"{LIST}/{found}/apply")).status_code == 202
        await worked(desk, found)
    entries = await desk.rows("SELECT action, actor FROM audit_entry WHERE workspace_id = %s")
    actors = {entry["action"]: entry["actor"] for entry in entries}
    assert actors["import.uploaded"] == actors["import.checked"] != actors["import.applying"]
    assert actors["import.applied"] == actors["contact.merged"] == actors["import.applying"]
