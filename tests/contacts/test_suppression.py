"""Who forbade something and was erased: whoever comes with their address begins with it forbidden."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from dynaris.channels.contract import AddressKind, Sender
from dynaris.contacts import merge
from dynaris.contacts.matching import Match, resolve
from dynaris.contacts.routes import router
from dynaris.contacts.suppression import hasher, suppress
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from tests.contacts.desk import CLAIMED, EMAIL, PHONE, VISITOR, WHATSAPP, Desk, session
from tests.web import client_of, new_key, web_app

HASHED = hasher(Vault("test"))


@pytest.fixture
async def api(db: Database, desk: Desk, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    key = await new_key(db, desk.id)
    async with client_of(web_app(db, tmp_path, [router]), authorization=f"Bearer {key}") as client:
        yield client


async def forbidden(desk: Desk, kind: AddressKind, value: str) -> None:
    async with desk.db.workspace(desk.id) as connection:
        await suppress(connection, desk.id, [HASHED(desk.id, kind.value, value)], ["any"])


async def arrives(desk: Desk, kind: AddressKind, value: str) -> Match:
    async with desk.db.workspace(desk.id) as connection:
        return await resolve(connection, desk.id, Sender(kind=kind, value=value, identity=CLAIMED), hashed=HASHED)


async def blocked(desk: Desk, contact_id: UUID) -> list[str]:
    return (await desk.contact(contact_id))["blocked_channels"]


@pytest.mark.parametrize("kinds", [(WHATSAPP, PHONE), (PHONE, WHATSAPP)])
async def test_a_number_is_one_on_the_telephone_and_on_whatsapp(
    desk: Desk, kinds: tuple[AddressKind, AddressKind]
) -> None:
    values = {PHONE: "+436601234567", WHATSAPP: "436601234567"}
    await forbidden(desk, kinds[0], values[kinds[0]])
    match = await arrives(desk, kinds[1], values[kinds[1]])
    assert (match.rule, await blocked(desk, match.contact_id)) == ("new", ["any"])
    other = await arrives(desk, kinds[1], values[kinds[1]].replace("123", "321"))
    assert await blocked(desk, other.contact_id) == []


async def test_a_claimant_whom_a_message_joins_is_blocked_with_it(desk: Desk) -> None:
    visitor = await desk.arrives(VISITOR, session("v"), claims=[(EMAIL, "ada@a.example")])
    await forbidden(desk, EMAIL, "ada@a.example")
    match = await arrives(desk, EMAIL, "ada@a.example")
    assert (match.rule, match.contact_id) == ("claimed", visitor.contact_id)
    assert await blocked(desk, visitor.contact_id) == ["any"]


async def test_an_address_that_a_member_adds_is_blocked_also_by_a_merged_contacts_id(
    api: httpx.AsyncClient, desk: Desk
) -> None:
    one, two = [(await desk.arrives(EMAIL, f"{name}@a.example")).contact_id for name in ("one", "two")]
    async with desk.db.workspace(desk.id) as connection:
        await merge.perform(connection, desk.id, one, two, reason="same", by="system")
    await forbidden(desk, EMAIL, "ada@a.example")
    body = {"kind": "email", "value": "ada@a.example"}
    answer = await api.post(f"/api/contacts/{two}/addresses", json=body)
    assert (answer.status_code, answer.json()["id"]) == (201, str(one))
    assert answer.json()["blocked_channels"] == await blocked(desk, one) == ["any"]


async def test_an_address_that_a_member_vouches_for_is_blocked(api: httpx.AsyncClient, desk: Desk) -> None:
    visitor = (await desk.arrives(VISITOR, session("v"), claims=[(EMAIL, "ada@a.example")])).contact_id
    await forbidden(desk, EMAIL, "ada@a.example")
    shown = (await api.get(f"/api/contacts/{visitor}")).json()
    [claim] = [address["id"] for address in shown["addresses"] if address["kind"] == "email"]
    answer = await api.post(f"/api/contacts/{visitor}/addresses/{claim}/verify")
    assert (answer.status_code, answer.json()["blocked_channels"]) == (200, ["any"])
