"""HTTP: teams and who is in them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, Page, page_of
from dynaris.workspaces import teams
from dynaris.workspaces.access import AdminAccess, CurrentAccess
from dynaris.workspaces.profile import Hours, Line
from dynaris.workspaces.schemas import Strategy, TeamView

router = APIRouter(prefix="/api/teams", tags=["workspace"], responses=PROBLEMS)


class NewTeam(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Line = Field(description="A workspace has it once, whatever its case.")
    member_ids: Annotated[list[UUID], Field(max_length=500)] = []


class TeamChanges(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Line | None = None
    strategy: Strategy | None = Field(
        default=None,
        description="`everyone`: all are told, and who claims has it. `next_available`: the free member who holds the "
        "fewest conversations. `longest_waiting`: the free member who has been without new work for longest.",
    )
    ring_seconds: Annotated[int, Field(ge=5, le=600)] | None = Field(
        default=None, description="How long one member is asked before the next one is."
    )
    fit_minutes: Annotated[int, Field(ge=0, le=1440)] | None = Field(
        default=None, description="How long only members with the language and the skills are asked."
    )
    most_held: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="Who holds as many open conversations is asked no more."
    )
    business_hours: Hours | None = Field(
        default=None,
        description="By weekday, in the workspace's time zone, with its special days. null: the workspace's.",
    )
    overflow_team_id: UUID | None = Field(default=None, description="That gets what nobody took. null: none.")
    overflow_minutes: Annotated[int, Field(ge=1, le=1440)] | None = None
    closed_team_id: UUID | None = Field(default=None, description="That answers while this one is closed. null: none.")
    takes_hand_offs: bool | None = Field(
        default=None,
        description="What agents hand off goes to this team, where the conversation has none. One team does at most: "
        "the one that did does no longer. Without one, owner and admins are told.",
    )


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


@router.patch("/{team_id}", summary="Rename a team; how its conversations reach its members")
async def change_team(access: AdminAccess, db: Db, team_id: UUID, body: TeamChanges) -> TeamView:
    async with db.transaction(access.workspace_id) as connection:
        await teams.change_team(
            connection,
            access.workspace_id,
            team_id=team_id,
            changes=body.model_dump(exclude_unset=True),
            by=access.actor,
        )
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
