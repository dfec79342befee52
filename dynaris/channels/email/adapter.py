"""The mail channel: which server mail leaves through, whose checks are believed, and who listens for mail."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import SecretStr

from dynaris.channels.contract import (
    Account,
    AddressKind,
    Arrival,
    CannotSend,
    ChannelHost,
    ChannelTraits,
    Examination,
    Inbound,
    OutboundMessage,
    PostHere,
    Received,
    Rejected,
    SendReceipt,
    Trial,
    Tried,
    WebhookRequest,
)
from dynaris.channels.email.addresses import may_use, normalise, reserved_addresses, without_tag
from dynaris.channels.email.compose import ComposedMail, compose, own_message_id, wire_address
from dynaris.channels.email.read import read_mail
from dynaris.channels.email.send import Postbox
from dynaris.channels.email.settings import EmailSettings, MailServer, imap_server, smtp_server
from dynaris.core import clock
from dynaris.core.errors import StartupError
from dynaris.core.outbound import Outbound
from dynaris.core.settings import Settings

_PROVE = "prove it by a mailed code or a record of its domain, at the account; docs/integrations/email.md says how"
_COMPOSED_ASIDE = 1024 * 1024  # bytes of attachments from which encoding would hold up everything else


class EmailChannel:
    name: ClassVar[str] = "email"
    traits: ClassVar[ChannelTraits] = ChannelTraits(
        html=True,
        attachments=True,
        subject=True,
        bursty=True,
        replies_to_address=True,
        starts_conversations=True,
        signature=True,
        arrivals=("mails",),
    )
    address_kind: ClassVar[AddressKind] = AddressKind.EMAIL
    settings: type[EmailSettings] = EmailSettings
    trial: ClassVar[Literal["mail"]] = "mail"

    def __init__(self) -> None:
        self._outbound = Outbound()
        self._postbox = Postbox(self._outbound)
        self._default: MailServer | None = None
        self._reserved: frozenset[str] = frozenset()
        self._sandbox: Settings | None = None

    def configure(self, settings: Settings) -> None:
        self._outbound = Outbound.of(settings)
        self._postbox = Postbox(self._outbound)
        self._default = None if settings.smtp_url is None else _default_server(settings.smtp_url)
        self._reserved = reserved_addresses(settings.sender)
        self._sandbox = settings if settings.sandbox_pages else None

    async def close(self) -> None:
        await self._postbox.close()

    def faults_of(self, settings: Mapping[str, Any]) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, server_of in (("smtp_url", smtp_server), ("imap_url", imap_server)):
            url = settings.get(name)
            with suppress(ValueError):  # whether it can be read is said elsewhere
                if isinstance(url, str) and (fault := self._outbound.fault_of_host(server_of(url).host)):
                    found[name] = fault
        return found

    def receive(self, request: WebhookRequest, account: Account[EmailSettings]) -> Received:  # noqa: ARG002 - contract
        raise Rejected("mail comes in by SMTP or IMAP, not by HTTP", 404, "not_found")

    def read(self, arrival: Arrival, account: Account[EmailSettings]) -> Inbound:
        settings = account.settings
        read = read_mail(
            arrival.raw,
            own_addresses=self.own_addresses(account),
            trusted_authserv_ids=frozenset(settings.trusted_authserv_ids)
            if _was_checked(arrival, account)
            else frozenset(),
            allow_reply_to=settings.use_reply_to,
            meta=arrival.meta,
        )
        if incomplete := arrival.meta.get("incomplete"):
            return read.model_copy(update={"unanswerable": incomplete})
        return read

    async def send(self, message: OutboundMessage, account: Account[EmailSettings]) -> SendReceipt:
        server = self._server_of(account)
        if server is None:
            why = "no SMTP server: set the account's smtp_url, or DYNARIS_SMTP_URL of every process for all accounts"
            raise CannotSend(why, 5)  # soon: another process may have one
        if unproved := self._unproved(account):
            raise CannotSend(unproved, 300)
        return await self._postbox.send(server, await _composed(message, account, clock.now()))

    def _server_of(self, account: Account[EmailSettings]) -> MailServer | None:
        url = account.settings.smtp_url
        return smtp_server(url.get_secret_value()) if url else self._default

    def _unproved(self, account: Account[EmailSettings]) -> str | None:
        """Why nothing is sent from it. A server that the account signs in at decides for itself; one without a sign-in
        takes us for who we are, as the installation's own does, by whatever name it is called.
        """
        address = normalise(account.address) or account.address.lower()
        server = self._server_of(account) if account.settings.smtp_url else None
        if (server and server.username) or may_use(account, address, self._reserved):
            return None
        return (
            f"the address {account.address} is not proved yet: prove it, or give the account an SMTP URL with the user "
            "and password of its own server"
        )

    def is_reserved(self, address: str) -> bool:
        return without_tag(address) in self._reserved

    async def examine(self, account: Account[EmailSettings]) -> Sequence[Examination]:
        from dynaris.channels.email.examine import examine

        found = await examine(account, self._server_of(account), self._outbound)
        if unproved := self._unproved(account):
            return [Examination("proof", "failed", unproved, _PROVE), *found]
        return found

    def name_of(self, message: OutboundMessage, account: Account[EmailSettings]) -> str:
        return own_message_id(message.id, wire_address(account.address))

    async def try_out(self, account: Account[EmailSettings], trial: Trial, post: PostHere) -> Tried:  # noqa: ARG002
        from dynaris.channels.email.trial import try_out

        return await try_out(account, trial, self._sandbox, self._default)

    def own_addresses(self, account: Account[EmailSettings]) -> frozenset[str]:
        own = normalise(account.address) or account.address.lower()
        return frozenset((own, *account.settings.aliases))

    async def listen(self, account: Account[EmailSettings], host: ChannelHost) -> None:
        """Reads the account's mailbox; an account without one has its mail forwarded to the SMTP listener."""
        if account.settings.imap_url is None:
            await host.health(account, None)
            await asyncio.Event().wait()
        from dynaris.channels.email.imap_in import listen

        await listen(account, host, self._outbound)

    async def serve(self, host: ChannelHost, bind: str, port: int) -> None:
        from dynaris.channels.email.smtp_in import serve

        await serve(host, bind, port, reserved=self._reserved)


def _was_checked(arrival: Arrival, account: Account[EmailSettings]) -> bool:
    """Anyone may hand the listener a forged Authentication-Results: there it is believed of known relays only."""
    if arrival.meta.get("via") != "smtp":
        return True
    return account.settings.trusts_relay(str(arrival.meta.get("peer", "")))


async def _composed(message: OutboundMessage, account: Account[EmailSettings], now: datetime) -> ComposedMail:
    def composed() -> ComposedMail:
        return compose(message, address=account.address, name=account.settings.name, now=now, business=account.business)

    large = sum(len(part.content) for part in message.attachments) > _COMPOSED_ASIDE
    return await asyncio.to_thread(composed) if large else composed()


def _default_server(url: SecretStr) -> MailServer:
    try:
        return replace(smtp_server(url.get_secret_value()), trusted=True)
    except ValueError as error:
        raise StartupError(f"DYNARIS_SMTP_URL cannot be used: {error}") from error
