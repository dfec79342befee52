"""What is to be said to somebody who called, and hung up before it was known: a person of the team calls them."""

from datetime import timedelta

from dynaris.agents import herald
from dynaris.agents.turn import Done
from dynaris.conversations.naming import with_whom
from dynaris.conversations.tasks import add_task
from dynaris.core import clock
from dynaris.core.ids import id_of
from dynaris.pipeline.inquiry import Inquiry
from dynaris.pipeline.outcome import settle
from dynaris.pipeline.services import Services
from dynaris.workspaces.business_time import hours_of, time_after

WITHIN = timedelta(hours=1)  # of business hours


async def tell_by_telephone(services: Services, inquiry: Inquiry, done: Done, text: str) -> None:
    """Nobody is written to on a call; a task has the words."""
    workspace_id = inquiry.workspace_id
    async with services.db.transaction(workspace_id) as connection:
        whom = await with_whom(connection, workspace_id, inquiry.conversation_id)
        await add_task(
            connection,
            workspace_id,
            title=f"Call {whom} and tell them what came of it"[:200],
            detail=text,
            created_by="system",
            due_at=time_after(await hours_of(connection, workspace_id), clock.now(), WITHIN),
            contact_id=inquiry.contact_id,
            conversation_id=inquiry.conversation_id,
            run_id=inquiry.run_id,
            task_id=id_of("tell_by_telephone", inquiry.run_id),
        )
        output = done.model_dump(mode="json")
        await herald.finish(connection, workspace_id, inquiry.run_id, status="done", output=output)
        reason = "the call was over; a task says what to tell them"
        await settle(connection, workspace_id, inquiry.event_ids, outcome="answered", reason=reason)
