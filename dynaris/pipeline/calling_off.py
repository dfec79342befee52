"""Whoever sent an arrival calls it off: it ends without an answer, also where an agent thinks about it just now."""

from typing import Any

from dynaris.approvals import actions as approvals
from dynaris.channels.contract import Account
from dynaris.pipeline.outcome import settle
from dynaris.pipeline.services import Services

_OPEN = """SELECT id, conversation_id FROM event WHERE workspace_id = %s AND channel = %s AND account_id = %s
    AND external_id = %s AND status <> 'done' AND waiting_for IS DISTINCT FROM 'delivery' FOR NO KEY UPDATE"""


async def call_off(services: Services, account: Account[Any], external_id: str) -> bool:
    """False where it has ended, or its answer is on its way. What an agent then says finds its event ended
    (`commit_reply`), and is not sent."""
    workspace_id = account.workspace_id
    async with services.db.transaction(workspace_id) as connection:
        cursor = await connection.execute(_OPEN, (workspace_id, account.channel, account.id, external_id))
        row = await cursor.fetchone()
        if row is None:
            return False
        if row["conversation_id"]:
            await approvals.cancel_for_conversation(
                connection, workspace_id, conversation_id=row["conversation_id"], reason="called off"
            )
        why = "called off by whoever sent it"
        return bool(await settle(connection, workspace_id, [row["id"]], outcome="ignored", reason=why))
