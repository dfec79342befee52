"""Settings of a widget: its address is the public key that the page shows."""

import re

from pydantic import BaseModel, ConfigDict, Field, field_validator

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(\[[0-9a-f:.]+\]|[^\s/:@?#*\[\]]+)(:\d{1,5})?")


class WidgetSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")  # a mistyped `origins` must not open the widget to every site

    origins: list[str] = Field(
        default=["*"], description="Web sites that may embed the widget, e.g. https://clinic.example; * is any."
    )
    messages_per_minute: int = Field(default=30, ge=1, le=600, description="Most messages of one visitor.")
    new_chats_per_address: int = Field(
        default=30, ge=1, le=100_000, description="Most new chats from one network address in 10 minutes."
    )
    new_chats: int = Field(default=600, ge=1, le=100_000, description="Most new chats in 10 minutes.")

    @field_validator("origins")
    @classmethod
    def _origins(cls, origins: list[str]) -> list[str]:
        """As browsers send them; what never matches one would shut a site out without a word."""
        origins = [origin.lower().rstrip("/") for origin in origins]
        for origin in origins:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"an origin is like https://clinic.example, scheme://host[:port], or *; not {origin!r}"
                )
        return origins
