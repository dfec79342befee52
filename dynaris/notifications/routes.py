"""HTTP: a member's own notifications."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, page_of
from dynaris.notifications import actions, queries
from dynaris.notifications.schemas import Notifications, NotificationView, Read, Unread
from dynaris.notifications.stream import event_of, follow_own
from dynaris.workspaces.access import CurrentAccess, own_member
from dynaris.workspaces.streaming import streamed

router = APIRouter(prefix="/api/me/notifications", tags=["notifications"], responses=PROBLEMS)


@router.get(
    "",
    summary="What you were told, newest first; as a stream with `Accept: text/event-stream`",
    response_model=Notifications,
)
async def list_notifications(
    request: Request,
    access: CurrentAccess,
    db: Db,
    cursor: Cursor,
    *,
    unread: Annotated[bool, Query(description="Only what you have not read.")] = False,
    limit: Limit = 50,
    accept: Annotated[str, Header(max_length=1_000)] = "",
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
) -> Notifications | Response:
    """Streamed: server-sent events `notification` and, once it was read, `read` (each one of `items`), `unread`
    (`{"unread"}`) and `reset` (ask for the list again), each with an `id`. Who comes back with it as `Last-Event-ID`
    hears what came meanwhile, and may hear something twice. `beat` comes when nothing else has for 15 seconds."""
    member_id = own_member(access)
    if "text/event-stream" in accept.lower():
        feed = request.app.state.feed
        told = lambda: follow_own(db, feed, access.workspace_id, member_id, last_event_id)  # noqa: E731
        return await streamed(request, access, db, told, event_of)
    async with db.workspace(access.workspace_id) as connection:
        rows = await queries.notifications(
            connection, access.workspace_id, member_id, unread_only=unread, before=cursor, limit=limit
        )
        count = await queries.count_unread(connection, access.workspace_id, member_id)
    page = page_of([NotificationView(**row) for row in rows], limit, lambda one: one.id)
    return Notifications(items=page.items, next_cursor=page.next_cursor, unread=count)


@router.post("/read", summary="Mark as read; once is as good as twice")
async def read_notifications(access: CurrentAccess, db: Db, body: Read) -> Unread:
    member_id = own_member(access)
    async with db.transaction(access.workspace_id) as connection:
        await actions.mark_read(
            connection,
            access.workspace_id,
            member_id,
            notification_ids=body.notification_ids,
            up_to=body.up_to,
            subject=body.subject,
        )
        return Unread(unread=await queries.count_unread(connection, access.workspace_id, member_id))
