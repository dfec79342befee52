"""A sandbox mailbox on free ports, in this process, with an empty folder of its own for every test."""

import asyncio
import imaplib
import smtplib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from dynaris.sandbox.process import RunningSandbox, sandbox_mailbox


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[RunningSandbox]:
    async with sandbox_mailbox(tmp_path) as running:
        yield running


def new_mail(**fields: str) -> EmailMessage:
    """Keyword names are header names with `_` for `-`; `text` is the body."""
    mail = EmailMessage()
    text = fields.pop("text", "Hello\r\n")
    headers = {"From": "Ann <ann@example.com>", "To": "bob@example.com", "Subject": "Hi"}
    for name, value in (headers | {key.replace("_", "-"): value for key, value in fields.items()}).items():
        mail[name] = value
    mail.set_content(text)
    return mail


def send(sandbox: RunningSandbox, mail: EmailMessage, *recipients: str) -> None:
    """Blocking: call it through `off_loop` in an async test."""
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=5) as client:
        client.send_message(mail, "ann@example.com", list(recipients) or ["bob@example.com"])


async def off_loop(function: Callable[..., Any], *arguments: Any) -> Any:
    """The clients block and the servers share this process: clients run in a thread."""
    return await asyncio.to_thread(function, *arguments)


@contextmanager
def signed_in(sandbox: RunningSandbox, address: str = "bob@example.com") -> Iterator[Any]:
    """An imaplib client; untyped, because its answers' types depend on the command."""
    client = imaplib.IMAP4("127.0.0.1", sandbox.imap_port, timeout=5)
    try:
        client.login(address, "demo")
        yield client
    finally:
        client.shutdown()
