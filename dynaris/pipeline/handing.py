"""A person gives an inquiry to a colleague, or to the team: agents fall silent there, what they proposed is void."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from dynaris.approvals import actions as approvals
from dynaris.conversations.actions import add_note
from dynaris.conversations.handling import assign
from dynaris.conversations.naming import with_whom
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict
from dynaris.notifications.actions import notify
from dynaris.pipeline.offers.teams import is_offered
from dynaris.pipeline.outcome import OWNER, wait
from dynaris.pipeline.requeue import stored_event
from dynaris.pipeline.services import Services
from dynaris.workspaces.access import Access
from dynaris.workspaces.actions import record

_WAITS = """UPDATE conversation SET status = 'open', respond_by = %s, remind_at = NULL
    WHERE workspace_id = %s AND id = %s"""
# What ended without an answer is somebody's again; what was answered or handed off keeps its outcome.
_REOPEN = f"""UPDATE event SET status = 'waiting', outcome = NULL, settled_at = NULL, waiting_for = 'person',
        reason = %(reason)s, deadline = %(by)s, owner_id = {OWNER}
    WHERE workspace_id = %(ws)s AND id = %(id)s AND outcome IN ('failed', 'ignored')"""


async def hand_to(
    services: Services,
    access: Access,
    *,
    event_id: UUID,
    member_id: UUID | None,
    team_id: UUID | None,
    note: str | None,
) -> None:
    """To a member, a team, or whoever takes it. Raises `Conflict` while the agents are at it."""
    workspace_id = access.workspace_id
    by = clock.now() + timedelta(minutes=services.settings.respond_within_minutes)
    async with services.db.transaction(workspace_id) as connection:
        event = await stored_event(connection, workspace_id, event_id)
        conversation_id = event["conversation_id"]
        if conversation_id is None:
            raise Conflict("nobody can be answered here: this event has no conversation")
        # Approvals first and the event last, as whoever decides one takes them.
        void = await approvals.cancel_for_conversation(
            connection, workspace_id, conversation_id=conversation_id, reason="a teammate gave it to a person"
        )
        await assign(
            connection,
            workspace_id,
            conversation_id=conversation_id,
            member_id=member_id,
            team_id=team_id,
            hold_minutes=max(services.settings.hold_minutes, services.settings.respond_within_minutes),
            expected=None,
        )
        await connection.execute(_WAITS, (by, workspace_id, conversation_id))
        event = await stored_event(connection, workspace_id, event_id, locked=True)
        if event["status"] == "queued":
            raise Conflict("the agents are at it now: it can be handed off when they are done")
        reason = f"given to {await _whom(connection, workspace_id, conversation_id)}"
        waiting = [*void, *await _waiting(connection, workspace_id, conversation_id)]
        await wait(connection, workspace_id, waiting, waiting_for="person", reason=reason, deadline=by)
        await connection.execute(_REOPEN, {"ws": workspace_id, "id": event_id, "by": by, "reason": reason})
        await _own_tasks(connection, workspace_id, event_id, member_id)
        await _tell(connection, access, event, to=(member_id, team_id), note=note)
        to = f"member:{member_id}" if member_id else f"team:{team_id}" if team_id else "team"
        await record(
            connection,
            workspace_id,
            actor=access.actor,
            action="event.handed_off",
            subject=f"event:{event_id}",
            detail={"to": to, "outcome_before": event["outcome"]},
        )


async def _whom(connection: Connection, workspace_id: UUID, conversation_id: UUID) -> str:
    cursor = await connection.execute(
        """SELECT coalesce(
               (SELECT m.name FROM member m WHERE m.workspace_id = c.workspace_id AND m.id = c.holder_id),
               (SELECT t.name FROM team t WHERE t.workspace_id = c.workspace_id AND t.id = c.team_id),
               'the team') AS name
           FROM conversation c WHERE c.workspace_id = %s AND c.id = %s""",
        (workspace_id, conversation_id),
    )
    row = await cursor.fetchone()
    assert row is not None
    return row["name"]


async def _waiting(connection: Connection, workspace_id: UUID, conversation_id: UUID) -> list[UUID]:
    """Without those whose reply is on its way."""
    cursor = await connection.execute(
        """SELECT id FROM event WHERE workspace_id = %s AND conversation_id = %s AND status = 'waiting'
           AND waiting_for <> 'delivery' ORDER BY id FOR NO KEY UPDATE""",
        (workspace_id, conversation_id),
    )
    return [row["id"] for row in await cursor.fetchall()]


async def _own_tasks(connection: Connection, workspace_id: UUID, event_id: UUID, member_id: UUID | None) -> None:
    """Of an event that waits for something to be done, as a call."""
    await connection.execute(
        """UPDATE task SET owner_id = %s WHERE workspace_id = %s AND event_id = %s AND status = 'open'""",
        (member_id, workspace_id, event_id),
    )


async def _tell(
    connection: Connection,
    access: Access,
    event: dict[str, Any],
    *,
    to: tuple[UUID | None, UUID | None],
    note: str | None,
) -> None:
    """`to`: a member or a team; neither is everybody's."""
    workspace_id, conversation_id, (member_id, team_id) = access.workspace_id, event["conversation_id"], to
    if note:
        await add_note(
            connection,
            workspace_id,
            conversation_id=conversation_id,
            text=note,
            author="member",
            author_id=access.member_id,
        )
    if team_id and await is_offered(connection, workspace_id, team_id):
        return
    if member_id is None or member_id != access.member_id:
        whom = await with_whom(connection, workspace_id, conversation_id)
        await notify(
            connection,
            workspace_id,
            topic="given",
            cause=f"given:{event['id']}:{clock.now().isoformat()}",
            title=f"An inquiry of {whom} was given to {'you' if member_id else 'the team'}",
            body=note or "It waits for your answer.",
            subject=f"conversation:{conversation_id}",
            member_id=member_id,
            team_id=team_id,
            escalate=team_id is not None,
        )
