"""The list of contacts over HTTP: searched, filtered, in its orders, page by page."""

from datetime import timedelta
from typing import Any

import pytest

from dynaris.core.db import Database
from tests.contacts.desk import another_workspace
from tests.conversations.conftest import START, Room, room

__all__ = ["room"]


async def names(room: Room, **query: Any) -> list[str]:
    return [one["name"] for one in await room.walk("/contacts", limit=2, **query)]


async def person(room: Room, name: str | None, *addresses: tuple[str, str], **values: Any) -> Any:
    contact_id = await room.insert("contact", name=name, created_at=room.next_moment(), **values)
    for kind, value in addresses:
        await room.insert("address", contact_id=contact_id, kind=kind, value=value, holds=True)
    return contact_id


@pytest.fixture
async def people(room: Room) -> dict[str, Any]:
    """Cleo was added last; Anna wrote last."""
    anna = await person(
        room, "Anna Müller", ("email", "anna.mueller@praxis.example"), tags=["vip"], fields={"plan": "Gold card"}
    )
    ben = await person(room, "Ben Bauer", ("phone", "+436641234567"), status="customer")
    cleo = await person(room, "Ångström Cleo", blocked_channels=["email"])
    nobody = await person(room, None, ("visitor", "a" * 64))
    merged = await person(room, "Ben B.", merged_into=ben)
    await room.conversation(ben, "webchat", status="closed")
    await room.conversation(anna, "email")
    return {"anna": anna, "ben": ben, "cleo": cleo, "nobody": nobody, "merged": merged}


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("mull", ["Anna Müller"]),
        ("MÜLLER ann", ["Anna Müller"]),
        ("anna.m", ["Anna Müller"]),
        ("@praxis.example", ["Anna Müller"]),
        ("anna bauer", []),
        ("gold vip", ["Anna Müller"]),
        ("b", ["Ben Bauer"]),
        ("0664 123", ["Ben Bauer"]),
        ("+43 664 12-34", ["Ben Bauer"]),
        ("664 1234567", ["Ben Bauer"]),
        ("1234567", []),
        ("angstrom", ["Ångström Cleo"]),
        ("aaaa", []),
        ("'; DROP TABLE contact; --", []),
        ("a & !b | c:*", []),
        ("\\", []),
        ("!!", []),
    ],
)
async def test_contacts_are_found_by_the_beginnings_of_their_words(room: Room, typed: str, found: list[str]) -> None:
    assert await names(room, q=typed) == found


@pytest.mark.usefixtures("people")
async def test_the_list_has_three_orders(room: Room) -> None:
    assert await names(room) == [None, "Ångström Cleo", "Ben Bauer", "Anna Müller"]
    assert await names(room, q=" ") == await names(room)
    assert await names(room, sort="active") == ["Anna Müller", "Ben Bauer", None, "Ångström Cleo"]
    assert await names(room, sort="name") == ["Ångström Cleo", "Anna Müller", "Ben Bauer", None]
    lines = {one["name"]: one for one in await room.walk("/contacts", sort="active")}
    told = {name: (one["channels"], one["open_conversations"]) for name, one in lines.items()}
    assert told["Anna Müller"] == (["email"], 1)
    assert told["Ben Bauer"] == (["webchat"], 0)
    assert told[None] == ([], 0)
    assert lines["Ångström Cleo"]["active_at"] == lines["Ångström Cleo"]["created_at"]


@pytest.mark.usefixtures("people")
async def test_filters_narrow_the_list_in_every_order(room: Room) -> None:
    everybody = ["Anna Müller", "Ben Bauer", None, "Ångström Cleo"]
    early, late = (START + timedelta(minutes=n) for n in (2, 7))
    for filters, found in (
        ({"status": "customer"}, ["Ben Bauer"]),
        ({"tag": "vip"}, ["Anna Müller"]),
        ({"channel": "webchat"}, ["Ben Bauer"]),
        ({"open": True}, ["Anna Müller"]),
        ({"open": False}, ["Ben Bauer", None, "Ångström Cleo"]),
        ({"blocked": True}, ["Ångström Cleo"]),
        ({"blocked": False}, ["Anna Müller", "Ben Bauer", None]),
        ({"created_to": early.isoformat()}, ["Anna Müller"]),
        ({"active_from": late.isoformat()}, ["Anna Müller"]),
        ({"active_from": START.isoformat(), "active_to": late.isoformat()}, everybody[1:]),
        ({"q": "b", "open": True}, []),
    ):
        for order in ("active", "created", "name"):
            assert sorted(await names(room, sort=order, **filters), key=str) == sorted(found, key=str), filters
        assert await names(room, sort="active", **filters) == found


async def test_tags_are_counted(room: Room) -> None:
    for tags in (["vip", "b2b"], ["vip"], []):
        await person(room, "Ada", tags=tags)
    assert (await room.get("/contacts/tags"))["items"] == [{"tag": "vip", "contacts": 2}, {"tag": "b2b", "contacts": 1}]


async def test_the_search_keeps_to_its_workspace(room: Room, db: Database) -> None:
    theirs = await another_workspace(db)
    other = Room(db, theirs, room.api)
    await person(other, "Anna Fremd", ("email", "anna@fremd.example"))
    assert await names(room, q="anna") == []


@pytest.mark.parametrize("query", [{"cursor": "x"}, {"sort": "age"}, {"open": "perhaps"}, {"created_from": "now"}])
async def test_a_list_that_makes_no_sense_is_refused(room: Room, query: dict[str, str]) -> None:
    for order in ("created", "active", "name"):
        answer = await room.api.get("/api/contacts", params={"sort": order, **query})
        assert answer.status_code == 422, answer.text
