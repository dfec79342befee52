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
    """Either some of them, or all up to one: what comes meanwhile stays unread."""

    model_config = ConfigDict(extra="forbid")

    notification_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)] | None = None
    up_to: UUID | None = Field(default=None, description="The newest that was seen; it and all before it.")

    @model_validator(mode="after")
    def _one_of_them(self) -> "Read":
        if (self.notification_ids is None) == (self.up_to is None):
            raise ValueError("name `notification_ids`, or `up_to`, not both")
        return self


class Unread(BaseModel):
    unread: int
