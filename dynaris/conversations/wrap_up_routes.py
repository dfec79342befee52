"""HTTP of wrapping conversations up."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from dynaris.conversations import wrap_up
from dynaris.core import clock
from dynaris.core.errors import InvalidInput
from dynaris.core.http import PROBLEMS, Db
from dynaris.workspaces.access import CurrentAccess
from dynaris.workspaces.queries import owner_id

router = APIRouter(prefix="/api", tags=["conversations"], responses=PROBLEMS)

_USUAL = timedelta(days=30)


class WrapUp(BaseModel):
    model_config = ConfigDict(extra="forbid")

    disposition: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)] = Field(
        description="One of the workspace's `dispositions`."
    )
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)] = ""


class DispositionCount(BaseModel):
    disposition: str
    conversations: int


class DispositionReport(BaseModel):
    since: AwareDatetime
    until: AwareDatetime
    items: list[DispositionCount] = Field(description="The most frequent first.")


@router.post("/conversations/{conversation_id}/wrap-up", status_code=204, summary="Say how it ended, when you are done")
async def post_wrap_up(access: CurrentAccess, db: Db, conversation_id: UUID, body: WrapUp) -> None:
    """You are free for the next one at once. Said again before the contact writes anew, it replaces what was said."""
    async with db.transaction(access.workspace_id) as connection:
        # A key acts for the workspace's owner.
        member_id = access.member_id or await owner_id(connection, access.workspace_id)
        await wrap_up.wrap_up(
            connection,
            access.workspace_id,
            conversation_id=conversation_id,
            member_id=member_id,
            disposition=body.disposition,
            note=body.note,
            by=access.actor,
        )


@router.get("/wrap-ups/report", summary="How conversations ended for the people who had them")
async def get_report(
    access: CurrentAccess,
    db: Db,
    since: Annotated[AwareDatetime | None, Query(description="30 days before `until`, if left out.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Now, if left out.")] = None,
) -> DispositionReport:
    until = until or clock.now()
    since = since or until - _USUAL
    if since >= until:
        raise InvalidInput("`since` must lie before `until`", errors=[{"field": "since", "message": "is not before"}])
    async with db.workspace(access.workspace_id) as connection:
        rows = await wrap_up.counted(connection, access.workspace_id, since=since, until=until)
    return DispositionReport(since=since, until=until, items=[DispositionCount(**row) for row in rows])
