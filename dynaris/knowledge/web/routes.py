"""HTTP of web pages and sites: name one, visit it now. Their pages are documents as files are."""

from uuid import UUID

from fastapi import APIRouter, Request

from dynaris.core.http import PROBLEMS, Db
from dynaris.core.settings import Settings
from dynaris.knowledge import sources
from dynaris.knowledge.documents.limits import check_room
from dynaris.knowledge.schemas import Source
from dynaris.knowledge.web import actions
from dynaris.knowledge.web.schemas import NewWebSource
from dynaris.workspaces.access import CurrentAccess
from dynaris.workspaces.queries import settings as workspace_settings

router = APIRouter(prefix="/api/knowledge", tags=["documents"], responses=PROBLEMS)


@router.post("/web", status_code=202, summary="Add a web page or a site; it is visited in the background")
async def add_web_source(request: Request, access: CurrentAccess, db: Db, new: NewWebSource) -> Source:
    settings: Settings = request.app.state.settings
    async with db.transaction(access.workspace_id) as connection:
        await check_room(connection, access.workspace_id, settings)
        workspace = await workspace_settings(connection, access.workspace_id)
        source_id = await actions.add_web_source(
            connection,
            access.workspace_id,
            new=new,
            language=workspace["language"].partition("-")[0],
            settings=settings,
            by=access.actor,
        )
        return Source(**await sources.get_source(connection, access.workspace_id, source_id))


@router.post("/{source_id}/visit", status_code=202, summary="Visit a page or a site now")
async def visit_now(access: CurrentAccess, db: Db, source_id: UUID) -> Source:
    async with db.transaction(access.workspace_id) as connection:
        await actions.visit_now(connection, access.workspace_id, source_id, by=access.actor)
        return Source(**await sources.get_source(connection, access.workspace_id, source_id))
