"""What HTTP takes of web pages and sites."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dynaris.knowledge.schemas import Language, Title


class NewWebSource(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["page", "site"] = Field(description="`site`: this page, its sitemaps, and what it links to.")
    url: Annotated[str, Field(min_length=8, max_length=2000, description="Of the page, the start page or a sitemap.")]
    title: Title | None = None
    language: Language | None = Field(default=None, description="If absent, each page's own.")
    max_pages: Annotated[int, Field(ge=1)] | None = None
    max_depth: Annotated[int, Field(ge=0, le=10, description="Links away from the start.")] = 3
    every_hours: Annotated[int, Field(ge=1, le=8760, description="How often it is visited again.")] | None = 168
