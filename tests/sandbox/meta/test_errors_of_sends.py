"""Each error code that the channel knows, made by the stand-in: how a send ends, and what people are told to do."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from dynaris.channels.contract import Account, CannotSend, OutboundMessage, Refused, TryLater
from dynaris.channels.registry import channels
from dynaris.channels.whatsapp.faults import FAULTS, Fault
from dynaris.channels.whatsapp.settings import WhatsAppSettings
from dynaris.core.settings import Settings
from dynaris.sandbox.meta.graph_errors import KINDS
from dynaris.sandbox.meta.server import RunningMeta, sandbox_meta
from tests.web import client_at

ADA = "4915550111222"
# Meta's, of which nobody knows what they mean for a send, or which no send is answered with.
NOT_OF_A_SEND = {1: "whether it was sent is not said", 133016: "answers registering a number"}


@pytest.fixture(scope="module")
async def meta(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningMeta]:
    async with sandbox_meta(tmp_path_factory.mktemp("meta"), webhook_url=None) as running:
        async with client_at(running.control_url) as control:
            (await control.post("customers", json={"name": "Ada Byron", "wa_id": ADA})).raise_for_status()
        whatsapp: Any = channels()["whatsapp"]
        whatsapp.configure(Settings(home=Path("/nowhere"), private_networks="loopback"))
        yield running
        await whatsapp.close()


def account(running: RunningMeta, **changes: Any) -> Account[WhatsAppSettings]:
    known = running.credentials
    secrets = {name: known[name] for name in ("waba_id", "access_token", "app_secret", "verify_token")}
    settings = {**secrets, "phone_number": "+15550100", "graph_url": running.url}
    address = changes.pop("address", known["phone_number_id"])
    return Account(uuid4(), uuid4(), "whatsapp", address, WhatsAppSettings.model_validate({**settings, **changes}))


def message() -> OutboundMessage:
    return OutboundMessage(id=uuid4(), to=ADA, text="Hello")


@pytest.mark.parametrize("code", sorted(FAULTS))
async def test_each_code_ends_a_send_in_its_way_and_says_what_to_do(meta: RunningMeta, code: int) -> None:
    async with client_at(meta.control_url) as control:
        (await control.post("faults", json={"kind": "error", "code": code})).raise_for_status()
    fault = FAULTS[code]
    with pytest.raises((TryLater, Refused)) as caught:
        await channels()["whatsapp"].send(message(), account(meta))
    assert type(caught.value) is _kind(fault)
    if isinstance(caught.value, TryLater):
        assert caught.value.after == fault.later
    said = str(caught.value)
    assert said.startswith(f"{fault.words}; {fault.remedy} (" if fault.remedy else f"{fault.words} (")
    assert f"(Meta {code}: " in said, "Meta's own words stand beside ours"


def _kind(fault: Fault) -> type[Exception]:
    if fault.account:
        return CannotSend
    return TryLater if fault.later else Refused


def test_the_stand_in_knows_what_the_channel_knows() -> None:
    assert set(FAULTS) <= set(KINDS)
    assert set(KINDS) - set(FAULTS) == set(NOT_OF_A_SEND)
    for code, fault in FAULTS.items():
        assert fault.remedy or not fault.account, f"{code}: the account is broken, and nobody is told what to do"


async def test_an_unknown_id_in_the_address_is_the_accounts_fault(meta: RunningMeta) -> None:
    """Meta says 100 with the subcode 33: read as a message's fault, every message would be given up."""
    with pytest.raises(CannotSend, match="compare the phone number ID with the one in WhatsApp Manager"):
        await channels()["whatsapp"].send(message(), account(meta, address="999999999999999"))
