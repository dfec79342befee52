"""How an event ends: exactly one outcome, or a visible wait for a person with owner and deadline."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from dynaris.core import metrics
from dynaris.core.db import Connection
from dynaris.workspaces.audit import in_words

Outcome = Literal["answered", "handed_off", "ignored", "failed"]
WaitingFor = Literal["run", "approval", "person", "delivery"]

OUTCOMES: dict[Outcome, str] = {
    "answered": "a reply was handed to the provider, or a teammate answered",
    "handed_off": "a person was asked to take over, and the contact was told where the channel allows it",
    "ignored": "nobody needs to answer; the reason says why",
    "failed": "it could not be handled; the reason says what went wrong",
}

WAITS: dict[WaitingFor, str] = {
    "run": "Manual mode: a teammate starts the agent, or answers",
    "approval": "an agent's action or reply waits for a yes, an edit or a no",
    "person": "a teammate holds the conversation and must answer",
    "delivery": "the reply is on its way, or nobody knows whether it arrived",
}

# An event that waits belongs to the conversation's holder, else to the workspace's first owner.
OWNER = """coalesce(
    (SELECT c.holder_id FROM conversation c WHERE c.workspace_id = event.workspace_id AND c.id = event.conversation_id),
    (SELECT m.id FROM member m WHERE m.workspace_id = event.workspace_id AND m.role = 'owner' AND m.removed_at IS NULL
     ORDER BY m.id LIMIT 1))"""


async def settle(
    connection: Connection, workspace_id: UUID, event_ids: Sequence[UUID], *, outcome: Outcome, reason: str | None
) -> int:
    """Gives each event its outcome, unless it has one. How many had none."""
    cursor = await connection.execute(
        """UPDATE event SET status = 'done', outcome = %(outcome)s, reason = %(reason)s, waiting_for = NULL,
                  settled_at = clock_timestamp()
           WHERE workspace_id = %(ws)s AND id = ANY(%(ids)s) AND status <> 'done'""",
        {"ws": workspace_id, "ids": list(event_ids), "outcome": outcome, "reason": reason},
    )
    metrics.events_ended.labels(outcome).inc(cursor.rowcount)
    return cursor.rowcount


async def wait(
    connection: Connection,
    workspace_id: UUID,
    event_ids: Sequence[UUID],
    *,
    waiting_for: WaitingFor,
    reason: str,
    deadline: datetime,
) -> None:
    """Each event waits for a person from now on."""
    await connection.execute(
        f"""UPDATE event SET status = 'waiting', waiting_for = %(what)s, reason = %(reason)s,
                   deadline = %(deadline)s, owner_id = {OWNER}
            WHERE workspace_id = %(ws)s AND id = ANY(%(ids)s) AND status <> 'done'""",
        {"ws": workspace_id, "ids": list(event_ids), "what": waiting_for, "reason": reason, "deadline": deadline},
    )


async def wait_again(
    connection: Connection, workspace_id: UUID, event_ids: Sequence[UUID], *, waiting_for: WaitingFor
) -> None:
    """Those that were taken on for a while: until the deadline that they had."""
    await connection.execute(
        """UPDATE event SET status = 'waiting', waiting_for = %s
           WHERE workspace_id = %s AND id = ANY(%s) AND status = 'live'""",
        (waiting_for, workspace_id, list(event_ids)),
    )


async def answered_by_person(
    connection: Connection,
    workspace_id: UUID,
    *,
    conversation_id: UUID,
    message_id: UUID,
    by: str,
    deadline: datetime,
) -> int:
    """A teammate's reply answers everything that waited in the conversation, once it is sent. How many that is.

    `meta.answer` names the message; deliver.py settles by it. `by` is an actor as in the audit log.
    """
    cursor = await connection.execute(
        f"""UPDATE event SET waiting_for = 'delivery', reason = 'the reply of ' || who.name || ' is on its way',
                   deadline = %(deadline)s, owner_id = {OWNER},
                   meta = meta || jsonb_build_object('answer', %(message)s::text, 'answered_by', who.name)
            FROM (SELECT {in_words("%(by)s::text")} AS name) AS who
            WHERE workspace_id = %(ws)s AND conversation_id = %(conversation)s AND status = 'waiting'""",
        {
            "ws": workspace_id,
            "conversation": conversation_id,
            "by": by,
            "message": str(message_id),
            "deadline": deadline,
        },
    )
    return cursor.rowcount


def tries(count: int) -> str:
    return "1 try" if count == 1 else f"{count} tries"
