"""HTTP of templates: as the provider has them, and how the workspace uses them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request

from dynaris.channels.contract import TemplateStatus
from dynaris.core.http import PROBLEMS, Db
from dynaris.templates import actions, queries, schemas
from dynaris.templates.filling import fills_of
from dynaris.templates.syncing import sync
from dynaris.workspaces.access import AdminAccess, CurrentAccess

router = APIRouter(prefix="/api/templates", tags=["templates"], responses=PROBLEMS)


@router.get("", summary="Every template that a provider has for one of the workspace's accounts")
async def list_templates(
    access: CurrentAccess,
    db: Db,
    account_id: UUID | None = None,
    status: Annotated[TemplateStatus | None, Query(description="Only these.")] = None,
) -> schemas.TemplateList:
    async with db.workspace(access.workspace_id) as connection:
        rows = await queries.templates(connection, access.workspace_id, account_id=account_id, status=status)
        sources = await queries.sources(connection, access.workspace_id)
    accounts = [schemas.TemplateSource(**one) for one in sources if account_id in (None, one["account_id"])]
    return schemas.TemplateList(items=[shown(row) for row in rows], accounts=accounts)


@router.post("/sync", summary="Fetch them from the provider now")
async def sync_templates(access: AdminAccess, db: Db, request: Request, body: schemas.ToSync) -> schemas.Synced:
    """They are fetched by themselves when the provider says that one changed, and every few hours. 503 with the
    provider's words where it does not give them."""
    accounts = request.app.state.services.accounts
    return schemas.Synced(templates=await sync(db, accounts, access.workspace_id, body.account_id))


@router.patch(
    "/{template_id}", summary="What it is for, what its gaps are filled with, and whether agents may choose it"
)
async def change_template(
    access: AdminAccess, db: Db, template_id: UUID, body: schemas.TemplateChanges
) -> schemas.TemplateView:
    async with db.transaction(access.workspace_id) as connection:
        await actions.change(
            connection,
            access.workspace_id,
            template_id=template_id,
            changes=body.model_dump(exclude_unset=True),
            by=access.actor,
        )
        return shown(await queries.template(connection, access.workspace_id, template_id))


def shown(row: dict[str, Any]) -> schemas.TemplateView:
    return schemas.TemplateView(**{**row, "fills": fills_of(row)})
