"""`POST /reply`: what a Herald that runs elsewhere says of the turns that we asked it for."""

import time
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dynaris.agents.remote_herald import keep_callback
from dynaris.core.callbacks import fault_of_signature
from dynaris.core.errors import InvalidInput, NotFound, Unauthenticated
from dynaris.core.http import PROBLEMS, Db
from dynaris.core.invalid import faults_in, told

router = APIRouter(prefix="/reply", tags=["herald"], responses=PROBLEMS)


class Callback(BaseModel):
    model_config = ConfigDict(extra="ignore")

    event: Literal["typing", "message", "done"]
    turn_id: str = Field(min_length=1, max_length=200)
    number: int = Field(ge=0, le=1_000)
    text: str | None = Field(default=None, max_length=100_000)
    escalate: bool | None = None
    summary: str | None = Field(default=None, max_length=10_000)
    outcome: Literal["answered", "handed_off", "ignored", "failed"] | None = None
    reason: str | None = Field(default=None, max_length=10_000)
    because: str | None = Field(default=None, max_length=100)


@router.post("", status_code=204, summary="What a Herald elsewhere says of a turn of ours")
async def take_callback(
    request: Request,
    db: Db,
    workspace: Annotated[UUID, Query(description="As our turn named it in its `reply_url`.")],
    x_dynaris_signature: Annotated[str, Header(max_length=500)] = "",
) -> Response:
    """Stored before this answers; one that comes again changes nothing."""
    secret = request.app.state.settings.herald_secret
    if secret is None:
        raise NotFound("no Herald elsewhere answers here: DYNARIS_HERALD_URL and DYNARIS_HERALD_SECRET are unset")
    body = await request.body()
    if fault := fault_of_signature(x_dynaris_signature, body, secret.get_secret_value(), now=time.time()):
        raise Unauthenticated(fault)
    try:
        said = Callback.model_validate_json(body)
    except ValidationError as error:
        raise InvalidInput(told(faults_in(error), most=1)) from error
    async with db.workspace(workspace) as connection:
        await keep_callback(connection, workspace, said.model_dump(mode="json"))
    return Response(status_code=204)
