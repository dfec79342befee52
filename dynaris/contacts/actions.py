"""Writes to contacts and to the addresses that members know to be theirs."""

from typing import Any
from uuid import UUID

from psycopg import errors, sql
from psycopg.types.json import Jsonb
from pydantic import ValidationError

from dynaris.channels.contract import AddressKind
from dynaris.contacts.addresses import normalise
from dynaris.contacts.merge import survivor
from dynaris.contacts.schemas import MOST_FIELDS, ContactChanges, NewContact
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.core.invalid import faults_in, told
from dynaris.workspaces import queries as workspaces
from dynaris.workspaces.actions import record


async def create_contact(connection: Connection, workspace_id: UUID, new: NewContact, *, by: str) -> UUID:
    """Raises `Conflict` when somebody else has one of the addresses."""
    contact_id = new_id()
    async with connection.transaction():
        await connection.execute("INSERT INTO contact (workspace_id, id) VALUES (%s, %s)", (workspace_id, contact_id))
        changes = new.model_dump(exclude_unset=True, exclude={"addresses"})
        await _update(connection, workspace_id, contact_id, changes)
        await _record(connection, workspace_id, contact_id, by=by, what="created", detail=_named(changes))
        for address in new.addresses:
            await add_address(
                connection, workspace_id, contact_id, address.kind, address.value, region=address.region, by=by
            )
    return contact_id


async def update_contact(
    connection: Connection, workspace_id: UUID, contact_id: UUID, changes: dict[str, Any], *, by: str
) -> UUID:
    """`changes` as in `ContactChanges`: only what is named changes. Returns the contact that was changed.

    A merged contact's survivor is changed. Custom fields change one by one. `by` is an actor as in the audit log.
    """
    async with connection.transaction():
        contact_id = await survivor(connection, workspace_id, contact_id)
        if await _update(connection, workspace_id, contact_id, changes):
            await _record(connection, workspace_id, contact_id, by=by, what="changed", detail=_named(changes))
    return contact_id


async def _update(connection: Connection, workspace_id: UUID, contact_id: UUID, changes: dict[str, Any]) -> bool:
    """False when there was nothing to change."""
    values = _checked(changes)
    if values.get("owner_id"):
        await _require_member(connection, workspace_id, values["owner_id"])
    if "fields" in values:
        values["fields"] = Jsonb(await _changed_fields(connection, workspace_id, contact_id, values["fields"]))
    if not values:
        return False
    assignments = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in values
    )
    await connection.execute(
        sql.SQL(
            "UPDATE contact SET {}, updated_at = clock_timestamp() WHERE workspace_id = %(ws)s AND id = %(id)s"
        ).format(assignments),
        {**values, "ws": workspace_id, "id": contact_id},
    )
    return True


async def add_address(
    connection: Connection,
    workspace_id: UUID,
    contact_id: UUID,
    kind: AddressKind,
    value: str,
    *,
    by: str,
    region: str | None = None,
) -> UUID:
    """A member knows it: the contact has it from now on, unproved. Raises `Conflict` when another contact has it."""
    address = normalise(kind, value, region)
    names = {"ws": workspace_id, "id": new_id(), "kind": kind.value, "value": address, "display": value.strip()}
    try:
        async with connection.transaction():
            names["contact"] = contact_id = await survivor(connection, workspace_id, contact_id)
            cursor = await connection.execute(
                """INSERT INTO address (workspace_id, id, contact_id, kind, value, display, holds)
                   VALUES (%(ws)s, %(id)s, %(contact)s, %(kind)s, %(value)s, %(display)s, true)
                   ON CONFLICT (workspace_id, contact_id, kind, value) DO UPDATE SET holds = true RETURNING id""",
                names,
            )
            row = await cursor.fetchone()
            await _record(
                connection,
                workspace_id,
                contact_id,
                by=by,
                what="address_added",
                detail={"kind": kind, "address": row and row["id"]},
            )
    except errors.UniqueViolation as error:
        raise await _held_by_another(connection, workspace_id, kind, address) from error
    assert row is not None
    return row["id"]


async def verify_address(
    connection: Connection, workspace_id: UUID, contact_id: UUID, address_id: UUID, *, by: str
) -> bool:
    """A member vouches for it; whether it was only claimed before. Raises `Conflict` when another contact has it: those
    two may be one person."""
    address = await _address(connection, workspace_id, contact_id, address_id)
    try:
        async with connection.transaction():
            await connection.execute(
                """UPDATE address SET holds = true, verified_at = coalesce(verified_at, clock_timestamp()),
                       verified_by = coalesce(verified_by, 'member') WHERE workspace_id = %s AND id = %s""",
                (workspace_id, address_id),
            )
            await _record(
                connection,
                workspace_id,
                address["contact_id"],
                by=by,
                what="address_verified",
                detail={"kind": address["kind"], "address": address_id},
            )
    except errors.UniqueViolation as error:
        raise await _held_by_another(connection, workspace_id, address["kind"], address["value"]) from error
    return not address["holds"]


async def remove_address(
    connection: Connection, workspace_id: UUID, contact_id: UUID, address_id: UUID, *, by: str
) -> None:
    """The next message from there makes a new contact, or finds who claims it."""
    address = await _address(connection, workspace_id, contact_id, address_id)
    async with connection.transaction():
        await connection.execute("DELETE FROM address WHERE workspace_id = %s AND id = %s", (workspace_id, address_id))
        detail = {"kind": address["kind"], "address": address_id}
        await _record(connection, workspace_id, address["contact_id"], by=by, what="address_removed", detail=detail)


def _named(changes: dict[str, Any]) -> dict[str, Any]:
    """What changed, not to what: a contact that is erased must not be found in the audit log."""
    return {"changed": sorted(changes), "fields": sorted(changes.get("fields") or {})}


def _checked(changes: dict[str, Any]) -> dict[str, Any]:
    try:
        return ContactChanges.model_validate(changes).model_dump(exclude_unset=True)
    except ValidationError as error:
        raise InvalidInput(told(faults_in(error), most=1)) from error


async def _require_member(connection: Connection, workspace_id: UUID, member_id: UUID) -> None:
    try:
        await workspaces.member(connection, workspace_id, member_id)
    except NotFound as error:
        raise InvalidInput(f"expected `owner_id` to be a member of this workspace, got {member_id}") from error


async def _changed_fields(
    connection: Connection, workspace_id: UUID, contact_id: UUID, changes: dict[str, Any]
) -> dict[str, Any]:
    cursor = await connection.execute(
        "SELECT fields FROM contact WHERE workspace_id = %s AND id = %s FOR UPDATE", (workspace_id, contact_id)
    )
    row = await cursor.fetchone()
    assert row is not None
    fields = {name: value for name, value in {**row["fields"], **changes}.items() if value is not None}
    if len(fields) > MOST_FIELDS:
        raise InvalidInput(f"expected at most {MOST_FIELDS} custom fields, got {len(fields)}")
    return fields


async def _address(connection: Connection, workspace_id: UUID, contact_id: UUID, address_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        "SELECT contact_id, kind, value, holds FROM address WHERE workspace_id = %s AND id = %s AND contact_id = %s",
        (workspace_id, address_id, await survivor(connection, workspace_id, contact_id)),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"contact {contact_id} has no address {address_id}")
    return row


async def _held_by_another(connection: Connection, workspace_id: UUID, kind: str, value: str) -> Conflict:
    cursor = await connection.execute(
        """SELECT a.contact_id, c.name
           FROM address a JOIN contact c ON c.workspace_id = a.workspace_id AND c.id = a.contact_id
           WHERE a.workspace_id = %s AND a.kind = %s AND a.value = %s AND a.holds""",
        (workspace_id, kind, value),
    )
    row = await cursor.fetchone()
    whose = (row and row["name"]) or "another contact"
    return Conflict(
        f"the address {value} belongs to {whose}; if both are one person, merge them",
        contact_id=str(row["contact_id"]) if row else None,
    )


async def _record(
    connection: Connection, workspace_id: UUID, contact_id: UUID, *, by: str, what: str, detail: dict[str, Any]
) -> None:
    await record(
        connection,
        workspace_id,
        actor=by,
        action=f"contact.{what}",
        subject=f"contact:{contact_id}",
        detail=detail,
    )
