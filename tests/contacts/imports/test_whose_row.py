"""Whose a row is: holders and what files said count; strangers' words and people who are being erased do not."""

from typing import Any

import pytest

from dynaris.contacts import merge
from dynaris.contacts.imports import lookup
from dynaris.contacts.suppression import suppress
from tests.contacts.desk import EMAIL, VISITOR, Desk, session
from tests.contacts.imports.conftest import HASHED, Api, contacts, does, rows, uploaded

ADA = "name,email,phone\nAda Berg,ada@a.example,+436601234567\n"


@pytest.mark.parametrize("forged", [False, True])
async def test_what_a_stranger_typed_draws_no_row_to_them(api: Api, desk: Desk, forged: bool) -> None:
    stranger = (await desk.arrives(VISITOR, session("s"), claims=[(EMAIL, "ada@a.example")])).contact_id
    if forged:
        assert (await desk.arrives(EMAIL, "ada@a.example")).contact_id == stranger
    before = await desk.contact(stranger), await desk.addresses(stranger)
    found = await uploaded(api, ADA, on_two="merge")
    assert (await does(api, desk, found, "dry-run", "apply"))["results"] == {"create": 1}
    assert (await desk.contact(stranger), await desk.addresses(stranger)) == before
    again = await uploaded(api, "email,city\nada@a.example,Wien\n", on_two="merge")
    assert (await does(api, desk, again, "dry-run", "apply"))["results"] == {"change": 1}
    [row] = await rows(api, again)
    [ada] = [contact for contact in await contacts(api) if contact["id"] != str(stranger)]
    assert (row["contact_id"], ada["fields"]) == (ada["id"], {"city": "Wien"})


async def test_unproved_mail_of_somebody_whom_a_file_brought_changes_nothing(api: Api, desk: Desk) -> None:
    found = await uploaded(api, ADA)
    await does(api, desk, found, "dry-run", "apply")
    [ada] = await contacts(api)
    assert str((await desk.arrives(EMAIL, "ada@a.example")).contact_id) == ada["id"]
    again = await uploaded(api, "email,city\nada@a.example,Wien\n")
    assert (await does(api, desk, again, "dry-run", "apply"))["results"] == {"change": 1}


async def test_who_is_merged_in_this_very_moment_is_found_as_the_survivor(
    api: Api, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = [(await desk.arrives(EMAIL, f"{name}@a.example")).contact_id for name in ("one", "two")]
    found = await uploaded(api, "name,email\nAda,two@a.example\n")
    await does(api, desk, found, "dry-run")
    load, merges = lookup._load, [one]

    async def after_a_merge(*given: Any, **named: Any) -> None:
        if merges:
            async with desk.db.workspace(desk.id) as connection:
                await merge.perform(connection, desk.id, merges.pop(), two, reason="same", by="system")
        await load(*given, **named)

    monkeypatch.setattr(lookup, "_load", after_a_merge)
    assert (await does(api, desk, found, "apply"))["results"] == {"change": 1}
    assert (await desk.contact(one))["name"] == "Ada"


async def test_who_is_being_erased_is_not_found_listed_or_exported(api: Api, desk: Desk) -> None:
    ada = (await desk.arrives(EMAIL, "ada@a.example", name="Ada Berg")).contact_id
    await desk.rows("UPDATE contact SET erasing = true WHERE workspace_id = %s AND id = %s", ada)
    assert await contacts(api) == []
    assert "Ada" not in (await api.get("/api/contacts/export.csv")).text
    found = await uploaded(api, f"id,city\n{ada},Wien\n")
    assert (await does(api, desk, found, "dry-run", "apply"))["results"] == {"create": 1}
    assert (await desk.contact(ada))["fields"] == {}


async def test_what_was_forbidden_holds_for_a_known_contact_that_gets_the_address(api: Api, desk: Desk) -> None:
    await api.post("/api/contacts", json={"addresses": [{"kind": "phone", "value": "+436601234567"}]})
    async with desk.db.workspace(desk.id) as connection:
        await suppress(connection, desk.id, [HASHED(desk.id, "email", "ada@a.example")], ["email"])
    found = await uploaded(api, ADA)
    assert (await does(api, desk, found, "dry-run", "apply"))["results"] == {"change": 1}
    assert [contact["blocked_channels"] for contact in await contacts(api)] == [[]], "the file only says so"
    await does(api, desk, found, "undo")
    found = await uploaded(api, ADA, addresses="known")
    await does(api, desk, found, "dry-run", "apply")
    assert [contact["blocked_channels"] for contact in await contacts(api)] == [["email"]]
