"""What proves an erasure, and repeats it after a backup from before it was restored."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from psycopg.types.json import Jsonb
from pydantic import BaseModel

from dynaris.contacts.addresses import readings
from dynaris.contacts.suppression import address_hash, suppress
from dynaris.core.db import Connection
from dynaris.core.errors import InvalidInput, NotFound
from dynaris.pipeline.services import Services
from dynaris.privacy.erasure import erase
from dynaris.privacy.fence import begin
from dynaris.privacy.subject import patient
from dynaris.workspaces.queries import workspace_ids

log = structlog.get_logger()

_MOST = 10_000


class ErasureRecord(BaseModel):
    """One line of the file that is kept beside the backups: enough to erase again, and nothing of whom."""

    workspace_id: UUID
    id: UUID
    contact_ids: list[UUID]
    address_hashes: list[str]
    blocked_channels: list[str] = []  # what the person had forbidden
    reason: str
    requested_by: str
    created_at: datetime


async def check(
    services: Services, connection: Connection, workspace_id: UUID, address: str, region: str | None = None
) -> list[dict[str, Any]]:
    """The erasures of who had this address, newest first. Raises `InvalidInput` where it is none."""
    kinds = readings(address, region)
    if not kinds:
        raise InvalidInput(f"expected an address of a person, got {address[:100]!r}")
    hashes = [address_hash(services.accounts.vault, workspace_id, kind.value, value) for kind, value in kinds]
    cursor = await connection.execute(
        """SELECT id, status, reason, requested_by, created_at, finished_at, counts FROM erasure
           WHERE workspace_id = %s AND address_hashes && %s::text[] ORDER BY id DESC LIMIT 50""",
        (workspace_id, hashes),
    )
    return await cursor.fetchall()


async def listed(
    connection: Connection, workspace_id: UUID, *, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    cursor = await connection.execute(
        """SELECT id, status, reason, requested_by, created_at, finished_at, counts FROM erasure
           WHERE workspace_id = %(ws)s AND (%(before)s::uuid IS NULL OR id < %(before)s)
           ORDER BY id DESC LIMIT %(limit)s""",
        {"ws": workspace_id, "before": before, "limit": limit},
    )
    return await cursor.fetchall()


def erasures_in(path: Path) -> list[ErasureRecord]:
    """A line for each, as `dynaris privacy erasures` prints them."""
    try:
        return [ErasureRecord.model_validate_json(line) for line in path.read_text().splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} is no list of erasures: {str(error).splitlines()[0]}") from error


async def erasures_since(services: Services, since: datetime | None = None) -> list[ErasureRecord]:
    """Of every workspace, oldest first."""
    found: list[ErasureRecord] = []
    for workspace_id in await workspace_ids(services.db):
        async with services.db.workspace(workspace_id) as connection:
            cursor = await connection.execute(
                """SELECT workspace_id, id, contact_ids, address_hashes, reason, requested_by, created_at,
                          coalesce((SELECT array_agg(DISTINCT b) FROM suppression s, unnest(s.blocked_channels) AS b
                                    WHERE s.workspace_id = %(ws)s AND s.address_hash = ANY(e.address_hashes)),
                                   '{}') AS blocked_channels
                   FROM erasure e WHERE workspace_id = %(ws)s
                     AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s) ORDER BY id""",
                {"ws": workspace_id, "since": since},
            )
            found += [ErasureRecord(**row) for row in await cursor.fetchall()]
    return sorted(found, key=lambda record: record.created_at)


async def reapply_erasures(services: Services, records: list[ErasureRecord]) -> int:
    """After a restore, before any worker runs: what was erased since the backup is erased again; how many contacts.

    A contact is known by its id, or by an address that it has: with the installation's own key only, and only where it
    was there before the erasure. Somebody who wrote again later stays. Doing it twice changes nothing.
    """
    known = set(await workspace_ids(services.db))
    of_workspace: dict[UUID, list[ErasureRecord]] = {}
    for each in records:
        if each.workspace_id in known:
            of_workspace.setdefault(each.workspace_id, []).append(each)
        else:
            log.warning("privacy.workspace_unknown", workspace=str(each.workspace_id), erasure_id=str(each.id))
    return sum([await _reapply(services, each) for each in of_workspace.values()])


async def _reapply(services: Services, records: list[ErasureRecord]) -> int:
    """Those of one workspace."""
    workspace_id, erased = records[0].workspace_id, 0
    holders = await _holders(services, workspace_id, {hash_ for each in records for hash_ in each.address_hashes})
    for each in records:
        async with services.db.workspace(workspace_id) as connection:
            begun = await _known(connection, each)
        if begun and begun["status"] == "running":  # the backup was made in the middle of it
            erased += await erase(services, workspace_id, each.id, alone=True)
        for contact_id in await _still_there(services, each, holders):
            erased += await _again(services, each, contact_id)
        async with services.db.workspace(workspace_id) as connection:
            await _keep(connection, each)
    return erased


async def _holders(services: Services, workspace_id: UUID, wanted: set[str]) -> dict[str, dict[str, Any]]:
    """By hash, who holds an address that some erasure names: each address is hashed once, however many erasures."""
    found: dict[str, dict[str, Any]] = {}
    after = UUID(int=0)
    while wanted:
        async with services.db.workspace(workspace_id) as connection:
            cursor = await connection.execute(
                """SELECT a.id, a.contact_id, a.kind, a.value, c.created_at FROM address a
                   JOIN contact c ON c.workspace_id = a.workspace_id AND c.id = a.contact_id
                   WHERE a.workspace_id = %s AND a.id > %s AND a.holds ORDER BY a.id LIMIT %s""",
                (workspace_id, after, _MOST),
            )
            rows = await cursor.fetchall()
        for row in rows:
            hashed = address_hash(services.accounts.vault, workspace_id, row["kind"], row["value"])
            if hashed in wanted:
                found[hashed] = row
        if len(rows) < _MOST:
            break
        after = rows[-1]["id"]
    return found


async def _still_there(services: Services, record: ErasureRecord, holders: dict[str, dict[str, Any]]) -> list[UUID]:
    """By id, or by an address that a contact from before the erasure holds."""
    async with services.db.workspace(record.workspace_id) as connection:
        cursor = await connection.execute(
            "SELECT id FROM contact WHERE workspace_id = %s AND id = ANY(%s)", (record.workspace_id, record.contact_ids)
        )
        found = {row["id"] for row in await cursor.fetchall()}
    held = [holders[each] for each in record.address_hashes if each in holders]
    return sorted(found | {row["contact_id"] for row in held if row["created_at"] < record.created_at})


async def _again(services: Services, record: ErasureRecord, contact_id: UUID) -> int:
    async with patient(services.db, record.workspace_id) as connection:
        try:
            erasure_id = await begin(
                services,
                connection,
                record.workspace_id,
                contact_id,
                reason=record.reason,
                by=record.requested_by,
                erasure_id=None if await _known(connection, record) else record.id,
            )
        except NotFound:
            return 0  # it went with another one of the same erasure
    await erase(services, record.workspace_id, erasure_id, alone=True)
    return 1


async def _known(connection: Connection, record: ErasureRecord) -> dict[str, Any] | None:
    cursor = await connection.execute(
        "SELECT status FROM erasure WHERE workspace_id = %s AND id = %s", (record.workspace_id, record.id)
    )
    return await cursor.fetchone()


async def _keep(connection: Connection, record: ErasureRecord) -> None:
    """The proof of the first time, and what it left forbidden."""
    await connection.execute(
        """INSERT INTO erasure (workspace_id, id, erased_id, contact_ids, address_hashes, reason, requested_by,
                                created_at, status, counts, finished_at, swept_at)
           SELECT %s, %s, %s, %s, %s, %s, %s, %s, 'done', %s, clock_timestamp(), clock_timestamp()
           WHERE NOT EXISTS (SELECT FROM erasure WHERE workspace_id = %s AND (id = %s OR erased_id = %s))""",
        (
            record.workspace_id,
            record.id,
            record.contact_ids[0],
            record.contact_ids,
            record.address_hashes,
            record.reason,
            record.requested_by,
            record.created_at,
            Jsonb({}),
            record.workspace_id,
            record.id,
            record.contact_ids[0],
        ),
    )
    if record.blocked_channels:
        await suppress(connection, record.workspace_id, record.address_hashes, record.blocked_channels)
