"""Texts that a provider approves beforehand, with variables that are filled when they are sent."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

TemplateStatus = Literal["approved", "pending", "rejected", "paused", "disabled", "deleted", "unsupported"]
VariableKind = Literal["text", "image", "video", "document", "code"]


class Variable(BaseModel):
    """One gap of a template. Files are given by their address."""

    model_config = ConfigDict(frozen=True)

    name: str  # unique in the template: "body.1", "header", "button.0.1", or "body.first_name" where they have names
    kind: VariableKind = "text"
    example: str | None = None


class Template(BaseModel):
    """As the provider has it: one for each language."""

    model_config = ConfigDict(frozen=True)

    external_id: str
    name: str
    language: str  # as the provider spells it: "en_US"
    category: str  # "utility", "marketing", "authentication": what it is charged as
    status: TemplateStatus
    reason: str | None = None  # why it was rejected or paused
    header: str | None = None  # its text, with {{variables}}
    body: str
    footer: str | None = None
    buttons: tuple[str, ...] = ()  # what stands on them
    variables: tuple[Variable, ...] = ()
    quality: str | None = None
