"""Imports that something stops: one bad cell, a refusing database, a defect; none holds up those after it."""

from typing import Any
from uuid import UUID

import psycopg
import pytest

from dynaris.contacts.imports import running, undoing, writing
from dynaris.core.errors import NoDatabase, TooLarge
from tests.contacts.desk import Desk
from tests.contacts.imports.conftest import LIST, Api, contacts, does, rows, uploaded, worked

TWO = "name,email\nAda,ada@a.example\nBen,ben@a.example\n"


@pytest.mark.parametrize(
    ("header", "cell", "note"),
    [
        ("field:x", r'"a\u0000b"', "field:x: the body holds a NUL"),
        ("field:x", r'{"a\u0000b": [1]}', "field:x: the body holds a NUL"),
        ("field:x", "[" * 300 + "]" * 300, "field:x: the body is nested"),
        ("email", r'["ada@a.example\u0000"]', "email: expected an address, got 'ada@a.example\\x00'"),
        ("phone", r'["\u0000+436601234567"]', "phone: expected an address"),
        ("tags", r'["a\u0000b"]', "tags.0: String should match"),
    ],
)
async def test_a_cell_that_cannot_be_stored_is_its_rows_error(
    api: Api, desk: Desk, header: str, cell: str, note: str
) -> None:
    quoted = cell.replace('"', '""')
    found = await uploaded(api, f'name,{header}\nAda,"{quoted}"\nBen,\n')
    applied = await does(api, desk, found, "dry-run", "apply")
    assert applied["results"] == {"create": 1, "error": 1}
    assert (await rows(api, found))[0]["note"].startswith(note)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("\u200bNotes", "Notes"),
        ("a" * 99 + " b", "a" * 99),
        ("field:two\u00a0words", "field:two\u00a0words"),
        ("field: " + "a" * 101, "field:" + "a" * 100),
    ],
)
async def test_any_header_leaves_an_import_that_can_be_changed(api: Api, desk: Desk, header: str, told: str) -> None:
    found = await uploaded(api, f"name,{header}\nAda,x\n", region="AT")
    shown = (await api.get(f"{LIST}/{found}")).json()["columns"][1]
    target = told if told.startswith("field:") else f"field:{told}"
    assert (shown["header"], shown["target"]) == (told, target)
    assert (await does(api, desk, found, "dry-run", "apply"))["results"] == {"create": 1}


async def test_a_contact_gets_no_more_fields_and_tags_than_can_be_changed_by_hand(api: Api, desk: Desk) -> None:
    full = {f"f{n}": n for n in range(100)}
    for name, body in (("fields", {"fields": full}), ("tags", {"tags": [f"t{n}" for n in range(50)]})):
        addresses = [{"kind": "email", "value": f"{name}@a.example"}]
        assert (await api.post("/api/contacts", json={**body, "addresses": addresses})).status_code == 201
    found = await uploaded(api, "email,city,tags\nfields@a.example,Wien,\ntags@a.example,,new\nfields@a.example,,new\n")
    assert (await does(api, desk, found, "dry-run", "apply"))["results"] == {"change": 1, "error": 2}
    assert [row["note"] for row in await rows(api, found)] == [
        "expected at most 100 custom fields of a contact, got 101",
        "expected at most 50 tags of a contact, got 51",
        None,
    ]


async def test_a_business_with_a_freephone_number_is_where_its_time_zone_says(api: Api, desk: Desk) -> None:
    profile = """UPDATE workspace SET timezone = 'Europe/Vienna', profile = '{"phone": "+80012345678"}' WHERE id = %s"""
    await desk.rows(profile)
    found = await uploaded(api, TWO)
    assert (await api.get(f"{LIST}/{found}")).json()["options"]["region"] == "AT"


async def test_so_many_imports_are_kept_and_then_one_must_be_forgotten(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dynaris.contacts.imports.actions._MOST_KEPT", 2)
    first, _ = await uploaded(api, TWO), await uploaded(api, TWO)
    refused = await api.post(LIST, content=TWO.encode(), headers={"content-type": "text/csv"})
    assert (refused.status_code, "forgets one" in refused.json()["detail"]) == (409, True)
    assert (await api.delete(f"{LIST}/{first}")).status_code == 204
    await uploaded(api, TWO)


async def test_a_plan_that_the_database_refuses_is_its_rows_error(
    api: Api, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = running.Plan.told
    monkeypatch.setattr(
        running.Plan,
        "told",
        lambda plan: told(plan) | ({"note": "\x00"} if plan.known and plan.known.fields["name"] == "Ada" else {}),
    )
    found = await uploaded(api, TWO)
    checked = await does(api, desk, found, "dry-run")
    assert (checked["state"], checked["planned"]) == ("checked", {"create": 1, "error": 1})
    assert "UntranslatableCharacter" in (await rows(api, found))[0]["note"]


@pytest.mark.parametrize("error", [TooLarge("too much of it"), psycopg.DataError("no such text")])
async def test_a_row_that_is_refused_holds_up_no_other(
    api: Api, desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    write = running.write

    async def refuses(*given: Any, **named: Any) -> None:
        if any(plan.known.fields["name"] == "Ada" for _, plan in given[3]):
            raise error
        await write(*given, **named)

    found = await uploaded(api, TWO)
    await does(api, desk, found, "dry-run")
    monkeypatch.setattr(running, "write", refuses)
    assert (await does(api, desk, found, "apply"))["results"] == {"create": 1, "differs": 1, "error": 1}


async def test_a_row_that_cannot_be_undone_stays_and_the_others_go(
    api: Api, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await uploaded(api, TWO)
    await does(api, desk, found, "dry-run", "apply")
    [ben] = await contacts(api, address="ben@a.example")
    remove = undoing._remove

    async def refuses(connection: Any, workspace_id: UUID, contact_id: UUID) -> None:
        if str(contact_id) == ben["id"]:
            await connection.execute("SELECT 1 / 0")
        await remove(connection, workspace_id, contact_id)

    monkeypatch.setattr(undoing, "_remove", refuses)
    undone = await does(api, desk, found, "undo")
    assert (undone["state"], undone["results"]) == ("undone", {"kept": 1, "removed": 1})
    assert (await rows(api, found))[1]["note"] == "it could not be undone: DivisionByZero"


async def test_a_defect_ends_in_a_state_that_can_be_undone_and_forgotten(
    api: Api, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await uploaded(api, TWO)
    await does(api, desk, found, "dry-run")
    monkeypatch.setattr(running, "_APPLIED_AT_ONCE", 1)
    settle, fine = writing.settle, iter([True])

    async def breaks(*given: Any) -> None:
        if not next(fine, False):
            raise RuntimeError("a defect")
        await settle(*given)

    monkeypatch.setattr(writing, "settle", breaks)
    assert (await does(api, desk, found, "apply"))["state"] == "failed"
    assert await desk.contacts() == 1
    [entry] = await desk.rows("SELECT detail FROM audit_entry WHERE workspace_id = %s AND action = 'import.failed'")
    assert entry["detail"] == {"state": "applying", "error": "RuntimeError"}
    undone = await does(api, desk, found, "undo")
    assert (undone["state"], undone["results"], await desk.contacts()) == ("undone", {"removed": 1}, 0)
    assert (await api.delete(f"{LIST}/{found}")).status_code == 204


async def test_a_failed_import_can_be_forgotten(api: Api, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: Any) -> None:
        raise RecursionError("a defect")

    monkeypatch.setattr(running, "plan_row", breaks)
    found = await uploaded(api, TWO)
    assert (await does(api, desk, found, "dry-run"))["state"] == "failed"
    assert (await api.delete(f"{LIST}/{found}")).status_code == 204


@pytest.mark.parametrize("error", [psycopg.OperationalError("gone"), psycopg.InterfaceError("closed"), None])
async def test_while_the_database_is_away_an_import_waits(
    api: Api, desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    if error is None:
        error = NoDatabase("no connection")
        error.__cause__ = psycopg.OperationalError("none free")
    found = await uploaded(api, TWO)
    await does(api, desk, found, "dry-run")
    await api.post(f"{LIST}/{found}/apply")
    write = running.write

    async def away(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(running, "write", away)
    with pytest.raises(type(error)):
        await worked(desk, found)
    monkeypatch.setattr(running, "write", write)
    await worked(desk, found)
    assert (await api.get(f"{LIST}/{found}")).json()["results"] == {"create": 2}
