"""What HTTP shows and takes of templates."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from dynaris.channels.contract import TemplateStatus, VariableKind
from dynaris.templates.filling import FACTS


class GapView(BaseModel):
    name: str = Field(description="`body.1`, `header`, `button.0.url`, or with its name: `body.first_name`.")
    kind: VariableKind
    example: str | None


class TemplateView(BaseModel):
    id: UUID
    account_id: UUID
    name: str
    language: str = Field(description="As the provider spells it: `en_US`.")
    category: str = Field(description="What it is charged as: `utility`, `marketing` or `authentication`.")
    status: TemplateStatus = Field(description="Only `approved` ones leave.")
    reason: str | None = Field(description="Why the provider rejected it.")
    header: str | None
    body: str
    footer: str | None
    buttons: list[str]
    variables: list[GapView]
    quality: str | None
    fills: dict[str, str] = Field(
        description="What each gap is filled with by itself: `contact_name`, `first_name`, `business`, `agent_name`, "
        "`reply` (what is to be said), or `text:` and a text. Guessed where nobody chose."
    )
    purpose: str = Field(description="What it is for, in the workspace's words: agents choose by it.")
    for_agents: bool
    synced_at: datetime


class TemplateSource(BaseModel):
    """An account whose provider has templates."""

    account_id: UUID
    name: str = Field(description="As people know the account: its telephone number.")
    synced_at: datetime | None = Field(description="When they were fetched last; null: not yet.")
    error: str | None = Field(description="Why the last try to fetch them failed.")


class TemplateList(BaseModel):
    items: list[TemplateView]
    accounts: list[TemplateSource]


class TemplateToSend(TemplateView):
    values: dict[str, str] = Field(description="What is known for this contact; the rest is to be filled in.")
    preview: str | None = Field(description="How it reads with these values; null while a gap is empty.")


class TemplatesToSend(BaseModel):
    items: list[TemplateToSend]


def _known(fills: dict[str, str]) -> dict[str, str]:
    for name, source in fills.items():
        if source not in FACTS and not source.startswith("text:"):
            raise ValueError(f"{name}: expected one of {', '.join(FACTS)}, or text: and a text, not {source[:40]!r}")
    return fills


class TemplateChanges(BaseModel):
    """Only what is named changes."""

    model_config = ConfigDict(extra="forbid")

    purpose: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    fills: Annotated[
        dict[str, Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000)]],
        AfterValidator(_known),
    ] = Field(default={}, max_length=50, description="Of the gaps named here; the others are guessed again.")
    for_agents: bool = True


class ToSync(BaseModel):
    model_config = ConfigDict(extra="forbid")

    account_id: UUID


class Synced(BaseModel):
    templates: int


class TemplateChoice(BaseModel):
    """A template instead of a text."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    values: dict[str, Annotated[str, StringConstraints(max_length=2_000)]] = Field(default={}, max_length=50)
