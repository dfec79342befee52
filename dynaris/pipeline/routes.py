"""HTTP of the flow: signed events in, the ledger, approvals, Auto mode, and a teammate's hand in a conversation."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from dynaris.approvals import queries as approval_queries
from dynaris.approvals.schemas import ApprovalDecision, ApprovalOut, ApprovalStatus
from dynaris.channels.contract import Rejected, WebhookRequest
from dynaris.channels.registry import channel, customer_channels
from dynaris.core.errors import Conflict, InvalidInput
from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, Page, page_of, problem
from dynaris.pipeline import person, queries, schemas
from dynaris.pipeline.batches.routes import BODY, member_or_source, start_batch
from dynaris.pipeline.decide import is_automatic
from dynaris.pipeline.handing import hand_to
from dynaris.pipeline.intake import accept, check_sender
from dynaris.pipeline.reacting import react
from dynaris.pipeline.requeue import release_waiting, replay, run_event
from dynaris.pipeline.services import CurrentServices
from dynaris.pipeline.verdict import decide_approval
from dynaris.workspaces import actions as workspaces
from dynaris.workspaces import queries as workspace_queries
from dynaris.workspaces.access import Access, AdminAccess, CurrentAccess

router = APIRouter(prefix="/api", responses=PROBLEMS)

_SOURCE_CHANNEL = "generic"  # the channel that `POST /api/process-events` speaks


@router.post(
    "/process-events",
    status_code=202,
    tags=["events"],
    response_model=schemas.Accepted | schemas.Batch,
    openapi_extra=BODY,
)
async def process_events(
    request: Request, services: CurrentServices, sender: Annotated[Access | str, Depends(member_or_source)]
):
    """With `X-Dynaris-Source`: a signed event from any system. Accepted once per source and id; the reply goes to its
    `reply_url`. With a key or a session: waiting events are run and failed ones replayed, as a batch."""
    if isinstance(sender, Access):
        return await start_batch(request, services.db, sender)
    source = sender
    webhook = WebhookRequest(request.method, request.headers, request.query_params, await request.body())
    refusal = Rejected(f"no source {source!r}")
    # Names are the workspaces' own, so several may have this one: the signature says whose it is.
    for account in await services.accounts.find(_SOURCE_CHANNEL, source):
        try:
            received = channel(_SOURCE_CHANNEL).receive(webhook, account)
        except Rejected as error:
            refusal = error
            if error.status == 401:
                continue
            break
        check_sender(account, received.arrivals[0])
        accepted = await accept(services, account, received.arrivals[0])
        return schemas.Accepted(event_id=accepted.event_id, duplicate=accepted.duplicate)
    return problem(refusal.status, refusal.code, refusal.reason)


EventState = Literal["queued", "waiting", "live", "done", "answered", "handed_off", "ignored", "failed"]


@router.get("/events", tags=["events"])
async def list_events(
    *,
    db: Db,
    access: CurrentAccess,
    cursor: Cursor,
    status: Annotated[EventState | None, Query(description="A status, or an outcome.")] = None,
    contact_id: UUID | None = None,
    limit: Limit = 50,
) -> Page[schemas.Event]:
    async with db.workspace(access.workspace_id) as connection:
        rows = await queries.events(
            connection, access.workspace_id, status=status, contact_id=contact_id, before=cursor, limit=limit
        )
    return page_of([schemas.Event(**row) for row in rows], limit, lambda event: event.id)


@router.get("/events/{event_id}", tags=["events"])
async def get_event(db: Db, access: CurrentAccess, event_id: UUID) -> schemas.Event:
    async with db.workspace(access.workspace_id) as connection:
        return schemas.Event(**await queries.event(connection, access.workspace_id, event_id))


@router.post("/events/{event_id}/run", status_code=202, tags=["events"])
async def run(db: Db, access: CurrentAccess, event_id: UUID) -> schemas.Event:
    """Starts the agent on an event that waits; each of its actions but reading becomes an approval."""
    async with db.transaction(access.workspace_id) as connection:
        await run_event(connection, access.workspace_id, event_id=event_id, by=access.actor)
        return schemas.Event(**await queries.event(connection, access.workspace_id, event_id))


@router.post("/events/{event_id}/replay", status_code=202, tags=["events"])
async def replay_event(db: Db, access: CurrentAccess, event_id: UUID) -> schemas.Replayed:
    """Runs it again from its stored arrival. Where an earlier reply stands, none is sent."""
    async with db.transaction(access.workspace_id) as connection:
        stands = await replay(connection, access.workspace_id, event_id=event_id, by=access.actor)
        event = schemas.Event(**await queries.event(connection, access.workspace_id, event_id))
    return schemas.Replayed(event=event, reply_stands=stands)


@router.post("/events/{event_id}/hand-off", tags=["events"])
async def hand_off(
    services: CurrentServices, access: CurrentAccess, event_id: UUID, body: schemas.HandOff
) -> schemas.Event:
    """A member, or the team, answers from now on; what the agents proposed there is void. What failed or was ignored
    waits again, for them."""
    await hand_to(services, access, event_id=event_id, **body.model_dump())
    return await get_event(services.db, access, event_id)


@router.get("/approvals", tags=["approvals"])
async def list_approvals(
    *,
    db: Db,
    access: CurrentAccess,
    cursor: Cursor,
    status: ApprovalStatus | None = None,
    conversation_id: UUID | None = None,
    limit: Limit = 50,
) -> Page[ApprovalOut]:
    async with db.workspace(access.workspace_id) as connection:
        rows = await approval_queries.list_approvals(
            connection,
            access.workspace_id,
            status=status,
            conversation_id=conversation_id,
            before=cursor,
            limit=limit,
        )
    return page_of([ApprovalOut(**row) for row in rows], limit, lambda approval: approval.id)


@router.get("/approvals/{approval_id}", tags=["approvals"])
async def get_approval(db: Db, access: CurrentAccess, approval_id: UUID) -> ApprovalOut:
    async with db.workspace(access.workspace_id) as connection:
        return ApprovalOut(**await approval_queries.get_approval(connection, access.workspace_id, approval_id))


@router.post("/approvals/{approval_id}", tags=["approvals"])
async def decide(
    services: CurrentServices, access: CurrentAccess, approval_id: UUID, body: ApprovalDecision
) -> ApprovalOut:
    """Approve, approve with edits, or reject with a reason that the agent is told."""
    await decide_approval(
        services,
        access.workspace_id,
        approval_id,
        decision=body.decision,
        edits=body.edits,
        reason=body.reason,
        by=access.actor,
    )
    return await get_approval(services.db, access, approval_id)


@router.get("/settings/auto-mode", tags=["settings"])
async def get_auto_mode(db: Db, access: CurrentAccess) -> schemas.AutoModeState:
    async with db.workspace(access.workspace_id) as connection:
        mode = await workspace_queries.auto_mode(connection, access.workspace_id)
        waiting = await queries.waiting_for_run(connection, access.workspace_id)
    return schemas.AutoModeState(**mode, waiting=sum(waiting.values()))


@router.put("/settings/auto-mode", tags=["settings"])
async def put_auto_mode(db: Db, access: AdminAccess, body: schemas.AutoModeChange) -> schemas.AutoModeState:
    """Switching Auto mode on, altogether or for a channel, while its events wait for a run needs `queue`: `keep`
    them waiting or `process` them."""
    if unknown := sorted(set(body.channels) - set(customer_channels())):
        raise InvalidInput(f"unknown channel {unknown[0]!r}; there are {', '.join(sorted(customer_channels()))}")
    async with db.transaction(access.workspace_id) as connection:
        before = await workspace_queries.auto_mode(connection, access.workspace_id)
        mode = body.model_dump(exclude={"queue"})
        by_channel = await queries.waiting_for_run(connection, access.workspace_id)
        waiting = sum(by_channel.values())
        asked = sum(n for name, n in by_channel.items() if is_automatic(mode, name) and not is_automatic(before, name))
        if asked and body.queue is None:
            raise Conflict(
                f"{asked} events wait for a run: say `queue`: `keep` (they go on waiting) or `process`", waiting=asked
            )
        await workspaces.set_auto_mode(connection, access.workspace_id, mode, access.actor)
        if body.enabled and body.queue == "process":
            released = await release_waiting(connection, access.workspace_id, mode)
            waiting -= released
            await workspaces.record(
                connection,
                access.workspace_id,
                actor=access.actor,
                action="queue.processed",
                subject=f"workspace:{access.workspace_id}",
                detail={"events": released},
            )
    return schemas.AutoModeState(**mode, waiting=waiting)


@router.post(
    "/conversations/{conversation_id}/messages",
    status_code=201,
    tags=["conversations"],
    response_model_exclude_none=True,
)
async def post_message(
    services: CurrentServices, access: CurrentAccess, conversation_id: UUID, body: schemas.ReplyBody
) -> schemas.Posted:
    """A teammate's reply: it leaves through the outbox and silences the agents here until handed back.

    It leaves also where the contact asked for no messages, and `warning` says so.
    """
    written = person.Written(
        **body.model_dump(exclude={"attachments", "template"}),
        attachments=tuple(body.attachments),
        template=body.template,
    )
    message_id = await person.reply(services, access, conversation_id=conversation_id, written=written)
    warning = None if body.note else await person.unwelcome(services, access, conversation_id=conversation_id)
    return schemas.Posted(id=message_id, warning=warning)


@router.put("/messages/{message_id}/reaction", status_code=204, tags=["conversations"])
async def put_reaction(
    services: CurrentServices, access: CurrentAccess, message_id: UUID, body: schemas.ReactionBody
) -> None:
    """One emoji on a message of the contact's, where the channel has that; null takes it away."""
    await react(services, access, message_id=message_id, emoji=body.emoji)


@router.post("/conversations/{conversation_id}/claim", tags=["conversations"])
async def claim(services: CurrentServices, access: CurrentAccess, conversation_id: UUID) -> schemas.Holder:
    """The teammate takes the conversation: the agents are silent there until it is handed back."""
    return schemas.Holder(**await person.claim(services, access, conversation_id=conversation_id))


@router.post("/conversations/{conversation_id}/hand-back", tags=["conversations"])
async def hand_back(services: CurrentServices, access: CurrentAccess, conversation_id: UUID) -> schemas.Holder:
    """The agents answer again, beginning with what waits."""
    return schemas.Holder(**await person.hand_back(services, access, conversation_id=conversation_id))
