"""Likely duplicates: found when contacts change, judged, merged, and never compared pair by pair."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from dynaris.channels.contract import AddressKind
from dynaris.contacts import actions, merge
from dynaris.contacts.claims import prove
from dynaris.contacts.duplicates import sweep as sweeping
from dynaris.contacts.duplicates.routes import router as duplicates
from dynaris.contacts.duplicates.sweep import sweep
from dynaris.contacts.routes import router
from dynaris.contacts.schemas import NewContact
from dynaris.core.db import Database
from tests.contacts.desk import EMAIL, VERIFIED, VISITOR, Desk, another_workspace, session
from tests.web import client_of, new_key, web_app

LIST = "/api/contacts/duplicates"


@pytest.fixture
async def api(db: Database, desk: Desk, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    key = await new_key(db, desk.id)
    async with client_of(web_app(db, tmp_path, [duplicates, router]), authorization=f"Bearer {key}") as client:
        yield client


async def added(desk: Desk, name: str | None = None, *emails: str, **more: Any) -> UUID:
    new = NewContact.model_validate(
        {"name": name, "addresses": [{"kind": "email", "value": email} for email in emails], **more}
    )
    async with desk.db.transaction(desk.id) as connection:
        return await actions.create_contact(connection, desk.id, new, by="system")


async def listed(api: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await api.get(LIST, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def acted(api: httpx.AsyncClient, pair: dict[str, Any], what: str, **body: Any) -> dict[str, Any]:
    answer = await api.post(f"{LIST}/{pair['id']}/{what}", json=body or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def merged(desk: Desk, keep: UUID, drop: UUID) -> merge.Merge:
    async with desk.db.workspace(desk.id) as connection:
        return await merge.perform(connection, desk.id, keep, drop, reason="same", by="system")


async def two_claimants(desk: Desk) -> tuple[UUID, UUID]:
    """Two visitors of whom each says that ada@example.com is theirs."""
    found = [
        (await desk.arrives(VISITOR, session(name), claims=[(EMAIL, "ada@example.com")])).contact_id
        for name in ("one", "two")
    ]
    return found[0], found[1]


async def test_rival_claims_are_proposed_with_their_reason(api: httpx.AsyncClient, desk: Desk) -> None:
    pair = set(map(str, await two_claimants(desk)))
    await added(desk, "Somebody Else", "else@example.com")
    await sweep(desk.db, desk.id)
    [found] = await listed(api)
    assert {contact["id"] for contact in found["contacts"]} == pair
    assert found["reasons"][0]["rule"] == "same_address"
    assert found["reasons"][0]["words"] == "both say that ada@example.com is theirs"


async def test_the_likeliest_come_first_over_all_pages(api: httpx.AsyncClient, desk: Desk) -> None:
    await two_claimants(desk)
    for name, postal in (("Ada Berg", "1010"), ("Ben Tal", "1020"), ("Cleo Ost", "1030")):
        for _ in range(2):
            await added(desk, name, fields={"Postal code": postal})
    await sweep(desk.db, desk.id)
    scores, cursor = [], None
    while True:
        answer = (await api.get(LIST, params={"limit": 1} | ({"cursor": cursor} if cursor else {}))).json()
        scores += [item["score"] for item in answer["items"]]
        if not (cursor := answer.get("next_cursor")):
            break
    assert len(scores) == 4
    assert scores == sorted(scores, reverse=True)
    assert (await api.get(LIST, params={"cursor": "zzz"})).status_code == 422


async def test_what_changes_later_is_looked_at_again(api: httpx.AsyncClient, desk: Desk) -> None:
    one, _ = await added(desk, "Ada Berg", fields={"plz": "1010"}), await added(desk, "Ada Berg")
    for _ in range(4):
        await added(desk, "Ada Berg")
    await sweep(desk.db, desk.id)
    assert await listed(api) == []
    other = await added(desk, "Berg, Ada", fields={"plz": 1010})
    await sweep(desk.db, desk.id)
    [pair] = await listed(api, contact=str(other))
    assert {contact["id"] for contact in pair["contacts"]} == {str(one), str(other)}
    await api.patch(f"/api/contacts/{other}", json={"name": "Zoe Novak"})
    await sweep(desk.db, desk.id)
    assert await listed(api) == []


async def test_a_pair_is_merged_and_gone(api: httpx.AsyncClient, desk: Desk) -> None:
    one, two = await two_claimants(desk)
    await sweep(desk.db, desk.id)
    [pair] = await listed(api)
    preview = await acted(api, pair, "merge", dry_run=True)
    assert {preview["keep"], preview["drop"]} == {str(one), str(two)}
    done = await acted(api, pair, "merge", keep=str(two))
    assert (done["keep"], done["reason"]) == (str(two), "likely duplicate: same_address")
    assert await listed(api) == []
    assert (await api.get(f"{LIST}/{pair['id']}")).status_code == 404
    await sweep(desk.db, desk.id)
    assert await listed(api) == []
    assert (await api.post(f"/api/contacts/merges/{done['id']}/undo")).status_code == 200
    await sweep(desk.db, desk.id)
    assert len(await listed(api)) == 1


async def test_the_contact_with_a_proved_address_is_kept(api: httpx.AsyncClient, desk: Desk) -> None:
    visitor = (await desk.arrives(VISITOR, session("v"), claims=[(EMAIL, "ada@example.com")])).contact_id
    owner = (await desk.arrives(EMAIL, "ada@example.com", VERIFIED)).contact_id
    await sweep(desk.db, desk.id)
    [pair] = await listed(api)
    assert pair["reasons"][0]["rule"] == "proved_address"
    done = await acted(api, pair, "merge")
    assert (done["keep"], done["drop"]) == (str(owner), str(visitor))


async def test_not_the_same_is_remembered_and_can_be_taken_back(api: httpx.AsyncClient, desk: Desk) -> None:
    await two_claimants(desk)
    await sweep(desk.db, desk.id)
    [pair] = await listed(api)
    judged = await acted(api, pair, "not-the-same")
    assert judged["state"] == "not_the_same"
    assert judged["judged"]["judged_by"].startswith("key:")
    await acted(api, pair, "not-the-same")
    await sweep(desk.db, desk.id)
    assert await listed(api) == []
    assert [item["id"] for item in await listed(api, state="not_the_same")] == [pair["id"]]
    verdicts = await desk.rows("SELECT id FROM duplicate_verdict WHERE workspace_id = %s")
    assert len(verdicts) == 1
    assert (await acted(api, pair, "undo"))["state"] == "open"
    await sweep(desk.db, desk.id)
    assert len(await listed(api)) == 1
    assert (await api.post(f"{LIST}/{pair['id']}/undo")).status_code == 409
    entries = await desk.rows(
        """SELECT action, detail FROM audit_entry WHERE workspace_id = %s AND starts_with(action, 'duplicate.')
           ORDER BY id"""
    )
    assert [entry["action"] for entry in entries] == ["duplicate.not_the_same", "duplicate.verdict_undone"]
    assert "example.com" not in str(entries)


@pytest.mark.parametrize("side", [0, 1])
async def test_a_verdict_follows_to_the_survivor_of_a_merge(api: httpx.AsyncClient, desk: Desk, side: int) -> None:
    two = await two_claimants(desk)
    await sweep(desk.db, desk.id)
    [pair] = await listed(api)
    await acted(api, pair, "not-the-same")
    third = await added(desk, "Third")
    done = await merged(desk, third, two[side])
    await sweep(desk.db, desk.id)
    assert await listed(api) == []
    [carried] = await listed(api, state="not_the_same")
    assert {contact["id"] for contact in carried["contacts"]} == {str(third), str(two[1 - side])}
    async with desk.db.workspace(desk.id) as connection:
        await merge.undo(connection, desk.id, done.id, by="system")
    await sweep(desk.db, desk.id)
    assert await listed(api) == []
    assert [item["id"] for item in await listed(api, state="not_the_same")] == [pair["id"]]


async def test_a_proof_that_came_later_proposes_the_pair_again_and_says_so(api: httpx.AsyncClient, desk: Desk) -> None:
    one, _ = await two_claimants(desk)
    await sweep(desk.db, desk.id)
    [pair] = await listed(api)
    await acted(api, pair, "not-the-same")
    async with desk.db.workspace(desk.id) as connection:
        await prove(connection, desk.id, one, AddressKind.EMAIL, "ada@example.com", by="code")
    await sweep(desk.db, desk.id)
    [again] = await listed(api)
    assert (again["id"], again["judged_before"]) == (pair["id"], True)
    assert again["judged"]["judged_by"].startswith("key:")
    await acted(api, again, "not-the-same")
    await sweep(desk.db, desk.id)
    assert await listed(api) == []


async def test_an_address_that_many_share_brings_no_pairs(api: httpx.AsyncClient, desk: Desk) -> None:
    for number in range(45):
        await desk.arrives(VISITOR, session(f"v{number}"), claims=[(EMAIL, "hotel@example.com")])
    await sweep(desk.db, desk.id)
    assert await listed(api) == []


async def test_another_workspaces_pairs_are_not_there(api: httpx.AsyncClient, desk: Desk, db: Database) -> None:
    other = Desk(db, await another_workspace(db))
    await two_claimants(other)
    await sweep(db, other.id)
    [row] = await other.rows("SELECT id FROM duplicate_pair WHERE workspace_id = %s")
    assert await listed(api) == []
    for call in (api.get, api.post):
        path = f"{LIST}/{row['id']}" + ("" if call == api.get else "/not-the-same")
        assert (await call(path)).status_code == 404


async def test_a_workspace_that_cannot_be_swept_holds_up_no_other(
    api: httpx.AsyncClient, desk: Desk, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = (await another_workspace(db)).id
    await two_claimants(desk)
    found = sweeping._changed

    async def fails(connection: Any, workspace_id: Any, *given: Any) -> Any:
        if workspace_id == broken:
            raise psycopg.DataError("no such text")
        return await found(connection, workspace_id, *given)

    async def both(_: Database) -> list[Any]:
        return [broken, desk.id]

    monkeypatch.setattr(sweeping, "_changed", fails)
    monkeypatch.setattr(sweeping, "workspace_ids", both)
    await sweeping.sweep_round(db)
    assert len(await listed(api)) == 1


async def test_the_rules_are_readable(api: httpx.AsyncClient) -> None:
    told = (await api.get("/api/contacts/matching-rules")).json()
    assert [rule["name"] for rule in told["matching"]] == ["verified", "known", "same_number", "claimed", "new"]
    assert {rule["effect"] for rule in told["duplicates"]} == {"raises", "lowers"}
