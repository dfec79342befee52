"""`POST /api/process-events`: verify the signature, keep the body, answer with a signed POST."""

import time
from datetime import datetime
from typing import Any, ClassVar

import orjson
from pydantic import (
    AnyHttpUrl,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from dynaris.channels.contract import (
    Account,
    AddressKind,
    Arrival,
    ChannelTraits,
    Identity,
    Inbound,
    OutboundMessage,
    Received,
    Refused,
    Rejected,
    Sender,
    SendReceipt,
    TryLater,
    Unreadable,
    WebhookRequest,
)
from dynaris.core.callbacks import Callbacks, fault_of, fault_of_signature
from dynaris.core.invalid import faults_in, told
from dynaris.core.settings import Settings


class GenericSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    secret: SecretStr = Field(
        description="Signs what this source sends, and our replies to it. Made for you where it is left out.",
        json_schema_extra={"issued": "dsk_"},
    )


class From(BaseModel):
    model_config = ConfigDict(extra="ignore")

    email: str | None = Field(default=None, max_length=320)
    phone: str | None = Field(default=None, max_length=40)
    name: str | None = Field(default=None, max_length=200)

    @model_validator(mode="after")
    def _someone(self) -> "From":
        if not (self.email or self.phone):
            raise ValueError("`from` needs an email or a phone")
        return self


class GenericEvent(BaseModel):
    """The body of a generic event."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    id: str = Field(min_length=1, max_length=200)
    type: str = Field(min_length=1, max_length=100)
    occurred_at: AwareDatetime
    sender: From = Field(alias="from")
    subject: str | None = Field(default=None, max_length=998)
    text: str = Field(max_length=100_000)
    data: dict[str, Any] = {}
    reply_url: AnyHttpUrl | None = None

    @field_validator("occurred_at", mode="before")
    @classmethod
    def _written_out(cls, moment: object) -> object:
        if not isinstance(moment, str):
            raise ValueError("`occurred_at` is a text such as 2026-11-21T09:00:00Z")
        return moment

    @field_validator("occurred_at")
    @classmethod
    def _in_our_time(cls, moment: datetime) -> datetime:
        if not 1970 < moment.year < 2200:
            raise ValueError(f"`occurred_at` is between 1971 and 2199, not in {moment.year}")
        return moment

    @field_validator("reply_url")
    @classmethod
    def _can_be_sent_to(cls, url: AnyHttpUrl | None) -> AnyHttpUrl | None:
        if url is not None and (fault := fault_of(str(url))):
            raise ValueError(f"nothing can be sent to this `reply_url`: {fault}")
        return url

    @field_validator("text")
    @classmethod
    def _says_something(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("`text` is empty")
        return text


class GenericChannel:
    name: ClassVar[str] = "generic"
    traits: ClassVar[ChannelTraits] = ChannelTraits(bursty=True, shared_addresses=True, arrivals=("signed events",))
    address_kind: ClassVar[AddressKind] = AddressKind.EMAIL
    settings: type[GenericSettings] = GenericSettings

    def __init__(self) -> None:
        self._callbacks = Callbacks()

    def called_at(self, account: Account[GenericSettings]) -> dict[str, str]:  # noqa: ARG002 - the same for each
        return {"signed events": "/api/process-events"}

    def receive(self, request: WebhookRequest, account: Account[GenericSettings]) -> Received:
        check_signature(
            request.headers.get("x-dynaris-signature", ""),
            request.body,
            account.settings.secret.get_secret_value(),
            now=time.time(),
        )
        event = _parsed(request.body)
        if event.reply_url and (fault := self._callbacks.fault_of(str(event.reply_url))):
            raise Rejected(f"reply_url: nothing can be sent there: {fault}", 422, "invalid_input")
        sender = (event.sender.email or event.sender.phone or "").strip().lower()
        return Received(
            arrivals=[
                Arrival(
                    external_id=event.id,
                    lane=f"generic:{sender}",
                    raw=request.body,
                    occurred_at=event.occurred_at,
                )
            ]
        )

    def read(self, arrival: Arrival, account: Account[GenericSettings]) -> Inbound:  # noqa: ARG002 - contract
        try:
            event = _parsed(arrival.raw)
        except Rejected as error:
            raise Unreadable(error.reason) from error
        sender = event.sender
        first, *others = [
            (kind, value)
            for kind, value in ((AddressKind.EMAIL, sender.email), (AddressKind.PHONE, sender.phone))
            if value
        ]
        return Inbound(
            sender=Sender(
                kind=first[0],
                value=first[1],
                name=sender.name,
                identity=Identity.CLAIMED,
                reason="named by a signed source",
                claims=tuple(others),
            ),
            text=event.text,
            subject=event.subject,
            message_id=event.id,
            reply_to=str(event.reply_url) if event.reply_url else None,
            unanswerable=None if event.reply_url else "the event has no reply_url",
            data={"type": event.type, **({"data": event.data} if event.data else {})},
        )

    async def send(self, message: OutboundMessage, account: Account[GenericSettings]) -> SendReceipt:
        body = orjson.dumps(
            {
                "message_id": message.id,
                "in_reply_to": message.in_reply_to,
                "text": message.text,
                "subject": message.subject,
                **message.data,
            }
        )
        secret = account.settings.secret.get_secret_value()
        answer = await self._callbacks.post(message.to, body, secret=secret, key=str(message.id))
        if answer.taken is None:
            raise RuntimeError(answer.said)
        if answer.taken:
            return SendReceipt(detail=answer.said)
        raise Refused(answer.said) if answer.again is None else TryLater(answer.said, answer.again)

    def configure(self, settings: Settings) -> None:
        self._callbacks.configure(settings)

    async def close(self) -> None:
        await self._callbacks.close()


def check_signature(header: str, body: bytes, secret: str, *, now: float) -> None:
    if fault := fault_of_signature(header, body, secret, now=now):
        raise Rejected(fault)


def _parsed(body: bytes) -> GenericEvent:
    try:
        return GenericEvent.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise Rejected(f"the body is not JSON: {first['msg']}", 400, "malformed_request") from error
        raise Rejected(told(faults_in(error), most=1), 422, "invalid_input") from error
