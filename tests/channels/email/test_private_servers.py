"""Mail servers that an account names are called only where that is allowed; the operator's own always."""

import asyncio

import pytest

from dynaris.channels.contract import TryLater
from dynaris.channels.email.adapter import EmailChannel
from dynaris.core.settings import Settings
from dynaris.sandbox.process import RunningSandbox
from tests.channels.email.conftest import an_account, an_answer
from tests.fakes.host import FakeHost


async def test_an_accounts_own_server_may_not_stand_in_our_network(sandbox: RunningSandbox) -> None:
    channel = EmailChannel()
    with pytest.raises(TryLater, match="is no public address"):
        await channel.send(an_answer(), an_account(smtp_url=f"smtp://127.0.0.1:{sandbox.smtp_port}"))


async def test_naming_the_operators_server_gives_no_use_of_its_connections(sandbox: RunningSandbox) -> None:
    url = f"smtp://127.0.0.1:{sandbox.smtp_port}"
    channel = EmailChannel()
    channel.configure(Settings.model_validate({"smtp_url": url}))
    await channel.send(an_answer(), an_account())
    with pytest.raises(TryLater, match="is no public address"):
        await channel.send(an_answer(), an_account(smtp_url=url))
    await channel.close()


async def test_a_private_mailbox_is_not_read_and_says_why(sandbox: RunningSandbox) -> None:
    account = an_account(imap_url=f"imap://hello%40clinic.example:demo@127.0.0.1:{sandbox.imap_port}/INBOX")
    host = FakeHost(account)
    task = asyncio.create_task(EmailChannel().listen(account, host))
    said = await host.until_health(1)
    task.cancel()
    await asyncio.wait([task])
    assert said is not None
    assert "is no public address" in said
