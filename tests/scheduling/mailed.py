"""A clinic whose mail leaves for a sandbox mailbox, and what arrives there, as a calendar reads it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Any

from icalendar import Calendar

from dynaris.channels.contract import Account, Configured
from dynaris.channels.registry import channels
from dynaris.connections.actions import add_account
from dynaris.core.crypto import Vault
from dynaris.core.settings import Settings
from dynaris.pipeline.deliver import deliver
from dynaris.pipeline.services import Services
from dynaris.sandbox.process import RunningSandbox
from dynaris.scheduling import links
from tests.flows.conftest import KEY
from tests.scheduling.conftest import Clinic


@dataclass
class Post:
    """The clinic's mail."""

    clinic: Clinic
    services: Services
    sandbox: RunningSandbox
    account: Account[Any]

    async def out(self) -> list[str]:
        """Everything that is queued is sent; what came of each."""
        queued = await self.clinic.rows(
            "SELECT id FROM outbox WHERE workspace_id = %(ws)s AND status = 'queued' ORDER BY id"
        )
        return [str(await deliver(self.services, self.clinic.id, row["id"])) for row in queued]

    def mails(self, to: str) -> list[Any]:
        """From this clinic: the mailbox is everybody's."""
        inbox = self.sandbox.mailbox.inbox(to)
        found = [message_from_bytes(inbox.read(uid) or b"", policy=policy.default) for uid in inbox.uids()]
        return [mail for mail in found if mail["From"].addresses[0].addr_spec == self.account.address]

    async def read(self, to: str) -> list[Any]:
        await self.out()
        return self.mails(to)


def calendar_of(mail: Any) -> Any:
    """The part that mail programs look for; the file beside it says the same."""
    [part] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    [file] = [part for part in mail.walk() if part.get_content_type() == "application/ics"]
    assert part.get_payload(decode=True).rstrip() == file.get_payload(decode=True).rstrip()
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    assert part.get_param("method") == str(calendar["method"])
    assert part.get_content_charset() == "utf-8"
    return calendar


def event_of(mail: Any) -> Any:
    [event] = calendar_of(mail).walk("VEVENT")
    return event


@asynccontextmanager
async def posted(clinic: Clinic, services: Services, sandbox: RunningSandbox) -> AsyncIterator[Post]:
    for channel in channels().values():
        if isinstance(channel, Configured):
            channel.configure(Settings(private_networks="loopback"))
    links.configure("https://dynaris.example", services.accounts.vault)
    address = f"hello@{clinic.id.hex[-12:]}.example"
    settings = {
        "name": "Clinic",
        "smtp_url": f"smtp://127.0.0.1:{sandbox.smtp_port}",
        "trusted_authserv_ids": ["mx.clinic.example"],
    }
    async with clinic.db.transaction(clinic.id) as connection:
        account_id = await add_account(
            connection, clinic.id, Vault(KEY), channel="email", address=address, settings=settings
        )
    account = await services.accounts.by_id(clinic.id, account_id)
    yield Post(clinic, services, sandbox, account)
    await channels()["email"].close()  # type: ignore[attr-defined] - its pooled connections
