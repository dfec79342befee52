"""`/calendar/{token}.ics`: a feed as calendar programs read it, again and again."""

import hashlib

from fastapi import APIRouter, Request, Response

from dynaris.core import clock
from dynaris.core.errors import NotFound
from dynaris.core.http import Db
from dynaris.core.pace import Limit, Pace, network_of
from dynaris.scheduling.feeds import calendar_of, reading, workspace_in

router = APIRouter(include_in_schema=False)

_WINDOW_SECONDS = 600
_MOST = 300  # of one network: an office reads many calendars
_LONGEST_TOKEN = 100

_pace = Pace(_WINDOW_SECONDS)


@router.get("/calendar/{token}.ics")
async def read_feed(request: Request, token: str, db: Db) -> Response:
    peer = network_of(request.client.host) if request.client else ""
    _pace.check(Limit(peer, _MOST, "readings of calendars in ten minutes from one network address"))
    workspace_id = workspace_in(token) if len(token) <= _LONGEST_TOKEN else None
    if workspace_id is None:
        raise NotFound("there is no calendar at this address")
    async with db.workspace(workspace_id) as connection:
        feed = await reading(connection, workspace_id, token)
        text = await calendar_of(connection, feed, now=clock.now())
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "private, max-age=300",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    if tag in (known.strip().removeprefix("W/") for known in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    return Response(text, media_type="text/calendar; charset=utf-8", headers=headers)
