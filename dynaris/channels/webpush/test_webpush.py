"""What a push service is sent opens in that browser alone and says who we are; each answer ends a send in its way."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwt
from joserfc.jwk import ECKey

from dynaris.channels.contract import Account, OutboundMessage, Refused, TryLater
from dynaris.channels.webpush import message as wire
from dynaris.channels.webpush.adapter import WebPushChannel, WebPushSettings
from dynaris.core.ids import new_id
from dynaris.core.settings import Settings

# RFC 8291, appendix A
PLAIN = b"When I grow up, I want to be a watermelon"
BROWSER = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}
OWN, SALT = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", "DGv6ra1nlYgDCS1FRnbzlw"
SENT = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
    "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_example_of_the_standard_comes_out() -> None:
    own = ec.derive_private_key(int.from_bytes(wire.read(OWN), "big"), ec.SECP256R1())
    assert wire.written(wire.encrypted(PLAIN, BROWSER, own=own, salt=wire.read(SALT))) == SENT


@dataclass
class Browser:
    """Its keys, as a page sees them, and what it reads of what it is sent."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = b"sixteen  bytes!!"

    @property
    def keys(self) -> dict[str, str]:
        return {"p256dh": wire.written(wire.point(self.private)), "auth": wire.written(self.secret)}

    def opened(self, body: bytes) -> bytes:
        salt, size, sender, sealed = body[:16], body[20], body[21:86], body[86:]
        assert size == wire.POINT
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self.private.exchange(ec.ECDH(), theirs)
        info = b"WebPush: info\0" + wire.point(self.private) + sender
        seed = HKDF(hashes.SHA256(), 32, self.secret, info).derive(shared)
        key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(seed)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(seed)
        padded = AESGCM(key).decrypt(nonce, sealed, None)
        return padded.rstrip(b"\0")[:-1]


@dataclass
class PushServer:
    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[web.Response] = field(default_factory=list)


@pytest.fixture
async def server() -> AsyncIterator[PushServer]:
    made = PushServer()

    async def take(request: web.Request) -> web.Response:
        made.got.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return made.answers.pop(0) if made.answers else web.Response(status=201, headers={"location": "/m/1"})

    application = web.Application()
    application.router.add_post("/push/{browser}", take)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/push/b1"
    yield made
    await runner.cleanup()


@pytest.fixture
async def channel() -> AsyncIterator[WebPushChannel]:
    channel = WebPushChannel()
    channel.configure(Settings(private_networks="loopback"))  # type: ignore[call-arg]
    yield channel
    await channel.close()


ACCOUNT: Account[WebPushSettings] = Account(
    new_id(), new_id(), "webpush", "browsers", WebPushSettings.model_validate({"secret": "dpk_s3cret"})
)


def told(to: str, browser: Browser, **changes: Any) -> OutboundMessage:
    data = {"keys": browser.keys, "url": "https://app.example/inbox/all/1", "about": "conversation:1", "urgent": True}
    return OutboundMessage(id=new_id(), to=to, subject="Ada waits", text="For a person", data={**data, **changes})


async def test_only_that_browser_reads_it_and_the_service_knows_us(server: PushServer, channel: WebPushChannel) -> None:
    browser = Browser()
    receipt = await channel.send(told(server.url, browser), ACCOUNT)
    assert receipt.external_id == "/m/1"
    ((headers, body),) = server.got
    assert json.loads(browser.opened(body)) == {
        "title": "Ada waits",
        "body": "For a person",
        "url": "https://app.example/inbox/all/1",
        "tag": "conversation:1",
    }
    assert (headers["content-encoding"], headers["ttl"], headers["urgency"]) == ("aes128gcm", "86400", "high")
    assert len(headers["topic"]) == 32
    assert b"Ada" not in body
    scheme, _, rest = headers["authorization"].partition(" ")
    token, key = (part.partition("=")[2] for part in rest.split(", "))
    assert (scheme, key) == ("vapid", channel.public_key(ACCOUNT))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), wire.read(key))
    claims = jwt.decode(token, ECKey.import_key(public), algorithms=["ES256"]).claims
    assert claims["aud"] == server.url.rpartition("/push")[0]
    assert claims["sub"].startswith("mailto:")


async def test_later_ones_about_the_same_take_the_place_of_earlier_ones(
    server: PushServer, channel: WebPushChannel
) -> None:
    browser = Browser()
    for about in ("conversation:1", "conversation:1", "conversation:2"):
        await channel.send(told(server.url, browser, about=about, urgent=False), ACCOUNT)
    topics = [headers["topic"] for headers, _ in server.got]
    assert topics[0] == topics[1] != topics[2]
    assert {headers["urgency"] for headers, _ in server.got} == {"normal"}


async def test_a_long_text_is_cut_to_what_services_take(server: PushServer, channel: WebPushChannel) -> None:
    browser = Browser()
    await channel.send(told(server.url, browser).model_copy(update={"text": "ß🙂" * 5_000}), ACCOUNT)
    assert len(server.got[0][1]) <= 4_096
    assert json.loads(browser.opened(server.got[0][1]))["body"].startswith("ß🙂")


@pytest.mark.parametrize(
    ("status", "headers", "ending", "what"),
    [
        (404, {}, Refused, "recipient"),
        (410, {}, Refused, "recipient"),
        (413, {}, Refused, "message"),
        (429, {"retry-after": "120"}, TryLater, 120.0),
        (503, {}, TryLater, 30.0),
        (500, {"retry-after": "soon"}, TryLater, 30.0),
        (302, {"location": "http://127.0.0.1/"}, Refused, "message"),
    ],
)
async def test_each_answer_ends_a_send_in_its_way(
    server: PushServer, channel: WebPushChannel, status: int, headers: dict[str, str], ending: Any, what: Any
) -> None:
    server.answers = [web.Response(status=status, headers=headers)]
    with pytest.raises(ending) as ended:
        await channel.send(told(server.url, Browser()), ACCOUNT)
    assert (ended.value.because_of if ending is Refused else ended.value.after) == what
    assert len(server.got) == 1


async def test_a_service_that_is_down_is_tried_later(channel: WebPushChannel) -> None:
    with pytest.raises(TryLater):
        await channel.send(told("http://127.0.0.1:9/push/b1", Browser()), ACCOUNT)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example.com/x",
        "https://127.0.0.1/x",
        "http://127.0.0.1:8080/x",
        "https://169.254.169.254/latest",
        "https://[::1]/x",
        "https://localhost/x",
        "https://2130706433/x",
        "https://push.example.com:8443/x",
        "https://user@push.example.com/x",
        "ftp://push.example.com/x",
        "https://push.example.com/" + "x" * 2_000,
        "https://[broken/x",
        "push",
    ],
)
async def test_an_endpoint_that_is_no_public_service_is_refused(endpoint: str) -> None:
    channel = WebPushChannel()
    assert channel.fault_of_subscription(endpoint, Browser().keys)
    with pytest.raises(Refused):
        await channel.send(told(endpoint, Browser()), ACCOUNT)


def test_a_browsers_endpoint_and_keys_are_taken() -> None:
    channel, keys = WebPushChannel(), Browser().keys
    assert channel.fault_of_subscription("https://fcm.googleapis.com/fcm/send/abc:def", keys) is None
    zeros = base64.urlsafe_b64encode(b"\x04" + bytes(64)).decode()
    for wrong in ({"auth": "AAAA"}, {"p256dh": "AAAA"}, {"p256dh": zeros}, {"p256dh": "ü"}):
        fault = channel.fault_of_subscription("https://fcm.googleapis.com/x", {**keys, **wrong})
        assert fault is not None
        assert "keys of a browser" in fault
