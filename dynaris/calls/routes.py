"""HTTP of calls: those that were, those that go on, and what was said."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from dynaris.calls import queries
from dynaris.calls.desk_tickets import DESK, desk_ticket
from dynaris.calls.placing import hang_up, place
from dynaris.calls.record import CallOutcome, load
from dynaris.calls.schemas import (
    CallDetail,
    CallLine,
    CallStatus,
    CallWanted,
    DeskTicket,
    Direction,
    TestCall,
    TestCallWanted,
)
from dynaris.calls.taking import sockets_of
from dynaris.calls.trying import begin_test_call
from dynaris.channels.contract import Refused, TryLater
from dynaris.conversations.calls_wanted import want_call
from dynaris.core.errors import Conflict, Forbidden, Unavailable
from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, Page, page_of
from dynaris.core.ids import new_id
from dynaris.pipeline.services import CurrentServices
from dynaris.workspaces.access import CurrentAccess
from dynaris.workspaces.actions import record as audit

router = APIRouter(prefix="/api/calls", tags=["calls"], responses=PROBLEMS)


@router.get("", summary="Calls, newest first")
async def list_calls(
    *,
    access: CurrentAccess,
    db: Db,
    cursor: Cursor,
    limit: Limit = 50,
    status: Annotated[CallStatus | None, Query(description="`live`: somebody talks.")] = None,
    outcome: CallOutcome | None = None,
    direction: Direction | None = None,
    agent: Annotated[str | None, Query(max_length=100, description="Who answered.")] = None,
    account_id: UUID | None = None,
    contact_id: UUID | None = None,
    conversation_id: UUID | None = None,
) -> Page[CallLine]:
    wanted = {
        "status": status,
        "outcome": outcome,
        "direction": direction,
        "agent": agent,
        "account_id": account_id,
        "contact_id": contact_id,
        "conversation_id": conversation_id,
    }
    async with db.workspace(access.workspace_id) as connection:
        rows = await queries.calls(connection, access.workspace_id, wanted, before=cursor, limit=limit)
    return page_of([CallLine(**row) for row in rows], limit, lambda line: line.id)


@router.get("/{call_id}", summary="One call, with who was on its line and what was said")
async def get_call(access: CurrentAccess, db: Db, call_id: UUID) -> CallDetail:
    async with db.workspace(access.workspace_id) as connection:
        return CallDetail(**await queries.call(connection, access.workspace_id, call_id))


@router.post("", status_code=202, summary="Call a contact")
async def place_call(access: CurrentAccess, services: CurrentServices, body: CallWanted) -> CallDetail:
    """The voice agent rings, says whose assistant it is and what it calls about, and goes on from there. Asked again
    with the same `key`, nobody is rung twice."""
    async with services.db.transaction(access.workspace_id) as connection:
        call_id = await want_call(
            connection,
            access.workspace_id,
            contact_id=body.contact_id,
            number=body.number,
            account_id=body.account_id,
            purpose=body.purpose,
            by=access.actor,
            key=body.key or str(new_id()),
        )
        subject = f"call:{call_id}"
        await audit(
            connection, access.workspace_id, actor=access.actor, action="call.placed", subject=subject, detail={}
        )
    await place(services, access.workspace_id, call_id)
    async with services.db.workspace(access.workspace_id) as connection:
        return CallDetail(**await queries.call(connection, access.workspace_id, call_id))


@router.post("/test", status_code=201, summary="Call an agent from the browser")
async def test_call(access: CurrentAccess, services: CurrentServices, body: TestCallWanted) -> TestCall:
    """A test call: it has a record as any other, is marked, and counts in no figure of what customers did. The ticket
    opens one socket, within a minute; docs/integrations/voice_browser.md tells what is said there."""
    if access.member_id is None:
        raise Forbidden("a test call is a person's, who is signed in")
    return await begin_test_call(
        services, access.workspace_id, who=str(access.member_id), by=access.actor, agent=body.agent
    )


@router.post("/{call_id}/desk", status_code=201, summary="Be there while a call goes on")
async def join_call(access: CurrentAccess, services: CurrentServices, call_id: UUID) -> DeskTicket:
    """A ticket for a socket on which a teammate hears both sides, whispers to the agent, takes over and hands back."""
    async with services.db.transaction(access.workspace_id) as connection:
        row = await queries.call(connection, access.workspace_id, call_id)
        if access.member_id is None:
            raise Forbidden("a call is listened to by a person, who is signed in")
        if row["status"] != "live":
            raise Conflict("nobody has the call on the line now")
        subject = f"call:{call_id}"
        await audit(
            connection, access.workspace_id, actor=access.actor, action="call.listened_to", subject=subject, detail={}
        )
    ticket = desk_ticket(services.accounts.vault, access.workspace_id, call_id, access.member_id)
    return DeskTicket(socket=f"{sockets_of(services)}/{DESK}", ticket=ticket)


@router.post("/{call_id}/hang-up", status_code=204, summary="End a call that goes on")
async def end_call(access: CurrentAccess, services: CurrentServices, call_id: UUID) -> None:
    """The carrier ends it; its record is whole a moment later. Of one that has ended it does nothing."""
    async with services.db.workspace(access.workspace_id) as connection:
        await queries.call(connection, access.workspace_id, call_id)
    call = await load(services.db, access.workspace_id, call_id)
    if call.status == "ended":
        return
    try:
        await hang_up(services, call)
    except (TryLater, Refused) as error:
        raise Unavailable(error.reason) from error
    async with services.db.transaction(access.workspace_id) as connection:
        subject = f"call:{call_id}"
        await audit(
            connection, access.workspace_id, actor=access.actor, action="call.ended", subject=subject, detail={}
        )
