"""What HTTP shows and takes of notifications."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dynaris.core.http import Page


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
