"""A real telephone calls a real SIP gateway: Atlas answers, and puts through by REFER."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dynaris.calls.speech.espeak import EspeakProcess, EspeakTTS
from tests.calls.sip import RATE, Phone, gateway, phone, redis, skip_without
from tests.calls.telephone import speech
from tests.flows.conftest import World
from tests.flows.livekit_exchange import Exchange, exchange_of

ASKS = "I want to talk to a person."
ADA, COLLEAGUE = "+491701234567", "+493055512345"


@dataclass
class Pbx:
    exchange: Exchange
    port: int  # of the gateway
    voice: EspeakTTS
    folder: Path
    colleague: Phone  # at whom `transfer_host` leads

    async def said(self, quiet: float, text: str) -> bytes:
        """After so many seconds."""
        return bytes(2 * round(RATE * quiet)) + await speech(self.voice, text)

    async def calls(self, caller: Phone) -> None:
        await caller.does("dial", f"sip:{self.exchange.number.address}@127.0.0.1:{self.port}")
        await caller.until("CALL_ESTABLISHED")


@pytest.fixture
async def pbx(world: World, tmp_path: Path) -> AsyncIterator[Pbx]:
    skip_without()
    process = EspeakProcess()
    async with (
        redis(tmp_path) as port,
        phone(tmp_path / "colleague", COLLEAGUE) as colleague,
        exchange_of(world, tmp_path, redis=port, transfer_host=f"127.0.0.1:{colleague.port}") as exchange,
        gateway(tmp_path, exchange.server, port) as sip,
    ):
        await exchange.carrier.set_up(exchange.number)
        yield Pbx(exchange, sip, EspeakTTS(process), tmp_path, colleague)
    await process.aclose()


async def test_a_telephone_is_answered_by_voice(pbx: Pbx) -> None:
    says = await pbx.said(9.0, "Is there parking?")
    async with phone(pbx.folder / "ada", ADA, says=says) as ada:
        await pbx.calls(ada)
        await pbx.exchange.until_said(2)
        await asyncio.sleep(3)
        await ada.does("hangup")
        await pbx.exchange.until("SELECT id FROM call WHERE workspace_id = %s AND status = 'ended'", 30)
    (call,) = await pbx.exchange.rows("SELECT * FROM call WHERE workspace_id = %s")
    assert (call["caller"], call["called"], call["outcome"]) == (ADA, pbx.exchange.number.address, "answered")
    messages = await pbx.exchange.messages()
    assert messages[2] == ("contact", "Is there parking?")
    assert "garage" in messages[3][1]
    legs = await pbx.exchange.rows("SELECT * FROM call_leg WHERE workspace_id = %s ORDER BY joined_at")
    assert [(leg["party"], leg["name"]) for leg in legs] == [("contact", ADA), ("agent", "voice")]


async def test_a_telephone_is_put_through_by_refer(pbx: Pbx) -> None:
    await pbx.exchange.agent(voice={"transfer_to": COLLEAGUE})
    async with phone(pbx.folder / "ada", ADA, says=await pbx.said(9.0, ASKS)) as ada:
        await pbx.calls(ada)
        await pbx.colleague.until("CALL_INCOMING", 60)
        await asyncio.sleep(1)
        await pbx.colleague.does("accept")
        await pbx.colleague.until("CALL_ESTABLISHED")
        await pbx.exchange.until("SELECT id FROM call WHERE workspace_id = %s AND status = 'ended'", 30)
    (call,) = await pbx.exchange.rows("SELECT * FROM call WHERE workspace_id = %s")
    assert (call["outcome"], call["transfer"]["state"]) == ("transferred", "done")
    legs = await pbx.exchange.rows("SELECT party, name FROM call_leg WHERE workspace_id = %s ORDER BY joined_at")
    assert [(leg["party"], leg["name"]) for leg in legs] == [
        ("contact", ADA),
        ("agent", "voice"),
        ("number", COLLEAGUE),
    ]
    assert not await pbx.exchange.rows("SELECT id FROM task WHERE workspace_id = %s"), "nobody has to call back"


async def test_where_the_colleague_is_busy_the_call_goes_on_and_says_why(pbx: Pbx) -> None:
    await pbx.exchange.agent(voice={"transfer_to": COLLEAGUE})
    async with phone(pbx.folder / "ada", ADA, says=await pbx.said(9.0, ASKS)) as ada:
        await pbx.calls(ada)
        await pbx.colleague.until("CALL_INCOMING", 60)
        await pbx.colleague.does("hangup")
        await pbx.exchange.until(
            "SELECT id FROM message WHERE workspace_id = %s AND text LIKE 'Sorry, nobody could take the call.%%'", 60
        )
        await ada.does("hangup")
        await pbx.exchange.until("SELECT id FROM call WHERE workspace_id = %s AND status = 'ended'", 30)
    (call,) = await pbx.exchange.rows("SELECT * FROM call WHERE workspace_id = %s")
    assert call["transfer"]["state"] == "failed"
    assert "486" in call["transfer"]["failed_because"]
    (task,) = await pbx.exchange.rows("SELECT title FROM task WHERE workspace_id = %s")
    assert "+49 170 1234567" in task["title"]


@pytest.mark.parametrize("takes_it", [True, False])
async def test_a_telephone_is_called(pbx: Pbx, *, takes_it: bool) -> None:
    exchange = pbx.exchange
    trunk = {"name": "out", "address": f"127.0.0.1:{pbx.colleague.port}", "numbers": [exchange.number.address]}
    made = await exchange.carrier.api.sip(exchange.server, "CreateSIPOutboundTrunk", trunk=trunk)
    path = f"/api/accounts/{exchange.number.id}"
    changed = await exchange.owner.patch(path, json={"settings": {"outbound_trunk": made["sipTrunkId"]}})
    assert changed.status_code == 200, changed.text
    exchange.services.accounts.forget()
    person = {"name": "Ada Byron", "addresses": [{"kind": "phone", "value": COLLEAGUE}]}
    contact_id = (await exchange.owner.post("/api/contacts", json=person)).json()["id"]
    wanted = {"contact_id": contact_id, "purpose": "your appointment tomorrow at ten", "key": "one"}
    answer = await exchange.owner.post("/api/calls", json=wanted)
    assert answer.status_code == 202, answer.text
    await pbx.colleague.until("CALL_INCOMING", 30)
    await asyncio.sleep(1)
    await pbx.colleague.does("accept" if takes_it else "hangup")
    if takes_it:
        await exchange.until_said(1)
        await asyncio.sleep(1)
        await pbx.colleague.does("hangup")
    await exchange.until("SELECT id FROM call WHERE workspace_id = %s AND status = 'ended'", 30)
    (call,) = await exchange.rows("SELECT * FROM call WHERE workspace_id = %s")
    assert (call["direction"], call["outcome"]) == ("outbound", "answered" if takes_it else "busy")
    assert call["external_id"] == f"dynaris-out-{call['id']}"
    said = await exchange.messages()
    assert len(said) == 2 if takes_it else 1
    if takes_it:
        assert "I am calling about this: your appointment tomorrow at ten." in said[1][1]
