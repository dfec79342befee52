"""Arrivals of a burst that still grows: filed at once, so that whoever looks sees them; their turn comes later."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import structlog

from dynaris.channels.registry import channel
from dynaris.core import clock
from dynaris.core.db import is_outage
from dynaris.pipeline.identify import file_ahead
from dynaris.pipeline.inquiry import QueuedEvent
from dynaris.pipeline.services import Services
from dynaris.pipeline.stages import of_event

log = structlog.get_logger()

BATCH = 25  # events that one turn may answer together
_LONGEST_BURST = 5  # a burst that goes on for this many quiet periods is answered anyway

# The try is taken back when the message is filed (`identify._file_sql`): one that ended its worker comes back alone.
_TAKE = """UPDATE event SET attempts = 1
    WHERE workspace_id = %s AND id = %s AND status = 'queued' AND attempts = 0 AND message_id IS NULL
    RETURNING id, workspace_id, lane, channel, account_id, external_id, kind, raw, meta, created_at, occurred_at,
              attempts, reason, conversation_id, message_id, run_id"""
_GIVE_BACK = """UPDATE event SET attempts = 0
    WHERE workspace_id = %s AND id = %s AND status = 'queued' AND message_id IS NULL"""


@dataclass(frozen=True, slots=True)
class Burst:
    """What is queued in a lane while more may come."""

    seconds: float  # until it may be over
    live: bool  # somebody may be looking
    seen: list[UUID]
    unfiled: list[UUID]


def burst_of(quiet: float, queued: list[dict[str, Any]]) -> Burst | None:
    """`None` when it is over, or was worked on before. A live one begins with its first message: that is filed
    before it waits; elsewhere a first one has waited before its lane was due."""
    traits = channel(queued[-1]["channel"]).traits if queued and queued[-1]["kind"] == "message" else None
    live = traits is not None and traits.live
    quiet *= traits.quiet_periods if traits else 1
    if len(queued) < (1 if live else 2) or len(queued) >= BATCH or queued[0]["resumed"]:
        return None
    now = clock.now()
    since_last = (now - queued[-1]["created_at"]).total_seconds()
    since_first = (now - queued[0]["created_at"]).total_seconds()
    if since_last < -quiet:  # they came before the clock stepped back
        return None
    if since_last >= quiet or since_first >= quiet * _LONGEST_BURST:
        return None
    seen = [row["id"] for row in queued]
    return Burst(quiet - since_last, live, seen, [row["id"] for row in queued if live and row["fresh"]])


async def file_burst(services: Services, workspace_id: UUID, lane: str, burst: Burst) -> None:
    """Files what is not filed yet, in order; from the first one that cannot be, the rest waits for its turn."""
    for event_id in burst.unfiled:
        try:
            await _file(services, workspace_id, event_id)
        except Exception as error:
            if is_outage(error):
                services.unwritten.tried_in_vain(workspace_id, lane, [event_id])
            if is_outage(error) or isinstance(error, (psycopg.OperationalError, OSError)):
                raise  # the lane is taken up again
            log.warning("inbound.not_filed_ahead", event_id=str(event_id), error=error, exc_info=error)
            async with services.db.workspace(workspace_id) as connection:
                await connection.execute(_GIVE_BACK, (workspace_id, event_id))
            return


async def _file(services: Services, workspace_id: UUID, event_id: UUID) -> None:
    async with services.db.workspace(workspace_id) as connection:
        row = await (await connection.execute(_TAKE, (workspace_id, event_id))).fetchone()
    if row is None:  # erased meanwhile
        return
    event = QueuedEvent(**row)
    with of_event("identify", event):
        await file_ahead(services, event)
