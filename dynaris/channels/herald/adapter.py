"""Turns of other services: taken signed, answered by signed callbacks."""

import time
from hashlib import sha256
from typing import Any, ClassVar
from uuid import uuid4

import orjson
import structlog
from fastapi import APIRouter
from pydantic import ValidationError

from dynaris.channels.contract import (
    Account,
    AddressKind,
    Arrival,
    ChannelHost,
    ChannelTraits,
    Earlier,
    Inbound,
    OutboundMessage,
    Received,
    Refused,
    Rejected,
    Sender,
    SendReceipt,
    ThreadHint,
    TryLater,
    Unreadable,
    WebhookRequest,
)
from dynaris.channels.herald.schemas import TurnIn
from dynaris.channels.herald.settings import HeraldSettings
from dynaris.core.callbacks import SIGNATURE, Callbacks, fault_of_signature
from dynaris.core.invalid import faults_in, told
from dynaris.core.settings import Settings

log = structlog.get_logger()

Service = Account[HeraldSettings]

_LATER = 30.0  # seconds, where nobody knows whether a callback was heard


class HeraldChannel:
    name: ClassVar[str] = "herald"
    traits: ClassVar[ChannelTraits] = ChannelTraits(
        bursty=True, resend_safe=True, reports=True, arrivals=("turns of other services",)
    )
    address_kind: ClassVar[AddressKind] = AddressKind.VISITOR
    settings: type[HeraldSettings] = HeraldSettings

    def __init__(self) -> None:
        self._callbacks = Callbacks()

    def configure(self, settings: Settings) -> None:
        self._callbacks.configure(settings)

    async def close(self) -> None:
        await self._callbacks.close()

    def routes(self, host: ChannelHost) -> APIRouter:
        from dynaris.channels.herald.routes import turn_routes

        return turn_routes(self, host)

    def called_at(self, account: Service) -> dict[str, str]:  # noqa: ARG002 - the same for each
        return {"turns": "/turn"}

    def check(self, request: WebhookRequest, account: Service) -> None:
        """Raises `Rejected` for what the service did not sign."""
        secret = account.settings.secret.get_secret_value()
        if fault := fault_of_signature(request.headers.get(SIGNATURE, ""), request.body, secret, now=time.time()):
            raise Rejected(fault)

    def receive(self, request: WebhookRequest, account: Service) -> Received:
        self.check(request, account)
        turn = _parsed(request.body)
        if fault := self._callbacks.fault_of(str(turn.reply_url)):
            raise Rejected(f"reply_url: nothing can be sent there: {fault}", 422, "invalid_input")
        turn_id = turn.turn_id or uuid4().hex
        return Received(
            arrivals=[
                Arrival(
                    external_id=turn_id,
                    lane=f"herald:{account.id}:{_key(account, turn)}",
                    raw=request.body,
                    meta={"echo": {"turn_id": turn_id, "conversation_id": turn.conversation_id}},
                )
            ]
        )

    def read(self, arrival: Arrival, account: Service) -> Inbound:
        try:
            turn = _parsed(arrival.raw)
        except Rejected as error:
            raise Unreadable(error.reason) from error
        whom, key = turn.context.contact, _key(account, turn)
        claims = ((AddressKind.EMAIL, whom.email), (AddressKind.PHONE, whom.phone))
        return Inbound(
            sender=Sender(
                kind=AddressKind.VISITOR,
                value=key,
                name=whom.name,
                reason="named by a service that signs its turns",
                claims=tuple((kind, value) for kind, value in claims if value),
            ),
            thread=ThreadHint(key=key),
            text=turn.message,
            message_id=arrival.external_id,
            reply_to=str(turn.reply_url),
            agent=turn.agent_id,
            earlier=tuple(Earlier(author=one.author, text=one.text) for one in turn.context.messages),
            data={"data": turn.context.data} if turn.context.data else {},
        )

    async def send(self, message: OutboundMessage, account: Service) -> SendReceipt:
        said: dict[str, Any] = {"event": "message", "number": 1, "text": message.text, **message.data}
        said.setdefault("turn_id", message.in_reply_to)
        key = f"{said['turn_id']}:{said['number']}"
        secret = account.settings.secret.get_secret_value()
        # Each callback has its number: heard twice it is told apart, so a doubt is tried again.
        answer = await self._callbacks.post(message.to, orjson.dumps(said), secret=secret, key=key)
        if answer.taken:
            return SendReceipt(detail=answer.said)
        if answer.taken is None or answer.again is not None:
            raise TryLater(answer.said, answer.again or _LATER)
        raise Refused(answer.said)

    async def attend(self, account: Service, *, to: str, message_id: str, typing: bool) -> None:
        if not typing:
            return
        said = {"event": "typing", "number": 0, "turn_id": message_id}
        secret = account.settings.secret.get_secret_value()
        try:
            await self._callbacks.post(to, orjson.dumps(said), secret=secret, key=f"{message_id}:0")
        except OSError as error:
            log.info("herald.typing_not_told", account=str(account.id), error=error)


def _key(account: Service, turn: TurnIn) -> str:
    """A conversation is a service's own: two of them may call one by the same name."""
    return sha256(f"{account.id}:{turn.conversation_id}".encode()).hexdigest()


def _parsed(body: bytes) -> TurnIn:
    try:
        return TurnIn.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise Rejected(f"the body is not JSON: {first['msg']}", 400, "malformed_request") from error
        raise Rejected(told(faults_in(error), most=1), 422, "invalid_input") from error
