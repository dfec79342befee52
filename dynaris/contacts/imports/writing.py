"""Writes what was planned for some rows, each with its result, in one transaction: done once or not at all."""

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.contacts import merge
from dynaris.contacts.imports.planning import Plan
from dynaris.contacts.suppression import AddressHash
from dynaris.core.db import Connection
from dynaris.core.ids import new_id

_CREATE = """INSERT INTO contact (workspace_id, id, name, status, tags, fields, language, timezone)
    VALUES (%(ws)s, %(id)s, %(name)s, %(status)s, %(tags)s, %(fields)s, %(language)s, %(timezone)s)"""

_CHANGE = """UPDATE contact SET name = %(name)s, status = %(status)s, tags = %(tags)s, fields = %(fields)s,
        language = %(language)s, timezone = %(timezone)s, updated_at = clock_timestamp()
    WHERE workspace_id = %(ws)s AND id = %(id)s"""

_CLAIM = """INSERT INTO address (workspace_id, id, contact_id, kind, value, display, holds, said_by)
    VALUES (%(ws)s, %(address)s, %(id)s, %(kind)s, %(value)s, %(display)s, false, %(by)s) ON CONFLICT DO NOTHING"""

# Where nobody has it: whoever does keeps it.
_HOLD = """UPDATE address mine SET holds = true
    WHERE mine.workspace_id = %(ws)s AND mine.contact_id = %(id)s AND mine.kind = %(kind)s AND mine.value = %(value)s
      AND NOT EXISTS (SELECT FROM address held WHERE held.workspace_id = %(ws)s AND held.kind = %(kind)s
                      AND held.value = %(value)s AND held.holds)"""

# Who asked for silence and was erased is not written to because a list has them.
_SUPPRESS = """WITH blocked AS (
        SELECT given.id, array_agg(DISTINCT channel ORDER BY channel) AS channels
        FROM unnest(%(ids)s::uuid[], %(hashes)s::text[]) AS given (id, hash)
        JOIN suppression s ON s.workspace_id = %(ws)s AND s.address_hash = given.hash
        CROSS JOIN unnest(s.blocked_channels) AS channel GROUP BY given.id)
    UPDATE contact c SET blocked_channels = ARRAY(
        SELECT unnest(c.blocked_channels) UNION SELECT unnest(blocked.channels) ORDER BY 1) FROM blocked
    WHERE c.workspace_id = %(ws)s AND c.id = blocked.id"""

_SETTLE = """UPDATE contact_import_row r SET outcome = done.outcome, result = done.result, contact_id = done.contact_id,
        created = done.created, done_at = clock_timestamp(),
        stamp = (SELECT updated_at FROM contact c WHERE c.workspace_id = r.workspace_id AND c.id = done.contact_id
                 AND NOT done.touched)
    FROM jsonb_to_recordset(%(rows)s) AS done
        (id uuid, outcome text, result jsonb, contact_id uuid, created boolean, touched boolean)
    WHERE r.workspace_id = %(ws)s AND r.id = done.id AND r.id = ANY(%(ids)s)"""

# `ids` beside the rows, so that their index is used: of a set that comes as JSON the planner knows nothing.
_PLAN = """UPDATE contact_import_row r SET action = planned.action, plan = planned.plan, given_id = planned.given_id
    FROM jsonb_to_recordset(%(rows)s) AS planned (id uuid, action text, plan jsonb, given_id uuid)
    WHERE r.workspace_id = %(ws)s AND r.id = planned.id AND r.id = ANY(%(ids)s)"""


async def keep_plans(connection: Connection, workspace_id: UUID, planned: list[tuple[dict[str, Any], Plan]]) -> None:
    rows = [
        {"id": row["id"], "action": plan.action, "plan": plan.told(), "given_id": row["given_id"]}
        for row, plan in planned
    ]
    ids = [row["id"] for row in rows]
    await connection.execute(_PLAN, {"ws": workspace_id, "rows": Jsonb(rows), "ids": ids})


async def write(
    connection: Connection,
    workspace_id: UUID,
    import_id: UUID,
    planned: list[tuple[dict[str, Any], Plan]],
    *,
    known_addresses: bool,
    hashed: AddressHash,
    by: str,
) -> None:
    """`planned`: rows of the import with their plans, in order. A merge comes alone."""
    for _, plan in planned:
        if plan.known:
            for drop in plan.drops:
                reason = "one row of an import fits both"
                done = await merge.perform(connection, workspace_id, plan.known.id, drop, reason=reason, by=by)
                plan.merges.append(str(done.id))
    await _write_contacts(connection, workspace_id, [plan for _, plan in planned])
    gave = [plan for _, plan in planned if plan.action == "create" or known_addresses]
    await _suppress(connection, workspace_id, gave, hashed)
    addresses = [
        {"ws": workspace_id, "address": new_id(), "id": plan.known.id, "kind": kind, "value": value, "display": given}
        | {"by": f"import:{import_id}"}
        for _, plan in planned
        if plan.known
        for kind, value, given in plan.addresses
    ]
    async with connection.cursor() as cursor:
        if addresses:
            await cursor.executemany(_CLAIM, addresses)
            if known_addresses:
                await cursor.executemany(_HOLD, addresses)
    await settle(connection, workspace_id, planned)


async def settle(connection: Connection, workspace_id: UUID, planned: list[tuple[dict[str, Any], Plan]]) -> None:
    rows = Jsonb([_result(row, plan) for row, plan in planned])
    ids = [row["id"] for row, _ in planned]
    await connection.execute(_SETTLE, {"ws": workspace_id, "rows": rows, "ids": ids})


async def _write_contacts(connection: Connection, workspace_id: UUID, plans: list[Plan]) -> None:
    """Each contact once, as the last row about it leaves it."""
    created = {plan.known.id: plan.known for plan in plans if plan.action == "create" and plan.known}
    touched = {plan.known.id: plan.known for plan in plans if plan.known and (plan.changes or plan.addresses)}
    async with connection.cursor() as cursor:
        for is_new, ids in ((True, created.keys()), (False, touched.keys() - created.keys())):
            people = [created.get(one) or touched[one] for one in ids]
            rows = [
                {**one.fields, "fields": Jsonb(one.fields["fields"]), "ws": workspace_id, "id": one.id}
                for one in people
            ]
            if rows:
                await cursor.executemany(_CREATE if is_new else _CHANGE, rows)


async def _suppress(connection: Connection, workspace_id: UUID, plans: list[Plan], hashed: AddressHash) -> None:
    found = [
        (plan.known.id, hashed(workspace_id, kind, value))
        for plan in plans
        if plan.known
        for kind, value, _ in plan.addresses
    ]
    if found:
        names = {"ws": workspace_id, "ids": [one for one, _ in found], "hashes": [one for _, one in found]}
        await connection.execute(_SUPPRESS, names)


def _result(row: dict[str, Any], plan: Plan) -> dict[str, Any]:
    told = plan.told()
    before = {name: row["plan"].get(name) for name in ("changes", "addresses")}
    if row["action"] != plan.action or before != {name: told.get(name) for name in before}:
        told["differs"] = f"the dry run said {row['action']}: data changed meanwhile"
    return {
        "id": row["id"],
        "outcome": plan.action,
        "result": told,
        "contact_id": plan.known.id if plan.known else None,
        "created": plan.action == "create",
        "touched": plan.known is not None and plan.known.touched,
    }
