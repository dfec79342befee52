"""HTTP: conversations that are offered to a member, and who was asked about one."""

from uuid import UUID

from fastapi import APIRouter

from dynaris.conversations.queries import require_conversation
from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, Page, page_of
from dynaris.pipeline.offers import answers
from dynaris.pipeline.offers.schemas import OfferView, OwnOffers
from dynaris.pipeline.services import CurrentServices
from dynaris.workspaces.access import CurrentAccess, own_member

router = APIRouter(prefix="/api", tags=["conversations"], responses=PROBLEMS)


@router.get("/me/offers", summary="What rings at you")
async def list_offers(access: CurrentAccess, db: Db) -> OwnOffers:
    """One at most. `GET /api/me/notifications` as a stream says when to look: a notification with the topic `offer`,
    and `read` when it is over."""
    member_id = own_member(access)
    async with db.workspace(access.workspace_id) as connection:
        rows = await answers.ringing_at(connection, access.workspace_id, member_id)
    return OwnOffers(items=[OfferView(**row) for row in rows])


@router.post("/me/offers/{offer_id}/accept", summary="Take the conversation that rings at you")
async def accept(services: CurrentServices, access: CurrentAccess, offer_id: UUID) -> OfferView:
    """As a claim; twice is as good as once. 409, with who has it, where it rings at you no more."""
    return OfferView(**await answers.accept(services, access, offer_id=offer_id))


@router.post("/me/offers/{offer_id}/decline", summary="Let it ring at somebody else")
async def decline(services: CurrentServices, access: CurrentAccess, offer_id: UUID) -> OfferView:
    return OfferView(**await answers.decline(services, access, offer_id=offer_id))


@router.get("/conversations/{conversation_id}/offers", summary="Who was asked to take it, newest first")
async def list_offers_of(
    access: CurrentAccess, db: Db, conversation_id: UUID, cursor: Cursor, limit: Limit = 50
) -> Page[OfferView]:
    async with db.workspace(access.workspace_id) as connection:
        await require_conversation(connection, access.workspace_id, conversation_id)
        rows = await answers.offers_of(connection, access.workspace_id, conversation_id, before=cursor, limit=limit)
    return page_of([OfferView(**row) for row in rows], limit, lambda offer: offer.id)
