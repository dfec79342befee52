"""A bounce of our own mail: the message is marked as failed and a person is told."""

from uuid import UUID, uuid5

from dynaris.channels.contract import Inbound
from dynaris.conversations.tasks import add_task
from dynaris.core.db import Connection


async def note_bounce(connection: Connection, workspace_id: UUID, inbound: Inbound, *, event_id: UUID) -> str | None:
    """The reason to keep on the event; `None` when the message is not ours."""
    cursor = await connection.execute(
        """UPDATE message SET delivery = 'failed'
           WHERE workspace_id = %s AND external_id = %s AND direction = 'outbound'
           RETURNING id, conversation_id, contact_id""",
        (workspace_id, inbound.failed_message_id),
    )
    message = await cursor.fetchone()
    if message is None:
        return None
    await connection.execute(
        "UPDATE event SET conversation_id = %s, contact_id = %s WHERE workspace_id = %s AND id = %s",
        (message["conversation_id"], message["contact_id"], workspace_id, event_id),
    )
    await add_task(
        connection,
        workspace_id,
        title="A reply did not arrive: reach this contact another way",
        detail=inbound.text[:2_000],
        created_by="system",
        contact_id=message["contact_id"],
        conversation_id=message["conversation_id"],
        task_id=uuid5(event_id, "bounce"),
    )
    return f"a bounce: our message {message['id']} did not arrive; a task was made"
