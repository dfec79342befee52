"""Messages that arrive while the agent thinks: taken into the answer instead of a second one."""

from dataclasses import replace

from dynaris.pipeline.identify import identify
from dynaris.pipeline.inquiry import Inquiry, QueuedEvent
from dynaris.pipeline.services import Services

_LATE = """UPDATE event SET attempts = attempts + 1
    WHERE workspace_id = %(ws)s AND id = ANY(ARRAY(
        SELECT id FROM event WHERE workspace_id = %(ws)s AND lane = %(lane)s AND status = 'queued'
          AND attempts = 0 AND NOT id = ANY(%(ids)s) ORDER BY id LIMIT 10))
    RETURNING id, workspace_id, lane, channel, account_id, external_id, kind, raw, meta, created_at, occurred_at,
              attempts, reason, conversation_id, message_id, run_id"""


async def take_latecomers(services: Services, inquiry: Inquiry) -> tuple[Inquiry, str] | None:
    """The inquiry with the new events joined, and their text; `None` when nothing came."""
    async with services.db.workspace(inquiry.workspace_id) as connection:
        cursor = await connection.execute(
            _LATE, {"ws": inquiry.workspace_id, "lane": inquiry.lane, "ids": list(inquiry.event_ids)}
        )
        rows = await cursor.fetchall()
    texts: list[str] = []
    for event in sorted((QueuedEvent(**row) for row in rows), key=lambda event: event.id):
        late = await identify(services, event)
        if late is None:
            continue
        if late.conversation_id != inquiry.conversation_id:
            await _give_back(services, event)
            continue
        texts.append(late.text)
        before = inquiry.text
        inquiry = replace(inquiry.joined(late), text=before, resumed=inquiry.resumed)
        await _join_run(services, inquiry, event)
    return (inquiry, "\n\n".join(texts)) if texts else None


async def _join_run(services: Services, inquiry: Inquiry, event: QueuedEvent) -> None:
    async with services.db.workspace(inquiry.workspace_id) as connection:
        await connection.execute(
            "UPDATE event SET run_id = %s WHERE workspace_id = %s AND id = %s",
            (inquiry.run_id, inquiry.workspace_id, event.id),
        )


async def _give_back(services: Services, event: QueuedEvent) -> None:
    """Another conversation's message: the lane takes it next, as if it had just come."""
    async with services.db.workspace(event.workspace_id) as connection:
        await connection.execute(
            "UPDATE event SET attempts = 0 WHERE workspace_id = %s AND id = %s", (event.workspace_id, event.id)
        )
