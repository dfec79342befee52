"""HTTP: the onboarding checklist, closer checks of its items, and a test message."""

from collections import Counter

from fastapi import APIRouter, Request

from dynaris.core.http import PROBLEMS, Db
from dynaris.onboarding import actions, queries, trying
from dynaris.onboarding.front_door import own_http
from dynaris.onboarding.items import BY_KEY
from dynaris.onboarding.looking import sections, view
from dynaris.onboarding.schemas import Check, ItemChange, ItemView, NewTry, Onboarding, TryView
from dynaris.onboarding.testing import Asked, test
from dynaris.pipeline.services import CurrentServices
from dynaris.workspaces.access import AdminAccess, CurrentAccess

router = APIRouter(prefix="/api/onboarding", tags=["onboarding"], responses=PROBLEMS)


@router.get("", summary="The checklist, looked at now")
async def get_onboarding(access: CurrentAccess, db: Db) -> Onboarding:
    """What asks providers or searches is as the last check found it."""
    async with db.workspace(access.workspace_id) as connection:
        facts = await queries.facts(connection, access.workspace_id)
    shown = sections(facts)
    return Onboarding(
        sections=shown,
        counts=Counter(item.state for section in shown for item in section.items),
        ways_in=trying.ways_in(facts.accounts),
        tries=[TryView(**row) for row in facts.tries],
    )


@router.post("/check", summary="Check an item more closely than reading does")
async def check_item(access: AdminAccess, db: Db, request: Request, body: Check) -> ItemView:
    async with db.workspace(access.workspace_id) as connection:
        facts = await queries.facts(connection, access.workspace_id)
    result = await test(body.item, Asked(db, access.workspace_id, facts, request.app.state.examine))
    async with db.transaction(access.workspace_id) as connection:
        await actions.keep_result(connection, access.workspace_id, body.item, result, by=access.actor)
        return view(BY_KEY[body.item], await queries.facts(connection, access.workspace_id))


@router.patch("/items", summary="Say that an item is not needed, or note something")
async def change_item(access: AdminAccess, db: Db, body: ItemChange) -> ItemView:
    changes = body.model_dump(exclude_unset=True, exclude={"item"})
    async with db.transaction(access.workspace_id) as connection:
        if changes:
            await actions.change_item(connection, access.workspace_id, body.item, changes=changes, by=access.actor)
        return view(BY_KEY[body.item], await queries.facts(connection, access.workspace_id))


@router.post("/try", status_code=202, summary="Send a test message to the workspace itself")
async def try_it(access: AdminAccess, request: Request, services: CurrentServices, body: NewTry) -> TryView:
    """By the way that customers' messages come in: a mail through the sandbox, a chat message through the widget's
    own address. Its event tells what becomes of it. 409 says what is missing.
    """
    client = (request.client.host, request.client.port) if request.client else ("127.0.0.1", 0)
    post = own_http(request.app, client)
    return await trying.try_out(services, access.workspace_id, body, post=post, by=access.actor)
