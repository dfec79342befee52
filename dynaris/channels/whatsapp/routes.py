"""`GET|POST /meta/webhook`: one address for all numbers of an installation, as a Meta app has but one."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse

from dynaris.channels.contract import Account, ChannelHost, Received, Rejected, WebhookRequest
from dynaris.channels.whatsapp.settings import WhatsAppSettings
from dynaris.channels.whatsapp.webhook import named, parsed, received
from dynaris.core.crypto import same
from dynaris.core.errors import Forbidden, InvalidInput, NotFound
from dynaris.core.http import PROBLEMS

Number = Account[WhatsAppSettings]

_MOST_NUMBERS = 100  # of one body


def webhook_routes(name: str, host: ChannelHost) -> APIRouter:
    router = APIRouter(prefix="/meta", tags=["whatsapp"], responses=PROBLEMS)

    @router.get("/webhook", summary="Meta asks whether this address is ours", response_class=PlainTextResponse)
    async def verify(
        mode: Annotated[str, Query(alias="hub.mode", max_length=50)] = "",
        token: Annotated[str, Query(alias="hub.verify_token", max_length=500)] = "",
        challenge: Annotated[str, Query(alias="hub.challenge", max_length=500)] = "",
    ) -> Response:
        if mode != "subscribe" or not challenge.isprintable() or not challenge:
            raise InvalidInput("expected hub.mode=subscribe with hub.verify_token and hub.challenge")
        known = [each.settings.verify_token.get_secret_value() for each in await host.accounts(name)]
        if not any([same(token, each) for each in known]):
            raise Forbidden("hub.verify_token is that of no WhatsApp number here")
        return PlainTextResponse(challenge)

    @router.post("/webhook", summary="What Meta has to tell", response_class=PlainTextResponse)
    async def webhook(request: Request) -> Response:
        """Meta repeats for days what gets no 200: so this waits until all of it is stored."""
        call = WebhookRequest(request.method, request.headers, {}, await request.body())
        accounts = await _accounts(name, host, call.body)
        taken = _taken(call, accounts)
        for account, brought in taken:
            await _keep(host, account, brought)
        return PlainTextResponse("EVENT_RECEIVED")

    return router


async def _accounts(name: str, host: ChannelHost, body: bytes) -> list[Number]:
    numbers, businesses = named(parsed(body))
    if len(numbers) > _MOST_NUMBERS:
        raise InvalidInput(f"{len(numbers)} numbers in one body; {_MOST_NUMBERS} are the most")
    found: dict[Any, Number] = {}
    for number in sorted(numbers):
        if account := await host.account(name, number[:100]):
            found[account.id] = account
    if businesses:
        for account in await host.accounts(name):
            if account.settings.waba_id in businesses:
                found[account.id] = account
    if not found:
        raise NotFound(f"no WhatsApp number here is named in this: {', '.join(sorted(numbers | businesses))[:300]}")
    return list(found.values())


def _taken(call: WebhookRequest, accounts: list[Number]) -> list[tuple[Number, Received]]:
    """For each number its own part, if its own app signed it: another tenant's signature opens nothing here."""
    taken, refusal = [], None
    for account in accounts:
        try:
            taken.append((account, received(call, account)))
        except Rejected as error:
            refusal = error
    if refusal and not taken:
        raise refusal
    return taken


async def _keep(host: ChannelHost, account: Number, brought: Received) -> None:
    for arrival in brought.arrivals:
        await host.accept(account, arrival)
    if brought.updates:
        await host.delivered(account, brought.updates)
    if brought.templates_changed:
        await host.templates_changed(account)
    if brought.trouble is not None:
        await host.health(account, brought.trouble or None)
