"""A sandbox mailbox for every test, and accounts of the mail channel."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from dynaris.channels.contract import Account, OutboundMessage
from dynaris.channels.email.addresses import normalise
from dynaris.channels.email.settings import EmailSettings
from dynaris.core.ids import new_id
from dynaris.sandbox.process import RunningSandbox, sandbox_mailbox

CLINIC = "hello@clinic.example"


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[RunningSandbox]:
    async with sandbox_mailbox(tmp_path) as running:
        yield running


def an_account(address: str = CLINIC, **settings: Any) -> Account[EmailSettings]:
    """With its addresses proved."""
    checked = EmailSettings(name="Sunrise Clinic", **settings)
    proved = {normalise(each) or each: "code" for each in (address, *checked.aliases)}
    return Account(new_id(), new_id(), "email", address, checked, proved=proved)


def an_answer(to: str = "ann@example.com", **fields: Any) -> OutboundMessage:
    return OutboundMessage(
        **{
            "id": new_id(),
            "to": to,
            "text": "We open at nine.\n",
            "subject": "Opening hours",
            "in_reply_to": "<q1@example.com>",
            "references": ("<q0@example.com>", "<q1@example.com>"),
            **fields,
        }
    )


def a_mail(text: str = "When do you open?\n", **fields: str) -> bytes:
    """Keyword names are header names with `_` for `-`."""
    mail = EmailMessage()
    headers = {"From": "Ann <ann@example.com>", "To": CLINIC, "Subject": "Hours", "Message-ID": "<q1@example.com>"}
    for name, value in (headers | {key.replace("_", "-"): value for key, value in fields.items()}).items():
        if value:
            mail[name] = value
    mail.set_content(text)
    return bytes(mail).replace(b"\n", b"\r\n")
