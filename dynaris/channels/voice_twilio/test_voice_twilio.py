"""Twilio's words for calls: what it signs, what is read from it, what it is told."""

import asyncio
import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.websockets import WebSocketDisconnect

from dynaris.channels.contract import Account, Key, Rejected, Sound, WebhookRequest
from dynaris.channels.voice_twilio import stream, twiml
from dynaris.channels.voice_twilio.adapter import TwilioVoiceChannel
from dynaris.channels.voice_twilio.read import fields_of, update
from dynaris.channels.voice_twilio.settings import TwilioVoiceSettings
from dynaris.channels.voice_twilio.signature import is_signed, signed
from dynaris.core import mulaw
from dynaris.core.ids import new_id
from dynaris.core.settings import Settings

SID = "AC00000000000000000000000000000000"
FORM = {"CallSid": "CA1234567890ABCDE", "Digits": "1234", "From": "+14158675309", "To": "+18005551212"}


@pytest.mark.parametrize(
    ("url", "fields", "signature"),
    [  # from the tests of Twilio's own library (twilio/twilio-python, tests/unit/test_request_validator.py)
        (
            "https://mycompany.com/myapp.php?foo=1&bar=2",
            [*FORM.items(), ("Caller", "+14158675309")],
            "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
        ),
        (
            "https://mycompany.com/myapp.php?foo=1&bar=2",
            [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")],
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
        ),
    ],
)
def test_what_twilio_signed_is_known(url: str, fields: list[tuple[str, str]], signature: str) -> None:
    assert is_signed(url, fields, "12345", signature)
    assert not is_signed(url, fields, "12346", signature)
    assert not is_signed(url, [*fields, ("More", "1")], "12345", signature)
    assert not is_signed(url, fields, "12345", "")


@pytest.mark.parametrize(
    ("signs", "known_as"),
    [
        ("https://a.example:443/twilio/voice", "https://a.example/twilio/voice"),
        ("https://a.example/twilio/voice", "https://a.example:8443/twilio/voice"),
        ("http://[::1]:80/twilio/voice", "http://[::1]/twilio/voice"),
    ],
)
def test_a_port_in_the_address_does_not_matter(signs: str, known_as: str) -> None:
    assert is_signed(known_as, [("To", "+1")], "t", signed(signs, [("To", "+1")], "t"))


@pytest.fixture
def number() -> Account[TwilioVoiceSettings]:
    settings = TwilioVoiceSettings.model_validate({"account_sid": SID, "auth_token": "t"})
    return Account(new_id(), new_id(), "voice_twilio", "+18005551212", settings)


@pytest.fixture
def channel() -> TwilioVoiceChannel:
    made = TwilioVoiceChannel()
    made.configure(Settings(public_url="https://dynaris.example"))
    return made


def webhook(path: str, fields: dict[str, str], token: str = "t") -> WebhookRequest:
    signature = signed(f"https://dynaris.example{path}", list(fields.items()), token)
    return WebhookRequest("POST", {"x-twilio-signature": signature}, {}, urlencode(fields).encode())


def test_a_call_is_taken_once_it_is_proved(channel: TwilioVoiceChannel, number: Account[TwilioVoiceSettings]) -> None:
    (arrival,) = channel.receive(webhook("/twilio/voice", {**FORM, "AccountSid": SID}), number).arrivals
    assert arrival.external_id == FORM["CallSid"]
    assert channel.call(arrival, number).caller == FORM["From"]
    for fields, token in (({**FORM, "AccountSid": SID}, "wrong"), ({**FORM, "AccountSid": SID[:-1] + "1"}, "t")):
        with pytest.raises(Rejected):
            channel.receive(webhook("/twilio/voice", fields, token), number)
    with pytest.raises(Rejected, match="CallSid"):
        channel.receive(webhook("/twilio/voice", {**FORM, "CallSid": "../x"}), number)


@pytest.mark.parametrize("body", [b"\xff", b"a", b"a=b&" * 500, b"To=" + b"1" * 9_000])
def test_what_is_no_form_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected):
        fields_of(body)


@pytest.mark.parametrize(
    ("said", "ended", "seconds"),
    [
        ({"CallStatus": "completed", "CallDuration": "61"}, "completed", 61),
        ({"CallStatus": "no-answer"}, "no_answer", None),
        ({"CallStatus": "in-progress"}, None, None),
        ({"CallStatus": "completed", "CallDuration": "²"}, "completed", None),
        ({}, None, None),
    ],
)
def test_how_a_call_ended_is_read(said: dict[str, str], ended: str | None, seconds: int | None) -> None:
    found = update({"CallSid": "CA0123", **said})
    assert (found.ended, found.seconds) == (ended, seconds)


def test_what_twilio_is_told_is_escaped() -> None:
    told = twiml.connected("wss://a.example/calls/voice_twilio", 'a"<&', "https://a.example/after?x=1&y=2")
    assert (
        '<Stream url="wss://a.example/calls/voice_twilio"><Parameter name="ticket" value="a&quot;&lt;&amp;" />' in told
    )
    assert 'action="https://a.example/after?x=1&amp;y=2"' in told


class Socket:
    """What Twilio's end of a socket says, and what it was told."""

    def __init__(self, *said: Any) -> None:
        self.said = [each if isinstance(each, str) else json.dumps(each) for each in said]
        self.told: list[dict[str, Any]] = []

    async def receive_text(self) -> str:
        if not self.said:
            raise WebSocketDisconnect(1006)
        return self.said.pop(0)

    async def send_text(self, text: str) -> None:
        self.told.append(json.loads(text))

    async def close(self) -> None:
        pass


CONNECTED = {"event": "connected", "protocol": "Call", "version": "1.0.0"}
START = {
    "event": "start",
    "streamSid": "MZ1",
    "start": {"streamSid": "MZ1", "callSid": "CA1", "customParameters": {"ticket": "ours"}},
}


def media(number: int, **more: Any) -> dict[str, Any]:
    payload = base64.b64encode(mulaw.encode(b"\x10\x10" * 160)).decode()
    return {"event": "media", "media": {"track": "inbound", "timestamp": str(number * 20), "payload": payload, **more}}


async def heard(*said: Any) -> tuple[list[Any], bool]:
    line = await stream.opened(Socket(CONNECTED, START, *said))  # type: ignore[arg-type]
    events = [event async for event in line]
    await line.close()
    return events, line.hung_up


async def test_sound_and_keys_are_heard_until_the_caller_hangs_up() -> None:
    events, hung_up = await heard(media(0), {"event": "dtmf", "dtmf": {"digit": "5"}}, {"event": "stop"}, media(1))
    assert [type(event) for event in events] == [Sound, Key]
    assert len(events[0].samples) == 320
    assert hung_up


async def test_a_socket_that_breaks_is_no_hanging_up() -> None:
    events, hung_up = await heard(media(0))
    assert len(events) == 1
    assert not hung_up


async def test_what_was_lost_on_the_way_is_quiet_and_what_is_nonsense_is_nothing() -> None:
    events, _ = await heard(media(0), media(5), media(5_000), media(5_001))
    assert [len(event.samples) // 320 for event in events] == [1, 5, 1, 1], "80 ms were lost; 99 s are another matter"
    odd = [
        media(0, payload="???"), media(0, payload=7), media(0, track="outbound"), media(0, payload=""), "[]", "7",
        {"event": "dtmf", "dtmf": {"digit": "A5"}}, {"event": "dtmf"}, {"event": "media"}, {"event": "mark"},
    ]  # fmt: skip
    assert (await heard(*odd))[0] == []
    assert (await heard(media(0), "{", media(1)))[0][0].samples, "what is no JSON ends the line, and nothing else"


@pytest.mark.parametrize(
    "said",
    [
        [],
        ["no JSON"],
        [{"event": "media"}],
        [CONNECTED, {"event": "start", "start": {}}],
        [CONNECTED, {"event": "start", "start": {"streamSid": "MZ1", "customParameters": {"ticket": 5}}}],
        [CONNECTED, {**START, "start": {**START["start"], "mediaFormat": {"encoding": "opus", "sampleRate": 48000}}}],  # type: ignore[dict-item]
        ["x" * 100_000],
    ],
)
async def test_who_does_not_begin_as_twilio_does_has_no_line(said: list[Any]) -> None:
    with pytest.raises(Rejected):
        await stream.opened(Socket(*said))  # type: ignore[arg-type]


async def test_what_we_say_leaves_in_its_order_and_can_be_taken_back() -> None:
    socket = Socket(CONNECTED, START)
    line = await stream.opened(socket)  # type: ignore[arg-type]
    line.play(b"\x10\x10" * 160)
    line.clear()
    async with asyncio.timeout(5):
        while len(socket.told) < 2:  # noqa: ASYNC110 - the socket is only a list
            await asyncio.sleep(0.001)
    await line.close()
    assert [told["event"] for told in socket.told] == ["media", "clear"]
    assert {told["streamSid"] for told in socket.told} == {"MZ1"}
    assert len(base64.b64decode(socket.told[0]["media"]["payload"])) == 160
