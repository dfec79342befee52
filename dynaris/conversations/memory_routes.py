"""HTTP of what is remembered of a contact."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dynaris.conversations import memory
from dynaris.core.http import PROBLEMS, Db
from dynaris.workspaces.access import CurrentAccess

router = APIRouter(prefix="/api/contacts/{contact_id}/facts", tags=["contacts"], responses=PROBLEMS)

FactText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=memory.LONGEST)]


class Fact(BaseModel):
    """Something worth knowing about a contact for years, and what says so."""

    id: UUID
    text: str
    conversation_id: UUID | None = Field(description="Where it was said; `null`: our people wrote it down.")
    message_id: UUID | None = Field(description="What says so.")
    run_id: UUID | None
    said_by: str = Field(description="`agent:<name>`, `member:<id>`, `key:<id>`: who wrote or changed it last.")
    created_at: datetime
    updated_at: datetime


class Facts(BaseModel):
    items: list[Fact] = Field(description=f"Newest first; a contact has {memory.MOST_FACTS} at most.")


class NewFact(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: FactText
    conversation_id: UUID | None = Field(default=None, description="One of this contact's, where it was said.")


class FactChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: FactText


@router.get("", summary="What is remembered of a contact")
async def list_facts(access: CurrentAccess, db: Db, contact_id: UUID) -> Facts:
    async with db.workspace(access.workspace_id) as connection:
        rows = await memory.facts(connection, access.workspace_id, contact_id)
    return Facts(items=[Fact(**row) for row in rows])


@router.post("", status_code=201, summary="Write something down about a contact")
async def add_fact(access: CurrentAccess, db: Db, contact_id: UUID, body: NewFact) -> Fact:
    async with db.transaction(access.workspace_id) as connection:
        made = await memory.add_fact(connection, access.workspace_id, contact_id, **body.model_dump(), by=access.actor)
    return Fact(**made)


@router.patch("/{fact_id}", summary="Correct it")
async def change_fact(access: CurrentAccess, db: Db, contact_id: UUID, fact_id: UUID, body: FactChange) -> Fact:
    async with db.transaction(access.workspace_id) as connection:
        changed = await memory.change_fact(
            connection, access.workspace_id, contact_id, fact_id, text=body.text, by=access.actor
        )
    return Fact(**changed)


@router.delete("/{fact_id}", status_code=204, summary="Forget it")
async def forget_fact(access: CurrentAccess, db: Db, contact_id: UUID, fact_id: UUID) -> None:
    async with db.transaction(access.workspace_id) as connection:
        await memory.forget(connection, access.workspace_id, contact_id, fact_id, by=access.actor)
