"""Writes to what can be booked: services, people with a calendar, and who gives what."""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Identifier, Placeholder
from psycopg.types.json import Jsonb

from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.scheduling.queries import get_person, get_service
from dynaris.scheduling.schemas import CalendarPerson, Service
from dynaris.workspaces.actions import record

SERVICE_FIELDS = frozenset(
    {
        *("name", "description", "duration_minutes", "buffer_before", "buffer_after", "price", "currency"),
        *("minimum_notice_minutes", "maximum_advance_days", "step_minutes", "needs_confirmation", "enabled"),
        "position",
    }
)
PERSON_FIELDS = frozenset({"name", "email", "member_id", "timezone", "hours", "exceptions", "enabled", "position"})
_JSON = frozenset({"hours", "exceptions"})
_LONG = (*_JSON, "email", "description")  # or about a person: the audit log says only that it changed
_LINKS: dict[str, LiteralString] = {"service": "service_id", "calendar_person": "staff_id"}


async def add_service(
    connection: Connection,
    workspace_id: UUID,
    *,
    fields: Mapping[str, Any],
    staff_ids: Sequence[UUID] | None = None,
    by: str,
) -> Service:
    """`fields` by the names of `SERVICE_FIELDS`, name and duration at least; `staff_ids`: who gives it, else all.

    Raises `Conflict` for a name that another service has.
    """
    async with connection.transaction():
        service_id = await _insert(connection, workspace_id, "service", fields, SERVICE_FIELDS)
        if staff_ids is None:
            staff_ids = await _all_of(connection, workspace_id, "calendar_person")
        await _link(connection, workspace_id, "service", service_id, staff_ids)
        await _noted(connection, workspace_id, f"service:{service_id}", "service.added", by=by, fields=fields)
        return await get_service(connection, workspace_id, service_id)


async def change_service(
    connection: Connection,
    workspace_id: UUID,
    service_id: UUID,
    *,
    fields: Mapping[str, Any],
    staff_ids: Sequence[UUID] | None = None,
    by: str,
) -> Service:
    """What is booked already stays as it was booked."""
    async with connection.transaction():
        await _update(connection, workspace_id, "service", service_id, fields=fields, known=SERVICE_FIELDS)
        if staff_ids is not None:
            await _link(connection, workspace_id, "service", service_id, staff_ids)
            fields = {**fields, "staff_ids": list(staff_ids)}
        await _noted(connection, workspace_id, f"service:{service_id}", "service.changed", by=by, fields=fields)
        return await get_service(connection, workspace_id, service_id)


async def remove_service(connection: Connection, workspace_id: UUID, service_id: UUID, *, by: str) -> None:
    """Raises `Conflict` where it was ever booked: then it can be switched off."""
    async with connection.transaction():
        await _delete(connection, workspace_id, "service", service_id)
        await _noted(connection, workspace_id, f"service:{service_id}", "service.removed", by=by, fields={})


async def add_person(
    connection: Connection,
    workspace_id: UUID,
    *,
    fields: Mapping[str, Any],
    service_ids: Sequence[UUID] | None = None,
    by: str,
) -> CalendarPerson:
    """`fields` by the names of `PERSON_FIELDS`, the name at least; `service_ids`: what they give, else all."""
    async with connection.transaction():
        staff_id = await _insert(connection, workspace_id, "calendar_person", fields, PERSON_FIELDS)
        if service_ids is None:
            service_ids = await _all_of(connection, workspace_id, "service")
        await _link(connection, workspace_id, "calendar_person", staff_id, service_ids)
        await _noted(
            connection, workspace_id, f"calendar_person:{staff_id}", "calendar_person.added", by=by, fields=fields
        )
        return await get_person(connection, workspace_id, staff_id)


async def change_person(
    connection: Connection,
    workspace_id: UUID,
    staff_id: UUID,
    *,
    fields: Mapping[str, Any],
    service_ids: Sequence[UUID] | None = None,
    by: str,
) -> CalendarPerson:
    async with connection.transaction():
        await _update(connection, workspace_id, "calendar_person", staff_id, fields=fields, known=PERSON_FIELDS)
        if service_ids is not None:
            await _link(connection, workspace_id, "calendar_person", staff_id, service_ids)
            fields = {**fields, "service_ids": list(service_ids)}
        await _noted(
            connection, workspace_id, f"calendar_person:{staff_id}", "calendar_person.changed", by=by, fields=fields
        )
        return await get_person(connection, workspace_id, staff_id)


async def remove_person(connection: Connection, workspace_id: UUID, staff_id: UUID, *, by: str) -> None:
    """Raises `Conflict` where they were ever booked: then they can be switched off."""
    async with connection.transaction():
        await _delete(connection, workspace_id, "calendar_person", staff_id)
        await _noted(
            connection, workspace_id, f"calendar_person:{staff_id}", "calendar_person.removed", by=by, fields={}
        )


async def _insert(
    connection: Connection, workspace_id: UUID, table: str, fields: Mapping[str, Any], known: frozenset[str]
) -> UUID:
    row_id = new_id()
    row = {"workspace_id": workspace_id, "id": row_id, **_stored(fields, known)}
    statement = SQL("INSERT INTO {} ({}) VALUES ({})").format(
        Identifier(table),
        SQL(", ").join(map(Identifier, row)),
        SQL(", ").join(map(Placeholder, row)),
    )
    await _write(connection, statement, row, fields)
    return row_id


async def _update(
    connection: Connection,
    workspace_id: UUID,
    table: str,
    row_id: UUID,
    *,
    fields: Mapping[str, Any],
    known: frozenset[str],
) -> None:
    row = _stored(fields, known)
    changes = [SQL("{} = {}").format(Identifier(name), Placeholder(name)) for name in row] or [SQL("id = id")]
    statement = SQL("UPDATE {} SET {} WHERE workspace_id = %(ws)s AND id = %(own_id)s").format(
        Identifier(table), SQL(", ").join(changes)
    )
    if not await _write(connection, statement, {"ws": workspace_id, "own_id": row_id, **row}, fields):
        raise NotFound(f"no {table} {row_id}")


async def _delete(connection: Connection, workspace_id: UUID, table: str, row_id: UUID) -> None:
    statement = SQL("DELETE FROM {} WHERE workspace_id = %(ws)s AND id = %(own_id)s").format(Identifier(table))
    try:
        cursor = await connection.execute(statement, {"ws": workspace_id, "own_id": row_id})
    except psycopg.errors.ForeignKeyViolation as error:
        raise Conflict('there are bookings: switch it off instead, with {"enabled": false}') from error
    if not cursor.rowcount:
        raise NotFound(f"no {table} {row_id}")


async def _write(connection: Connection, statement: Any, row: Mapping[str, Any], fields: Mapping[str, Any]) -> int:
    try:
        return (await connection.execute(statement, row)).rowcount
    except psycopg.errors.UniqueViolation as error:
        raise Conflict(f"there is one of the name {fields.get('name')!r} already") from error
    except psycopg.errors.ForeignKeyViolation as error:
        raise NotFound(f"no member {fields.get('member_id')}") from error
    except psycopg.errors.CheckViolation as error:
        said = "a price has a currency, and a currency a price" if "money" in str(error) else str(error).splitlines()[0]
        raise InvalidInput(said) from error


def _stored(fields: Mapping[str, Any], known: frozenset[str]) -> dict[str, Any]:
    if unknown := set(fields) - known:
        raise InvalidInput(f"there is no field {min(unknown)!r}")
    return {name: Jsonb(value) if name in _JSON and value is not None else value for name, value in fields.items()}


async def _all_of(connection: Connection, workspace_id: UUID, table: str) -> list[UUID]:
    statement = SQL("SELECT id FROM {} WHERE workspace_id = %s").format(Identifier(table))
    return [row["id"] for row in await (await connection.execute(statement, (workspace_id,))).fetchall()]


async def _link(connection: Connection, workspace_id: UUID, table: str, row_id: UUID, others: Sequence[UUID]) -> None:
    own = _LINKS[table]
    [other_table] = _LINKS.keys() - {table}
    names = {"own": Identifier(own), "other": Identifier(_LINKS[other_table])}
    drop = SQL("DELETE FROM service_person WHERE workspace_id = %s AND {own} = %s AND NOT {other} = ANY(%s)")
    await connection.execute(drop.format(**names), (workspace_id, row_id, list(others)))
    try:
        await connection.execute(
            SQL(
                """INSERT INTO service_person (workspace_id, {own}, {other})
                   SELECT %s, %s, other FROM unnest(%s::uuid[]) AS other ON CONFLICT DO NOTHING"""
            ).format(**names),
            (workspace_id, row_id, list(others)),
        )
    except psycopg.errors.ForeignKeyViolation as error:
        said = "service" if other_table == "service" else "person with a calendar"
        raise NotFound(f"no {said} of one of these ids: {', '.join(map(str, others))[:400]}") from error


async def _noted(
    connection: Connection, workspace_id: UUID, subject: str, action: str, *, by: str, fields: Mapping[str, Any]
) -> None:
    detail = {name: value for name, value in fields.items() if name not in _LONG}
    detail = {"changed": sorted(fields), **detail}
    if detail.get("price") is not None:
        detail["price"] = str(detail["price"])
    await record(connection, workspace_id, actor=by, action=action, subject=subject, detail=detail)
