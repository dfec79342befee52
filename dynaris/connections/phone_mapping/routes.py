"""HTTP of phone mappings: who answers on a number, and when."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from dynaris.connections.phone_mapping.actions import MOST, set_mappings
from dynaris.connections.phone_mapping.lookup import mapped, mappings
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import InvalidInput, NotFound
from dynaris.core.http import PROBLEMS, Db
from dynaris.workspaces.access import AdminAccess, CurrentAccess
from dynaris.workspaces.profile import Hours

router = APIRouter(prefix="/api/accounts/{account_id}/mappings", tags=["connections"], responses=PROBLEMS)


class PhoneMapping(BaseModel):
    """One of `ai_agent_id` and `team_id`."""

    model_config = ConfigDict(extra="forbid")

    ai_agent_id: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        default=None, description="The agent, by its name or its id; shown by its name."
    )
    team_id: UUID | None = None
    hours: Hours | None = Field(
        default=None, description="When, in the workspace's time zone; always, if left out or empty."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> "PhoneMapping":
        if (self.ai_agent_id is None) is (self.team_id is None):
            raise ValueError("name an `ai_agent_id` or a `team_id`")
        return self


class PhoneMappings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    items: list[PhoneMapping] = Field(max_length=MOST, description="The first whose hours it is answers.")


class ShownMappings(PhoneMappings):
    now: PhoneMapping | None = Field(
        description="Who answers at this moment; null: the account's own agent, or whom the supervisor chooses."
    )


@router.get("", summary="Who answers on this account, and when")
async def get_mappings(access: CurrentAccess, db: Db, account_id: UUID) -> ShownMappings:
    async with db.workspace(access.workspace_id) as connection:
        return await _shown(connection, access.workspace_id, account_id)


@router.put("", summary="Say who answers: an agent or a team, with hours")
async def put_mappings(
    access: AdminAccess, db: Db, request: Request, account_id: UUID, body: PhoneMappings
) -> ShownMappings:
    """Replaces all of the account's. A team's conversations wait for its members; the contact is told so."""
    async with db.transaction(access.workspace_id) as connection:
        agents = await _agents_of(request, connection, access.workspace_id, body)
        given = [
            {"agent": agent, "team_id": one.team_id, "hours": _hours(one)}
            for one, agent in zip(body.items, agents, strict=True)
        ]
        await set_mappings(connection, access.workspace_id, account_id=account_id, given=given, by=access.actor)
        return await _shown(connection, access.workspace_id, account_id)


async def _agents_of(
    request: Request, connection: Connection, workspace_id: UUID, body: PhoneMappings
) -> list[str | None]:
    """Of each mapping, by name. Which agents there are is known further up: the application brings the check."""
    names: list[str | None] = []
    for number, one in enumerate(body.items):
        given = one.ai_agent_id
        try:
            names.append(await request.app.state.check_agent(connection, workspace_id, given) if given else None)
        except ValueError as error:
            field = f"items.{number}.ai_agent_id"
            raise InvalidInput(f"{field}: {error}", errors=[{"field": field, "message": str(error)}]) from error
    return names


def _hours(one: PhoneMapping) -> dict[str, list[str]] | None:
    """As a team's: hours without any span are none."""
    hours = one.model_dump(mode="json")["hours"]
    return hours if hours and any(hours.values()) else None


async def _shown(connection: Connection, workspace_id: UUID, account_id: UUID) -> ShownMappings:
    cursor = await connection.execute(
        "SELECT FROM account WHERE workspace_id = %s AND id = %s AND removed_at IS NULL", (workspace_id, account_id)
    )
    if not cursor.rowcount:
        raise NotFound(f"there is no account {account_id}")
    rows = await mappings(connection, workspace_id, account_id)
    now = mapped(rows, clock.now())
    items = [PhoneMapping(ai_agent_id=row["agent"], team_id=row["team_id"], hours=row["hours"]) for row in rows]
    return ShownMappings(items=items, now=PhoneMapping(ai_agent_id=now.agent, team_id=now.team_id) if now else None)
