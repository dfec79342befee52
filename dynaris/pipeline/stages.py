"""A stage of the flow as those who watch see it: each log line in it names its event, and it is a span of a trace."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from structlog.contextvars import bound_contextvars

from dynaris.core import tracing
from dynaris.core.db import Database
from dynaris.core.errors import Unavailable
from dynaris.pipeline.inquiry import Inquiry, QueuedEvent


@contextmanager
def stage(
    name: str,
    workspace_id: UUID,
    *,
    event_id: UUID | None,
    conversation_id: UUID | None = None,
    parent: str | None = None,
    links: Sequence[str] = (),
    **more: Any,
) -> Iterator[None]:
    """`more` is for the trace alone."""
    ids = {"workspace": workspace_id, "event_id": event_id, "conversation_id": conversation_id}
    said = {key: str(value) for key, value in ids.items() if value is not None}
    with bound_contextvars(**said), tracing.span(name, parent=parent, links=links, **said, **more):
        yield


def of_event(name: str, event: QueuedEvent) -> Any:
    """A stage that concerns one event."""
    return stage(
        name,
        event.workspace_id,
        event_id=event.id,
        conversation_id=event.conversation_id,
        parent=event.meta.get(tracing.PARENT),
        channel=event.channel,
        attempt=event.attempts,
    )


def of_turn(inquiry: Inquiry, events: Sequence[QueuedEvent]) -> Any:
    """All of a turn, in the trace of its first event; the others' traces are linked."""
    traces = [trace for event in events if (trace := event.meta.get(tracing.PARENT))]
    return stage(
        "turn",
        inquiry.workspace_id,
        event_id=inquiry.event_ids[0],
        conversation_id=inquiry.conversation_id,
        parent=traces[0] if traces else None,
        links=traces[1:],
        channel=inquiry.account.channel,
        events=len(inquiry.event_ids),
        run_id=inquiry.run_id,
        resumed=inquiry.resumed,
    )


async def trace_of(db: Database, workspace_id: UUID, event_id: UUID | None) -> str | None:
    """The trace that an event's arrival began, for a stage that runs by itself; asks only while tracing is on.

    `None` also where the database does not say: the stage is traced by itself, and goes on as without tracing.
    """
    if event_id is None or not tracing.is_on() or tracing.current():
        return None
    try:
        async with db.workspace(workspace_id) as connection:
            cursor = await connection.execute(
                "SELECT meta->>%s AS trace FROM event WHERE workspace_id = %s AND id = %s",
                (tracing.PARENT, workspace_id, event_id),
            )
            row = await cursor.fetchone()
    except (Unavailable, psycopg.Error):
        return None
    return row["trace"] if row else None
