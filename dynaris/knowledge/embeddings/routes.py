"""HTTP of the workspace's embedding model: named, changed, left, and how far it has come."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from dynaris.core.http import PROBLEMS, Db
from dynaris.knowledge.embeddings import actions
from dynaris.workspaces.access import AdminAccess, CurrentAccess

router = APIRouter(prefix="/api/knowledge/embeddings", tags=["knowledge"], responses=PROBLEMS)


class WantedModel(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: Annotated[
        str,
        Field(
            min_length=3,
            max_length=200,
            pattern="^[^:\x00]+:[^\x00]+$",
            description="`openai:text-embedding-3-small`, or an entry of your providers and a model of it.",
        ),
    ]
    near: Annotated[
        Decimal,
        Field(ge=0.05, le=0.99, description="The similarity from which a passage is taken for what was meant."),
    ] = Decimal("0.6")
    price: Annotated[
        Decimal | None, Field(ge=0, le=1000, description="Of a million tokens; known for OpenAI's models.")
    ] = None


class EmbeddingModel(BaseModel):
    id: UUID
    model: str
    status: Literal["filling", "serving"]
    done: int = Field(description="Passages that have their embedding.")
    dimensions: int | None
    near: Decimal
    price: Decimal | None
    tokens: int
    cost: Decimal
    error: str | None = Field(description="What the provider said last, until it answers again.")
    retry_at: datetime | None
    created_at: datetime


class EmbeddingStatus(BaseModel):
    available: bool = Field(description="Whether the database server has pgvector; without it search is by full text.")
    passages: int
    models: list[EmbeddingModel] = Field(description="What serves, and what is being filled to serve after it.")


@router.get("", summary="The embedding model, and how far it has come")
async def show(access: CurrentAccess, db: Db) -> EmbeddingStatus:
    async with db.workspace(access.workspace_id) as connection:
        return EmbeddingStatus.model_validate(await actions.status(connection, access.workspace_id))


@router.put("", summary="Name the model; passages get their embeddings in the background")
async def use_model(access: AdminAccess, db: Db, wanted: WantedModel) -> EmbeddingStatus:
    async with db.workspace(access.workspace_id) as connection:
        await actions.use_model(connection, access.workspace_id, **wanted.model_dump(), by=access.actor)
        return EmbeddingStatus.model_validate(await actions.status(connection, access.workspace_id))


@router.delete("", status_code=204, summary="Search by full text alone from now on")
async def use_none(access: AdminAccess, db: Db) -> None:
    async with db.workspace(access.workspace_id) as connection:
        await actions.use_none(connection, access.workspace_id, by=access.actor)
