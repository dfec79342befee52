"""Imports over HTTP: what a dry run says is what is done, once for each row, and can be taken back."""

import asyncio
import csv
import io
from pathlib import Path
from typing import Any

import pytest

from dynaris.contacts import merge
from dynaris.contacts.imports import actions, running
from dynaris.contacts.suppression import suppress
from dynaris.core import clock
from dynaris.core.db import Database
from dynaris.workspaces.actions import create_sign_in_link
from tests.contacts.desk import EMAIL, VERIFIED, VISITOR, WHATSAPP, Desk, another_workspace, session
from tests.contacts.imports.conftest import HASHED, LIST, ROUTERS, Api, contacts, does, rows, uploaded, worked
from tests.web import ADDRESS, client_of, new_key, web_app


async def test_a_file_is_mapped_looked_at_and_applied(api: Api, desk: Desk) -> None:
    text = "Vorname;Nachname;E-Mail;Handy;PLZ\r\nAda;Müller;Ada@Example.com;0660 1234567;1010\r\n"
    answer = await api.post(LIST, files={"file": ("kunden.csv", text.encode("cp1252"), "text/csv")})
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert (found["name"], found["encoding"], found["delimiter"], found["rows"]) == (
        "kunden.csv",
        "windows-1252",
        ";",
        1,
    )
    assert [c["target"] for c in found["columns"]] == ["first_name", "last_name", "email", "phone", "field:PLZ"]
    body = {"options": {"region": "AT", "tags": ["messe"], "source": "Fair 2026"}, "mapping": []}
    assert (await api.patch(f"{LIST}/{found['id']}", json=body)).status_code == 200
    assert (await api.post(f"{LIST}/{found['id']}/apply")).status_code == 409
    checked = await does(api, desk, found["id"], "dry-run")
    assert (checked["state"], checked["planned"]) == ("checked", {"create": 1})
    assert await desk.contacts() == 0
    applied = await does(api, desk, found["id"], "apply")
    assert (applied["state"], applied["results"], applied["done"]) == ("applied", {"create": 1}, 1)
    [ada] = await contacts(api)
    assert (ada["name"], ada["tags"]) == ("Ada Müller", ["messe"])
    assert ada["fields"] == {"PLZ": "1010", "source": "Fair 2026"}
    assert {(a["kind"], a["value"], a["claimed"], a["verified"]) for a in ada["addresses"]} == {
        ("email", "ada@example.com", True, False),
        ("phone", "+436601234567", True, False),
    }
    said = await desk.rows("SELECT DISTINCT said_by FROM address WHERE workspace_id = %s")
    assert said == [{"said_by": f"import:{found['id']}"}]


@pytest.mark.parametrize(
    ("policy", "language", "city", "changes"),
    [("fill", "de", "Graz", 2), ("overwrite", "fr", "Wien", 4), ("keep", "de", "Graz", 0)],
)
async def test_what_is_there_is_kept_filled_or_overwritten(
    api: Api, desk: Desk, policy: str, language: str, city: str, changes: int
) -> None:
    body = {"language": "de", "fields": {"city": "Graz"}, "addresses": [{"kind": "email", "value": "a@b.example"}]}
    before = (await api.post("/api/contacts", json=body)).json()
    found = await uploaded(api, "name,email,language,city,zip\nAda,a@b.example,fr,Wien,1010\n", on_conflict=policy)
    await api.patch(f"{LIST}/{found}", json={"mapping": [{"column": 3, "target": "field:city"}]})
    await does(api, desk, found, "dry-run")
    [row] = await rows(api, found)
    assert len(row["changes"]) == changes
    assert row["action"] == ("change" if changes else "unchanged")
    if policy == "overwrite":
        assert {"field": "language", "old": "de", "new": "fr"} in row["changes"]
    await does(api, desk, found, "apply")
    after = (await api.get(f"/api/contacts/{before['id']}")).json()
    assert (after["language"], after["fields"]["city"]) == (language, city)
    assert after["name"] == ("Ada" if changes else None)


async def test_do_not_contact_is_set_under_any_option_and_never_lifted(api: Api, desk: Desk) -> None:
    for email, status in (("a@b.example", "customer"), ("c@d.example", "do_not_contact")):
        await api.post("/api/contacts", json={"status": status, "addresses": [{"kind": "email", "value": email}]})
    found = await uploaded(api, "email,do_not_contact\na@b.example,ja\n", on_conflict="keep")
    await does(api, desk, found, "dry-run", "apply")
    found = await uploaded(api, "email,status\nc@d.example,customer\n", on_conflict="overwrite")
    await does(api, desk, found, "dry-run", "apply")
    assert [contact["status"] for contact in await contacts(api)] == ["do_not_contact"] * 2
    assert "does not lift" in (await rows(api, found))[0]["note"]


async def test_two_rows_of_one_person_become_one_contact(api: Api, desk: Desk) -> None:
    text = "name,email,phone\nAda Berg,ada@a.example,\nBen,ben@a.example,\nAda Berg,ADA@a.example,+436601234567\n"
    found = await uploaded(api, text)
    await does(api, desk, found, "dry-run")
    first, _, third = await rows(api, found)
    assert (first["action"], third["action"]) == ("create", "change")
    assert third["fits"] == [{"contact": None, "name": None, "line": 2, "why": "says that theirs is ada@a.example"}]
    applied = await does(api, desk, found, "apply")
    assert applied["results"] == {"change": 1, "create": 2}
    assert len(await contacts(api)) == 2


async def test_a_family_or_an_office_that_shares_an_address_stays_several_people(api: Api, desk: Desk) -> None:
    text = "name,email,phone\nAda Berg,info@a.example,+436601234567\nBen Berg,,+436601234567\nZoe Ost,info@a.example,\n"
    found = await uploaded(api, text)
    assert (await does(api, desk, found, "dry-run", "apply"))["results"] == {"create": 3}


async def test_a_row_that_fits_two_contacts_says_which_and_leaves_them(api: Api, desk: Desk) -> None:
    ada = (await desk.arrives(EMAIL, "ada@a.example", VERIFIED)).contact_id
    phone = (await desk.arrives(WHATSAPP, "436601234567")).contact_id
    text = "name,email,phone\nAda,ada@a.example,+436601234567\n"
    found = await uploaded(api, text)
    applied = await does(api, desk, found, "dry-run", "apply")
    [row] = await rows(api, found)
    assert (applied["results"], row["action"]) == ({"conflict": 1}, "conflict")
    assert {(fit["contact"], fit["why"]) for fit in row["fits"]} == {
        (str(ada), "has ada@a.example"),
        (str(phone), "has +436601234567"),
    }
    assert await desk.rows("SELECT id FROM merge WHERE workspace_id = %s") == []


async def test_a_row_that_fits_two_contacts_merges_them_on_request(api: Api, desk: Desk) -> None:
    ada = (await desk.arrives(EMAIL, "ada@a.example", VERIFIED)).contact_id
    await desk.arrives(WHATSAPP, "436601234567")
    text = "name,email,phone\nBen,ben@a.example,\nAda,ada@a.example,+436601234567\n"
    found = await uploaded(api, text, on_two="merge")
    applied = await does(api, desk, found, "dry-run", "apply")
    assert applied["results"] == applied["planned"] == {"create": 1, "merge": 1}
    assert {contact["name"] for contact in await contacts(api)} == {"Ada", "Ben"}
    undone = await does(api, desk, found, "undo")
    assert undone["results"] == {"removed": 1, "restored": 1}
    assert len(await contacts(api)) == 2
    assert (await desk.contact(ada))["name"] is None


async def test_bad_rows_are_named_and_the_others_go_in(api: Api, desk: Desk) -> None:
    text = (
        "name,email,phone,dnc\nAda,ada@,,\nBen,,0660 1,\nCleo,,,maybe\n,,,\nDora,d@e.example,,no\nEve,e@f.example,,,,\n"
    )
    found = await uploaded(api, text)
    applied = await does(api, desk, found, "dry-run", "apply")
    assert applied["results"] == {"create": 2, "error": 3}
    notes = [(row["line"], row["note"]) for row in await rows(api, found) if row["note"]]
    assert [line for line, _ in notes] == [2, 3, 4]
    assert notes[0][1].startswith("email: expected an e-mail address, got 'ada@'")
    assert notes[2][1] == "dnc: expected true or false, got 'maybe'"
    report = (await api.get(f"{LIST}/{found}/rows.csv")).content.decode("utf-8-sig")
    assert [line["line"] for line in csv.DictReader(io.StringIO(report)) if line["done"] == "error"] == ["2", "3", "4"]
    only = (await api.get(f"{LIST}/{found}/rows", params={"action": "error", "limit": 2})).json()
    assert [row["line"] for row in only["items"]] == [2, 3]
    query = {"action": "error", "limit": 2, "cursor": only["next_cursor"]}
    last = (await api.get(f"{LIST}/{found}/rows", params=query)).json()
    assert ([row["line"] for row in last["items"]], last["next_cursor"]) == ([4], None)


async def test_a_crash_in_the_middle_loses_no_row_and_doubles_none(
    api: Api, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_APPLIED_AT_ONCE", 3)
    text = "name,email\n" + "".join(f"N{n},n{n}@a.example\n" for n in range(10))
    found = await uploaded(api, text)
    await does(api, desk, found, "dry-run")
    await api.post(f"{LIST}/{found}/apply")
    write, calls = running.write, 0

    async def dies(*given: Any, **named: Any) -> None:
        nonlocal calls
        calls += 1
        await write(*given, **named)
        if calls == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(running, "write", dies)
    with pytest.raises(KeyboardInterrupt):
        await worked(desk, found)
    monkeypatch.setattr(running, "write", write)
    assert (await api.get(f"{LIST}/{found}")).json()["done"] == 3
    await asyncio.gather(*(worked(desk, found) for _ in range(2)))
    applied = (await api.get(f"{LIST}/{found}")).json()
    assert (applied["state"], applied["results"], applied["done"]) == ("applied", {"create": 10}, 10)
    assert await desk.contacts() == 10


async def test_what_changed_since_the_dry_run_is_said(api: Api, desk: Desk) -> None:
    found = await uploaded(api, "name,email\nAda,ada@a.example\n")
    await does(api, desk, found, "dry-run")
    await api.post("/api/contacts", json={"addresses": [{"kind": "email", "value": "ada@a.example"}]})
    applied = await does(api, desk, found, "apply")
    assert applied["results"] == {"change": 1, "differs": 1}
    [row] = await rows(api, found)
    assert (row["action"], row["outcome"]) == ("create", "change")
    assert row["differs"] == "the dry run said create: data changed meanwhile"


async def test_an_undo_takes_back_what_nobody_touched(api: Api, desk: Desk) -> None:
    old = (
        await api.post(
            "/api/contacts", json={"name": "Old", "addresses": [{"kind": "email", "value": "old@a.example"}]}
        )
    ).json()
    text = (
        "name,email,city,language\nNew,new@a.example,Wien,de\nKept,kept@a.example,,\n"
        "Wrote,wrote@a.example,,\nX,old@a.example,Graz,fr\n"
    )
    found = await uploaded(api, text)
    await does(api, desk, found, "dry-run", "apply")
    [kept] = await contacts(api, address="kept@a.example")
    await api.patch(f"/api/contacts/{kept['id']}", json={"tags": ["seen"]})
    await desk.arrives(EMAIL, "wrote@a.example")
    await api.patch(f"/api/contacts/{old['id']}", json={"language": "it"})
    undone = await does(api, desk, found, "undo")
    assert (undone["state"], undone["results"]) == ("undone", {"kept": 2, "removed": 1, "restored": 1})
    assert sorted(contact["name"] for contact in await contacts(api)) == ["Kept", "Old", "Wrote"]
    after = (await api.get(f"/api/contacts/{old['id']}")).json()
    assert (after["fields"], after["language"]) == ({}, "it")
    assert "language" in (await rows(api, found))[3]["note"]
    assert (await api.post(f"{LIST}/{found}/undo")).status_code == 409


async def test_several_rows_of_one_new_contact_are_undone_together(api: Api, desk: Desk) -> None:
    found = await uploaded(api, "name,email,city\nAda,ada@a.example,\nAda,ada@a.example,Wien\n")
    await does(api, desk, found, "dry-run", "apply")
    assert (await does(api, desk, found, "undo"))["results"] == {"removed": 2}
    assert await contacts(api) == []


async def test_addresses_known_to_be_theirs_gather_their_mail(api: Api, desk: Desk) -> None:
    found = await uploaded(api, "name,email\nAda,ada@a.example\n", addresses="known")
    await does(api, desk, found, "dry-run", "apply")
    [ada] = await contacts(api)
    assert (ada["addresses"][0]["claimed"], ada["addresses"][0]["verified"]) == (False, False)
    assert str((await desk.arrives(EMAIL, "ada@a.example", VERIFIED)).contact_id) == ada["id"]


async def test_an_export_read_into_an_empty_workspace_gives_the_same_contacts(
    api: Api, desk: Desk, db: Database, tmp_path: Path
) -> None:
    people = [
        {"name": "=HYPERLINK(1)", "tags": ["a;b", "c"], "fields": {"n": 3, "text": "3", "deep": {"x": [None, True]}}},
        {"name": "+Plus", "status": "customer", "language": "de-AT", "timezone": "Europe/Vienna", "fields": {"e": ""}},
        {"name": 'O\'Brien; "Bo"', "fields": {"-minus": "-1", "note": "two\nlines, 'quoted'"}},
        {"name": "Stop", "status": "do_not_contact", "addresses": [{"kind": "phone", "value": "+436601234567"}]},
        {"name": "Two", "addresses": [{"kind": "email", "value": f"{n}@a.example"} for n in "ab"]},
    ]
    for person in people:
        assert (await api.post("/api/contacts", json=person)).status_code == 201
    for name in ("one", "two"):
        await desk.arrives(VISITOR, session(name), name=f"Rival {name}", claims=[(EMAIL, "rival@a.example")])
    file = (await api.get("/api/contacts/export.csv")).content
    assert not [
        cell for row in csv.reader(io.StringIO(file.decode("utf-8-sig"))) for cell in row if cell[:1] in tuple("=+-@")
    ]
    other = Desk(db, await another_workspace(db))
    app = web_app(db, tmp_path, ROUTERS)
    async with client_of(app, authorization=f"Bearer {await new_key(db, other.id)}") as theirs:
        found = await uploaded(theirs, file.decode())
        assert (await does(theirs, other, found, "dry-run", "apply"))["results"] == {"create": len(people) + 2}
        assert _shown(await contacts(theirs)) == _shown(await contacts(api))
        again = await uploaded(theirs, (await theirs.get("/api/contacts/export.csv")).content.decode())
        assert (await does(theirs, other, again, "dry-run"))["planned"] == {"unchanged": len(people) + 2}


def _shown(found: list[dict[str, Any]]) -> list[str]:
    names = ("name", "status", "tags", "fields", "language", "timezone")
    return sorted(
        repr([contact[name] if name != "fields" else sorted(contact[name].items()) for name in names])
        + repr(sorted((a["kind"], a["value"]) for a in contact["addresses"] if a["kind"] != "visitor"))
        for contact in found
    )


async def test_imports_are_forgotten_and_counts_stay(api: Api, desk: Desk) -> None:
    found = await uploaded(api, "name,email\nAda,ada@a.example\n")
    await does(api, desk, found, "dry-run", "apply")
    async with desk.db.transaction(desk.id) as connection:
        assert await actions.forget_imports(connection, desk.id, clock.now()) == 1
        assert await actions.forget_imports(connection, desk.id, clock.now()) == 0
    left = (await api.get(f"{LIST}/{found}")).json()
    assert (left["state"], left["columns"], left["results"], await rows(api, found)) == (
        "forgotten",
        [],
        {"create": 1},
        [],
    )
    assert (await api.post(f"{LIST}/{found}/undo")).status_code == 409


async def test_the_audit_log_tells_of_imports_without_personal_data(api: Api, desk: Desk) -> None:
    found = await uploaded(api, "name,email\nAda,ada@a.example\n")
    await does(api, desk, found, "dry-run", "apply", "undo")
    await api.get("/api/contacts/export.csv")
    entries = await desk.rows("SELECT action, detail FROM audit_entry WHERE workspace_id = %s ORDER BY id")
    words = [entry["action"] for entry in entries if entry["action"].startswith(("import", "contacts."))]
    assert words[0] == "import.uploaded"
    assert {"import.checked", "import.applied", "import.undone", "contacts.exported"} <= set(words)
    assert "ada" not in str([entry["detail"] for entry in entries]).lower()


async def test_teammates_and_other_workspaces_have_no_imports(
    api: Api, desk: Desk, db: Database, tmp_path: Path
) -> None:
    found = await uploaded(api, "name\nAda\n")
    other = await another_workspace(db)
    app = web_app(db, tmp_path, ROUTERS)
    async with client_of(app, authorization=f"Bearer {await new_key(db, other.id)}") as theirs:
        for path in (found, f"{found}/rows", f"{found}/rows.csv"):
            assert (await theirs.get(f"{LIST}/{path}")).status_code == 404
        for step in ("dry-run", "apply", "undo"):
            assert (await theirs.post(f"{LIST}/{found}/{step}")).status_code == 404
        assert (await theirs.delete(f"{LIST}/{found}")).status_code == 404
    async with client_of(app, origin=ADDRESS) as teammate:
        token = await create_sign_in_link(db, desk.id, person_id=desk.owner_person_id)
        await teammate.post(f"/auth/link/{token}")
        await desk.rows("UPDATE member SET role = 'teammate' WHERE workspace_id = %s")
        assert (await teammate.get("/api/contacts")).status_code == 200
        for path in ("imports", f"imports/{found}", f"imports/{found}/rows", f"imports/{found}/rows.csv", "export.csv"):
            assert (await teammate.get(f"/api/contacts/{path}")).status_code == 403, path
        answers = [await teammate.post(f"{LIST}/{found}/{step}") for step in ("dry-run", "apply", "undo")]
        answers += [await teammate.post(LIST, content=b"name\nAda\n", headers={"content-type": "text/csv"})]
        answers += [await teammate.patch(f"{LIST}/{found}", json={}), await teammate.delete(f"{LIST}/{found}")]
        assert [answer.status_code for answer in answers] == [403] * 6
    assert (await api.delete(f"{LIST}/{found}")).status_code == 204


@pytest.mark.parametrize(
    "body",
    [
        {"mapping": [{"column": 9, "target": "email"}]},
        {"mapping": [{"column": 0, "target": "nonsense"}]},
        {"mapping": [{"column": 0, "target": "name"}, {"column": 1, "target": "name"}]},
        {"mapping": [{"column": 0, "target": None}, {"column": 1, "target": None}]},
        {"options": {"region": "Austria"}},
    ],
)
async def test_a_mapping_that_makes_no_sense_is_refused(api: Api, body: dict[str, Any]) -> None:
    found = await uploaded(api, "name,email\nAda,a@b.example\n")
    answer = await api.patch(f"{LIST}/{found}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_a_large_file_is_taken_and_a_larger_one_refused(api: Api) -> None:
    row = b"Ada," + b"x" * 9_000 + b"\n"
    answer = await api.post(LIST, content=b"name,note\n" + row * 200, headers={"content-type": "text/csv"})
    assert (answer.status_code, answer.json().get("rows")) == (201, 200)
    answer = await api.post(LIST, files={"file": ("x.csv", b"name,note\n" + row * 1_120)})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    answer = await api.post(LIST, files={"other": ("x.csv", b"name\nAda\n")})
    assert (answer.status_code, answer.json()["detail"]) == (422, "expected a part named `file` with the CSV file")
    answer = await api.post(LIST, content=b"--x", headers={"content-type": "multipart/form-data; boundary=y"})
    assert answer.status_code in (400, 422)


async def test_a_merge_after_the_dry_run_leads_to_the_survivor(api: Api, desk: Desk) -> None:
    one = (await desk.arrives(EMAIL, "one@a.example")).contact_id
    two = (await desk.arrives(EMAIL, "two@a.example")).contact_id
    found = await uploaded(api, f"id,name\n{two},Ada\n")
    await does(api, desk, found, "dry-run")
    async with desk.db.workspace(desk.id) as connection:
        await merge.perform(connection, desk.id, one, two, reason="same", by="system")
    assert (await does(api, desk, found, "apply"))["results"] == {"change": 1}
    assert (await desk.contact(one))["name"] == "Ada"


async def test_who_asked_for_silence_and_was_erased_stays_blocked(api: Api, desk: Desk) -> None:
    async with desk.db.workspace(desk.id) as connection:
        await suppress(connection, desk.id, [HASHED(desk.id, "email", "ada@a.example")], ["email"])
    found = await uploaded(api, "name,email\nAda,ada@a.example\nBen,ben@a.example\n")
    await does(api, desk, found, "dry-run", "apply")
    rows = await desk.rows("SELECT name, blocked_channels FROM contact WHERE workspace_id = %s ORDER BY name")
    assert [(row["name"], row["blocked_channels"]) for row in rows] == [("Ada", ["email"]), ("Ben", [])]
