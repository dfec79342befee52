"""What HTTP shows and takes of notifications and of how they are told."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dynaris.core.http import Page
from dynaris.notifications.quiet import Digest, QuietHours
from dynaris.notifications.topics import Mail


class NotificationView(BaseModel):
    id: UUID
    topic: str = Field(description="What kind of thing happened: `hand_off`, `overdue`, `delivery`, ...")
    title: str
    body: str
    subject: str = Field(description="What it is about: `conversation:<id>`, `event:<id>`, `booking:<id>`, ...")
    created_at: datetime
    read_at: datetime | None


class Notifications(Page[NotificationView]):
    unread: int = Field(description="Of all, not of this page; counted up to 1,000.")


class Read(BaseModel):
    """Some of them, all up to one (what comes meanwhile stays unread), or all about a subject."""

    model_config = ConfigDict(extra="forbid")

    notification_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)] | None = None
    up_to: UUID | None = Field(default=None, description="The newest that was seen; it and all before it.")
    subject: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="All that is about it, such as `conversation:<id>`."
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> "Read":
        if sum(one is not None for one in (self.notification_ids, self.up_to, self.subject)) != 1:
            raise ValueError("name one of `notification_ids`, `up_to` and `subject`")
        return self


class Unread(BaseModel):
    unread: int


class TopicView(BaseModel):
    """A topic, and how the member is told of it."""

    topic: str
    title: str
    about: str
    in_app: bool
    push: bool
    email: Mail
    always: bool


class BrowserView(BaseModel):
    id: UUID
    device: str
    created_at: datetime
    fingerprint: str = Field(description="SHA-256 of its endpoint, by which a browser knows itself.")


class PreferencesView(BaseModel):
    topics: list[TopicView]
    quiet_hours: QuietHours | None
    digest: Digest
    timezone: str = Field(description="The workspace's: of quiet hours that name none.")
    browsers: list[BrowserView] = Field(description="That are sent pushes.")


class WorkspaceTopicView(BaseModel):
    topic: str
    title: str
    about: str
    told: bool = Field(description="In the workspace's own channel, such as one in Slack.")


class WorkspaceNotificationsView(BaseModel):
    topics: list[WorkspaceTopicView]
    escalate_minutes: int
    window_minutes: int


class PushKey(BaseModel):
    key: str = Field(description="The `applicationServerKey` that a browser subscribes with.")


_Key = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_-]+=*$")]


class SubscriptionKeys(BaseModel):
    model_config = ConfigDict(extra="forbid")

    p256dh: _Key
    auth: _Key


class NewSubscription(BaseModel):
    """As a browser's `PushSubscription.toJSON()` has it."""

    model_config = ConfigDict(extra="ignore")

    endpoint: Annotated[str, Field(min_length=1, max_length=2_000)]
    keys: SubscriptionKeys


class OldSubscription(BaseModel):
    model_config = ConfigDict(extra="ignore")

    endpoint: Annotated[str, Field(min_length=1, max_length=2_000)]


class Subscribed(BaseModel):
    id: UUID
