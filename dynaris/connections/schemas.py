"""What HTTP shows of accounts and of what can be connected."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field


class AccountView(BaseModel):
    id: UUID
    channel: str
    address: str
    settings: dict[str, Any] = Field(description="Without secrets, which are never shown.")
    enabled: bool
    agent: str | None = Field(description="The specialist that answers here; absent: the supervisor decides.")
    error: str | None = Field(description="Why nothing is read from it now.")
    send_error: str | None = Field(description="Why nothing can be sent from it now.")
    last_event_at: datetime | None
    created_at: datetime


class Toolkit(BaseModel):
    name: str
    kind: Literal["channel"]
    settings_schema: dict[str, Any] = Field(description="JSON Schema of the settings that connecting needs.")
    connected: bool
    accounts: int
    errors: list[str] = Field(description="What does not work now, each with the account's address.")


class Toolkits(BaseModel):
    items: list[Toolkit]
