"""LiveKit's words for calls: what it signs, what is read from it, what it is asked."""

import base64
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import orjson
import pytest
from aiohttp import web

from dynaris.channels.contract import Account, Refused, Rejected, Ringing, RoomServer, TryLater, WebhookRequest
from dynaris.channels.voice_livekit.adapter import LiveKitVoiceChannel
from dynaris.channels.voice_livekit.read import event, update
from dynaris.channels.voice_livekit.settings import LiveKitVoiceSettings
from dynaris.channels.voice_livekit.tokens import token
from dynaris.core.ids import new_id
from dynaris.core.settings import Settings

SERVER = RoomServer("ws://127.0.0.1:1", "key", "a secret that is long enough")
Number = Account[LiveKitVoiceSettings]


def number(address: str = "+493012345678", url: str = SERVER.url, **more: Any) -> Number:
    settings = {"url": url, "api_key": SERVER.key, "api_secret": SERVER.secret, **more}
    return Account(new_id(), new_id(), "voice_livekit", address, LiveKitVoiceSettings.model_validate(settings))


@pytest.fixture
def channel() -> LiveKitVoiceChannel:
    made = LiveKitVoiceChannel()
    made.configure(Settings(private_networks="loopback"))
    return made


def joined(room: str = "dynaris-in_1", dialled: str = "+493012345678", **more: Any) -> dict[str, Any]:
    attributes = {"sip.phoneNumber": "+491701234567", "sip.trunkPhoneNumber": dialled}
    who = {"identity": "sip_1", "kind": "SIP", "joinedAt": "1795455950", "attributes": attributes}
    return {"event": "participant_joined", "id": "EV_1", "room": {"name": room}, "participant": who, **more}


def webhook(said: dict[str, Any], server: RoomServer = SERVER, **claims: Any) -> WebhookRequest:
    body = orjson.dumps(said)
    proof = {"sha256": base64.b64encode(sha256(body).digest()).decode(), **claims}
    return WebhookRequest("POST", {"authorization": token(server, **proof)}, {}, body)


def test_a_webhook_is_its_senders_and_of_the_number_that_was_called(channel: LiveKitVoiceChannel) -> None:
    one, other = number(), number("+493087654321", numbers=["42"])
    assert channel.of_webhook(webhook(joined()), [one, other])[0] == [one]
    assert channel.of_webhook(webhook(joined(dialled="42")), [one, other])[0] == [other]
    assert channel.of_webhook(webhook(joined(dialled="+4930")), [one, other])[0] == []
    ours = orjson.dumps({"dynaris": {"account": str(other.id)}}).decode()
    named = joined()
    named["room"]["metadata"] = ours
    assert channel.of_webhook(webhook(named), [one, other])[0] == [other], "the room's metadata is ours"
    finished = {"event": "room_finished", "room": {"name": "dynaris-in_1"}}
    assert channel.of_webhook(webhook(finished), [one, other])[0] == [one, other]
    assert channel.of_webhook(webhook({**finished, "room": {"name": "somebody's"}}), [one, other])[0] == []


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"server": RoomServer(SERVER.url, "key", "another secret, as long as that")}, "not signed"),
        ({"server": RoomServer(SERVER.url, "another", SERVER.secret)}, "no number here"),
        ({"sha256": "AAAA"}, "another body"),
        ({"exp": 1}, "not of now"),
        ({"nbf": 32_503_680_000}, "not of now"),  # the year 3000
        ({"exp": "soon"}, "not of now"),
    ],
)
def test_what_livekit_did_not_sign_is_refused(
    channel: LiveKitVoiceChannel, change: dict[str, Any], because: str
) -> None:
    with pytest.raises(Rejected, match=because):
        channel.of_webhook(webhook(joined(), **change), [number()])


@pytest.mark.parametrize("proof", ["", "x", "a.b.c", "a.e30.c", "a.W10.c", f"a.{'A' * 9_000}.c"])
def test_what_is_no_token_is_refused(channel: LiveKitVoiceChannel, proof: str) -> None:
    with pytest.raises(Rejected):
        channel.of_webhook(WebhookRequest("POST", {"authorization": proof}, {}, b"{}"), [number()])


@pytest.mark.parametrize("body", [b"", b"[]", b'{"event": 5}', b"\xff", b"{" * 5_000, b" " * 300_000])
def test_what_is_no_webhook_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected):
        event(body)


def test_who_left_and_why_is_the_end_of_a_call() -> None:
    left = joined(createdAt="1795455960")
    left["event"] = "participant_left"
    told = update(event(orjson.dumps(left)))
    assert (told.ended, told.seconds, told.left) == ("completed", 10, True)
    assert told.leg is not None
    assert (told.leg.party, told.leg.name, told.leg.left_because) == ("contact", "+491701234567", "left")
    for reason, ended in (
        ("USER_REJECTED", "busy"),
        ("USER_UNAVAILABLE", "no_answer"),
        ("SIP_TRUNK_FAILURE", "failed"),
    ):
        left["participant"] |= {"disconnectReason": reason}
        left["participant"]["attributes"]["sip.callStatus"] = "ringing"
        told = update(event(orjson.dumps(left)))
        assert (told.ended, told.seconds) == (ended, None)
    left["participant"] |= {"kind": "AGENT"}
    told = update(event(orjson.dumps(left)))
    assert (told.ended, told.leg) == (None, None), "an agent that leaves ends nothing"
    left["participant"] |= {"kind": "STANDARD", "attributes": {"dynaris.party": "member"}}
    told = update(event(orjson.dumps(left)))
    assert told.ended is None
    assert told.leg is not None
    assert told.leg.party == "member"


@pytest.mark.parametrize("moment", ["x", "-5", "99999999999999999999", None, [], 1e400])
def test_moments_that_cannot_be_are_none(moment: object) -> None:
    assert update(event(orjson.dumps(joined(createdAt=moment)) if moment != 1e400 else b'{"event":"x"}')).at is None


class LiveKit:
    """Answers as it is told, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, tuple[int, dict[str, Any]]] = {}

    async def answer(self, request: web.Request) -> web.Response:
        method = request.path.rpartition("/")[2]
        self.asked.append((method, await request.json()))
        status, said = self.answers.get(method, (200, {}))
        return web.json_response(said, status=status)


@pytest.fixture
async def livekit() -> AsyncIterator[tuple[LiveKit, Number]]:
    there, app = LiveKit(), web.Application()
    app.router.add_post("/twirp/{path}/{method}", there.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    yield there, number(url=f"ws://127.0.0.1:{port}", outbound_trunk="ST_1", sip_username="u", sip_password="p")
    await runner.cleanup()


async def test_whoever_is_called_is_rung_once_agents_wait_for_them(
    channel: LiveKitVoiceChannel, livekit: tuple[LiveKit, Number]
) -> None:
    there, ours = livekit
    call_id = new_id()
    ringing = Ringing(ticket="ticket", sockets="", language="de")
    room = await channel.place(ours, "+491701234567", ringing, call_id)
    assert room == await channel.place(ours, "+491701234567", ringing, call_id) == f"dynaris-out-{call_id}"
    assert [method for method, _ in there.asked][:4] == [
        "CreateRoom", "CreateDispatch", "CreateDispatch", "CreateSIPParticipant",
    ]  # fmt: skip
    assert {said["agentName"] for method, said in there.asked if method == "CreateDispatch"} == {"atlas", "media-bot"}
    said = there.asked[3][1]
    assert (said["sipCallTo"], said["sipNumber"], said["sipTrunkId"]) == ("+491701234567", ours.address, "ST_1")
    with pytest.raises(Refused, match="outbound_trunk"):
        await channel.place(number(url=ours.settings.url), "+491701234567", ringing, call_id)


async def test_a_transfer_is_a_refer_and_its_failure_has_a_reason(
    channel: LiveKitVoiceChannel, livekit: tuple[LiveKit, Number]
) -> None:
    there, ours = livekit
    there.answers["ListParticipants"] = 200, {"participants": [{"identity": "sip_1", "kind": "SIP"}]}
    assert await channel.transfer(ours, "dynaris-in_1", "+4930111") == "done"
    assert there.asked[-1][1]["transferTo"] == "tel:+4930111"
    busy = {"code": "unknown", "msg": "failed", "meta": {"sip_status_code": "486", "sip_status": "Busy here"}}
    there.answers["TransferSIPParticipant"] = 500, busy
    with pytest.raises(Refused, match="SIP 486 Busy here"):
        await channel.transfer(number(url=ours.settings.url, transfer_host="pbx.example"), "dynaris-in_1", "+4930111")
    assert there.asked[-1][1]["transferTo"] == "sip:+4930111@pbx.example"
    there.answers["TransferSIPParticipant"] = 503, {"code": "unavailable", "msg": "no gateway"}
    with pytest.raises(TryLater, match="no gateway"):
        await channel.transfer(ours, "dynaris-in_1", "+4930111")
    there.answers["ListParticipants"] = 200, {}
    with pytest.raises(Refused, match="has ended"):
        await channel.transfer(ours, "dynaris-in_1", "+4930111")


async def test_a_room_that_is_gone_is_ended_already(
    channel: LiveKitVoiceChannel, livekit: tuple[LiveKit, Number]
) -> None:
    there, ours = livekit
    there.answers["DeleteRoom"] = 404, {"code": "not_found", "msg": "requested room does not exist"}
    await channel.hang_up(ours, "dynaris-in_1")
    there.answers["DeleteRoom"] = 401, {"code": "unauthenticated", "msg": "invalid token"}
    with pytest.raises(Refused, match="invalid token"):
        await channel.hang_up(ours, "dynaris-in_1")


async def test_trunk_and_rule_are_made_once_and_then_kept_up(
    channel: LiveKitVoiceChannel, livekit: tuple[LiveKit, Number]
) -> None:
    there, ours = livekit
    there.answers["CreateSIPInboundTrunk"] = 200, {"sip_trunk_id": "ST_9"}
    there.answers["CreateSIPDispatchRule"] = 200, {"sip_dispatch_rule_id": "SDR_9"}
    found = await channel.set_up(ours)
    assert [(one.part, one.status) for one in found] == [("trunk", "ok"), ("rule", "ok")]
    made = dict(there.asked)
    assert made["CreateSIPInboundTrunk"]["trunk"]["numbers"] == [ours.address]
    assert made["CreateSIPInboundTrunk"]["trunk"]["authPassword"] == "p"
    assert made["CreateSIPDispatchRule"]["dispatchRule"]["trunkIds"] == ["ST_9"]
    name = f"dynaris {ours.address}"
    there.answers["ListSIPInboundTrunk"] = 200, {"items": [{"name": name, "sip_trunk_id": "ST_9"}]}
    there.answers["ListSIPDispatchRule"] = 200, {"items": [{"name": name, "sip_dispatch_rule_id": "SDR_9"}]}
    there.asked.clear()
    await channel.set_up(ours)
    methods = [method for method, _ in there.asked]
    assert "UpdateSIPInboundTrunk" in methods
    assert "UpdateSIPDispatchRule" in methods
    assert not [method for method in methods if method.startswith("Create")]
    assert [one.status for one in await channel.examine(ours)] == ["ok", "ok"]
    there.answers["ListRooms"] = 401, {"code": "unauthenticated", "msg": "invalid API key"}
    assert [one.status for one in await channel.examine(ours)] == ["failed"]


def test_a_number_without_a_server_of_its_own_uses_the_installations() -> None:
    made = LiveKitVoiceChannel()
    bare = Account(new_id(), new_id(), "voice_livekit", "+4930", LiveKitVoiceSettings())
    assert made.server(bare) is None
    assert not made.is_public(bare)
    made.configure(Settings(livekit_url="wss://livekit.example", livekit_api_key="k", livekit_api_secret="s"))  # type: ignore[arg-type]
    server = made.server(bare)
    assert server is not None
    assert (server.url, server.key, server.trusted) == ("wss://livekit.example", "k", True)
    own = made.server(number())
    assert own is not None
    assert not own.trusted
    assert made.faults_of({"url": "ws://127.0.0.1:7880"}), "a private server is not called from here"
    assert not made.faults_of({"url": "wss://livekit.example.com"})
