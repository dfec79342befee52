"""Messages that arrive while the agent thinks: taken into the answer instead of a second one."""

from dataclasses import replace

import psycopg
import structlog

from dynaris.core.errors import NoDatabase
from dynaris.pipeline.identify import identify
from dynaris.pipeline.inquiry import Inquiry, QueuedEvent
from dynaris.pipeline.services import Services

log = structlog.get_logger()

# They are given the run at once: after a crash they come back with it.
_LATE = """UPDATE event SET attempts = attempts + 1, run_id = %(run)s
    WHERE workspace_id = %(ws)s AND id = ANY(ARRAY(
        SELECT id FROM event WHERE workspace_id = %(ws)s AND lane = %(lane)s AND status = 'queued'
          AND attempts = 0 AND NOT id = ANY(%(ids)s) ORDER BY id LIMIT 10))
    RETURNING id, workspace_id, lane, channel, account_id, external_id, kind, raw, meta, created_at, occurred_at,
              attempts, reason, conversation_id, message_id, run_id"""


async def take_latecomers(services: Services, inquiry: Inquiry) -> tuple[Inquiry, str] | None:
    """The inquiry with the new events joined, and their text; `None` when nothing came."""
    async with services.db.workspace(inquiry.workspace_id) as connection:
        cursor = await connection.execute(
            _LATE,
            {
                "ws": inquiry.workspace_id,
                "lane": inquiry.lane,
                "ids": list(inquiry.event_ids),
                "run": inquiry.run_id,
            },
        )
        rows = await cursor.fetchall()
    texts: list[str] = []
    for event in sorted((QueuedEvent(**row) for row in rows), key=lambda event: event.id):
        try:
            late = await identify(services, event)
        except (psycopg.OperationalError, OSError, NoDatabase):
            raise
        except Exception as error:  # its own trouble, which the lane will see to
            log.warning("latecomer.failed", event_id=str(event.id), error=error)
            await _give_back(services, event)
            continue
        if late is None:
            continue
        if not late.goes_with(inquiry):
            await _give_back(services, event)
            continue
        texts.append(late.text)
        before = inquiry.text
        inquiry = replace(inquiry.joined(late), text=before, resumed=inquiry.resumed)
    return (inquiry, "\n\n".join(texts)) if texts else None


async def _give_back(services: Services, event: QueuedEvent) -> None:
    """It is not answered here: the lane takes it next, as if it had just come."""
    async with services.db.workspace(event.workspace_id) as connection:
        await connection.execute(
            "UPDATE event SET attempts = 0, run_id = NULL WHERE workspace_id = %s AND id = %s",
            (event.workspace_id, event.id),
        )
