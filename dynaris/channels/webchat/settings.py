"""Settings of a widget: its address is the public key that the page shows."""

from pydantic import BaseModel, ConfigDict, Field


class WidgetSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")  # a mistyped `origins` must not open the widget to every site

    origins: list[str] = Field(
        default=["*"], description="Web sites that may embed the widget, e.g. https://clinic.example; * is any."
    )
    messages_per_minute: int = Field(default=30, ge=1, le=600, description="Most messages of one visitor.")
