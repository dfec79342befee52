"""HTTP of Compass: `/agents/{agent_id}` for runtimes, `/tenants/agents` for services that manage agents."""

import hashlib
import re
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from dynaris.agents import agent_settings_store as store
from dynaris.agents import agent_views as views
from dynaris.agents import compass
from dynaris.agents import compass_schemas as schemas
from dynaris.agents.agent_changes import Outside, changed
from dynaris.agents.agent_checks import refuse_misfit, refuse_name
from dynaris.agents.agent_schemas import AgentVersions
from dynaris.agents.agent_settings import NOTHING_SET, ChannelName, Language
from dynaris.agents.compass_record import changes_of
from dynaris.agents.mcp.secrets import set_secret
from dynaris.agents.specialists import specialists
from dynaris.agents.variables import checked
from dynaris.core.db import Connection
from dynaris.core.errors import Forbidden, InvalidInput
from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, Page, page_of
from dynaris.workspaces.access import Access, AdminAccess, CurrentAccess


class _ForPrograms(APIRoute):
    """A browser that opens /agents/… wants the dashboard's page of it (app/dashboard.py)."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.NONE, {}) if _is_browsing(scope) else super().matches(scope)


def _is_browsing(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or not scope["path"].startswith("/agents/"):
        return False
    headers = dict(scope["headers"])
    return b"authorization" not in headers and b"text/html" in headers.get(b"accept", b"")


router = APIRouter(tags=["compass"], responses=PROBLEMS, route_class=_ForPrograms)

_Tenant = Annotated[
    str | None, Header(alias="x-tenantId", description="The key says which workspace; this, where sent, must agree.")
]
_Version = re.compile(r'(?:W/)?"?(\d{1,9})"?')


async def _tenant(access: CurrentAccess, tenant: _Tenant = None) -> Access:
    if tenant is not None and tenant.strip().lower() != str(access.workspace_id):
        raise Forbidden(f"x-tenantId: this key is of another workspace than {tenant[:50]!r}")
    return access


async def _managing(access: AdminAccess, _agrees: Annotated[Access, Depends(_tenant)]) -> Access:
    return access


Tenant = Annotated[Access, Depends(_tenant)]
Managing = Annotated[Access, Depends(_managing)]


async def _seen(if_match: Annotated[str | None, Header(description="The ETag of what was read.")] = None) -> int | None:
    """The version that changes were made to."""
    if if_match is None or if_match.strip() == "*":
        return None
    if found := _Version.fullmatch(if_match.strip()):
        return int(found[1])
    raise InvalidInput(f'If-Match: the ETag of an agent is expected, such as "3", not {if_match[:50]!r}')


Seen = Annotated[int | None, Depends(_seen)]
Speaking = Annotated[Language | None, Query(description="The other side's, where it is known.")]
On = Annotated[ChannelName | None, Query(description="On which the runtime speaks.")]


@router.get("/agents/{agent_id}", summary="An agent as a runtime needs it, with its assembled prompt")
async def get_runtime_agent(
    access: Tenant, db: Db, request: Request, agent_id: str, *, language: Speaking = None, channel: On = None
) -> schemas.RuntimeAgent:
    """Its id or its name. With the ETag in `If-None-Match` the answer is 304 as long as nothing changed."""
    async with db.workspace(access.workspace_id) as connection:
        found = await compass.runtime_agent(
            connection, access.workspace_id, agent_id, language=language, channel=channel
        )
    body = found.model_dump_json().encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in re.split(r"\s*,\s*", request.headers.get("if-none-match", "").replace("W/", "")):
        return Response(status_code=304, headers=headers)  # type: ignore[return-value] - what FastAPI sends as it is
    return Response(body, media_type="application/json", headers=headers)  # type: ignore[return-value]


@router.post("/agents/{agent_id}/prompt", summary="The same with the agent's variables filled in")
async def fill_prompt(access: Tenant, db: Db, agent_id: str, body: schemas.PromptWanted) -> schemas.RuntimeAgent:
    """Refused where one that is required is missing. Nothing is kept."""
    async with db.workspace(access.workspace_id) as connection:
        view = await compass.answering(connection, access.workspace_id, agent_id)
        return await compass.runtime_agent(
            connection,
            access.workspace_id,
            view.name,
            language=body.language,
            channel=body.channel,
            variables=checked(view.settings, body.variables),
        )


@router.get("/tenants/agents", summary="The workspace's agents, the house's and its own")
async def list_records(
    access: Tenant,
    db: Db,
    cursor: Cursor,
    *,
    limit: Limit = 50,
    status: schemas.Status | None = None,
    agent_category: schemas.Category | None = None,
    agent_type: schemas.AgentType | None = None,
) -> Page[schemas.AgentRecord]:
    async with db.workspace(access.workspace_id) as connection:
        found = await compass.records(connection, access.workspace_id)
    wanted = {"status": status, "agent_category": agent_category, "agent_type": agent_type}
    chosen = [one for one in found if all(value in (None, getattr(one, name)) for name, value in wanted.items())]
    return page_of(_after(cursor, chosen, found)[: limit + 1], limit, lambda one: one.agent_id)


def _after(
    cursor: UUID | None, chosen: list[schemas.AgentRecord], found: list[schemas.AgentRecord]
) -> list[schemas.AgentRecord]:
    """Also where the page's last one was changed meanwhile, so that it is not among the chosen any more."""
    order = {one.agent_id: place for place, one in enumerate(found)}
    if cursor is None:
        return chosen
    if cursor not in order:
        raise InvalidInput("`cursor`: the agent at the end of that page was removed: begin again")
    return [one for one in chosen if order[one.agent_id] > order[cursor]]


@router.post("/tenants/agents", status_code=201, summary="Make an agent")
async def create_record(
    access: Managing, db: Db, request: Request, response: Response, *, outside: Outside, body: schemas.NewRecord
) -> schemas.AgentRecord:
    refuse_name(body.agent_name)
    specialist = body.specialist or ("voice" if body.agent_category == "ai_ivr" else "chat")
    tools = specialists()[specialist].tools
    given = changes_of(_fields_of(body), NOTHING_SET, tools)
    settings = given.model_copy(update={"based_on": specialist})
    async with db.transaction(access.workspace_id) as connection:
        roster = await views.roster(connection, access.workspace_id)
        await refuse_misfit(connection, access.workspace_id, roster, body.agent_name, settings, outbound=outside)
        await store.create(connection, access.workspace_id, body.agent_name, settings, by=access.actor)
        await _keep_secret(connection, access, request, body.agent_name, body)
        return await _shown(connection, access, response, body.agent_name)


@router.get("/tenants/agents/{agent_id}")
async def get_record(access: Tenant, db: Db, response: Response, agent_id: str) -> schemas.AgentRecord:
    """Its id or its name. The ETag is its version, for `If-Match` of a change."""
    async with db.workspace(access.workspace_id) as connection:
        return await _shown(connection, access, response, agent_id)


@router.patch("/tenants/agents/{agent_id}")
async def change_record(
    access: Managing,
    db: Db,
    request: Request,
    response: Response,
    *,
    outside: Outside,
    seen: Seen,
    agent_id: str,
    body: schemas.AgentChanges,
) -> schemas.AgentRecord:
    """What is left out stays, null is the default again. A change is a new version; 409 where `If-Match` is not it."""
    async with db.transaction(access.workspace_id) as connection:
        view = await compass.answering(connection, access.workspace_id, agent_id)
        given = changes_of(_fields_of(body), view.settings, [tool.name for tool in view.toolbox])
        await changed(connection, access, outside, view.name, given, version=seen)
        await _keep_secret(connection, access, request, view.name, body)
        return await _shown(connection, access, response, view.name)


@router.delete("/tenants/agents/{agent_id}", status_code=204)
async def remove_record(access: Managing, db: Db, agent_id: str) -> Response:
    """One of your own. Refused while an account or the supervisor names it."""
    async with db.transaction(access.workspace_id) as connection:
        name = await store.name_of(connection, access.workspace_id, agent_id)
        await store.remove(connection, access.workspace_id, name, by=access.actor)
    return Response(status_code=204)


@router.get("/tenants/agents/{agent_id}/versions", summary="What it was set to, newest first")
async def list_record_versions(
    access: Tenant,
    db: Db,
    agent_id: str,
    *,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Limit = 20,
) -> AgentVersions:
    """With the settings' own names, as `/api/agents` has them, which also compares versions and brings them back."""
    async with db.workspace(access.workspace_id) as connection:
        view = await compass.answering(connection, access.workspace_id, agent_id)
        return await views.versions(connection, access.workspace_id, view.name, before=before, limit=limit)


def _fields_of(body: schemas.AgentChanges) -> schemas.AgentFields:
    named = {name: getattr(body, name) for name in body.model_fields_set if name in schemas.AgentFields.model_fields}
    return schemas.AgentFields.model_construct(_fields_set=set(named), **named)


async def _keep_secret(
    connection: Connection, access: Access, request: Request, name: str, body: schemas.AgentChanges
) -> None:
    if "mcp_server_secret" not in body.model_fields_set:
        return
    server = (await views.agent(connection, access.workspace_id, name)).settings.mcp_server
    vault: Any = request.app.state.services.accounts.vault
    await set_secret(
        *(connection, access.workspace_id, vault, name),
        url=server.url if server else None,
        secret=body.mcp_server_secret,
        by=access.actor,
    )


async def _shown(connection: Connection, access: Access, response: Response, known_as: str) -> schemas.AgentRecord:
    found = await compass.record(connection, access.workspace_id, known_as)
    response.headers["ETag"] = f'"{found.version}"'
    return found
