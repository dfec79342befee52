"""Looks every second for what is due or stuck, in every workspace, and sets it going again.

Each step is a no-op when another worker did it first.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from uuid import UUID

import orjson
import psycopg
import structlog
from psycopg.types.json import Jsonb
from structlog.contextvars import bound_contextvars

from dynaris.channels.contract import Arrival
from dynaris.conversations.handling import wake as wake_conversation
from dynaris.conversations.naming import channel_in_words, with_whom
from dynaris.core.db import Connection
from dynaris.core.errors import DynarisError
from dynaris.notifications.actions import notify
from dynaris.notifications.escalating import is_escalating
from dynaris.pipeline.closing_windows import tell_of_closing_window
from dynaris.pipeline.deliver import deliver, settle_lost
from dynaris.pipeline.intake import store
from dynaris.pipeline.lanes import wake
from dynaris.pipeline.offers.ringing import ring
from dynaris.pipeline.services import Services
from dynaris.pipeline.verdict import expire_approval
from dynaris.sla.queries import breach_is_told

log = structlog.get_logger()

TICK_SECONDS = 1.0
_LOOK_AHEAD = 5  # ticks between looks for what was stamped before the clock stepped back
_MOST = 50  # of each kind per tick


async def run_watchdog(services: Services) -> None:
    """Until cancelled."""
    for number in itertools.count():
        try:
            if number % _LOOK_AHEAD == 0:
                await forget_the_future(services)
            await tick(services)
        except (psycopg.Error, DynarisError, OSError) as error:
            log.warning("watchdog.failed", error=error)
        await asyncio.sleep(TICK_SECONDS)


async def forget_the_future(services: Services) -> None:
    """A clock that stepped back leaves leases and due times that lie further ahead than any that are set: what dead
    workers held, and what was to be tried again, would wait for as long as the step was.
    """
    async with services.db.system() as connection:
        await connection.execute("SELECT forget_the_future()")


async def tick(services: Services) -> int:
    """One round; how many things were due."""
    async with services.db.system() as connection:
        rows = await (await connection.execute("SELECT * FROM due_work(%s)", (_MOST,))).fetchall()
    for row in rows:
        try:
            with bound_contextvars(workspace=str(row["workspace_id"])):
                await _DUTIES[row["kind"]](services, row["workspace_id"], row["id"])
        except Exception as error:
            # A lane is named by its sender.
            named = {"pii.lane" if row["kind"] == "lane" else "id": row["id"]}
            where = {"kind": row["kind"], "workspace": str(row["workspace_id"]), **named}
            log.exception("watchdog.duty_failed", error=error, **where)
    return len(rows)


async def wake_lane(services: Services, workspace_id: UUID, lane: str) -> None:
    """Queued events, and a lane that does not know of them."""
    log.warning("watchdog.lane_idle", **{"workspace": str(workspace_id), "pii.lane": lane})
    async with services.db.workspace(workspace_id) as connection:
        await wake(connection, workspace_id, lane)


async def wake_follow_up(services: Services, workspace_id: UUID, follow_up_id: str) -> None:
    """A wait or a dated follow-up is due: it becomes an event, and so a turn."""
    async with services.db.transaction(workspace_id) as connection:
        cursor = await connection.execute(
            """UPDATE follow_up f SET status = 'woken' FROM conversation c
               WHERE f.workspace_id = %(ws)s AND f.id = %(id)s AND f.status = 'waiting'
                 AND c.workspace_id = f.workspace_id AND c.id = f.conversation_id
               RETURNING f.id, f.kind, f.reason, f.contact_id, f.conversation_id, c.account_id,
                   (SELECT lane FROM event e WHERE e.workspace_id = f.workspace_id
                    AND e.conversation_id = f.conversation_id ORDER BY e.id DESC LIMIT 1) AS lane""",
            {"ws": workspace_id, "id": UUID(follow_up_id)},
        )
        if row := await cursor.fetchone():
            await _store_wake(services, connection, workspace_id, row)


async def _store_wake(services: Services, connection: Connection, workspace_id: UUID, row: dict) -> None:
    account = await services.accounts.by_id(workspace_id, row["account_id"])
    wake = f"{row['kind']} is due: {row['reason']}"
    arrival = Arrival(
        external_id=f"follow_up:{row['id']}",
        lane=row["lane"] or f"conversation:{row['conversation_id']}",
        raw=orjson.dumps({"follow_up": str(row["id"])}),
        meta={"wake": wake},
    )
    accepted = await store(services, connection, account, arrival, kind="wake")
    await connection.execute(
        """UPDATE event SET contact_id = %(contact)s, conversation_id = %(conversation)s, match = %(match)s
           WHERE workspace_id = %(ws)s AND id = %(event)s""",
        {
            "ws": workspace_id,
            "event": accepted.event_id,
            "contact": row["contact_id"],
            "conversation": row["conversation_id"],
            "match": Jsonb({"rule": "follow_up", "reason": "the conversation's own follow-up"}),
        },
    )
    await connection.execute(
        "UPDATE follow_up SET event_id = %s WHERE workspace_id = %s AND id = %s",
        (accepted.event_id, workspace_id, row["id"]),
    )


async def raise_overdue(services: Services, workspace_id: UUID, event_id: str) -> None:
    """A person did not act by the deadline: owner and admins are told, and the clock starts again. Where they are told
    one circle after the other anyway, of a missed SLA target, or of a reply that did not go out, nobody is reminded
    besides."""
    async with services.db.transaction(workspace_id) as connection:
        cursor = await connection.execute(
            """UPDATE event SET deadline = clock_timestamp() + make_interval(mins => %(minutes)s),
                      meta = meta || jsonb_build_object('overdue', coalesce((meta->>'overdue')::int, 0) + 1)
               WHERE workspace_id = %(ws)s AND id = %(id)s AND status = 'waiting' AND deadline <= clock_timestamp()
               RETURNING channel, conversation_id, waiting_for, reason, (meta->>'overdue')::int AS times,
                   waiting_for = 'delivery' AND EXISTS (SELECT FROM conversation c WHERE c.workspace_id = %(ws)s
                       AND c.id = event.conversation_id AND c.respond_by IS NOT NULL) AS reminded""",
            {"ws": workspace_id, "id": UUID(event_id), "minutes": services.settings.respond_within_minutes},
        )
        if row := await cursor.fetchone():
            subject, whose = f"event:{event_id}", f"({channel_in_words(row['channel'])})"
            if row["conversation_id"]:
                subject = f"conversation:{row['conversation_id']}"
                whose = f"of {await with_whom(connection, workspace_id, row['conversation_id'])}"
            if (
                row["reminded"]
                or await is_escalating(connection, workspace_id, subject)
                or await breach_is_told(
                    connection, workspace_id, row["conversation_id"], within=services.settings.respond_within_minutes
                )
            ):
                return
            await notify(
                connection,
                workspace_id,
                topic="overdue",
                cause=f"overdue:{event_id}:{row['times']}",
                title=f"An inquiry {whose} is overdue",
                body=f"It waits for: {row['waiting_for']} ({row['reason']})",
                subject=subject,
            )


# Each reminder comes twice as long after the deadline as the one before it.
_REMIND = """UPDATE conversation c SET remind_at = clock_timestamp()
        + greatest(make_interval(mins => %(minutes)s), clock_timestamp() - respond_by)
    WHERE workspace_id = %(ws)s AND id = %(id)s AND status = 'open' AND respond_by IS NOT NULL
      AND coalesce(remind_at, respond_by) <= clock_timestamp()
    RETURNING remind_at, CASE WHEN holder = 'member' THEN holder_id END AS holder_id,
        (SELECT reason FROM event e WHERE e.workspace_id = %(ws)s AND e.conversation_id = c.id
           AND e.outcome = 'handed_off' ORDER BY e.id DESC LIMIT 1) AS reason"""


async def remind_of_unanswered(services: Services, workspace_id: UUID, conversation_id: str) -> None:
    """A person was asked for, and nobody has answered: who took it is told, else owner and admins."""
    async with services.db.transaction(workspace_id) as connection:
        names = {"ws": workspace_id, "id": UUID(conversation_id), "minutes": services.settings.respond_within_minutes}
        cursor = await connection.execute(_REMIND, names)
        row = await cursor.fetchone()
        told = await is_escalating(connection, workspace_id, f"conversation:{conversation_id}")
        told = told or await breach_is_told(connection, workspace_id, names["id"], within=names["minutes"])
        if row and not told:
            whom = await with_whom(connection, workspace_id, names["id"])
            await notify(
                connection,
                workspace_id,
                topic="unanswered",
                cause=f"unanswered:{conversation_id}:{row['remind_at'].isoformat()}",
                title=f"The conversation with {whom} still waits for a person",
                body=f"Nobody has answered it. {row['reason'] or ''}".strip(),
                subject=f"conversation:{conversation_id}",
                member_id=row["holder_id"],
            )


async def end_snooze(services: Services, workspace_id: UUID, conversation_id: str) -> None:
    """Its time has come: it is open again, and who holds it is told."""
    async with services.db.transaction(workspace_id) as connection:
        row = await wake_conversation(connection, workspace_id, UUID(conversation_id))
        if row and row["holder_id"]:
            whom = await with_whom(connection, workspace_id, UUID(conversation_id))
            await notify(
                connection,
                workspace_id,
                topic="snoozed",
                cause=f"snoozed:{conversation_id}:{row['snoozed_until'].isoformat()}",
                title=f"The conversation with {whom} is back",
                body=f"It was snoozed until now. {row['subject'] or ''}".strip(),
                subject=f"conversation:{conversation_id}",
                member_id=row["holder_id"],
            )


async def send_due(services: Services, workspace_id: UUID, outbox_id: str) -> None:
    """A row that should have been sent: due again, or claimed by a process that is gone."""
    if await deliver(services, workspace_id, UUID(outbox_id)) is None:
        await settle_lost(services, workspace_id, UUID(outbox_id))


async def expire(services: Services, workspace_id: UUID, approval_id: str) -> None:
    await expire_approval(services, workspace_id, UUID(approval_id))


_DUTIES: dict[str, Callable[[Services, UUID, str], Awaitable[None]]] = {
    "lane": wake_lane,
    "follow_up": wake_follow_up,
    "approval": expire,
    "overdue": raise_overdue,
    "unanswered": remind_of_unanswered,
    "snoozed": end_snooze,
    "window": tell_of_closing_window,
    "queue": ring,
    "outbox": send_due,
}
