"""HTTP of tags: those of the workspace, and those of one conversation."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from dynaris.contacts.schemas import Line
from dynaris.conversations import tags
from dynaris.conversations.schemas import Tag
from dynaris.conversations.tags import MOST_TAGS, Colour
from dynaris.core.http import PROBLEMS, Db, Page
from dynaris.workspaces.access import AdminAccess, CurrentAccess

router = APIRouter(prefix="/api", tags=["tags"], responses=PROBLEMS)


class WorkspaceTag(Tag):
    conversations: int = Field(description="How many have it.")


class NewTag(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Line = Field(description="A workspace has it once, whatever its case.")
    colour: Colour = "gray"


class TagChanges(BaseModel):
    """Only what is named changes."""

    model_config = ConfigDict(extra="forbid")

    name: Line | None = None
    colour: Colour | None = None


@router.get("/tags", summary=f"All tags on one page, by name; there are {MOST_TAGS} at most")
async def list_tags(access: CurrentAccess, db: Db) -> Page[WorkspaceTag]:
    async with db.workspace(access.workspace_id) as connection:
        return Page(items=[WorkspaceTag(**row) for row in await tags.tags(connection, access.workspace_id)])


@router.post("/tags", status_code=201)
async def create_tag(access: CurrentAccess, db: Db, body: NewTag) -> WorkspaceTag:
    async with db.transaction(access.workspace_id) as connection:
        tag_id = await tags.create_tag(
            connection, access.workspace_id, name=body.name, colour=body.colour, by=access.actor
        )
        return WorkspaceTag(**await tags.tag(connection, access.workspace_id, tag_id))


@router.patch("/tags/{tag_id}", summary="Rename or recolour a tag")
async def change_tag(access: AdminAccess, db: Db, tag_id: UUID, body: TagChanges) -> WorkspaceTag:
    async with db.transaction(access.workspace_id) as connection:
        await tags.change_tag(
            connection, access.workspace_id, tag_id=tag_id, name=body.name, colour=body.colour, by=access.actor
        )
        return WorkspaceTag(**await tags.tag(connection, access.workspace_id, tag_id))


@router.delete("/tags/{tag_id}", status_code=204, summary="Delete a tag, on every conversation too")
async def remove_tag(access: AdminAccess, db: Db, tag_id: UUID) -> None:
    async with db.transaction(access.workspace_id) as connection:
        await tags.remove_tag(connection, access.workspace_id, tag_id=tag_id, by=access.actor)


@router.put(
    "/conversations/{conversation_id}/tags/{tag_id}", status_code=204, summary="Tag it; once is as good as twice"
)
async def add_tag(access: CurrentAccess, db: Db, conversation_id: UUID, tag_id: UUID) -> None:
    async with db.transaction(access.workspace_id) as connection:
        await tags.add_tag(
            connection, access.workspace_id, conversation_id=conversation_id, tag_id=tag_id, by=access.actor
        )


@router.delete(
    "/conversations/{conversation_id}/tags/{tag_id}",
    status_code=204,
    summary="Take a tag off; once is as good as twice",
)
async def take_tag(access: CurrentAccess, db: Db, conversation_id: UUID, tag_id: UUID) -> None:
    async with db.transaction(access.workspace_id) as connection:
        await tags.take_tag(
            connection, access.workspace_id, conversation_id=conversation_id, tag_id=tag_id, by=access.actor
        )
