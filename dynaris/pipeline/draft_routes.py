"""HTTP of what a teammate asks for beside answering: a draft by an agent, and sending once more."""

from uuid import UUID

from fastapi import APIRouter

from dynaris.conversations.schemas import Citation
from dynaris.core.http import PROBLEMS, Queued
from dynaris.core.pace import Limit, Pace
from dynaris.pipeline import resend, schemas
from dynaris.pipeline import suggest as drafting
from dynaris.pipeline.services import CurrentServices
from dynaris.workspaces.access import CurrentAccess

router = APIRouter(prefix="/api", tags=["conversations"], responses=PROBLEMS)

MOST_DRAFTS = 10  # that one member asks for in a minute
_PACE = Pace(60)


@router.post("/conversations/{conversation_id}/suggest")
async def suggest(services: CurrentServices, access: CurrentAccess, conversation_id: UUID) -> schemas.AgentDraft:
    """An agent drafts an answer to what the contact wrote last: it reads, and does nothing else. What its model costs
    counts as spending."""
    _PACE.check(Limit(access.actor, MOST_DRAFTS, "drafts a minute"))
    draft = await drafting.suggest(services, access, conversation_id=conversation_id)
    return schemas.AgentDraft(
        run_id=draft.run_id,
        text=draft.text,
        decision=draft.decision,
        reason=draft.reason,
        agent=draft.route.agent,
        agent_reason=draft.route.reason,
        citations=[Citation(**one) for one in draft.citations],
        tools=[schemas.ReadTool(**one) for one in draft.tools],
        proposals=[schemas.Proposed(**one.model_dump(exclude={"call_id"})) for one in draft.proposals],
        caution=draft.caution,
    )


@router.post("/messages/{message_id}/send-again")
async def send_again(services: CurrentServices, access: CurrentAccess, message_id: UUID) -> Queued:
    """Of what failed, waits for its next try, or left without a word from the provider. Look first whether that one
    arrived: it may arrive twice."""
    await resend.send_again(services, access, message_id=message_id)
    return Queued()
