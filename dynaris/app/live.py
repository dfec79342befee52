"""`GET /api/live`: what changes in the workspace, as it happens, for every tab of one browser."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Query, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from dynaris.core.changes import Change, follow
from dynaris.core.http import PROBLEMS, Db
from dynaris.workspaces.access import CurrentAccess
from dynaris.workspaces.streaming import streamed

router = APIRouter(prefix="/api", tags=["live"], responses=PROBLEMS)


@router.get("/live", response_class=EventSourceResponse, summary="What changes, as it happens")
async def stream(
    request: Request,
    access: CurrentAccess,
    db: Db,
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
    after: Annotated[
        str | None, Query(max_length=100, description="The last `id` heard, where no header can be set.")
    ] = None,
) -> EventSourceResponse:
    """Unnamed server-sent events with JSON `{"kind", "ids"}`: ask the API again for what you show of them. `reset`:
    anything may have changed. `position` only carries an `id`: come back with it as `Last-Event-ID` within an hour,
    and hear what you missed; what you heard may come twice. An event named `beat` comes when nothing else has for 15
    seconds: without it the connection is lost."""
    feed = request.app.state.feed
    return await streamed(
        request, access, db, lambda: follow(db, feed, access.workspace_id, last_event_id or after), _event
    )


def _event(change: Change) -> ServerSentEvent:
    return ServerSentEvent(data=orjson.dumps({"kind": change.kind, "ids": change.ids}).decode(), id=change.position)
