"""Before a channel's reply window closes on a contact who waits, somebody is told: later only a template may leave."""

from datetime import timedelta
from uuid import UUID

from dynaris.channels.registry import channel
from dynaris.conversations.naming import with_whom
from dynaris.conversations.windows import closes_at
from dynaris.core import clock
from dynaris.notifications.actions import notify
from dynaris.pipeline.services import Services

# What was ignored or answered waits for nobody; what a hand-off told the contact is no answer.
_DUE = """UPDATE conversation c SET window_nudge_at = NULL
    WHERE workspace_id = %(ws)s AND id = %(id)s AND window_nudge_at <= clock_timestamp()
    RETURNING channel, last_inbound_at, team_id, CASE holder WHEN 'member' THEN holder_id END AS holder_id,
        status = 'open' AND (respond_by IS NOT NULL OR EXISTS (
            SELECT FROM event e WHERE e.workspace_id = %(ws)s AND e.conversation_id = c.id AND e.status <> 'done'))
        AS waits"""


async def tell_of_closing_window(services: Services, workspace_id: UUID, conversation_id: str) -> None:
    """Who holds it, else its team, else owner and admins; once for each message after which it would close."""
    async with services.db.transaction(workspace_id) as connection:
        names = {"ws": workspace_id, "id": UUID(conversation_id)}
        row = await (await connection.execute(_DUE, names)).fetchone()
        closes = closes_at(channel(row["channel"]).traits, row["last_inbound_at"]) if row else None
        if row is None or closes is None or not row["waits"] or closes <= clock.now():
            return
        whom = await with_whom(connection, workspace_id, names["id"])
        await notify(
            connection,
            workspace_id,
            topic="window",
            cause=f"window:{conversation_id}:{row['last_inbound_at'].isoformat()}",
            title=f"{_in_words(closes - clock.now())} left to answer {whom}",
            body="Until then any answer can be sent; after that only an approved template may leave.",
            subject=f"conversation:{conversation_id}",
            member_id=row["holder_id"],
            team_id=None if row["holder_id"] else row["team_id"],
        )


def _in_words(left: timedelta) -> str:
    minutes = max(1, round(left.total_seconds() / 60))
    hours, rest = divmod(minutes, 60)
    said = [f"{hours} hour{'s' if hours > 1 else ''}"] if hours else []
    return " ".join([*said, f"{rest} minute{'s' if rest > 1 else ''}"] if rest else said)
