"""`POST /turn` and `DELETE /turn/{turn_id}`: a service has a conversation's next turn answered, or calls it off."""

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Header, Request

from dynaris.channels.contract import Account, ChannelHost, WebhookRequest
from dynaris.channels.herald.schemas import TurnCancelled, TurnIn, TurnTaken
from dynaris.channels.herald.settings import HeraldSettings
from dynaris.core.errors import Unauthenticated
from dynaris.core.http import PROBLEMS

if TYPE_CHECKING:
    from dynaris.channels.herald.adapter import HeraldChannel

Source = Annotated[str, Header(alias="X-Dynaris-Source", max_length=200, description="The service's name.")]


def _whole(schema: Any, parts: dict[str, Any]) -> Any:
    """Without references, which would lead nowhere in the product's own document."""
    if isinstance(schema, list):
        return [_whole(one, parts) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _whole(parts[schema["$ref"].rpartition("/")[2]], parts)
    return {key: _whole(value, parts) for key, value in schema.items() if key not in ("$defs", "default")}


_SCHEMA = TurnIn.model_json_schema()
_CONTENT = {"application/json": {"schema": _whole(_SCHEMA, _SCHEMA["$defs"])}}
_BODY = {"requestBody": {"required": True, "content": _CONTENT}}


def turn_routes(channel: "HeraldChannel", host: ChannelHost) -> APIRouter:
    router = APIRouter(prefix="/turn", tags=["herald"], responses=PROBLEMS)

    async def service(name: str) -> Account[HeraldSettings]:
        if account := await host.account(channel.name, name):
            return account
        raise Unauthenticated("X-Dynaris-Source must be the name of a service, and X-Dynaris-Signature its proof")

    @router.post("", status_code=202, summary="Have the next turn of a conversation answered", openapi_extra=_BODY)
    async def take(request: Request, x_dynaris_source: Source) -> TurnTaken:
        """Stored before this answers. What comes of it is posted to `reply_url`, signed and numbered."""
        account = await service(x_dynaris_source)
        call = WebhookRequest(request.method, request.headers, {}, await request.body())
        (arrival,) = channel.receive(call, account).arrivals
        accepted = await host.accept(account, arrival)
        return TurnTaken(turn_id=arrival.external_id, event_id=accepted.event_id, duplicate=accepted.duplicate)

    @router.delete("/{turn_id}", summary="Call a turn off")
    async def cancel(request: Request, turn_id: str, x_dynaris_source: Source) -> TurnCancelled:
        """The signature is over the empty body. What has not left does not leave; where the turn was read before,
        `done` comes with `ignored`."""
        account = await service(x_dynaris_source)
        channel.check(WebhookRequest(request.method, request.headers, {}, await request.body()), account)
        return TurnCancelled(cancelled=await host.call_off(account, turn_id[:200]))

    return router
