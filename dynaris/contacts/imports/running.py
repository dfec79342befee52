"""The work of an import, in small steps of one transaction each: dry run, apply, undo; taken up again after a crash."""

import asyncio
from typing import Any, LiteralString
from uuid import UUID

import structlog
from psycopg import Error as DatabaseError
from psycopg.types.json import Jsonb

from dynaris.contacts.duplicates.sweep import SWEEP_JOB
from dynaris.contacts.imports.lookup import look_up
from dynaris.contacts.imports.mapped_row import ImportOptions, read_row
from dynaris.contacts.imports.planning import Overlay, Plan, fits_several, plan_row
from dynaris.contacts.imports.undoing import undo_rows
from dynaris.contacts.imports.writing import keep_plans, settle, write
from dynaris.contacts.suppression import AddressHash
from dynaris.core.db import Connection, Database
from dynaris.core.errors import DynarisError
from dynaris.core.jobs import defer, lost_database
from dynaris.workspaces.actions import record

log = structlog.get_logger()

IMPORT_JOB = "contacts.import.v1"  # handled by `work`

_PLANNED_AT_ONCE = 200
_APPLIED_AT_ONCE = 100

_NEXT = """SELECT id, line, cells, problem, action, plan, given_id FROM contact_import_row
    WHERE workspace_id = %(ws)s AND import_id = %(id)s AND line > %(after)s ORDER BY line LIMIT %(limit)s"""
_DUE = """SELECT id, line, cells, problem, action, plan, given_id FROM contact_import_row
    WHERE workspace_id = %(ws)s AND import_id = %(id)s AND done_at IS NULL ORDER BY line LIMIT %(limit)s"""


async def work(db: Database, workspace_id: UUID, import_id: UUID, *, hashed: AddressHash) -> None:
    """Does what the import's state asks for, to its end. Called twice, it goes on where it was.

    Only a lost database is raised: whatever else fails would fail again, and later imports wait for this one.
    """
    async with db.workspace(workspace_id) as connection:
        found = await _import(connection, workspace_id, import_id)
    state = found["state"] if found else None
    try:
        match state:
            case "checking":
                await _check(db, workspace_id, import_id)
            case "applying":
                while await _apply_some(db, workspace_id, import_id, hashed):
                    pass
            case "undoing":
                while await undo_rows(db, workspace_id, import_id):
                    pass
                await _ended(db, workspace_id, import_id, state="undone")
    except Exception as error:
        if state is None or lost_database(error):
            raise
        log.exception("import.failed", import_id=str(import_id), state=state)
        await _failed(db, workspace_id, import_id, state, error)


async def _import(
    connection: Connection, workspace_id: UUID, import_id: UUID, state: str | None = None
) -> dict[str, Any] | None:
    """Locked, so that one worker at a time goes on; `None` when it is not in `state` any more."""
    cursor = await connection.execute(
        "SELECT * FROM contact_import WHERE workspace_id = %s AND id = %s FOR UPDATE", (workspace_id, import_id)
    )
    row = await cursor.fetchone()
    return row if row and state in (None, row["state"]) else None


async def _check(db: Database, workspace_id: UUID, import_id: UUID) -> None:
    """Plans are kept with their rows. One overlay for all of them: rows see what earlier ones would do."""
    overlay, after = Overlay(), 0
    while True:
        async with db.transaction(workspace_id) as connection:
            found = await _import(connection, workspace_id, import_id, "checking")
            if found is None:
                return
            names = {"ws": workspace_id, "id": import_id, "after": after, "limit": _PLANNED_AT_ONCE}
            rows = await (await connection.execute(_NEXT, names)).fetchall()
            planned = await _planned(connection, workspace_id, found, rows, overlay, lock=False)
            await _keep(connection, workspace_id, planned)
            await _progress(connection, workspace_id, import_id, len(rows), restart=after == 0)
            if not rows:
                break
            after = rows[-1]["line"]
    await _ended(db, workspace_id, import_id, state="checked")


async def _keep(connection: Connection, workspace_id: UUID, planned: list[tuple[dict[str, Any], Plan]]) -> None:
    """Where the database refuses them together, one by one: who is refused is an error."""
    try:
        async with connection.transaction():
            await keep_plans(connection, workspace_id, planned)
        return
    except DatabaseError as error:
        if lost_database(error):
            raise
        log.warning("import.plans_refused", error=type(error).__name__)
    for row, plan in planned:
        try:
            async with connection.transaction():
                await keep_plans(connection, workspace_id, [(row, plan)])
        except DatabaseError as error:
            if lost_database(error):
                raise
            await keep_plans(connection, workspace_id, [(row, Plan("error", note=_refusal(error)))])


async def _planned(
    connection: Connection,
    workspace_id: UUID,
    found: dict[str, Any],
    rows: list[dict[str, Any]],
    overlay: Overlay,
    *,
    lock: bool,
) -> list[tuple[dict[str, Any], Plan]]:
    options = ImportOptions.model_validate(found["options"])
    # In a thread: numbers and addresses take their time to be read, and the lanes' work goes on meanwhile.
    mapped = await asyncio.to_thread(
        lambda: [read_row(row["line"], row["cells"], found["columns"], options) for row in rows]
    )
    for row, one in zip(rows, mapped, strict=True):
        one.problem = row["problem"] or one.problem
        row["given_id"] = one.given_id
    await look_up(connection, workspace_id, found["id"], mapped, overlay, lock=lock)
    planned = []
    for row, one in zip(rows, mapped, strict=True):
        merges = lock and options.on_two == "merge" and fits_several(one, overlay)
        if merges and planned:
            break  # a step of its own, when the rows before it are written
        planned.append((row, plan_row(one, overlay, options)))
        if merges:
            break
    return planned


async def _apply_some(db: Database, workspace_id: UUID, import_id: UUID, hashed: AddressHash) -> bool:
    """One step; where the database refuses it, its rows go one by one, and who is refused becomes an error."""
    try:
        return await _step(db, workspace_id, import_id, hashed, limit=_APPLIED_AT_ONCE)
    except (DatabaseError, DynarisError) as error:
        if lost_database(error):
            raise
        log.warning("import.step_refused", import_id=str(import_id), error=type(error).__name__)
    for _ in range(_APPLIED_AT_ONCE):
        try:
            more = await _step(db, workspace_id, import_id, hashed, limit=1)
        except (DatabaseError, DynarisError) as error:
            if lost_database(error):
                raise
            more = await _refuse_row(db, workspace_id, import_id, error)
        if not more:
            return False
    return True


async def _step(db: Database, workspace_id: UUID, import_id: UUID, hashed: AddressHash, *, limit: int) -> bool:
    async with db.transaction(workspace_id) as connection:
        found = await _import(connection, workspace_id, import_id, "applying")
        if found is None:
            return False
        names = {"ws": workspace_id, "id": import_id, "limit": limit}
        rows = await (await connection.execute(_DUE, names)).fetchall()
        if rows:
            planned = await _planned(connection, workspace_id, found, rows, Overlay(), lock=True)
            options = ImportOptions.model_validate(found["options"])
            await write(
                connection,
                workspace_id,
                import_id,
                planned,
                known_addresses=options.addresses == "known",
                hashed=hashed,
                by=found["asked_by"],
            )
            await _progress(connection, workspace_id, import_id, len(planned))
            return True
    await _ended(db, workspace_id, import_id, state="applied")
    return False


async def _refuse_row(db: Database, workspace_id: UUID, import_id: UUID, error: Exception) -> bool:
    async with db.transaction(workspace_id) as connection:
        if await _import(connection, workspace_id, import_id, "applying") is None:
            return False
        names = {"ws": workspace_id, "id": import_id, "limit": 1}
        rows = await (await connection.execute(_DUE, names)).fetchall()
        await settle(connection, workspace_id, [(row, Plan("error", note=_refusal(error))) for row in rows])
        await _progress(connection, workspace_id, import_id, len(rows))
    return True


def _refusal(error: Exception) -> str:
    return error.detail if isinstance(error, DynarisError) else f"the database refused it: {type(error).__name__}"


async def _progress(
    connection: Connection, workspace_id: UUID, import_id: UUID, rows: int, *, restart: bool = False
) -> None:
    await connection.execute(
        """UPDATE contact_import SET done = CASE WHEN %s THEN 0 ELSE done END + %s
           WHERE workspace_id = %s AND id = %s""",
        (restart, rows, workspace_id, import_id),
    )


_ENDS: dict[str, tuple[LiteralString, LiteralString, LiteralString]] = {
    "checked": ("checking", "action", "planned"),
    "applied": ("applying", "outcome", "results"),
}


async def _ended(db: Database, workspace_id: UUID, import_id: UUID, *, state: str) -> None:
    before, column, totals = _ENDS.get(state, ("undoing", "outcome", "results"))
    async with db.transaction(workspace_id) as connection:
        found = await _import(connection, workspace_id, import_id, before)
        if found is None:
            return
        cursor = await connection.execute(
            f"""SELECT {column} AS word, count(*) AS n, count(*) FILTER (WHERE result ? 'differs') AS differs
                FROM contact_import_row WHERE workspace_id = %s AND import_id = %s AND {column} IS NOT NULL
                GROUP BY {column} ORDER BY {column}""",
            (workspace_id, import_id),
        )
        rows = await cursor.fetchall()
        counts = {row["word"]: row["n"] for row in rows}
        if state == "applied" and (differs := sum(row["differs"] for row in rows)):
            counts["differs"] = differs
        await connection.execute(
            f"""UPDATE contact_import SET state = %(state)s, {totals} = %(counts)s,
                    applied_at = CASE WHEN %(state)s = 'applied' THEN clock_timestamp() ELSE applied_at END,
                    undone_at = CASE WHEN %(state)s = 'undone' THEN clock_timestamp() END
                WHERE workspace_id = %(ws)s AND id = %(id)s""",
            {"state": state, "counts": Jsonb(counts), "ws": workspace_id, "id": import_id},
        )
        await record(
            connection,
            workspace_id,
            actor=found["asked_by"],
            action=f"import.{state}",
            subject=f"import:{import_id}",
            detail={"rows": counts},
        )
        if state != "checked":
            lock = f"duplicates:{workspace_id}"
            await defer(connection, SWEEP_JOB, {"workspace_id": str(workspace_id)}, lock=lock)
    log.info(f"import.{state}", import_id=str(import_id), **counts)


async def _failed(db: Database, workspace_id: UUID, import_id: UUID, state: str, error: Exception) -> None:
    """It is not taken up again; what was applied can still be undone."""
    async with db.transaction(workspace_id) as connection:
        found = await _import(connection, workspace_id, import_id, state)
        if found is None:
            return
        await connection.execute(
            "UPDATE contact_import SET state = 'failed' WHERE workspace_id = %s AND id = %s", (workspace_id, import_id)
        )
        await record(
            connection,
            workspace_id,
            actor=found["asked_by"],
            action="import.failed",
            subject=f"import:{import_id}",
            detail={"state": state, "error": type(error).__name__},
        )
