"""Writes to a conversation as a whole: whose it is, open, snoozed or closed, and what it is called."""

from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from dynaris.conversations.actions import add_note
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, NotFound
from dynaris.workspaces.actions import record

_EXPECTED: LiteralString = "(%(expected)s::text IS NULL OR %(expected)s IN (holder, holder_id::text))"


async def assign(
    connection: Connection,
    workspace_id: UUID,
    *,
    conversation_id: UUID,
    member_id: UUID | None,
    team_id: UUID | None,
    hold_minutes: int,
    expected: str | None,
) -> dict[str, Any]:
    """To one member, to a team, or with neither to whoever takes it. The agents are silent there, as after a claim.

    `expected`: `agent`, `team` or a member's id: raises `Conflict` when somebody else has it by now.
    """
    await _check_assignee(connection, workspace_id, member_id=member_id, team_id=team_id)
    cursor = await connection.execute(
        f"""UPDATE conversation SET holder = %(holder)s, holder_id = %(member)s, team_id = %(team)s,
                   hold_until = %(until)s
            WHERE workspace_id = %(ws)s AND id = %(id)s AND {_EXPECTED}
            RETURNING id, holder, holder_id, team_id, hold_until, subject, channel""",
        {
            "ws": workspace_id,
            "id": conversation_id,
            "holder": "member" if member_id else "team",
            "member": member_id,
            "team": team_id,
            "until": clock.now() + timedelta(minutes=hold_minutes) if member_id else None,
            "expected": expected,
        },
    )
    if row := await cursor.fetchone():
        return row
    raise await _who_has_it(connection, workspace_id, conversation_id)


async def waits_for_team(connection: Connection, workspace_id: UUID, conversation_id: UUID) -> bool:
    """Whether it is the team's, and nobody has taken, answered or put it aside."""
    cursor = await connection.execute(
        """SELECT FROM conversation WHERE workspace_id = %s AND id = %s AND status = 'open' AND holder = 'team'
           AND respond_by IS NOT NULL""",
        (workspace_id, conversation_id),
    )
    return await cursor.fetchone() is not None


async def team_of(connection: Connection, workspace_id: UUID, conversation_id: UUID) -> UUID | None:
    """The team that it was given to; none: everybody's."""
    cursor = await connection.execute(
        "SELECT team_id FROM conversation WHERE workspace_id = %s AND id = %s AND holder = 'team'",
        (workspace_id, conversation_id),
    )
    row = await cursor.fetchone()
    return row["team_id"] if row else None


async def _check_assignee(
    connection: Connection, workspace_id: UUID, *, member_id: UUID | None, team_id: UUID | None
) -> None:
    """The row is held, so that nobody gets a conversation who is being removed."""
    if member_id:
        statement = "SELECT FROM member WHERE workspace_id = %s AND id = %s AND removed_at IS NULL FOR SHARE"
        if await (await connection.execute(statement, (workspace_id, member_id))).fetchone() is None:
            raise NotFound(f"{member_id} is no member of this workspace")
    if team_id:
        statement = "SELECT FROM team WHERE workspace_id = %s AND id = %s FOR KEY SHARE"
        if await (await connection.execute(statement, (workspace_id, team_id))).fetchone() is None:
            raise NotFound(f"there is no team {team_id}")


async def _who_has_it(connection: Connection, workspace_id: UUID, conversation_id: UUID) -> Exception:
    cursor = await connection.execute(
        """SELECT c.holder, c.holder_id, CASE c.holder
                      WHEN 'agent' THEN 'the AI has'
                      WHEN 'member' THEN (SELECT m.name FROM member m WHERE m.workspace_id = c.workspace_id
                                          AND m.id = c.holder_id) || ' has'
                      ELSE coalesce('the team ' || (SELECT t.name FROM team t WHERE t.workspace_id = c.workspace_id
                                                    AND t.id = c.team_id) || ' has', 'nobody has taken')
                  END AS who
           FROM conversation c WHERE c.workspace_id = %s AND c.id = %s""",
        (workspace_id, conversation_id),
    )
    row = await cursor.fetchone()
    if row is None:
        return NotFound(f"no conversation {conversation_id}")
    return Conflict(f"{row['who']} this conversation now", holder=row["holder"], holder_id=row["holder_id"])


async def update_conversation(
    connection: Connection, workspace_id: UUID, *, conversation_id: UUID, changes: dict[str, Any], by: str
) -> None:
    """`changes`: status, snoozed_until, subject. One that is snoozed until no time sleeps until the contact writes; a
    closed one does not wake by itself, and nobody has to answer it. Raises `NotFound`."""
    cursor = await connection.execute(
        """UPDATE conversation SET status = coalesce(%(status)s, status), subject = coalesce(%(subject)s, subject),
                  snoozed_until = CASE WHEN %(status)s::text IS NULL THEN snoozed_until
                                       ELSE %(snoozed_until)s::timestamptz END,
                  respond_by = CASE %(status)s WHEN 'closed' THEN NULL ELSE respond_by END,
                  handed_off_for = CASE %(status)s WHEN 'closed' THEN NULL ELSE handed_off_for END,
                  handed_back_at = CASE %(status)s WHEN 'closed' THEN NULL ELSE handed_back_at END
           WHERE workspace_id = %(ws)s AND id = %(id)s""",
        {"status": None, "subject": None, "snoozed_until": None, **changes, "ws": workspace_id, "id": conversation_id},
    )
    if not cursor.rowcount:
        raise NotFound(f"no conversation {conversation_id}")
    if changes.get("status") == "closed":
        await connection.execute(
            """UPDATE follow_up SET status = 'ended', ended_because = 'the conversation was closed'
               WHERE workspace_id = %s AND conversation_id = %s AND status = 'waiting'""",
            (workspace_id, conversation_id),
        )
    if changes:
        until: datetime | None = changes.get("snoozed_until")
        await record(
            connection,
            workspace_id,
            actor=by,
            action="conversation.changed",
            subject=f"conversation:{conversation_id}",
            detail={
                "changed": sorted(changes),
                **({"status": changes["status"]} if "status" in changes else {}),
                **({"snoozed_until": until.isoformat()} if until else {}),
            },
        )


async def wake(connection: Connection, workspace_id: UUID, conversation_id: UUID) -> dict[str, Any] | None:
    """Its time has come: it is open again, with a line on its timeline. Channel, subject and who holds it; `None` when
    it was not due (any more)."""
    cursor = await connection.execute(
        """UPDATE conversation SET status = 'open' WHERE workspace_id = %s AND id = %s AND status = 'snoozed'
             AND snoozed_until <= clock_timestamp()
           RETURNING channel, subject, snoozed_until, CASE holder WHEN 'member' THEN holder_id END AS holder_id""",
        (workspace_id, conversation_id),
    )
    if row := await cursor.fetchone():
        text = "The snooze is over: this conversation is open again."
        await add_note(
            connection, workspace_id, conversation_id=conversation_id, text=text, author="system", data={"woke": True}
        )
    return row
