"""Somebody calls a number at Twilio: an agent answers by voice, and what was said stands on the timeline."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.calls import record
from dynaris.calls.sockets import sockets_app
from dynaris.calls.watching import end_lost
from dynaris.channels.contract import Configured
from dynaris.channels.registry import channels
from dynaris.connections.actions import add_account
from dynaris.core.changes import follow
from dynaris.core.errors import Conflict
from dynaris.core.live import LiveFeed
from dynaris.pipeline.requeue import replay
from dynaris.pipeline.services import Services
from tests.calls.telephone import Twilio, connected
from tests.flows.conftest import World, services_over
from tests.flows.teammates import signed_in
from tests.web import client_of, served

ADA = "+491701234567"
SID = "AC00000000000000000000000000000000"
TOKEN = "the auth token"


@dataclass
class Line:
    """The workspace with a number at Twilio, its web process and its calls process."""

    world: World
    twilio: Twilio
    owner: httpx.AsyncClient  # the workspace's owner at their screen
    account_id: UUID

    async def rows(self, query: str) -> list[dict[str, Any]]:
        return await self.world.rows(query)

    async def messages(self) -> list[tuple[str, str]]:
        rows = await self.rows(
            "SELECT author, text FROM message WHERE workspace_id = %s AND direction <> 'note' ORDER BY id"
        )
        return [(row["author"], row["text"]) for row in rows]

    async def until(self, query: str) -> list[dict[str, Any]]:
        """It finds something."""
        async with asyncio.timeout(60):
            while not (found := await self.rows(query)):  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.05)
        return found

    async def until_said(self, times: int) -> None:
        """By us, whole or cut off."""
        await self.until(
            f"""SELECT count(*) FROM message WHERE workspace_id = %s AND author = 'agent' HAVING count(*) >= {times}"""
        )

    async def call(self) -> dict[str, Any]:
        (row,) = await self.rows("SELECT * FROM call WHERE workspace_id = %s")
        return row


@pytest.fixture
async def line(world: World, tmp_path: Path) -> AsyncIterator[Line]:
    number = f"+4930{uuid4().int % 10**10:010}"  # an address is one workspace's
    async with world.services.db.transaction(world.workspace.id) as connection:
        account_id = await add_account(
            connection,
            world.workspace.id,
            world.services.accounts.vault,
            channel="voice_twilio",
            address=number,
            settings={"account_sid": SID, "auth_token": TOKEN},
        )
    gateway = "http://dynaris.test"
    services = services_over(world.services.db, tmp_path, public_url=gateway)
    async with served(sockets_app(services)) as port:  # type: ignore[arg-type]
        sockets = f"http://127.0.0.1:{port}/calls"
        services = services_over(world.services.db, tmp_path, public_url=gateway, calls_url=sockets)
        configure(services)
        app = create_app(services, Host(services))
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(client_of(app))
            here = World(services, world.workspace, world.source)
            owner = await signed_in(stack, here, app, world.workspace.owner_person_id)
            yield Line(here, Twilio(client, gateway, SID, TOKEN, number), owner, account_id)


def configure(services: Services) -> None:
    carrier = channels()["voice_twilio"]
    assert isinstance(carrier, Configured)
    carrier.configure(services.settings)


async def test_a_caller_is_answered_by_voice_and_it_stands_on_the_timeline(line: Line) -> None:
    url, ticket = await line.twilio.call("CA0001", ADA, CallerName="Ada Byron")
    call = await line.call()
    assert (call["status"], call["caller"], call["called"]) == ("ringing", ADA, line.twilio.number), (
        "before Twilio got its answer"
    )
    async with connected(url.replace("ws", "http", 1), "CA0001", ticket) as phone:
        await line.until_said(1)
        asked = await phone.says("Is there parking?")
        await phone.hears_something(asked)
        await line.until_said(2)
        await phone.hangs_up()
    await line.until("SELECT id FROM call WHERE workspace_id = %s AND status = 'ended'")
    call = await line.call()
    assert (call["outcome"], call["agent"]) == ("answered", "voice")
    messages = await line.messages()
    assert [author for author, _ in messages] == ["contact", "agent", "contact", "agent"]
    assert messages[0][1] == "Phone call"
    assert "AI assistant" in messages[1][1]
    assert messages[2][1] == "Is there parking?"
    assert "garage" in messages[3][1]
    events = await line.rows("SELECT kind, status, outcome FROM event WHERE workspace_id = %s ORDER BY id")
    assert [tuple(event.values()) for event in events] == [("call", "done", "answered"), ("spoken", "done", "answered")]
    (address,) = await line.rows("SELECT value, contact_id FROM address WHERE workspace_id = %s")
    assert (address["value"], address["contact_id"]) == (ADA, call["contact_id"])
    for event in await line.rows("SELECT id FROM event WHERE workspace_id = %s"):
        async with line.world.services.db.transaction(line.world.workspace.id) as connection:
            with pytest.raises(Conflict, match="cannot be answered again"):
                await replay(connection, line.world.workspace.id, event_id=event["id"])
    fitting = {"outcome": "answered", "direction": "inbound", "agent": "voice"}
    (listed,) = (await line.owner.get("/api/calls", params=fitting)).json()["items"]
    for name, other in (("outcome", "missed"), ("direction", "outbound"), ("agent", "chat")):
        assert not (await line.owner.get("/api/calls", params={name: other})).json()["items"]
    assert (listed["caller_display"], listed["cost"]) == ("+49 170 1234567", "0.000000")
    assert (listed["contact_name"], listed["account"]) == ("Ada Byron", line.twilio.number)
    assert 1 < listed["seconds"] < 120
    detail = (await line.owner.get(f"/api/calls/{listed['id']}")).json()
    assert [(said["author"], said["interrupted"]) for said in detail["transcript"]] == [
        ("agent", False), ("contact", False), ("agent", False),
    ]  # fmt: skip
    assert detail["transcript"][0]["at"] < detail["transcript"][1]["at"] < detail["transcript"][2]["at"]
    greeting, question, answer = detail["transcript"]
    assert (greeting["agent"], question["agent"], answer["agent"]) == (None, None, "voice")
    asked_of = await line.owner.get(f"/api/events/{question['event_id']}/story")
    assert [run["id"] for run in asked_of.json()["runs"]] == [answer["run_id"]]
    assert [leg["party"] for leg in detail["legs"]] == ["agent"]
    assert all(leg["left_at"] for leg in detail["legs"])
    (used,) = (await line.owner.get("/api/usage/events", params={"call_id": listed["id"]})).json()["items"]
    assert (used["agent"], used["transcript"]) == ("voice", f"/api/calls/{listed['id']}")
    assert {kind: [each["model"] for each in of] for kind, of in used["metrics"].items()} == {
        "stt": ["pocketsphinx"], "llm": ["builtin"], "tts": ["espeak-ng"],
    }  # fmt: skip
    assert used["metrics"]["tts"][0]["characters"] > 60
    assert used["metrics"]["stt"][0]["duration_seconds"] > 0.5
    assert used["cost"] == "0.000000", "all of it runs here"
    conversation = f"/api/conversations/{listed['conversation_id']}"
    assert (await line.owner.get(conversation)).json()["spoken"]
    refused = await line.owner.post(f"{conversation}/messages", json={"text": "Hello"})
    assert refused.status_code == 409, "nothing can be written into a call"
    assert "another channel" in refused.json()["detail"]


async def test_a_webhook_that_comes_twice_is_one_call_and_a_line_belongs_to_one(line: Line) -> None:
    first, second = await asyncio.gather(*(line.twilio.call("CA0002", ADA) for _ in range(2)))
    assert first == second
    assert len(await line.rows("SELECT id FROM call WHERE workspace_id = %s")) == 1
    url, ticket = first
    async with connected(url.replace("ws", "http", 1), "CA0002", ticket) as phone:
        await phone.hears_something()
        async with connected(url.replace("ws", "http", 1), "CA0002", ticket) as another:
            await another.listen()  # it is closed
            assert another.heard == []
        await phone.hangs_up()


async def test_a_line_that_breaks_is_opened_again_and_the_call_goes_on(line: Line) -> None:
    url, ticket = await line.twilio.call("CA0003", ADA)
    async with connected(url.replace("ws", "http", 1), "CA0003", ticket):
        await line.until_said(1)
    await line.until("SELECT id FROM call WHERE workspace_id = %s AND status = 'live' AND holder IS NULL")
    after = await line.twilio.post("/twilio/voice/after", CallSid="CA0003", From=ADA, CallStatus="in-progress")
    assert "<Stream" in after.text
    async with connected(url.replace("ws", "http", 1), "CA0003", ticket) as phone:
        await line.until_said(2)
        await phone.hangs_up()
    await line.until("SELECT id FROM call WHERE workspace_id = %s AND status = 'ended'")
    assert "cut off for a moment" in (await line.messages())[-1][1]
    call = await line.call()
    said = (await line.owner.get(f"/api/calls/{call['id']}")).json()["transcript"]
    assert said[0]["at"] < said[1]["at"], "seconds of the call, and not of the line that was opened again"
    after = await line.twilio.post("/twilio/voice/after", CallSid="CA0003", From=ADA, CallStatus="completed")
    assert "<Hangup" in after.text


async def test_a_caller_whose_number_is_withheld_is_somebody_new_each_time(line: Line) -> None:
    await line.twilio.call("CA0021", "anonymous")
    await line.twilio.call("CA0022", "anonymous")
    listed = (await line.owner.get("/api/calls")).json()["items"]
    assert [(call["caller"], call["caller_display"], call["contact_name"]) for call in listed] == [
        (None, None, None)
    ] * 2
    assert len({call["contact_id"] for call in listed}) == 2
    ended = await line.twilio.post("/twilio/status", CallSid="CA0021", From="anonymous", CallStatus="completed")
    assert ended.status_code == 204
    assert (await line.owner.get("/api/tasks")).json()["items"] == [], "nobody can call them back"


async def test_a_calls_cost_is_told_where_all_of_it_has_a_price(line: Line) -> None:
    used = {"channelId": "voice_twilio", "agentId": "voice", "timestamp": "2026-06-01T12:00:00Z"}
    hearing = {"provider": "deepgram", "model": "nova-3", "durationSeconds": 90}
    price = {
        "provider": "deepgram",
        "unit": "stt_minute",
        "amount": "0.004300",
        "effective_from": "2026-01-01T00:00:00Z",
    }
    for sid in ("CA0030", "CA0031"):
        await line.twilio.call(sid, ADA)
        call = (await line.owner.get("/api/calls")).json()["items"][0]
        assert call["cost"] is None, "it goes on"
        body = {**used, "callId": call["id"], "metrics": {"stt": hearing}}
        assert (await line.owner.post("/usage/events", json=body)).status_code == 201
        assert (await line.owner.put("/api/usage/prices", json={"prices": [price]})).status_code == 200
    priced, unpriced = (await line.owner.get("/api/calls")).json()["items"]
    assert (priced["cost"], unpriced["cost"]) == ("0.006450", None)


async def test_what_the_carrier_says_ends_a_call_that_nobody_had(line: Line) -> None:
    await line.twilio.call("CA0004", ADA)
    for _ in range(2):
        told = await line.twilio.post(
            "/twilio/status", CallSid="CA0004", From=ADA, CallStatus="completed", CallDuration="7"
        )
        assert told.status_code == 204
    call = await line.call()
    assert (call["status"], call["outcome"], call["carrier_seconds"]) == ("ended", "missed", 7)
    (event,) = await line.rows("SELECT status, waiting_for, reason FROM event WHERE workspace_id = %s")
    assert tuple(event.values()) == ("waiting", "person", "the caller hung up before anybody answered")
    (task,) = (await line.owner.get("/api/tasks")).json()["items"]
    assert task["title"] == "Call the caller back: +49 170 1234567"
    (notice,) = (await line.owner.get("/api/me/notifications")).json()["items"]
    assert notice["title"] == "Missed call from +49 170 1234567"
    assert (await line.owner.patch(f"/api/tasks/{task['id']}", json={"status": "done"})).status_code == 200
    (event,) = await line.rows("SELECT outcome, reason FROM event WHERE workspace_id = %s")
    assert tuple(event.values()) == ("answered", "called back by Olivia Owner")


async def test_screens_are_told_of_a_call_and_not_that_its_process_is_there(line: Line) -> None:
    services, workspace_id = line.world.services, line.world.workspace.id
    feed = LiveFeed(services.settings.database_url or services.db.url)
    async with aclosing(follow(services.db, feed, workspace_id, None)) as changes:
        await anext(changes)  # from now on somebody looks
    await line.twilio.call("CA0020", ADA)

    async def told() -> int:
        rows = await line.rows("SELECT ids FROM change WHERE workspace_id = %s AND kind = 'call'")
        assert all(row["ids"] == [call["id"]] for row in rows)
        return len(rows)

    call = await line.call()
    assert await told() == 1
    holder = uuid4()
    held = await record.claim(services.db, workspace_id, call["id"], holder)
    assert held
    assert await told() == 2, "it is answered"
    assert await record.beat(services.db, held, holder)
    await record.used(services.db, held, {"stt": []})
    assert await told() == 2
    await record.joined(services.db, held, "agent", "voice")
    assert await told() == 3
    await line.twilio.post("/twilio/status", CallSid="CA0020", From=ADA, CallStatus="completed")
    assert await told() > 3


async def test_who_wants_a_person_is_told_that_one_calls_back_and_the_team_is_told_at_once(line: Line) -> None:
    url, ticket = await line.twilio.call("CA0008", ADA, CallerName="Ada Byron")
    async with connected(url.replace("ws", "http", 1), "CA0008", ticket) as phone:
        await line.until_said(1)
        await phone.says("I want to talk to a person.")
        await line.until("SELECT id FROM event WHERE workspace_id = %s AND outcome = 'handed_off'")
        (task,) = (await line.owner.get("/api/tasks")).json()["items"]
        assert task["title"] == "Call Ada Byron back: +49 170 1234567"
        notices = (await line.owner.get("/api/me/notifications")).json()["items"]
        assert [notice["topic"] for notice in notices] == ["hand_off"], "while the caller is still on the line"
        await line.until_said(2)
        await phone.hangs_up()
    await line.until("SELECT id FROM call WHERE workspace_id = %s AND outcome = 'handed_off'")
    assert "A colleague will call you back." in (await line.messages())[-1][1]


async def test_a_ticket_that_is_not_ours_opens_no_line(line: Line) -> None:
    url, ticket = await line.twilio.call("CA0005", ADA)
    other = ticket[:-1] + ("0" if ticket[-1] != "0" else "1")
    for wrong in ("", "x", other, f"{other}.more"):
        async with connected(url.replace("ws", "http", 1), "CA0005", wrong) as phone:
            await phone.listen()
            assert phone.socket.close_code == 1008
    assert (await line.call())["status"] == "ringing"


@pytest.mark.parametrize("change", ["signature", "account", "number"])
async def test_what_twilio_did_not_say_is_not_taken(line: Line, change: str) -> None:
    twilio = line.twilio
    if change == "signature":
        twilio = Twilio(twilio.client, twilio.gateway, SID, "another token", twilio.number)
    elif change == "account":
        twilio = Twilio(twilio.client, twilio.gateway, SID.replace("0", "1"), TOKEN, twilio.number)
    else:
        twilio = Twilio(twilio.client, twilio.gateway, SID, TOKEN, "+15550000000")
    answer: httpx.Response = await twilio.post("/twilio/voice", CallSid="CA0006", From=ADA)
    assert answer.status_code == (404 if change == "number" else 401)
    assert answer.headers["content-type"] == "application/problem+json"
    assert await line.rows("SELECT id FROM event WHERE workspace_id = %s") == []


async def test_a_call_whose_process_died_is_ended_and_what_was_said_stays(line: Line) -> None:
    url, ticket = await line.twilio.call("CA0007", ADA)
    async with connected(url.replace("ws", "http", 1), "CA0007", ticket):
        await line.until_said(1)
    await line.until("SELECT id FROM call WHERE workspace_id = %s AND status = 'live' AND holder IS NULL")
    await end_lost(line.world.services)
    assert (await line.call())["status"] == "live", "it may be opened again"
    await line.rows("UPDATE call SET beat_at = now() - interval '1 minute' WHERE workspace_id = %s RETURNING id")
    await end_lost(line.world.services)
    call = await line.call()
    assert (call["status"], call["outcome"], call["reason"]) == (
        "ended", "answered", "the line was lost, and nobody opened it again",
    )  # fmt: skip
    assert (await line.messages())[1][0] == "agent"
    after = await line.twilio.post("/twilio/voice/after", CallSid="CA0007", From=ADA, CallStatus="in-progress")
    assert "<Hangup" in after.text


async def test_a_number_that_goes_on_to_a_sip_address_is_ours_where_nobody_answers_there(line: Line) -> None:
    address = {"sip_address": "sip:+493012345@sip.example"}
    changed = await line.owner.patch(f"/api/accounts/{line.account_id}", json={"settings": address})
    assert changed.is_success, changed.text
    wrong = await line.owner.patch(f"/api/accounts/{line.account_id}", json={"settings": {"sip_address": "tel:1"}})
    assert (wrong.status_code, "sip:" in wrong.text) == (422, True)
    told = {"CallSid": "CA0009", "From": ADA, "CallStatus": "ringing"}
    answer = await line.twilio.post("/twilio/voice", **told)
    assert "<Sip>sip:+493012345@sip.example</Sip>" in answer.text
    assert not await line.rows("SELECT id FROM call WHERE workspace_id = %s"), "it is theirs who answer there"
    over = await line.twilio.post("/twilio/voice", **told, DialCallStatus="completed")
    assert "<Hangup" in over.text
    missed = await line.twilio.post("/twilio/voice", **told, DialCallStatus="no-answer")
    assert "<Stream" in missed.text
    assert (await line.call())["status"] == "ringing"
