"""HTTP: how a member wants to be told, the browsers that are sent pushes, and what the workspace decides for all."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request

from dynaris.core.db import Connection
from dynaris.core.errors import Conflict
from dynaris.core.http import PROBLEMS, Db
from dynaris.core.ids import new_id
from dynaris.notifications import push, ways
from dynaris.notifications.actions import notify, workspace_channels
from dynaris.notifications.preferences import (
    Preferences,
    WorkspaceNotifications,
    keep_preferences,
    keep_workspace_notifications,
    preferences_of,
    workspace_notifications,
)
from dynaris.notifications.schemas import (
    BrowserView,
    NewSubscription,
    OldSubscription,
    PreferencesView,
    PushKey,
    Subscribed,
    TopicView,
    WorkspaceNotificationsView,
    WorkspaceTopicView,
)
from dynaris.notifications.topics import TOPICS
from dynaris.workspaces.access import AdminAccess, CurrentAccess, own_member
from dynaris.workspaces.actions import record

router = APIRouter(prefix="/api", tags=["notifications"], responses=PROBLEMS)

_TEST_TITLE = "This is a test"
_TEST_BODY = "Somebody asked for it under Settings, Notifications. Nothing has to be done."


@router.get("/me/notification-preferences")
async def get_preferences(access: CurrentAccess, db: Db) -> PreferencesView:
    """Every topic with how you are told of it, your quiet hours, and the browsers that are sent pushes."""
    member_id = own_member(access)
    async with db.workspace(access.workspace_id) as connection:
        return await _shown(connection, access.workspace_id, member_id)


@router.put("/me/notification-preferences")
async def put_preferences(access: CurrentAccess, db: Db, body: Preferences) -> PreferencesView:
    """A topic that is left out is as it was at first. Holds at once, also for what still waits."""
    member_id = own_member(access)
    async with db.transaction(access.workspace_id) as connection:
        await keep_preferences(connection, access.workspace_id, member_id, body)
        return await _shown(connection, access.workspace_id, member_id)


@router.post("/me/notifications/test", status_code=202, summary="A notification to yourself, to see what reaches you")
async def test_own(access: CurrentAccess, db: Db) -> None:
    member_id = own_member(access)
    async with db.transaction(access.workspace_id) as connection:
        await notify(
            connection,
            access.workspace_id,
            topic="test",
            cause=f"test:{new_id()}",
            title=_TEST_TITLE,
            body=_TEST_BODY,
            subject=f"member:{member_id}",
            member_id=member_id,
        )


@router.get("/push/key")
async def get_push_key(access: CurrentAccess, db: Db, request: Request) -> PushKey:
    """What a browser subscribes with; the same for all workspaces."""
    async with db.transaction(access.workspace_id) as connection:
        return PushKey(key=await push.push_key(connection, request.app.state.services.accounts.vault))


@router.post("/me/push-subscriptions", status_code=201)
async def subscribe(
    access: CurrentAccess,
    db: Db,
    request: Request,
    body: NewSubscription,
    user_agent: Annotated[str, Header(max_length=1_000)] = "",
) -> Subscribed:
    """This browser is sent pushes from now on. Once is as good as twice."""
    member_id = own_member(access)
    async with db.transaction(access.workspace_id) as connection:
        subscription_id = await push.subscribe(
            connection,
            access.workspace_id,
            request.app.state.services.accounts.vault,
            member_id=member_id,
            endpoint=body.endpoint,
            keys=body.keys.model_dump(),
            device=user_agent,
        )
    return Subscribed(id=subscription_id)


@router.delete("/me/push-subscriptions", status_code=204)
async def unsubscribe(access: CurrentAccess, db: Db, body: OldSubscription) -> None:
    """This browser is sent nothing any more."""
    member_id = own_member(access)
    async with db.workspace(access.workspace_id) as connection:
        await push.unsubscribe(connection, access.workspace_id, member_id=member_id, endpoint=body.endpoint)


@router.get("/settings/notifications", tags=["settings"])
async def get_workspace_notifications(access: CurrentAccess, db: Db) -> WorkspaceNotificationsView:
    """What the workspace's own channel, such as one in Slack, tells everybody; and how soon the next are told."""
    async with db.workspace(access.workspace_id) as connection:
        return _of_workspace(await workspace_notifications(connection, access.workspace_id))


@router.put("/settings/notifications", tags=["settings"])
async def put_workspace_notifications(
    access: AdminAccess, db: Db, body: WorkspaceNotifications
) -> WorkspaceNotificationsView:
    """A topic that is left out is as it was at first."""
    async with db.transaction(access.workspace_id) as connection:
        await keep_workspace_notifications(connection, access.workspace_id, body, by=access.actor)
    return _of_workspace(body)


@router.post("/settings/notifications/test", status_code=202, tags=["settings"])
async def test_workspace(access: AdminAccess, db: Db, request: Request) -> None:
    """A line in the workspace's own channel. Raises a conflict where none is connected."""
    async with db.transaction(access.workspace_id) as connection:
        sent = await ways.test_to_workspace(
            connection,
            access.workspace_id,
            title=_TEST_TITLE,
            body=_TEST_BODY,
            settings=request.app.state.settings,
        )
        if not sent:
            raise Conflict(f"none of {', '.join(workspace_channels())} is connected: connect one first")
        await record(
            connection,
            access.workspace_id,
            actor=access.actor,
            action="notification_settings.tested",
            subject=f"workspace:{access.workspace_id}",
            detail={},
        )


async def _shown(connection: Connection, workspace_id: UUID, member_id: UUID) -> PreferencesView:
    preferences = await preferences_of(connection, workspace_id, member_id)
    cursor = await connection.execute("SELECT timezone FROM workspace WHERE id = %s", (workspace_id,))
    row = await cursor.fetchone()
    browsers = await push.browsers_of(connection, workspace_id, member_id)
    return PreferencesView(
        topics=[
            TopicView(
                topic=name,
                title=topic.title,
                about=topic.about,
                in_app=preferences.in_app(name),
                push=preferences.push(name),
                email=preferences.email(name),
                always=preferences.always(name),
            )
            for name, topic in TOPICS.items()
        ],
        quiet_hours=preferences.quiet_hours,
        digest=preferences.digest,
        timezone=row["timezone"] if row else "UTC",
        browsers=[BrowserView(**each) for each in browsers],
    )


def _of_workspace(settings: WorkspaceNotifications) -> WorkspaceNotificationsView:
    return WorkspaceNotificationsView(
        topics=[
            WorkspaceTopicView(topic=name, title=topic.title, about=topic.about, told=settings.tells(name))
            for name, topic in TOPICS.items()
            if name != "test"
        ],
        escalate_minutes=settings.escalate_minutes,
        window_minutes=settings.window_minutes,
    )
