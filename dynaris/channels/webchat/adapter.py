"""The widget's channel: what visitors send is read here; a reply is delivered by being stored."""

import secrets
from hashlib import sha256
from html import escape
from typing import Any, ClassVar, Literal
from uuid import UUID, uuid4

import orjson
from fastapi import APIRouter
from pydantic import ValidationError

from dynaris.channels.contract import (
    Account,
    AddressKind,
    Arrival,
    Attachment,
    ChannelHost,
    ChannelTraits,
    Inbound,
    OutboundMessage,
    PostHere,
    Received,
    Refused,
    Rejected,
    Sender,
    SendReceipt,
    ThreadHint,
    Trial,
    Tried,
    Unreadable,
    WebhookRequest,
)
from dynaris.channels.webchat.schemas import MOST_BYTES, MessageIn
from dynaris.channels.webchat.settings import WidgetSettings
from dynaris.core.invalid import faults_in, told

# What a page says about itself; everything else in `metadata` is dropped.
_KEPT = ("page_url", "page_origin", "referrer", "user_agent", "viewer_mode", "channel")


class WebchatChannel:
    name: ClassVar[str] = "webchat"
    traits: ClassVar[ChannelTraits] = ChannelTraits(
        attachments=True,
        attachment_bytes=MOST_BYTES,
        max_length=10_000,
        bursty=True,
        live=True,
        resend_safe=True,
        arrivals=("chat messages",),
    )
    address_kind: ClassVar[AddressKind] = AddressKind.VISITOR
    settings: type[WidgetSettings] = WidgetSettings
    trial: ClassVar[Literal["chat"]] = "chat"

    def routes(self, host: ChannelHost) -> APIRouter:
        from dynaris.channels.webchat.routes import widget_routes

        return widget_routes(host)

    async def try_out(self, account: Account[WidgetSettings], trial: Trial, post: PostHere) -> Tried:
        """As a program that is no web page; with a session that nobody else knows."""
        body = {"session_id": secrets.token_urlsafe(24), "message": trial.text, "message_id": uuid4().hex}
        headers = {"x-api-key": account.address, "content-type": "application/json"}
        status, answer = await post("/api/chat-widget/message", headers, orjson.dumps(body))
        said = orjson.loads(answer) if answer else {}
        if status != 202:
            raise Refused(f"the widget's own address did not take the message ({status}): {said.get('detail', '')}")
        return Tried(event_id=UUID(said["event_id"]))

    def called_at(self, account: Account[WidgetSettings]) -> dict[str, str]:  # noqa: ARG002 - the same for each
        return {"chat widget": "/api/chat-widget"}

    def snippet(self, account: Account[WidgetSettings], base_url: str) -> dict[str, str]:
        key = escape(account.address)
        return {
            "html": f'<script async src="{escape(base_url)}/widget.js" data-key="{key}"></script>',
            "fetch": "window.Dynaris.open();\nwindow.Dynaris.close();\n"
            'window.Dynaris.identify({ email: "ada@example.com", name: "Ada", hash: "<made by your server>" });',
        }

    def receive(self, request: WebhookRequest, account: Account[WidgetSettings]) -> Received:  # noqa: ARG002
        """One message, as `POST /api/chat-widget/message` has it."""
        try:
            message = MessageIn.model_validate_json(request.body)
        except ValidationError as error:
            raise Rejected(told(faults_in(error), most=1), 422, "invalid_input") from error
        return Received(arrivals=[arrival_of(message, request.body)])

    def read(self, arrival: Arrival, account: Account[WidgetSettings]) -> Inbound:  # noqa: ARG002
        try:
            message = MessageIn.model_validate_json(arrival.raw)
        except ValidationError as error:
            raise Unreadable(f"not a widget message: {error.error_count()} errors") from error
        key = session_key(message.session_id)
        return Inbound(
            sender=Sender(kind=AddressKind.VISITOR, value=key, reason="a chat session proves nothing by itself"),
            thread=ThreadHint(key=key),
            text=message.message.strip() or _attachments_named(message),
            message_id=arrival.external_id,
            attachments=tuple(
                Attachment(filename=part.filename, mime_type=part.mime_type, content=part.content)
                for part in message.attachments
            ),
            data={name: str(message.metadata[name])[:500] for name in _KEPT if name in message.metadata},
        )

    async def send(self, message: OutboundMessage, account: Account[Any]) -> SendReceipt:  # noqa: ARG002
        """The stored message is what the widget reads, by stream or by polling."""
        return SendReceipt(detail="stored for the widget")


def session_key(session_id: str) -> str:
    """What is stored of a session: whoever reads the database cannot enter the chat."""
    return sha256(session_id.encode()).hexdigest()


def arrival_of(message: MessageIn, raw: bytes) -> Arrival:
    key = session_key(message.session_id)
    return Arrival(
        external_id=f"{key[:16]}:{message.message_id}" if message.message_id else str(uuid4()),
        lane=f"webchat:{key}",
        raw=raw,
    )


def _attachments_named(message: MessageIn) -> str:
    names = ", ".join(part.filename for part in message.attachments)
    count = len(message.attachments)
    return f"[{count} attachment{'s' if count > 1 else ''}: {names}]"
