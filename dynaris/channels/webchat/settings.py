"""Settings of a widget: its address is the public key that the page shows."""

from pydantic import BaseModel, ConfigDict, Field

from dynaris.core.origins import Origins


class WidgetSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")  # a mistyped `origins` must not open the widget to every site

    origins: Origins = Field(
        default=["*"], description="Web sites that may embed the widget, e.g. https://clinic.example; * is any."
    )
    messages_per_minute: int = Field(default=30, ge=1, le=600, description="Most messages of one visitor.")
    new_chats_per_address: int = Field(
        default=30, ge=1, le=100_000, description="Most new chats from one network address in 10 minutes."
    )
    new_chats: int = Field(default=600, ge=1, le=100_000, description="Most new chats in 10 minutes.")
