"""What a test, the demo's page or a benchmark does at the telephones: `/sandbox/twilio/...`, JSON in and out."""

import base64
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dynaris.core.errors import InvalidInput
from dynaris.core.invalid import faults_in, told
from dynaris.sandbox.twilio.account import keep
from dynaris.sandbox.twilio.people import Manner, Weather
from dynaris.sandbox.twilio.standin import STANDIN

if TYPE_CHECKING:
    from dynaris.sandbox.twilio.exchange import Call

ROOT = "/sandbox/twilio"
_Seconds = Annotated[float, Field(ge=0, le=600)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewWeather(_Body):
    loss: float = Field(default=0, ge=0, le=1)
    jitter: _Seconds = 0
    late: _Seconds = 0
    cut_after: _Seconds = 0


class CallIn(_Body):
    """`caller`: a number, or the words of Twilio's for one that is withheld, such as `anonymous`."""

    caller: str = Field(min_length=1, max_length=50)
    called: str | None = Field(default=None, max_length=50, description="The first of the business's numbers.")
    weather: NewWeather = NewWeather()


class Said(_Body):
    text: str = Field(default="", max_length=2_000)
    wav: str = Field(default="", max_length=20_000_000, description="Instead of the text: base64.")


class Pressed(_Body):
    keys: str = Field(pattern=r"^[0-9*#]{1,50}$")


class PersonChange(_Body):
    manner: Manner | None = None
    rings: _Seconds | None = None
    says: str | None = Field(default=None, max_length=2_000)
    presses: str | None = Field(default=None, pattern=r"^[0-9*#]{0,50}$")
    presses_after: _Seconds | None = None
    language: Literal["en", "de", "es", "fr", "it", "pt", "nl"] | None = None


class AccountChange(_Body):
    voice_url: str | None = Field(default=None, max_length=2_000)
    status_callback: str | None = Field(default=None, max_length=2_000)
    webhook_times: int | None = Field(default=None, ge=1, le=5)
    faults: list[Literal[429, 500, 503]] | None = Field(default=None, max_length=100)


_Asked = TypeVar("_Asked", bound=_Body)


def control_routes() -> list[web.RouteDef]:
    return [
        web.get(f"{ROOT}/state", _state),
        web.patch(f"{ROOT}/account", _change_account),
        web.patch(ROOT + "/people/{number}", _change_person),
        web.post(f"{ROOT}/calls", _call_in),
        web.get(ROOT + "/calls/{sid}", _one),
        web.post(ROOT + "/calls/{sid}/say", _say),
        web.post(ROOT + "/calls/{sid}/keys", _press),
        web.post(ROOT + "/calls/{sid}/hang-up", _hang_up),
        web.get(ROOT + "/calls/{sid}/heard.wav", _heard),
        web.get(ROOT + "/calls/{sid}/heard", _heard_since),
    ]


async def _body(request: web.Request, kind: type[_Asked]) -> _Asked:
    try:
        return kind.model_validate_json(await request.read() or b"{}")
    except ValidationError as error:
        raise InvalidInput(told(faults_in(error))) from error


async def _state(request: web.Request) -> web.StreamResponse:
    standin = request.app[STANDIN]
    exchange = standin.exchange
    found = {
        "account_sid": standin.account.sid,
        "numbers": [vars(each) for each in standin.account.numbers],
        "people": [vars(each) for each in exchange.people.values()],
        "calls": [_shown(each) for each in reversed(exchange.calls.values())][:100],
        "failed_webhooks": exchange.webhooks.failed[-20:],
    }
    return _json(found)


async def _change_account(request: web.Request) -> web.StreamResponse:
    standin, asked = request.app[STANDIN], await _body(request, AccountChange)
    for number in standin.account.numbers:
        if asked.voice_url is not None:
            number.voice_url = asked.voice_url
        if asked.status_callback is not None:
            number.status_callback = asked.status_callback
    if asked.webhook_times is not None:
        standin.exchange.webhooks.times = asked.webhook_times
    if asked.faults is not None:
        standin.faults = list(asked.faults)
    keep(standin.folder, standin.account)
    return await _state(request)


async def _change_person(request: web.Request) -> web.StreamResponse:
    person = request.app[STANDIN].exchange.person(request.match_info["number"])
    asked = await _body(request, PersonChange)
    for name, value in asked.model_dump(exclude_none=True).items():
        setattr(person, name, value)
    return _json(vars(person))


async def _call_in(request: web.Request) -> web.StreamResponse:
    standin, asked = request.app[STANDIN], await _body(request, CallIn)
    called = asked.called or standin.account.numbers[0].phone_number
    call = standin.exchange.calls_in(asked.caller, called, weather=Weather(**asked.weather.model_dump()))
    return _json(_shown(call), 201)


async def _one(request: web.Request) -> web.StreamResponse:
    return _json(_shown(_named(request)))


async def _say(request: web.Request) -> web.StreamResponse:
    call, asked = _named(request), await _body(request, Said)
    if asked.wav:
        try:
            call.handset.utter(call.handset.from_wav(base64.b64decode(asked.wav)))
        except ValueError as error:
            raise InvalidInput(f"wav: {error}") from error
    else:
        await call.handset.say(asked.text)
    return _json(_shown(call))


async def _press(request: web.Request) -> web.StreamResponse:
    call, asked = _named(request), await _body(request, Pressed)
    call.handset.keys.extend(asked.keys)
    return _json(_shown(call))


async def _hang_up(request: web.Request) -> web.StreamResponse:
    call = _named(request)
    await request.app[STANDIN].exchange.hang_up(call)
    return _json(_shown(call))


async def _heard(request: web.Request) -> web.StreamResponse:
    return web.Response(body=_named(request).handset.as_wav(), content_type="audio/wav")


async def _heard_since(request: web.Request) -> web.StreamResponse:
    """Samples of 16 bits, little-endian, from the one that is named on."""
    since = request.query.get("since", "0")
    if not since.isascii() or not since.isdigit():
        raise InvalidInput(f"since: a number of samples is expected, not {since[:20]!r}")
    sound = _named(request).handset.heard()[2 * int(since) :]
    return web.Response(body=sound, content_type="application/octet-stream")


def _named(request: web.Request) -> "Call":
    return request.app[STANDIN].exchange.call(request.match_info["sid"])


def _shown(call: "Call") -> dict[str, Any]:
    seconds, loud = call.handset.heard_seconds()
    return {
        "sid": call.sid,
        "caller": call.caller,
        "called": call.called,
        "direction": call.direction,
        "status": call.status,
        "seconds": call.seconds,
        "parent": call.parent,
        "answered_by": call.answered_by,
        "speaks": call.handset.speaks,
        "on_the_line_seconds": round(seconds, 2),
        "heard_seconds": round(loud, 2),
        "beeps": call.handset.beeps,
    }


def _json(said: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(said), status=status, content_type="application/json")
