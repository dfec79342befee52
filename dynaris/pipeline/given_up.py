"""What could not be handled: its event ends as failed, and is somebody's all the same."""

from datetime import timedelta
from uuid import UUID

from dynaris.agents import herald
from dynaris.conversations.naming import channel_in_words, with_whom
from dynaris.core import clock
from dynaris.notifications.actions import notify
from dynaris.pipeline.outcome import settle
from dynaris.pipeline.services import Services

_EVENT = """SELECT channel, account_id, conversation_id, run_id,
    jsonb_array_length(coalesce(meta->'replays', '[]')) AS replays FROM event WHERE workspace_id = %s AND id = %s"""
_WAITS = "UPDATE conversation SET respond_by = %s, remind_at = NULL WHERE workspace_id = %s AND id = %s"


async def give_up(services: Services, workspace_id: UUID, event_id: UUID, reason: str) -> None:
    """Owner and admins are told, and its conversation waits for a person; the agents answer what comes next there, so
    that the event can be replayed. Of what has no conversation people are told once an hour for each account: a
    sender whose every delivery is broken writes them no thousand mails.
    """
    async with services.db.transaction(workspace_id) as connection:
        if not await settle(connection, workspace_id, [event_id], outcome="failed", reason=reason):
            return
        event = await (await connection.execute(_EVENT, (workspace_id, event_id))).fetchone()
        assert event is not None
        if event["run_id"]:
            await herald.finish(connection, workspace_id, event["run_id"], status="failed", output=None)
        cause = f"failed:{event_id}:{event['replays']}"
        subject, whose = f"event:{event_id}", f"({channel_in_words(event['channel'])})"
        if event["conversation_id"]:
            subject = f"conversation:{event['conversation_id']}"
            whose = f"of {await with_whom(connection, workspace_id, event['conversation_id'])}"
            deadline = clock.now() + timedelta(minutes=services.settings.respond_within_minutes)
            await connection.execute(_WAITS, (deadline, workspace_id, event["conversation_id"]))
        else:
            cause = f"failed:{event['account_id']}:{clock.now():%Y-%m-%dT%H}"
        await notify(
            connection,
            workspace_id,
            topic="failed",
            cause=cause,
            title=f"An inquiry {whose} could not be handled",
            body=f"It got no answer: {reason}",
            subject=subject,
        )
