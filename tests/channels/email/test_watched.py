"""A mailbox's listener as operators see it, and a mail account looked at."""

import time
from typing import Any

from dynaris.channels.email.adapter import EmailChannel
from dynaris.core import metrics
from dynaris.core.settings import Settings
from dynaris.sandbox.process import RunningSandbox
from tests.channels.email.test_imap_in import listening, mailbox_account
from tests.fakes.host import FakeHost


def figure(name: str, account: Any) -> float | None:
    return metrics.registry.get_sample_value(name, {"account": str(account.id), "channel": "email"})


async def test_a_listener_shows_that_it_is_well_and_is_forgotten_at_its_end(sandbox: RunningSandbox) -> None:
    account = mailbox_account(sandbox.imap_port)
    async with listening(account, FakeHost(account)):
        assert figure("dynaris_listener_up", account) == 1
        seen = figure("dynaris_listener_success_timestamp_seconds", account)
        assert seen is not None
        assert abs(time.time() - seen) < 5
    assert figure("dynaris_listener_up", account) is None


async def test_a_listener_that_is_refused_shows_it(sandbox: RunningSandbox) -> None:
    account = mailbox_account(sandbox.imap_port, password="wrong")
    host = FakeHost(account)
    async with listening(account, host, well=False):
        await host.until_health(1)
        assert figure("dynaris_listener_up", account) == 0


async def test_an_account_that_works_is_found_well_and_one_that_does_not_is_not(sandbox: RunningSandbox) -> None:
    channel = EmailChannel()
    channel.configure(Settings(private_networks="loopback"))
    smtp = f"smtp://127.0.0.1:{sandbox.smtp_port}"
    found = await channel.examine(mailbox_account(sandbox.imap_port, smtp_url=smtp))
    assert {each.part: each.status for each in found} == {"smtp": "ok", "imap": "ok"}
    found = await channel.examine(mailbox_account(sandbox.imap_port, password="wrong", smtp_url=smtp))
    assert {each.part: each.status for each in found} == {"smtp": "ok", "imap": "failed"}
    assert all(each.remedy for each in found if each.status != "ok")
