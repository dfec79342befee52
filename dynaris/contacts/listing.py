"""Reads of the list of contacts: searched, filtered, in three orders. Conversations are looked up by ids alone."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, LiteralString, NamedTuple
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from dynaris.contacts import queries
from dynaris.contacts.schemas import Contact, Status
from dynaris.core.db import Connection
from dynaris.core.http import Named, Page, Position, decode_named, decode_position, encode_cursor
from dynaris.core.moments import Moment

Order = Literal["created", "active", "name"]

_FEW = 5_000  # contacts that are looked at one by one
_WINDOW = 2_000  # conversations that are looked at for who talked last
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


class Filters(BaseModel):
    """Whom a list shows; what is left out filters nothing."""

    q: Annotated[
        str | None,
        Query(
            max_length=200, description="Beginnings of words of names, addresses, tags and custom fields; all count."
        ),
    ] = None
    status: Status | None = None
    tag: Annotated[str | None, Query(max_length=100)] = None
    owner_id: UUID | None = None
    channel: Annotated[str | None, Query(max_length=100, description="They have a conversation there.")] = None
    open: Annotated[bool | None, Query(description="They have a conversation that is not closed.")] = None
    blocked: Annotated[bool | None, Query(description="They asked for no messages, somewhere or everywhere.")] = None
    created_from: Moment | None = None
    created_to: Moment | None = None
    active_from: Moment | None = None
    active_to: Moment | None = None


class ContactLine(Contact):
    """A contact as the list shows it."""

    active_at: datetime = Field(description="When something was last said with them; else when they were added.")
    channels: list[str] = Field(description="Where they have conversations.")
    open_conversations: int


class Tag(BaseModel):
    tag: str
    contacts: int


# Looked up and not joined, for the reason that conversations/queries.py gives.
_ACTIVE = """coalesce((SELECT max(v.last_message_at) FROM conversation v
        WHERE v.workspace_id = c.workspace_id AND v.contact_id = c.id), c.created_at)"""
_TALKS = "SELECT FROM conversation v WHERE v.workspace_id = c.workspace_id AND v.contact_id = c.id"
_LISTED = "c.workspace_id = %(ws)s AND c.merged_into IS NULL AND NOT c.erasing"

# Only the conditions that were asked for stand in a statement: a prepared one that fits every case fits no index.
_CONDITIONS: dict[str, LiteralString] = {
    "found": "c.id = ANY(%(found)s)",
    "q": "(c.id IN (SELECT find_contacts(%(q)s))) IS TRUE",  # as a filter by a hash table, and not as a join
    "status": "c.status = %(status)s",
    "tag": "%(tag)s = ANY(c.tags)",
    "owner_id": "c.owner_id = %(owner_id)s",
    "channel": f"EXISTS ({_TALKS} AND v.channel = %(channel)s)",
    "open": f"EXISTS ({_TALKS} AND v.status <> 'closed') = %(open)s",
    "blocked": "(c.status = 'do_not_contact' OR c.blocked_channels <> '{}') = %(blocked)s",
    "created_from": "c.created_at >= %(created_from)s",
    "created_to": "c.created_at < %(created_to)s",
    "active_from": f"{_ACTIVE} >= %(active_from)s",
    "active_to": f"{_ACTIVE} < %(active_to)s",
}


class _Ordered(NamedTuple):
    """What a list is ordered by; `after` is the condition of whoever stands behind a place."""

    key: LiteralString
    direction: LiteralString
    after: LiteralString


_ORDERS: dict[Order, _Ordered] = {
    "created": _Ordered("c.created_at", "DESC", "(c.created_at, c.id) < (%(key)s::timestamptz, %(id)s::uuid)"),
    "active": _Ordered(_ACTIVE, "DESC", f"({_ACTIVE}, c.id) < (%(key)s::timestamptz, %(id)s::uuid)"),
    "name": _Ordered("name_order(c.name)", "ASC", "(name_order(c.name), c.id) > (%(key)s::bytea, %(id)s::uuid)"),
}

# Nobody computes when 100,000 contacts were active: mostly the newest conversations tell who comes first.
_LATELY = """SELECT v.workspace_id, v.id, v.contact_id, v.last_message_at FROM conversation v
    WHERE v.workspace_id = %(ws)s AND v.last_message_at <= %(key)s
      AND (v.last_message_at, v.contact_id) < (%(key)s, %(id)s)
    ORDER BY v.last_message_at DESC LIMIT %(window)s"""


def _talked_lately(conditions: LiteralString) -> LiteralString:
    return f"""SELECT v.contact_id AS id, v.last_message_at AS key FROM ({_LATELY}) AS v
    WHERE v.id = (SELECT w.id FROM conversation w WHERE w.workspace_id = v.workspace_id
                  AND w.contact_id = v.contact_id ORDER BY w.last_message_at DESC, w.id DESC LIMIT 1)
      AND (SELECT {conditions} FROM contact c WHERE c.workspace_id = v.workspace_id AND c.id = v.contact_id)
    ORDER BY v.last_message_at DESC, v.contact_id DESC LIMIT %(limit)s"""


def _never_talked(conditions: LiteralString) -> LiteralString:
    return f"""SELECT c.id, c.created_at AS key FROM contact c
    WHERE {conditions} AND c.created_at >= %(since)s AND (c.created_at, c.id) < (%(key)s, %(id)s)
      AND (SELECT v.id FROM conversation v
           WHERE v.workspace_id = c.workspace_id AND v.contact_id = c.id LIMIT 1) IS NULL
    ORDER BY c.created_at DESC, c.id DESC LIMIT %(limit)s"""


_TALK = """SELECT contact_id, max(last_message_at) AS active_at, array_agg(DISTINCT channel) AS channels,
        count(*) FILTER (WHERE status <> 'closed') AS open_conversations
    FROM conversation WHERE workspace_id = %(ws)s AND contact_id = ANY(%(ids)s) GROUP BY contact_id"""


async def page(
    connection: Connection, workspace_id: UUID, filters: Filters, *, order: Order, cursor: str | None, limit: int
) -> Page[ContactLine]:
    """Newest first, last active first or by name; without those that became part of another or are being erased."""
    chosen = await _chosen(connection, filters)
    conditions: LiteralString = " AND ".join([_LISTED, *(_CONDITIONS[name] for name in chosen)])
    names = {**chosen, **_behind(order, cursor), "ws": workspace_id, "limit": limit + 1, "window": _WINDOW}
    rows = None
    if order == "active" and "found" not in chosen:
        rows = await _lately(connection, conditions, names)
    if rows is None:
        rows = await _ordered(connection, conditions, names, order=order, further=cursor is not None)
    shown = rows[:limit]
    next_cursor = encode_cursor(_place(order, shown[-1])) if len(rows) > limit else None
    lines = await lines_of(connection, workspace_id, [row["id"] for row in shown])
    return Page(items=lines, next_cursor=next_cursor)


async def lines_of(connection: Connection, workspace_id: UUID, ids: Sequence[UUID]) -> list[ContactLine]:
    """In the order of `ids`; who is gone is left out."""
    if not ids:
        return []
    contacts = await queries.several(connection, workspace_id, list(ids))
    cursor = await connection.execute(_TALK, {"ws": workspace_id, "ids": list(ids)})
    talk = {row["contact_id"]: row for row in await cursor.fetchall()}
    silent = {"channels": [], "open_conversations": 0}
    return [
        ContactLine.model_validate(
            {"active_at": contacts[one]["created_at"], **silent, **talk.get(one, {}), **contacts[one]}
        )
        for one in ids
        if one in contacts
    ]


async def tags(connection: Connection, workspace_id: UUID, *, limit: int) -> list[Tag]:
    """Those that contacts bear, the commonest first."""
    cursor = await connection.execute(
        f"""SELECT tag, count(*) AS contacts FROM contact c, unnest(c.tags) AS tag WHERE {_LISTED} AND c.tags <> '{{}}'
            GROUP BY tag ORDER BY count(*) DESC, tag LIMIT %(limit)s""",
        {"ws": workspace_id, "limit": limit},
    )
    return [Tag(**row) for row in await cursor.fetchall()]


async def _chosen(connection: Connection, filters: Filters) -> dict[str, Any]:
    """The conditions by name, with their values. Words that few contacts have are answered with those contacts."""
    chosen = filters.model_dump(exclude_none=True)
    typed = chosen.pop("q", "").replace("\0", " ").strip()
    if typed:
        cursor = await connection.execute("SELECT find_contacts(%s) AS id LIMIT %s", (typed, _FEW + 1))
        found = [row["id"] for row in await cursor.fetchall()]
        chosen |= {"found": found} if len(found) <= _FEW else {"q": typed}
    return chosen


async def _ordered(
    connection: Connection, conditions: LiteralString, names: dict[str, Any], *, order: Order, further: bool
) -> list[dict[str, Any]]:
    by = _ORDERS[order]
    cursor = await connection.execute(
        f"""SELECT c.id, {by.key} AS key FROM contact c WHERE {conditions} {f"AND {by.after}" if further else ""}
            ORDER BY {by.key} {by.direction}, c.id {by.direction} LIMIT %(limit)s""",
        names,
    )
    return await cursor.fetchall()


async def _lately(
    connection: Connection, conditions: LiteralString, names: dict[str, Any]
) -> list[dict[str, Any]] | None:
    """Those who talked last, and those who were added meanwhile and never did. `None`: too few to be sure."""
    since = _FIRST
    talked = await (await connection.execute(_talked_lately(conditions), names)).fetchall()
    if len(talked) == names["limit"]:
        since = talked[-1]["key"]
    else:
        seen = await (await connection.execute(f"SELECT count(*) AS n FROM ({_LATELY}) AS v", names)).fetchone()
        if seen and seen["n"] == _WINDOW:
            return None
    silent = await (await connection.execute(_never_talked(conditions), {**names, "since": since})).fetchall()
    return sorted([*talked, *silent], key=lambda row: (row["key"], row["id"]), reverse=True)[: names["limit"]]


def _place(order: Order, row: dict[str, Any]) -> Named | Position:
    return Named(row["key"], row["id"]) if order == "name" else Position(row["key"], row["id"])


def _behind(order: Order, cursor: str | None) -> dict[str, Any]:
    if cursor is None:
        return {"key": _LAST, "id": UUID(int=0)}
    key, last = decode_named(cursor) if order == "name" else decode_position(cursor)
    return {"key": key, "id": last}
