"""HTTP of conversations: the inbox, messages and their files, a contact's timeline, tasks and follow-ups."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from dynaris.contacts.merge import survivor
from dynaris.conversations import follow_ups, inbox, queries, schemas, tasks
from dynaris.conversations.downloads import download
from dynaris.conversations.images import Images, with_images
from dynaris.conversations.timeline import timeline
from dynaris.core.db import Connection
from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, Page, Position, PositionCursor, StoredFiles, page_of
from dynaris.workspaces.access import Access, CurrentAccess
from dynaris.workspaces.queries import owner_id

router = APIRouter(prefix="/api", responses=PROBLEMS)


@router.get("/conversations", tags=["conversations"], summary="The inbox, newest activity first")
async def list_conversations(
    *,
    access: CurrentAccess,
    db: Db,
    cursor: PositionCursor,
    queue: Annotated[
        inbox.Queue,
        Query(
            description="`mine`: held by you. `team`: given to a team of yours. `unassigned`: a person is needed, and "
            "nobody has it. `ai`: the agents hold it. `approval`: something there waits for a yes."
        ),
    ] = "all",
    status: schemas.Status | None = None,
    holder: Annotated[
        schemas.Holder | UUID | None, Query(description="`agent`, `team`, `member`, or one member's id.")
    ] = None,
    channel: Annotated[str | None, Query(max_length=100)] = None,
    contact_id: UUID | None = None,
    tag_id: UUID | None = None,
    disposition: Annotated[str | None, Query(max_length=60, description="As it was wrapped up last.")] = None,
    sla: Annotated[
        inbox.SlaState | None,
        Query(description="An SLA clock runs; it is beyond its warning, or missed; or it is missed."),
    ] = None,
    q: Annotated[
        str | None,
        Query(min_length=1, max_length=200, description="In the contact's name or address, subject or last text."),
    ] = None,
    ids: Annotated[
        list[UUID] | None, Query(max_length=100, description="Only these: what became of lines that you have.")
    ] = None,
    sort: Annotated[inbox.Sort, Query(description="`due`: what is due first, then what is not.")] = "activity",
    limit: Limit = 50,
) -> Page[schemas.ConversationLine]:
    """A page goes on where the last one ended, by last activity. What becomes active meanwhile moves to the top:
    it is never shown twice on the way down, and stands on the first page when that is read again."""
    held_by = {"holder_id": holder} if isinstance(holder, UUID) else {"holder": holder}
    filters = {**held_by, "status": status, "channel": channel, "tag_id": tag_id, "words": q, "ids": ids}
    filters |= {"disposition": disposition, "sla": sla}
    async with db.workspace(access.workspace_id) as connection:
        if contact_id:
            contact_id = await survivor(connection, access.workspace_id, contact_id)
        rows = await inbox.conversations(
            connection,
            access.workspace_id,
            queue=queue,
            member_id=await _me(connection, access),
            filters={**filters, "contact_id": contact_id},
            sort=sort,
            after=cursor,
            limit=limit + 1,
        )
    page = page_of(rows, limit, lambda row: Position(row["place"], row["id"]))
    return Page(items=[schemas.ConversationLine(**row) for row in page.items], next_cursor=page.next_cursor)


@router.get("/conversations/counts", tags=["conversations"], summary="How many conversations stand in each queue")
async def count_conversations(access: CurrentAccess, db: Db) -> schemas.QueueCounts:
    async with db.workspace(access.workspace_id) as connection:
        member_id = await _me(connection, access)
        return schemas.QueueCounts(**await inbox.counts(connection, access.workspace_id, member_id=member_id))


async def _me(connection: Connection, access: Access) -> UUID:
    """A key acts for the workspace's owner."""
    return access.member_id or await owner_id(connection, access.workspace_id)


@router.get("/conversations/{conversation_id}", tags=["conversations"])
async def get_conversation(access: CurrentAccess, db: Db, conversation_id: UUID) -> schemas.Conversation:
    async with db.workspace(access.workspace_id) as connection:
        row = await inbox.conversation(connection, access.workspace_id, conversation_id)
    return schemas.Conversation(**row)


@router.get("/conversations/{conversation_id}/messages", tags=["conversations"], summary="Messages, in order")
async def list_messages(
    access: CurrentAccess,
    db: Db,
    conversation_id: UUID,
    cursor: Cursor,
    *,
    limit: Limit = 50,
    order: Annotated[Literal["oldest", "newest"], Query(description="Which comes first.")] = "oldest",
    images: Annotated[
        Images, Query(description="`remote`: also images from elsewhere, which tell their owner who reads when.")
    ] = "blocked",
) -> Page[schemas.Message]:
    async with db.workspace(access.workspace_id) as connection:
        rows = await queries.messages(
            connection,
            access.workspace_id,
            conversation_id=conversation_id,
            after=cursor,
            limit=limit + 1,
            newest_first=order == "newest",
        )
    return page_of([_message(row, images) for row in rows], limit, lambda message: message.id)


@router.get("/messages/{message_id}", tags=["conversations"], summary="One message")
async def get_message(
    access: CurrentAccess,
    db: Db,
    message_id: UUID,
    images: Annotated[Images, Query(description="`remote`: also images from elsewhere.")] = "blocked",
) -> schemas.Message:
    async with db.workspace(access.workspace_id) as connection:
        return _message(await queries.message(connection, access.workspace_id, message_id), images)


@router.get(
    "/attachments/{attachment_id}",
    tags=["conversations"],
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {}}, "description": "The file, to be kept."},
        206: {"content": {"application/octet-stream": {}}, "description": "A part of it, as players ask for."},
        416: {"description": "It has no such part."},
    },
)
async def get_attachment(
    request: Request, access: CurrentAccess, db: Db, files: StoredFiles, attachment_id: UUID
) -> Response:
    async with db.workspace(access.workspace_id) as connection:
        row = await queries.attachment(connection, access.workspace_id, attachment_id)
    content, wanted = await files.get(row["storage_key"]), request.headers.get("range")
    return download(content, filename=row["filename"], mime_type=row["mime_type"], wanted=wanted)


@router.get("/contacts/{contact_id}/timeline", tags=["contacts"], summary="Everything with a contact, newest first")
async def get_timeline(
    *,
    access: CurrentAccess,
    db: Db,
    contact_id: UUID,
    cursor: PositionCursor,
    kind: Annotated[list[schemas.ItemKind], Query(description="Only these kinds.", default_factory=list)],
    limit: Limit = 50,
) -> Page[schemas.TimelineItem]:
    """All channels in one list: messages, notes, tasks, follow-ups, approvals, hand-offs, what was ignored or failed,
    merges, and conversations of others who only claim one of this contact's addresses."""
    async with db.workspace(access.workspace_id) as connection:
        rows = await timeline(
            connection, access.workspace_id, contact_id, after=cursor, limit=limit + 1, kinds=frozenset(kind)
        )
    return page_of([schemas.TimelineItem(**row) for row in rows], limit, lambda item: Position(item.at, item.id))


@router.get("/tasks", tags=["tasks"], summary="Tasks, newest first or by when they are due")
async def list_tasks(
    *,
    access: CurrentAccess,
    db: Db,
    cursor: PositionCursor,
    filters: Annotated[schemas.TaskFilters, Depends()],
    sort: Annotated[schemas.TaskOrder, Query(description="`due`: what is due first; without a date last.")] = "created",
    limit: Limit = 50,
) -> Page[schemas.Task]:
    chosen = filters.model_dump()
    async with db.workspace(access.workspace_id) as connection:
        if filters.contact_id:
            chosen["contact_id"] = await survivor(connection, access.workspace_id, filters.contact_id)
        rows = await queries.tasks(
            connection,
            access.workspace_id,
            filters={**chosen, "member": access.member_id},
            order=sort,
            after=cursor,
            limit=limit + 1,
        )
    return page_of([schemas.Task(**row) for row in rows], limit, lambda task: queries.place_of_task(task, sort))


@router.post("/tasks", status_code=201, tags=["tasks"])
async def create_task(access: CurrentAccess, db: Db, body: schemas.NewTask) -> schemas.Task:
    async with db.transaction(access.workspace_id) as connection:
        task_id = await tasks.create_task(
            connection,
            access.workspace_id,
            title=body.title,
            detail=body.detail,
            owner_id=body.owner_id or access.member_id,
            due_at=body.due_at,
            contact_id=body.contact_id,
            conversation_id=body.conversation_id,
            by=access.actor,
        )
        return schemas.Task(**await queries.task(connection, access.workspace_id, task_id))


@router.get("/tasks/{task_id}", tags=["tasks"])
async def get_task(access: CurrentAccess, db: Db, task_id: UUID) -> schemas.Task:
    async with db.workspace(access.workspace_id) as connection:
        return schemas.Task(**await queries.task(connection, access.workspace_id, task_id))


@router.patch("/tasks/{task_id}", tags=["tasks"], summary="Change what is named, leave the rest")
async def update_task(access: CurrentAccess, db: Db, task_id: UUID, body: schemas.TaskChanges) -> schemas.Task:
    async with db.transaction(access.workspace_id) as connection:
        changes = body.model_dump(exclude_unset=True)
        await tasks.update_task(connection, access.workspace_id, task_id=task_id, changes=changes, by=access.actor)
        return schemas.Task(**await queries.task(connection, access.workspace_id, task_id))


@router.get("/follow-ups", tags=["tasks"], summary="Follow-ups, newest first")
async def list_follow_ups(
    *,
    access: CurrentAccess,
    db: Db,
    cursor: Cursor,
    status: schemas.FollowUpStatus | None = None,
    contact_id: UUID | None = None,
    limit: Limit = 50,
) -> Page[schemas.FollowUp]:
    async with db.workspace(access.workspace_id) as connection:
        if contact_id:
            contact_id = await survivor(connection, access.workspace_id, contact_id)
        rows = await queries.follow_ups(
            connection,
            access.workspace_id,
            filters={"status": status, "contact_id": contact_id},
            before=cursor,
            limit=limit + 1,
        )
    return page_of([schemas.FollowUp(**row) for row in rows], limit, lambda one: one.id)


@router.post("/follow-ups", status_code=201, tags=["tasks"], summary="Have the agent come back to a conversation")
async def plan_follow_up(access: CurrentAccess, db: Db, body: schemas.NewFollowUp) -> schemas.FollowUp:
    """At its time the agent is told the reason and writes, unless the contact wrote first. One waits per conversation:
    a new one replaces it."""
    async with db.transaction(access.workspace_id) as connection:
        planned = await follow_ups.plan(connection, access.workspace_id, **body.model_dump(), by=access.actor)
        return schemas.FollowUp(**await queries.follow_up(connection, access.workspace_id, planned))


@router.patch("/follow-ups/{follow_up_id}", tags=["tasks"], summary="Another time")
async def move_follow_up(
    access: CurrentAccess, db: Db, follow_up_id: UUID, body: schemas.FollowUpChanges
) -> schemas.FollowUp:
    async with db.transaction(access.workspace_id) as connection:
        await follow_ups.move(
            connection, access.workspace_id, follow_up_id=follow_up_id, due_at=body.due_at, by=access.actor
        )
        return schemas.FollowUp(**await queries.follow_up(connection, access.workspace_id, follow_up_id))


@router.delete("/follow-ups/{follow_up_id}", status_code=204, tags=["tasks"], summary="End a follow-up")
async def end_follow_up(access: CurrentAccess, db: Db, follow_up_id: UUID) -> None:
    """It will not wake. Ending one that has ended changes nothing."""
    async with db.transaction(access.workspace_id) as connection:
        await follow_ups.end(connection, access.workspace_id, follow_up_id=follow_up_id, by=access.actor)


def _message(row: dict[str, Any], images: Images) -> schemas.Message:
    html, blocked = with_images(row["html"], row["attachments"], images) if row["html"] else (row["html"], 0)
    return schemas.Message(**{**row, "html": html}, blocked_images=blocked)
