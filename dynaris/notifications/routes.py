"""HTTP: a member's own notifications."""

from typing import Annotated

from fastapi import APIRouter, Query

from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, page_of
from dynaris.notifications import actions, queries
from dynaris.notifications.schemas import Notifications, NotificationView, Read, Unread
from dynaris.workspaces.access import CurrentAccess, own_member

router = APIRouter(prefix="/api/me/notifications", tags=["notifications"], responses=PROBLEMS)


@router.get("", summary="What you were told, newest first")
async def list_notifications(
    access: CurrentAccess,
    db: Db,
    cursor: Cursor,
    *,
    unread: Annotated[bool, Query(description="Only what you have not read.")] = False,
    limit: Limit = 50,
) -> Notifications:
    member_id = own_member(access)
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
