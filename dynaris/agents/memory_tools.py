"""What an agent may keep about the contact it talks to: lasting facts."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from dynaris.conversations.memory import LONGEST, remember
from dynaris.core.db import Connection
from dynaris.core.ids import id_of


class Remember(BaseModel):
    """Keep one fact that this contact told of themselves and that will matter in months: a need, a preference, a
    circumstance. Not what is only about today, not what somebody else says of them, nothing already under `fact`."""

    text: str = Field(
        min_length=1, max_length=LONGEST, description="One sentence, as one would note it for a colleague."
    )


async def keep(
    connection: Connection,
    workspace_id: UUID,
    arguments: Remember,
    *,
    contact_id: UUID,
    conversation_id: UUID,
    event_id: UUID,
    run_id: UUID,
    agent: str,
    key: str,
) -> dict[str, Any]:
    """`key` given twice keeps one fact."""
    await remember(
        connection,
        workspace_id,
        contact_id,
        arguments.text,
        said_by=f"agent:{agent}",
        fact_id=id_of(key, run_id),
        conversation_id=conversation_id,
        event_id=event_id,
        run_id=run_id,
    )
    return {"kept": arguments.text}
