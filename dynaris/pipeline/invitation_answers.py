"""Mails in which a calendar program answers an invitation: told to scheduling, and not answered like a question."""

from typing import Any

from dynaris.channels.contract import Errand, Identity, Inbound
from dynaris.core import clock
from dynaris.pipeline.inquiry import QueuedEvent
from dynaris.pipeline.services import Services
from dynaris.scheduling.invitation_answers import take_answer


async def with_answer_taken(services: Services, event: QueuedEvent, inbound: Inbound, given: dict[str, Any]) -> Inbound:
    """The same arrival, to be kept unanswered or given to a person. One that answers nothing of ours is read as if it
    had no calendar in it."""
    sender, now = inbound.sender, clock.now()
    taken = None
    if sender.identity is not Identity.FAILED:
        async with services.db.transaction(event.workspace_id) as connection:
            taken = await take_answer(
                connection,
                event.workspace_id,
                given,
                sender=sender.value,
                proved=sender.identity is Identity.VERIFIED,
                now=now,
            )
    if taken is None:
        return inbound.model_copy(update={"ignore": given["else"]})
    if taken.ask:
        return inbound.model_copy(update={"errand": Errand(title=taken.ask, detail=taken.detail)})
    return inbound.model_copy(update={"unanswered": f"a calendar's answer: {taken.reason}"})
