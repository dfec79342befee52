"""HTTP: the ledger, the overview, the navigation's counts, an event's story, the preview of Auto mode."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from dynaris.agents.spending import this_month
from dynaris.channels.registry import customer_channels
from dynaris.core.db import Connection
from dynaris.core.errors import InvalidInput
from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, Page, page_of
from dynaris.dashboard import auto_mode, ledger, overview, schemas
from dynaris.dashboard.story import event_story
from dynaris.pipeline.outcome import Outcome, WaitingFor
from dynaris.workspaces import queries as workspaces
from dynaris.workspaces.access import CurrentAccess

router = APIRouter(prefix="/api", responses=PROBLEMS, tags=["dashboard"])

_OWNER = r"^(agent|team|me|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"


@router.get("/ledger", summary="Every inquiry, newest first, with deadline, owner, outcome and first response")
async def list_ledger(
    *,
    access: CurrentAccess,
    db: Db,
    cursor: Cursor,
    limit: Limit = 50,
    kind: Annotated[
        Literal["message", "wake", "delivery", "all"], Query(description="`message`: who wrote or called.")
    ] = "message",
    status: Literal["queued", "waiting", "live", "done"] | None = None,
    waiting_for: WaitingFor | None = None,
    outcome: Outcome | None = None,
    channel: Annotated[str | None, Query(max_length=100)] = None,
    account_id: UUID | None = None,
    contact_id: UUID | None = None,
    conversation_id: UUID | None = None,
    owner: Annotated[str | None, Query(description="`agent`, `team`, `me`, or a member's id.", pattern=_OWNER)] = None,
    open: Annotated[bool, Query(description="Only what still needs somebody.")] = False,
    since: Annotated[AwareDatetime | None, Query(description="Arrived then or later.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Arrived before then.")] = None,
    text: Annotated[
        str | None, Query(max_length=200, description="In the subject, the text, or the contact's name or addresses.")
    ] = None,
) -> Page[schemas.LedgerLine]:
    wanted = ledger.LedgerFilter(
        kind=None if kind == "all" else kind,
        status=status,
        waiting_for=waiting_for,
        outcome=outcome,
        channel=channel,
        account_id=account_id,
        contact_id=contact_id,
        conversation_id=conversation_id,
        owner=_owner(access, owner),
        open=open,
        since=since,
        until=until,
        text=(text or "").strip() or None,
    )
    async with db.workspace(access.workspace_id) as connection:
        rows = await ledger.lines(connection, access.workspace_id, wanted, before=cursor, limit=limit)
    return page_of([schemas.LedgerLine(**row) for row in rows], limit, lambda line: line.id)


def _owner(access: CurrentAccess, owner: str | None) -> str | None:
    if owner != "me":
        return owner
    if access.member_id is None:
        raise InvalidInput("`owner=me` needs a signed-in member: an API key is none")
    return str(access.member_id)


@router.get("/overview", summary="What waits and for whom, first responses, outcomes and volume, spending")
async def get_overview(
    access: CurrentAccess,
    db: Db,
    days: Annotated[int, Query(ge=1, le=92, description="1: the last 24 hours, by the hour.")] = 7,
) -> schemas.Overview:
    workspace_id = access.workspace_id
    async with db.workspace(workspace_id) as connection:
        period = await overview.period(connection, workspace_id, days)
        seen = await overview.activity(
            connection,
            workspace_id,
            since=period["since"],
            unit=period["unit"],
            timezone=period["timezone"],
        )
        groups = await ledger.open_now(connection, workspace_id)
        spending = await this_month(connection, workspace_id)
        urgent = [each for group in groups for each in group["first"]]
        lines = await _lines(connection, workspace_id, [*urgent, *(each["id"] for each in seen["worst"])])
    # what went meanwhile is in no line
    by_deadline = sorted(
        (lines[each] for each in urgent if each in lines), key=lambda line: line.deadline or period["since"]
    )
    return schemas.Overview(
        **period,
        open=[schemas.OpenGroup(**group) for group in groups],
        urgent=by_deadline[:10],
        volume=[schemas.Volume(**each) for each in seen["volume"]],
        responses=[
            schemas.Responses(
                **each,
                worst=[
                    lines[one["id"]]
                    for one in seen["worst"]
                    if one["channel"] == each["channel"] and one["id"] in lines
                ],
            )
            for each in seen["responses"]
        ],
        answered=sum(each["events"] for each in seen["volume"] if each["state"] == "answered"),
        answered_by_agents=sum(each["by_agent"] for each in seen["volume"]),
        spending=schemas.Spending(**spending),
    )


async def _lines(connection: Connection, workspace_id: UUID, ids: list[UUID]) -> dict[UUID, schemas.LedgerLine]:
    rows = await ledger.named(connection, workspace_id, ids)
    return {row["id"]: schemas.LedgerLine(**row) for row in rows}


@router.get("/counts", summary="Beside the navigation: what waits, failed, and is due")
async def get_counts(access: CurrentAccess, db: Db) -> schemas.Counts:
    async with db.workspace(access.workspace_id) as connection:
        # A key acts for the workspace's owner.
        member_id = access.member_id or await workspaces.owner_id(connection, access.workspace_id)
        counted = await overview.counts(connection, access.workspace_id, member_id=member_id)
    return schemas.Counts(**counted)


@router.get("/events/{event_id}/story", summary="All that happened to one event, step by step")
async def get_story(access: CurrentAccess, db: Db, event_id: UUID) -> schemas.EventStory:
    async with db.workspace(access.workspace_id) as connection:
        return schemas.EventStory(**await event_story(connection, access.workspace_id, event_id))


@router.post("/settings/auto-mode/preview", summary="What a change of Auto mode would do")
async def preview_auto_mode(access: CurrentAccess, db: Db, body: schemas.WishedMode) -> schemas.AutoModePreview:
    if unknown := sorted(set(body.channels) - set(customer_channels())):
        raise InvalidInput(f"unknown channel {unknown[0]!r}; there are {', '.join(sorted(customer_channels()))}")
    async with db.workspace(access.workspace_id) as connection:
        before = await workspaces.auto_mode(connection, access.workspace_id)
        told = await auto_mode.preview(connection, access.workspace_id, before, body.model_dump())
    return schemas.AutoModePreview(**told)
