"""WhatsApp by Meta's Cloud API: the class that the product knows; its parts are the files beside."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import structlog
from fastapi import APIRouter

from dynaris.channels.contract import (
    Account,
    AddressKind,
    Arrival,
    Attachment,
    ChannelHost,
    ChannelTraits,
    Examination,
    Inbound,
    OutboundMessage,
    Received,
    Refused,
    RemoteFile,
    SendReceipt,
    Template,
    TryLater,
    WebhookRequest,
)
from dynaris.channels.whatsapp import examine, media, read, send, templates, webhook
from dynaris.channels.whatsapp.graph import MetaTransport, Transport, asked
from dynaris.channels.whatsapp.settings import SANDBOX, WhatsAppSettings
from dynaris.core.outbound import Outbound
from dynaris.core.settings import Settings

log = structlog.get_logger()

Number = Account[WhatsAppSettings]


class WhatsAppChannel:
    name: ClassVar[str] = "whatsapp"
    traits: ClassVar[ChannelTraits] = ChannelTraits(
        attachments=True,
        attachment_bytes=16_000_000,
        bursty=True,
        quiet_periods=3.0,
        live=True,
        reply_window_hours=24,
        templates=True,
        receipts=True,
        choices=True,
        reactions=True,
        starts_conversations=True,
        arrivals=("WhatsApp messages",),
    )
    address_kind: ClassVar[AddressKind] = AddressKind.WHATSAPP
    settings: type[WhatsAppSettings] = WhatsAppSettings

    def __init__(self) -> None:
        self._transports: dict[str, Transport] = {"meta": MetaTransport()}
        self._outbound = Outbound()

    def configure(self, settings: Settings) -> None:
        self._outbound = Outbound.of(settings)
        for transport in self._transports.values():
            transport.configure(settings)

    async def close(self) -> None:
        for transport in self._transports.values():
            await transport.close()

    def faults_of(self, settings: Mapping[str, Any]) -> dict[str, str]:
        url = str(settings.get("graph_url") or "")
        if url == SANDBOX:
            return {}
        host = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
        host = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
        fault = self._outbound.fault_of_host(host) if host else None
        return {"graph_url": fault} if fault else {}

    def routes(self, host: ChannelHost) -> APIRouter:
        from dynaris.channels.whatsapp.routes import webhook_routes

        return webhook_routes(self.name, host)

    def called_at(self, account: Number) -> dict[str, str]:  # noqa: ARG002 - the same for each
        return {"Meta's webhook": "/meta/webhook"}

    def own_addresses(self, account: Number) -> frozenset[str]:
        return frozenset({account.settings.phone_number.removeprefix("+")})

    def receive(self, request: WebhookRequest, account: Number) -> Received:
        return webhook.received(request, account)

    def read(self, arrival: Arrival, account: Number) -> Inbound:  # noqa: ARG002 - Meta named the number
        return read.read(arrival)

    def parts(self, message: OutboundMessage) -> Sequence[OutboundMessage]:
        return send.parts(message)

    async def send(self, message: OutboundMessage, account: Number) -> SendReceipt:
        return await send.send(self._transport(account), account, message)

    async def fetch(self, file: RemoteFile, account: Number, *, most: int) -> Attachment:
        return await media.fetch(self._transport(account), account, file, most=most)

    async def templates(self, account: Number) -> Sequence[Template]:
        return await templates.templates(self._transport(account), account)

    async def attend(self, account: Number, *, to: str, message_id: str, typing: bool) -> None:  # noqa: ARG002
        """Meta shows typing only together with the blue ticks, and for 25 seconds."""
        if not account.settings.read_receipts:
            return
        body: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
        if typing:
            body["typing_indicator"] = {"type": "text"}
        try:
            await asked(self._transport(account), account, "POST", f"{account.address}/messages", body=body)
        except (TryLater, Refused) as error:
            log.info("whatsapp.not_attended", account=str(account.id), error=error)

    async def examine(self, account: Number) -> Sequence[Examination]:
        return await examine.examine(self._transport(account), account)

    def _transport(self, account: Number) -> Transport:
        return self._transports[account.settings.transport]
