"""What channels with their own routes, sockets or mailboxes get from the product: `ChannelHost`."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import structlog
from fastapi import Response

from dynaris.calls.inviting import end_calls, invite_call
from dynaris.calls.taking import call_told, open_calls, ring
from dynaris.channels.contract import (
    Accepted,
    Account,
    Arrival,
    CallUpdate,
    DeliveryUpdate,
    LiveEvent,
    OpenCall,
    Ringing,
    RoomAccess,
    ThreadMessage,
    Verification,
    Visitor,
)
from dynaris.connections import actions as connections
from dynaris.conversations import threads
from dynaris.conversations.downloads import download
from dynaris.conversations.presence import contact_types
from dynaris.conversations.threads import thread_topic
from dynaris.core import clock
from dynaris.core.live import LiveFeed
from dynaris.pipeline import visitors
from dynaris.pipeline.calling_off import call_off
from dynaris.pipeline.decide import is_automatic
from dynaris.pipeline.intake import accept
from dynaris.pipeline.receipts import note_updates
from dynaris.pipeline.services import Services
from dynaris.privacy import transcripts
from dynaris.workspaces.opening_hours import is_open, zone

log = structlog.get_logger()


class Host:
    """Implements `channels.contract.ChannelHost` over the product's packages."""

    def __init__(self, services: Services, feed: LiveFeed | None = None) -> None:
        self._services = services
        self._feed = feed

    async def account(self, channel: str, address: str) -> Account[Any] | None:
        """Where several workspaces name one address, the account that has proved it."""
        found = await self._services.accounts.find(channel, address)
        return next((each for each in found if address in each.proved), found[0] if found else None)

    async def accounts(self, channel: str) -> list[Account[Any]]:
        return await self._services.accounts.of_channel(channel)

    async def accept(self, account: Account[Any], arrival: Arrival) -> Accepted:
        return await accept(self._services, account, arrival)

    async def delivered(self, account: Account[Any], updates: Sequence[DeliveryUpdate]) -> None:
        await note_updates(self._services, account, updates)

    async def call_off(self, account: Account[Any], external_id: str) -> bool:
        return await call_off(self._services, account, external_id)

    async def ring(self, account: Account[Any], arrival: Arrival) -> Ringing:
        return await ring(self._services, account, arrival)

    async def call_told(self, account: Account[Any], update: CallUpdate) -> Ringing | None:
        return await call_told(self._services, account, update)

    async def open_calls(self, account: Account[Any]) -> list[OpenCall]:
        return await open_calls(self._services, account)

    async def invite_call(self, account: Account[Any], visitor: Visitor) -> RoomAccess:
        return await invite_call(self._services, account, visitor)

    async def end_calls(self, account: Account[Any], key: str) -> None:
        await end_calls(self._services, account, key)

    async def templates_changed(self, account: Account[Any]) -> None:
        async with self._services.db.workspace(account.workspace_id) as connection:
            await connections.fetch_templates(connection, account.workspace_id, account.id)

    async def thread(
        self, account: Account[Any], key: str, after: UUID | None, limit: int = 100
    ) -> list[ThreadMessage]:
        async with self._services.db.workspace(account.workspace_id) as connection:
            return await threads.messages(
                connection, account.workspace_id, account_id=account.id, key=key, after=after, limit=limit
            )

    async def subscribe(self, account: Account[Any], key: str) -> AsyncIterator[LiveEvent]:
        assert self._feed is not None, "live events are served by the web process"
        async for data in self._feed.subscribe(account.workspace_id, thread_topic(account.id, key)):
            yield LiveEvent(data["type"], data)

    async def bind(self, account: Account[Any], key: str, origin: str | None) -> bool:
        async with self._services.db.workspace(account.workspace_id) as connection:
            return await threads.bind(connection, account.workspace_id, account_id=account.id, key=key, origin=origin)

    async def save_contact(self, account: Account[Any], key: str, fields: dict[str, str]) -> None:
        await visitors.save_contact(self._services, account, key, fields)

    async def verify(self, account: Account[Any], key: str, code: str) -> Verification:
        return await visitors.verify(self._services, account, key, code)

    async def vouch(
        self, account: Account[Any], key: str, *, email: str, name: str | None = None, user_id: str | None = None
    ) -> None:
        await visitors.vouch(self._services, account, key, email=email, name=name, user_id=user_id)

    async def typing(self, account: Account[Any], key: str) -> None:
        async with self._services.db.workspace(account.workspace_id) as connection:
            await contact_types(connection, account.workspace_id, account_id=account.id, key=key)

    async def file(self, account: Account[Any], key: str, file_id: UUID) -> Response | None:
        async with self._services.db.workspace(account.workspace_id) as connection:
            row = await threads.file(connection, account.workspace_id, account_id=account.id, key=key, file_id=file_id)
        if row is None:
            return None
        content = await self._services.files.get(row["storage_key"])
        return download(content, filename=row["filename"], mime_type=row["mime_type"])

    def fingerprint(self, text: str) -> str:
        return self._services.accounts.vault.fingerprint(text)

    async def standing(self, account: Account[Any]) -> tuple[str, bool | None, bool]:
        async with self._services.db.workspace(account.workspace_id) as connection:
            cursor = await connection.execute(
                "SELECT name, timezone, business_hours, hours_exceptions, auto_mode FROM workspace WHERE id = %s",
                (account.workspace_id,),
            )
            row = await cursor.fetchone()
        assert row is not None
        local = clock.now().astimezone(zone(row["timezone"]))
        hours, exceptions = row["business_hours"], row["hours_exceptions"]
        answers = is_automatic(row["auto_mode"], account.channel)
        return row["name"], is_open(hours, local, exceptions) if hours else None, answers

    async def transcript(self, account: Account[Any], key: str, email: str) -> None:
        await transcripts.for_visitor(self._services, account, key, email)

    async def health(self, account: Account[Any], error: str | None) -> None:
        async with self._services.db.workspace(account.workspace_id) as connection:
            await connections.set_health(connection, account.workspace_id, account.id, error)
        if error:
            log.warning("listener.unwell", channel=account.channel, account=str(account.id), error=error)

    async def checkpoint(self, account: Account[Any], value: dict[str, Any] | None = None) -> dict[str, Any]:
        async with self._services.db.workspace(account.workspace_id) as connection:
            return await connections.checkpoint(connection, account.workspace_id, account.id, value)
