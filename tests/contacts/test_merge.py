"""Merging two contacts, and parting them again exactly."""

import asyncio
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import Boolean, CheckConstraint, DateTime, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as UuidType

from dynaris.contacts import merge
from dynaris.contacts.merge_rows import movable_tables
from dynaris.core.db import Database
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.migrations.tables import metadata
from tests.contacts.desk import CLAIMED, EMAIL, PHONE, VERIFIED, VISITOR, Desk, another_workspace, session

WITH_CONTACT = sorted(table.name for table in metadata.tables.values() if "contact_id" in table.c)
ALL_TABLES = sorted(
    table.name for table in metadata.tables.values() if table.info["tenant"] and "workspace_id" in table.c
)
BOOKKEEPING = {"merge", "merge_move", "audit_entry"}


async def add_conversation(desk: Desk, contact_id: UUID, messages: int = 1) -> UUID:
    conversation_id = new_id()
    await desk.rows(
        """INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to)
           VALUES (%s, %s, %s, 'email', %s, 'x')""",
        conversation_id,
        contact_id,
        new_id(),
    )
    await add_messages(desk, conversation_id, contact_id, messages)
    return conversation_id


async def add_messages(desk: Desk, conversation_id: UUID, contact_id: UUID, many: int = 1) -> None:
    await desk.rows(
        """INSERT INTO message (workspace_id, id, conversation_id, contact_id, direction, author, text)
           SELECT %s, gen_random_uuid(), %s, %s, 'inbound', 'contact', 'hello' FROM generate_series(1, %s)""",
        conversation_id,
        contact_id,
        many,
    )


async def perform(desk: Desk, keep: UUID, drop: UUID) -> merge.Merge:
    async with desk.db.workspace(desk.id) as connection:
        return await merge.perform(connection, desk.id, keep, drop, reason="same person", by="member:1")


async def undo(desk: Desk, merge_id: UUID) -> merge.Merge:
    async with desk.db.workspace(desk.id) as connection:
        return await merge.undo(connection, desk.id, merge_id, by="member:1")


async def everything(desk: Desk) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the workspace but the merge's own notes; `updated_at` says when, which an undo changes."""
    found = {}
    for name in ALL_TABLES:
        if name not in BOOKKEEPING:
            rows = await desk.rows(f'SELECT * FROM "{name}" WHERE workspace_id = %s')
            found[name] = sorted(repr({k: v for k, v in row.items() if k != "updated_at"}) for row in rows)
    return found


async def owner_of(desk: Desk, table: str, row_id: UUID) -> UUID:
    rows = await desk.rows(f'SELECT contact_id FROM "{table}" WHERE workspace_id = %s AND id = %s', row_id)
    return rows[0]["contact_id"]


@pytest.fixture
async def two(desk: Desk) -> tuple[UUID, UUID]:
    """Anna by mail (kept) and Anna by chat and telephone (to be merged into her)."""
    keep = await desk.arrives(EMAIL, "anna@example.com", VERIFIED, name="Anna", claims=((PHONE, "+436641234567"),))
    drop = await desk.arrives(VISITOR, session("v"), claims=((EMAIL, "anna@example.com"), (EMAIL, "a@other.example")))
    async with desk.db.workspace(desk.id) as connection:
        await connection.execute(
            """UPDATE contact SET language = 'de', tags = '{vip,chat}', fields = %s, status = 'customer',
                   name = 'A. Berg'
               WHERE workspace_id = %s AND id = %s""",
            (Jsonb({"plan": "gold", "size": 3}), desk.id, drop.contact_id),
        )
        await connection.execute(
            "UPDATE contact SET tags = '{mail,vip}', fields = %s, owner_id = %s WHERE workspace_id = %s AND id = %s",
            (Jsonb({"plan": "basic"}), desk.owner_id, desk.id, keep.contact_id),
        )
    await add_conversation(desk, keep.contact_id, 2)
    await add_conversation(desk, drop.contact_id, 3)
    return keep.contact_id, drop.contact_id


async def test_a_preview_says_what_a_merge_would_do_and_does_nothing(desk: Desk, two: tuple[UUID, UUID]) -> None:
    keep, drop = two
    before = await everything(desk)
    async with desk.db.workspace(desk.id) as connection:
        shown = await merge.preview(connection, desk.id, keep, drop)
    assert await everything(desk) == before
    assert shown.moves == {"address": 3, "conversation": 1, "message": 3}
    assert shown.fields["name"] == "Anna"
    assert shown.fields["fields"] == {"plan": "basic", "size": 3}
    assert {conflict.field for conflict in shown.conflicts} == {"name", "status", "fields.plan"}
    assert [(a.value, a.verified, a.claimed) for a in shown.addresses if a.kind == "email"] == [
        ("a@other.example", False, True),
        ("anna@example.com", True, False),
    ]


async def test_all_that_the_merged_one_had_is_the_kept_ones(desk: Desk, two: tuple[UUID, UUID]) -> None:
    keep, drop = two
    await perform(desk, keep, drop)
    kept, dropped = await desk.contact(keep), await desk.contact(drop)
    assert (kept["name"], kept["language"], kept["status"], kept["tags"]) == (
        "Anna",
        "de",
        "customer",
        ["mail", "vip", "chat"],
    )
    assert kept["fields"] == {"plan": "basic", "size": 3}
    assert (kept["merged_into"], dropped["merged_into"]) == (None, keep)
    assert dropped["name"] == "A. Berg"
    assert await desk.addresses(drop) == set()
    assert await desk.addresses(keep) == {
        ("email", "anna@example.com", True, "provider"),
        ("email", "a@other.example", False, None),
        ("phone", "+436641234567", False, None),
        ("visitor", session("v"), True, None),
    }
    for table in ("conversation", "message"):
        rows = await desk.rows(f"SELECT DISTINCT contact_id FROM {table} WHERE workspace_id = %s")
        assert rows == [{"contact_id": keep}]
    assert (await desk.arrives(VISITOR, session("v"))).contact_id == keep


async def test_an_undo_restores_every_row_exactly(desk: Desk, two: tuple[UUID, UUID]) -> None:
    before = await everything(desk)
    done = await perform(desk, *two)
    assert await everything(desk) != before
    await undo(desk, done.id)
    assert await everything(desk) == before


async def test_the_merged_ones_stronger_address_survives_and_goes_back(desk: Desk) -> None:
    keep = await desk.arrives(VISITOR, session("v"))
    drop = await desk.arrives(EMAIL, "anna@example.com", VERIFIED)
    async with desk.db.workspace(desk.id) as connection:
        await connection.execute(
            "INSERT INTO address (workspace_id, id, contact_id, kind, value, holds) VALUES (%s, %s, %s, %s, %s, false)",
            (desk.id, new_id(), keep.contact_id, "email", "anna@example.com"),
        )
    before = await everything(desk)
    done = await perform(desk, keep.contact_id, drop.contact_id)
    assert ("email", "anna@example.com", True, "provider") in await desk.addresses(keep.contact_id)
    assert (await desk.arrives(EMAIL, "anna@example.com")).contact_id == keep.contact_id
    await undo(desk, done.id)
    assert await everything(desk) == before


async def test_what_came_after_the_merge_stays_unless_its_conversation_returns(
    desk: Desk, two: tuple[UUID, UUID]
) -> None:
    keep, drop = two
    returning = await add_conversation(desk, drop)
    done = await perform(desk, keep, drop)
    later = await add_conversation(desk, keep)
    await add_messages(desk, returning, keep)
    await undo(desk, done.id)
    assert await owner_of(desk, "conversation", later) == keep
    assert await owner_of(desk, "conversation", returning) == drop
    rows = await desk.rows(
        "SELECT DISTINCT contact_id FROM message WHERE workspace_id = %s AND conversation_id = %s", returning
    )
    assert rows == [{"contact_id": drop}], "one conversation is one person's"


async def test_an_undo_keeps_what_people_changed_since(desk: Desk, two: tuple[UUID, UUID]) -> None:
    keep, drop = two
    done = await perform(desk, keep, drop)
    await desk.rows(
        """WITH ws AS (SELECT %s::uuid AS id) UPDATE contact SET name = 'Anna Maria', tags = array_append(tags, 'new'),
           fields = fields || '{"shoe": 38}' FROM ws WHERE workspace_id = ws.id AND contact.id = %s""",
        keep,
    )
    await undo(desk, done.id)
    kept = await desk.contact(keep)
    assert (kept["name"], kept["tags"], kept["language"]) == ("Anna Maria", ["mail", "vip", "new"], None)
    assert kept["fields"] == {"plan": "basic", "shoe": 38}


async def test_the_one_that_is_kept_is_the_one_that_was_named(desk: Desk, two: tuple[UUID, UUID]) -> None:
    keep, drop = two
    await perform(desk, drop, keep)
    assert (await desk.contact(keep))["merged_into"] == drop
    assert (await desk.contact(drop))["merged_into"] is None


async def test_a_person_not_to_be_contacted_stays_so(desk: Desk, two: tuple[UUID, UUID]) -> None:
    keep, drop = two
    await desk.rows("UPDATE contact SET status = 'do_not_contact' WHERE workspace_id = %s AND id = %s", drop)
    await perform(desk, keep, drop)
    assert (await desk.contact(keep))["status"] == "do_not_contact"


async def test_merges_that_make_no_sense_are_refused(desk: Desk, two: tuple[UUID, UUID]) -> None:
    keep, drop = two
    third = (await desk.arrives(EMAIL, "third@example.com")).contact_id
    with pytest.raises(InvalidInput, match="the same one twice"):
        await perform(desk, keep, keep)
    with pytest.raises(NotFound):
        await perform(desk, keep, new_id())
    done = await perform(desk, keep, drop)
    with pytest.raises(Conflict, match=f"{drop} was already merged into {keep}"):
        await perform(desk, third, drop)
    with pytest.raises(Conflict):
        await perform(desk, drop, third)
    await undo(desk, done.id)
    with pytest.raises(Conflict, match="already undone"):
        await undo(desk, done.id)
    with pytest.raises(NotFound):
        await undo(desk, new_id())


async def test_of_many_merges_at_once_one_happens(desk: Desk, two: tuple[UUID, UUID]) -> None:
    keep, drop = two
    results = await asyncio.gather(
        *(perform(desk, keep, drop) for _ in range(4)),
        *(perform(desk, drop, keep) for _ in range(4)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, merge.Merge) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 7


async def test_chains_lead_to_the_survivor_and_come_apart_from_the_end(desk: Desk, two: tuple[UUID, UUID]) -> None:
    keep, drop = two
    third = (await desk.arrives(EMAIL, "third@example.com")).contact_id
    before = await everything(desk)
    first = await perform(desk, keep, drop)
    second = await perform(desk, third, keep)
    async with desk.db.workspace(desk.id) as connection:
        assert {await merge.survivor(connection, desk.id, one) for one in (third, keep, drop)} == {third}
    with pytest.raises(Conflict, match="undo that merge first"):
        await undo(desk, first.id)
    await undo(desk, second.id)
    await undo(desk, first.id)
    assert await everything(desk) == before


async def test_two_merges_into_one_contact_come_apart_in_either_order(desk: Desk, two: tuple[UUID, UUID]) -> None:
    keep, drop = two
    third = (await desk.arrives(EMAIL, "third@example.com", claims=((EMAIL, "a@other.example"),))).contact_id
    await add_conversation(desk, third)
    before = await everything(desk)
    for order in (1, -1):
        done = [await perform(desk, keep, drop), await perform(desk, keep, third)]
        for one in done[::order]:
            await undo(desk, one.id)
        assert await everything(desk) == before


async def test_an_address_that_a_later_merge_put_aside_returns_only_after_that_one_is_undone(
    desk: Desk, two: tuple[UUID, UUID]
) -> None:
    keep, drop = two
    third = (await desk.arrives(EMAIL, "a@other.example", VERIFIED)).contact_id
    before = await everything(desk)
    first, second = await perform(desk, keep, drop), await perform(desk, keep, third)
    with pytest.raises(Conflict, match=f"undo merge {second.id} first"):
        await undo(desk, first.id)
    await undo(desk, second.id)
    await undo(desk, first.id)
    assert await everything(desk) == before


async def test_work_that_began_before_the_merge_is_gathered_afterwards(desk: Desk, two: tuple[UUID, UUID]) -> None:
    keep, drop = two
    before = await everything(desk)
    done = await perform(desk, keep, drop)
    late = await add_conversation(desk, drop)
    async with desk.db.workspace(desk.id) as connection:
        assert await merge.gather_late_rows(connection, desk.id) == 2
        assert await merge.gather_late_rows(connection, desk.id) == 0
    assert await owner_of(desk, "conversation", late) == keep
    await undo(desk, done.id)
    assert await owner_of(desk, "conversation", late) == drop
    assert (await everything(desk))["address"] == before["address"]


async def test_a_message_that_arrives_during_a_merge_is_led_to_the_survivor(
    desk: Desk, two: tuple[UUID, UUID], db: Database
) -> None:
    keep, drop = two
    async with db.transaction(desk.id) as connection:
        await merge.perform(connection, desk.id, keep, drop, reason="same person", by="member:1")
        meanwhile = await desk.arrives(VISITOR, session("v"), CLAIMED)
    assert meanwhile.contact_id == drop
    async with db.workspace(desk.id) as connection:
        assert await merge.survivor(connection, desk.id, meanwhile.contact_id) == keep
    assert (await desk.arrives(VISITOR, session("v"))).contact_id == keep


async def test_ten_thousand_messages_move_and_return_within_seconds(desk: Desk, two: tuple[UUID, UUID]) -> None:
    keep, drop = two
    await add_conversation(desk, drop, 10_000)
    started = time.monotonic()
    done = await perform(desk, keep, drop)
    merged = time.monotonic() - started
    await undo(desk, done.id)
    assert done.moved > 10_000
    assert merged < 5
    assert time.monotonic() - started < 10


async def test_another_workspaces_contact_cannot_be_merged(desk: Desk, db: Database, two: tuple[UUID, UUID]) -> None:
    theirs = (await Desk(db, await another_workspace(db)).arrives(EMAIL, "x@example.com")).contact_id
    with pytest.raises(NotFound):
        await perform(desk, two[0], theirs)


# Every table, so that a new one cannot be forgotten -----------------------------------------------


async def test_a_merge_knows_every_table_with_contacts_in_it(desk: Desk) -> None:
    async with desk.db.workspace(desk.id) as connection:
        known = set(await movable_tables(connection))
    assert known == set(WITH_CONTACT) - {"address"}
    assert all(metadata.tables[name].primary_key.columns.keys() == ["workspace_id", "id"] for name in WITH_CONTACT)


@pytest.mark.parametrize("name", sorted(set(WITH_CONTACT) - {"address"}))
async def test_rows_of_every_table_move_and_come_back(desk: Desk, two: tuple[UUID, UUID], name: str) -> None:
    keep, drop = two
    await _insert(desk, metadata.tables[name], drop)
    done = await perform(desk, keep, drop)
    assert await _owners(desk, name, drop) == 0
    assert await _owners(desk, name, keep) > 0
    await undo(desk, done.id)
    assert await _owners(desk, name, drop) > 0


@pytest.mark.parametrize("name", sorted(set(WITH_CONTACT) - {"address"}))
def test_no_other_table_has_an_index_that_two_contacts_rows_could_violate(name: str) -> None:
    """Such a table needs a rule for duplicates, as addresses have one (merge_rows.py)."""
    table = metadata.tables[name]
    assert not [i.name for i in table.indexes if i.unique and "contact_id" in i.columns]


async def _owners(desk: Desk, name: str, contact_id: UUID) -> int:
    rows = await desk.rows(
        f'SELECT count(*) AS n FROM "{name}" WHERE workspace_id = %s AND contact_id = %s', contact_id
    )
    return rows[0]["n"]


_SAMPLE: list[tuple[type, Callable[[], Any]]] = [
    (UuidType, new_id),
    (JSONB, lambda: Jsonb({})),
    (DateTime, lambda: "2026-01-01T00:00:00Z"),
    (Integer, lambda: 1),
    (Boolean, lambda: True),
    (LargeBinary, lambda: b"x"),
    (Text, lambda: "x"),
]


# Where any value of the right kind will not do.
_PLAUSIBLE = {
    "service": {"duration_minutes": 30},
    "booking": {
        "status": "confirmed",
        "busy_from": "2026-01-01T08:00:00Z",
        "starts_at": "2026-01-01T08:00:00Z",
        "ends_at": "2026-01-01T09:00:00Z",
        "busy_until": "2026-01-01T09:00:00Z",
    },
}


async def _insert(desk: Desk, table: Table, contact_id: UUID, **given: Any) -> None:
    """A row with what the table insists on; a checked column takes the first value that its rule names."""
    values: dict[str, Any] = {"workspace_id": desk.id, **_PLAUSIBLE.get(table.name, {}), **given}
    if "contact_id" in table.columns:
        values["contact_id"] = contact_id
    for column in table.columns:
        if column.name in values or column.nullable or column.server_default is not None:
            continue
        allowed = _allowed(table, column.name)
        values[column.name] = allowed or next(make for kind, make in _SAMPLE if isinstance(column.type, kind))()
    if "conversation_id" in values:
        values["conversation_id"] = await add_conversation(desk, contact_id)
    for reference in table.foreign_key_constraints:
        own = reference.column_keys[-1]
        if own in values and own not in ("contact_id", "conversation_id"):
            await _insert(desk, reference.referred_table, contact_id, id=values[own])
    names, places = ", ".join(f'"{name}"' for name in values), ", ".join(["%s"] * len(values))
    async with desk.db.workspace(desk.id) as connection:
        await connection.execute(f'INSERT INTO "{table.name}" ({names}) VALUES ({places})', list(values.values()))  # type: ignore[arg-type]


def _allowed(table: Table, column: str) -> str | None:
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint) and str(constraint.sqltext).startswith(f"{column} IN ('"):
            return str(constraint.sqltext).split("'")[1]
    return None
