"""Where a visit stands, as rows: which pages wait, and what became of each."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from dynaris.core.db import Connection, Database
from dynaris.core.ids import new_id
from dynaris.core.live import publish
from dynaris.knowledge.documents.actions import LIVE_TOPIC, lock_documents
from dynaris.knowledge.passages import remove_passages
from dynaris.knowledge.web.fetch import Fetched

_OUTAGES_SAID = 3  # visits without an answer after which a page that is still found shows it

_ADD = """INSERT INTO knowledge_document
        (workspace_id, id, source_id, place, name, language, language_given, depth, visit)
    SELECT %(ws)s, id, %(source)s, place, place, first.language, coalesce(first.language_given, false), %(depth)s,
           %(visit)s
    FROM unnest(%(ids)s::uuid[], %(places)s::text[]) AS given (id, place)
    LEFT JOIN LATERAL (
        SELECT d.language, d.language_given FROM knowledge_document d
        WHERE d.workspace_id = %(ws)s AND d.source_id = %(source)s AND d.language_given LIMIT 1) AS first ON true
    WHERE NOT EXISTS (SELECT FROM knowledge_document known
                      WHERE known.workspace_id = %(ws)s AND known.source_id = %(source)s AND known.place = given.place)
    LIMIT greatest(0, least(
        %(most)s - (SELECT count(*) FROM knowledge_document
                    WHERE workspace_id = %(ws)s AND source_id = %(source)s AND status <> 'gone'),
        %(room)s - (SELECT count(*) FROM knowledge_document WHERE workspace_id = %(ws)s)))
    ON CONFLICT (workspace_id, source_id, place) DO NOTHING"""


async def of_visit(db: Database, workspace_id: UUID, source_id: UUID, number: int) -> dict[str, Any] | None:
    """The source, unless it is gone, switched off, or visited anew by now."""
    async with db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            """SELECT workspace_id, id, kind, url, max_pages, max_depth, visit, robots,
                      visit_ended_at IS NOT NULL AS ended, EXISTS (
                          SELECT FROM knowledge_document d WHERE d.workspace_id = s.workspace_id
                            AND d.source_id = s.id AND d.visit = s.visit) AS begun
               FROM knowledge_source s WHERE workspace_id = %s AND id = %s AND visit = %s AND enabled""",
            (workspace_id, source_id, number),
        )
        row = await cursor.fetchone()
    return None if row is None or row["ended"] else row


async def begin(db: Database, source: dict[str, Any], seeds: Sequence[str], *, most: int) -> None:
    """All known pages are part of a visit: one that no page leads to any more may still be there."""
    names = {"ws": source["workspace_id"], "source": source["id"], "visit": source["visit"]}
    async with db.transaction(source["workspace_id"]) as connection:
        await add(connection, source, seeds, depth=0, most=most)
        await connection.execute(
            """UPDATE knowledge_document SET visit = %(visit)s
               WHERE workspace_id = %(ws)s AND source_id = %(source)s AND enabled""",
            names,
        )
        await connection.execute(
            "UPDATE knowledge_source SET robots = %(robots)s WHERE workspace_id = %(ws)s AND id = %(source)s",
            {**names, "robots": source["robots"]},
        )


async def add(connection: Connection, source: dict[str, Any], places: Sequence[str], *, depth: int, most: int) -> None:
    if not places:
        return
    await connection.execute(
        _ADD,
        {
            "ws": source["workspace_id"],
            "source": source["id"],
            "depth": depth,
            "visit": source["visit"],
            "ids": [new_id() for _ in places],
            "places": list(places),
            "most": most,
            "room": source["room"],
        },
    )


async def next_page(db: Database, workspace_id: UUID, source_id: UUID, number: int) -> dict[str, Any] | None:
    """One that was not looked at in this visit. `fresh`: what is found is what is stored."""
    async with db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            """SELECT d.workspace_id, d.id, d.source_id, d.place, d.name, d.depth, d.etag, d.last_modified,
                      d.shown_version > 0 AND d.shown_version = d.version AND d.status = 'ready' AS fresh, v.digest,
                      EXISTS (SELECT FROM knowledge_document o WHERE o.workspace_id = d.workspace_id
                              AND o.source_id = d.source_id AND o.error = 'leads to ' || d.place) AS is_target
               FROM knowledge_document d
               JOIN knowledge_source s ON s.workspace_id = d.workspace_id AND s.id = d.source_id
               LEFT JOIN knowledge_version v ON v.workspace_id = d.workspace_id AND v.document_id = d.id
                    AND v.number = d.version
               WHERE d.workspace_id = %s AND d.source_id = %s AND d.visit = %s AND s.visit = d.visit
                 AND s.visit_ended_at IS NULL AND s.enabled AND d.enabled
                 AND (d.checked_at IS NULL OR d.checked_at < s.visit_began_at)
               ORDER BY d.depth, d.id LIMIT 1""",
            (workspace_id, source_id, number),
        )
        return await cursor.fetchone()


async def unchanged(db: Database, page: dict[str, Any], etag: str | None, last_modified: str | None) -> None:
    await _checked(
        db,
        page,
        "status = 'ready', error = NULL, failures = 0, etag = coalesce(%(etag)s, etag), "
        "last_modified = coalesce(%(modified)s, last_modified)",
        etag=etag,
        modified=last_modified,
    )


async def gone(db: Database, page: dict[str, Any], why: str) -> None:
    async with db.transaction(page["workspace_id"]) as connection:
        await _without_passages(connection, page, status="gone", error=why)


async def refused(db: Database, page: dict[str, Any], why: str, *, gone: bool = True) -> None:
    """A page that may not be read, or is none. `gone`: what was found of it before is found no more."""
    if gone:
        async with db.transaction(page["workspace_id"]) as connection:
            await _without_passages(connection, page, status="failed", error=why)
    else:
        await _checked(db, page, "status = 'failed', error = %(error)s", error=why[:1000])


async def not_fetched(db: Database, page: dict[str, Any], why: str) -> None:
    """An outage: what is found stays, and after a few visits the list says so."""
    await _checked(
        db,
        page,
        """failures = failures + 1, error = %(error)s,
           status = CASE WHEN shown_version = 0 OR failures + 1 >= %(said)s THEN 'failed' ELSE status END""",
        error=why[:1000],
        said=_OUTAGES_SAID,
    )


async def leads_to(db: Database, source: dict[str, Any], page: dict[str, Any], target: str) -> None:
    """The page is known under another address, which is looked at in its turn."""
    async with db.transaction(page["workspace_id"]) as connection:
        await _without_passages(connection, page, status="gone", error=f"leads to {target}")
        await add(connection, source, [target], depth=page["depth"], most=source["max_pages"])


async def still_there(connection: Connection, page: dict[str, Any]) -> bool:
    cursor = await connection.execute(
        """SELECT 1 FROM knowledge_document WHERE workspace_id = %s AND id = %s AND enabled FOR UPDATE""",
        (page["workspace_id"], page["id"]),
    )
    return await cursor.fetchone() is not None


async def add_links(connection: Connection, source: dict[str, Any], page: dict[str, Any], links: Sequence[str]) -> None:
    """In the transaction that stores the page: a page that is stored has had its links taken."""
    if links and page["depth"] < (source["max_depth"] or 0):
        await add(connection, source, links, depth=page["depth"] + 1, most=source["max_pages"] or 1)


async def looked_at(db: Database, page: dict[str, Any], found: Fetched) -> None:
    await _checked(
        db, page, "etag = %(etag)s, last_modified = %(modified)s", etag=found.etag, modified=found.last_modified
    )


async def ended(db: Database, workspace_id: UUID, source_id: UUID, number: int, *, error: str | None) -> None:
    """Until the next one. Pages that were never read say why. A source that is off is taken up when it is on again."""
    names = {"ws": workspace_id, "id": source_id, "visit": number, "error": error}
    async with db.transaction(workspace_id) as connection:
        await lock_documents(connection, workspace_id, source_id)
        await connection.execute(
            """UPDATE knowledge_source
               SET visit_ended_at = clock_timestamp(), visit_error = %(error)s, robots = NULL,
                   next_visit_at = clock_timestamp() + make_interval(hours => every_hours)
               WHERE workspace_id = %(ws)s AND id = %(id)s AND visit = %(visit)s AND enabled""",
            names,
        )
        if error:
            await connection.execute(
                """UPDATE knowledge_document SET status = 'failed', error = coalesce(error, %(error)s)
                   WHERE workspace_id = %(ws)s AND source_id = %(id)s AND status = 'queued' AND version = 0""",
                names,
            )
        await publish(connection, workspace_id, LIVE_TOPIC, {"source_id": str(source_id), "what": "visit_ended"})


async def _without_passages(connection: Connection, page: dict[str, Any], *, status: str, error: str) -> None:
    """In one transaction: a page that is shown as read has its passages."""
    changes = "status = %(status)s, error = %(error)s, passages = 0, shown_version = 0, failures = 0"
    await _set(connection, page, changes, status=status, error=error[:1000])
    await remove_passages(connection, page["workspace_id"], page["id"])


async def _checked(db: Database, page: dict[str, Any], changes: str, **values: Any) -> None:
    async with db.transaction(page["workspace_id"]) as connection:
        await _set(connection, page, changes, **values)


async def _set(connection: Connection, page: dict[str, Any], changes: str, **values: Any) -> None:
    await connection.execute(
        f"""UPDATE knowledge_document SET {changes}, checked_at = clock_timestamp(), updated_at = clock_timestamp()
            WHERE workspace_id = %(ws)s AND id = %(id)s""",  # type: ignore[arg-type] - the clauses above
        {**values, "ws": page["workspace_id"], "id": page["id"]},
    )
    data = {"source_id": str(page["source_id"]), "document_id": str(page["id"]), "what": "checked"}
    await publish(connection, page["workspace_id"], LIVE_TOPIC, data)
