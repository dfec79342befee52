"""Twilio's REST API of 2010-04-01, as far as calls, numbers and texts need it."""

import base64
import re
import secrets
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from dynaris.core.crypto import same
from dynaris.core.errors import InvalidInput
from dynaris.sandbox.twilio.account import Number, keep
from dynaris.sandbox.twilio.standin import STANDIN, StandIn

if TYPE_CHECKING:
    from dynaris.sandbox.twilio.exchange import Call

_ROOT = "/2010-04-01/Accounts/{account}"
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})


class Refusal(Exception):
    """As Twilio answers it (twilio.com/docs/api/errors)."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def rest_routes() -> list[web.RouteDef]:
    return [
        web.get(f"{_ROOT}.json", _guarded(_account)),
        web.post(f"{_ROOT}/Calls.json", _guarded(_place)),
        web.get(f"{_ROOT}/Calls.json", _guarded(_calls)),
        web.get(_ROOT + "/Calls/{sid}.json", _guarded(_call)),
        web.post(_ROOT + "/Calls/{sid}.json", _guarded(_change)),
        web.get(f"{_ROOT}/IncomingPhoneNumbers.json", _guarded(_numbers)),
        web.post(_ROOT + "/IncomingPhoneNumbers/{sid}.json", _guarded(_change_number)),
        web.post(f"{_ROOT}/Messages.json", _guarded(_text)),
    ]


def _guarded(handler: Handler) -> Handler:
    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            _check(request)
            return await handler(request)
        except Refusal as refusal:
            info = f"https://www.twilio.com/docs/errors/{refusal.code}"
            said = {"code": refusal.code, "message": refusal.message, "more_info": info, "status": refusal.status}
            return _json(said, refusal.status)

    return guarded


def _check(request: web.Request) -> None:
    standin = request.app[STANDIN]
    if (fault := standin.faults.pop(0) if standin.faults else None) is not None:
        raise Refusal(fault, 20429 if fault == 429 else 20500, "Too Many Requests" if fault == 429 else "Server error")
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(given, validate=True).decode().partition(":")
    except ValueError:
        user = password = ""
    account = standin.account
    if kind != "Basic" or user != account.sid or not same(password, account.auth_token):
        raise Refusal(401, 20003, "Authenticate")
    if request.match_info["account"] != account.sid:
        raise Refusal(404, 20404, f"The requested resource {request.path} was not found")


async def _account(request: web.Request) -> web.StreamResponse:
    account = request.app[STANDIN].account
    return _json({"sid": account.sid, "friendly_name": "Sandbox", "status": "active", "type": "Full"})


async def _place(request: web.Request) -> web.StreamResponse:
    standin, form = request.app[STANDIN], await request.post()
    caller, called = str(form.get("From", "")), str(form.get("To", ""))
    if not _E164.fullmatch(called):
        raise Refusal(400, 21211, f"The phone number you are attempting to call, {called[:50]}, is not valid.")
    if standin.account.number(caller) is None:
        raise Refusal(400, 21210, f"The source phone number provided, {caller[:50]}, is not yet verified.")
    twiml = str(form.get("Twiml", ""))
    if not twiml:
        raise Refusal(400, 21205, "Url or Twiml is required; this stand-in takes Twiml alone")
    events = frozenset(str(each) for each in form.getall("StatusCallbackEvent", [])) or frozenset({"completed"})
    if unknown := events - _EVENTS:
        raise Refusal(400, 21626, f"Invalid StatusCallbackEvent: {sorted(unknown)}")
    call = standin.exchange.places(
        caller,
        called,
        twiml,
        callback=str(form.get("StatusCallback", "")),
        events=events,
        detects=str(form.get("AsyncAmdStatusCallback", "")) if form.get("MachineDetection") else "",
        seconds=float(str(form.get("Timeout", "60"))),
    )
    return _json(_shown(standin, call), 201)


async def _calls(request: web.Request) -> web.StreamResponse:
    standin = request.app[STANDIN]
    return _json({"calls": [_shown(standin, each) for each in reversed(standin.exchange.calls.values())]})


async def _call(request: web.Request) -> web.StreamResponse:
    standin = request.app[STANDIN]
    return _json(_shown(standin, _named(request)))


async def _change(request: web.Request) -> web.StreamResponse:
    """`Status=completed`, or other TwiML for a call that goes on."""
    standin, call, form = request.app[STANDIN], _named(request), await request.post()
    if call.is_over:
        raise Refusal(400, 21220, "Call is not in-progress. Cannot redirect.")
    if form.get("Status") in ("completed", "canceled"):
        await standin.exchange.hang_up(call)
    elif twiml := str(form.get("Twiml", "")):
        try:
            standin.exchange.replace(call, twiml)
        except InvalidInput as error:
            raise Refusal(400, 21218, error.detail) from error
    else:
        raise Refusal(400, 21218, "Status or Twiml is required")
    return _json(_shown(standin, call))


async def _numbers(request: web.Request) -> web.StreamResponse:
    standin, wanted = request.app[STANDIN], request.query.get("PhoneNumber")
    found = [each for each in standin.account.numbers if wanted in (None, each.phone_number)]
    return _json({"incoming_phone_numbers": [_shown_number(standin, each) for each in found]})


async def _change_number(request: web.Request) -> web.StreamResponse:
    standin, form = request.app[STANDIN], await request.post()
    number = standin.account.number(request.match_info["sid"])
    if number is None:
        raise Refusal(404, 20404, f"The requested resource {request.path} was not found")
    names = {
        "VoiceUrl": "voice_url",
        "VoiceMethod": "voice_method",
        "StatusCallback": "status_callback",
        "StatusCallbackMethod": "status_callback_method",
        "FriendlyName": "friendly_name",
    }
    for name, ours in names.items():
        if name in form:
            setattr(number, ours, str(form[name]))
    keep(standin.folder, standin.account)
    return _json(_shown_number(standin, number))


async def _text(request: web.Request) -> web.StreamResponse:
    standin, form = request.app[STANDIN], await request.post()
    sender, to, body = (str(form.get(name, "")) for name in ("From", "To", "Body"))
    if not _E164.fullmatch(to):
        raise Refusal(400, 21211, f"Invalid 'To' Phone Number: {to[:50]}")
    if standin.account.number(sender) is None:
        raise Refusal(
            400, 21606, f"The 'From' phone number provided ({sender[:50]}) is not a valid message-capable number"
        )
    if not body:
        raise Refusal(400, 21602, "Message body is required.")
    standin.exchange.person(to).texts.append(body)
    sid = "SM" + secrets.token_hex(16)
    return _json({"sid": sid, "from": sender, "to": to, "body": body, "status": "queued", "error_code": None}, 201)


def _named(request: web.Request) -> "Call":
    found = request.app[STANDIN].exchange.calls.get(request.match_info["sid"])
    if found is None:
        raise Refusal(404, 20404, f"The requested resource {request.path} was not found")
    return found


def _shown(standin: StandIn, call: "Call") -> dict[str, Any]:
    return {
        "sid": call.sid,
        "account_sid": standin.account.sid,
        "parent_call_sid": call.parent,
        "from": call.caller,
        "to": call.called,
        "direction": call.direction,
        "status": call.status,
        "answered_by": call.answered_by,
        "date_created": _date(call.created),
        "start_time": _date(call.began),
        "end_time": _date(call.ended),
        "duration": str(call.seconds) if call.ended else None,
        "price": None,
        "api_version": "2010-04-01",
        "uri": f"/2010-04-01/Accounts/{standin.account.sid}/Calls/{call.sid}.json",
    }


def _shown_number(standin: StandIn, number: Number) -> dict[str, Any]:
    return {
        "sid": number.sid,
        "account_sid": standin.account.sid,
        "phone_number": number.phone_number,
        "friendly_name": number.friendly_name,
        "voice_url": number.voice_url,
        "voice_method": number.voice_method,
        "status_callback": number.status_callback,
        "status_callback_method": number.status_callback_method,
        "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False},
    }


def _date(moment: datetime | None) -> str | None:
    return format_datetime(moment.astimezone(UTC)) if moment else None


def _json(said: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(said), status=status, content_type="application/json")
