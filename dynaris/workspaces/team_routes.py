"""HTTP: teams and who is in them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, Page, page_of
from dynaris.workspaces import teams
from dynaris.workspaces.access import AdminAccess, CurrentAccess
from dynaris.workspaces.profile import Line
from dynaris.workspaces.schemas import TeamView

router = APIRouter(prefix="/api/teams", tags=["workspace"], responses=PROBLEMS)


class NewTeam(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Line = Field(description="A workspace has it once, whatever its case.")
    member_ids: Annotated[list[UUID], Field(max_length=500)] = []


class TeamChanges(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Line


class NewTeamMember(BaseModel):
    model_config = ConfigDict(extra="forbid")

    member_id: UUID


@router.get("")
async def list_teams(access: CurrentAccess, db: Db, cursor: Cursor, limit: Limit = 50) -> Page[TeamView]:
    async with db.workspace(access.workspace_id) as connection:
        rows = await teams.teams(connection, access.workspace_id, after=cursor, limit=limit)
    return page_of([TeamView(**row) for row in rows], limit, lambda team: team.id)


@router.post("", status_code=201)
async def create_team(access: AdminAccess, db: Db, body: NewTeam) -> TeamView:
    async with db.transaction(access.workspace_id) as connection:
        team_id = await teams.create_team(
            connection, access.workspace_id, name=body.name, member_ids=body.member_ids, by=access.actor
        )
        return TeamView(**await teams.team(connection, access.workspace_id, team_id))


@router.get("/{team_id}")
async def get_team(access: CurrentAccess, db: Db, team_id: UUID) -> TeamView:
    async with db.workspace(access.workspace_id) as connection:
        return TeamView(**await teams.team(connection, access.workspace_id, team_id))


@router.patch("/{team_id}", summary="Rename a team")
async def rename_team(access: AdminAccess, db: Db, team_id: UUID, body: TeamChanges) -> TeamView:
    async with db.transaction(access.workspace_id) as connection:
        await teams.rename_team(connection, access.workspace_id, team_id=team_id, name=body.name, by=access.actor)
        return TeamView(**await teams.team(connection, access.workspace_id, team_id))


@router.delete("/{team_id}", status_code=204, summary="Dissolve a team; its members stay in the workspace")
async def remove_team(access: AdminAccess, db: Db, team_id: UUID) -> None:
    async with db.transaction(access.workspace_id) as connection:
        await teams.remove_team(connection, access.workspace_id, team_id=team_id, by=access.actor)


@router.post("/{team_id}/members", summary="Add a member to a team; once is as good as twice")
async def add_to_team(access: AdminAccess, db: Db, team_id: UUID, body: NewTeamMember) -> TeamView:
    async with db.transaction(access.workspace_id) as connection:
        await teams.add_to_team(
            connection, access.workspace_id, team_id=team_id, member_id=body.member_id, by=access.actor
        )
        return TeamView(**await teams.team(connection, access.workspace_id, team_id))


@router.delete("/{team_id}/members/{member_id}", status_code=204, summary="Take a member out of a team")
async def take_from_team(access: AdminAccess, db: Db, team_id: UUID, member_id: UUID) -> None:
    async with db.transaction(access.workspace_id) as connection:
        await teams.take_from_team(
            connection, access.workspace_id, team_id=team_id, member_id=member_id, by=access.actor
        )
