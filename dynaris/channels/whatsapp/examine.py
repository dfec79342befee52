"""Asks Meta whether a number works: the token and its permissions, the number, the webhook."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from dynaris.channels.contract import CannotSend, Examination, Refused, TryLater
from dynaris.channels.whatsapp.faults import is_of_no_object, meaning
from dynaris.channels.whatsapp.graph import GraphError, Number, Transport, asked

Json = dict[str, Any]

_SECONDS = 3.5
_SCOPES = ("whatsapp_business_messaging", "whatsapp_business_management")
_WEBHOOK = "/meta/webhook"
_ENTER = f"enter the address of {_WEBHOOK} and the verify token in the Meta app, under WhatsApp, Configuration"
_FIELDS = ("messages", "message_template_status_update", "account_update")
_NOT_THE_APPS = (190, 104, 1, 0)  # what Meta answers to an app's id with another app's secret
_COMPARE = (
    "compare phone number ID and WhatsApp Business Account ID with those in WhatsApp Manager, and assign the account "
    "to the token's system user"
)
_RENEW = "make a token of a system user in Meta Business Suite that does not expire, and enter it here"


async def examine(transport: Transport, number: Number) -> Sequence[Examination]:
    """While Meta does not accept the token, nothing else can be asked, and whatever came would mislead."""
    try:
        async with asyncio.timeout(_SECONDS):
            token, found = await asyncio.gather(_token(transport, number), _number(transport, number))
            if token[0].status == "failed":
                return [token[0]]
            webhook = await _webhook(transport, number, token[1])
    except TimeoutError:
        remedy = "look whether this machine reaches graph.facebook.com"
        return [Examination("meta", "failed", f"Meta did not answer within {_SECONDS:g} s", remedy)]
    return [token[0], *found, *webhook]


async def _token(transport: Transport, number: Number) -> tuple[Examination, str | None]:
    """What is said of it, and the id of the app that it belongs to."""
    secret = number.settings.access_token.get_secret_value()
    try:
        answer = await asked(transport, number, "GET", "debug_token", query={"input_token": secret})
    except (TryLater, Refused) as error:
        return _failed("token", error, _RENEW), None
    about = answer.get("data") if isinstance(answer.get("data"), dict) else {}
    assert isinstance(about, dict)
    if not about.get("is_valid"):
        why = str((about.get("error") or {}).get("message") or "it has expired or was taken back")[:300]
        return Examination("token", "failed", f"Meta does not accept the access token: {why}", _RENEW), None
    scopes = [str(scope) for scope in about.get("scopes", [])]
    app_id = str(about["app_id"]) if about.get("app_id") else None
    if missing := [scope for scope in _SCOPES if scope not in scopes]:
        remedy = "give its system user these permissions and make a new token"
        return Examination("token", "failed", f"the token lacks {' and '.join(missing)}", remedy), app_id
    if expires := about.get("expires_at"):
        when = f"{datetime.fromtimestamp(expires, UTC):%Y-%m-%d}"
        return Examination("token", "warning", f"the token expires on {when}: sending ends then", _RENEW), app_id
    return Examination("token", "ok", "the token may send messages and read templates"), app_id


async def _number(transport: Transport, number: Number) -> list[Examination]:
    fields = "display_phone_number,verified_name,quality_rating,platform_type,status,name_status"
    settings = number.settings
    try:
        about = await asked(transport, number, "GET", number.address, query={"fields": fields})
    except (TryLater, Refused) as error:
        return [_failed("number", error, _COMPARE, of=f"phone number ID {number.address}")]
    try:
        of_business = await _numbers_of(transport, number)
    except (TryLater, Refused) as error:
        return [_failed("number", error, _COMPARE, of=f"WhatsApp Business Account ID {settings.waba_id}")]
    shown = str(about.get("display_phone_number") or settings.phone_number)
    if number.address not in of_business:
        why = f"the phone number ID {number.address} does not belong to the account {settings.waba_id}"
        return [Examination("number", "failed", why, "compare both ids with those in WhatsApp Manager")]
    if str(about.get("platform_type", "CLOUD_API")) == "NOT_APPLICABLE" or about.get("status") == "DISCONNECTED":
        remedy = f"register it for the Cloud API: POST /{number.address}/register with its PIN"
        return [Examination("number", "failed", f"{shown} is not registered for the Cloud API", remedy)]
    if _digits(shown) != _digits(settings.phone_number):
        why = f"this phone number ID is {shown}, not {settings.phone_number}"
        return [Examination("number", "warning", why, "correct the phone number in the settings")]
    quality = str(about.get("quality_rating") or "UNKNOWN").upper()
    if quality == "RED":
        why = f"{shown} has a low quality rating: contacts block or report it"
        return [Examination("number", "warning", why, "send fewer templates that nobody asked for")]
    name = f", shown as {about['verified_name']}" if about.get("verified_name") else ""
    return [Examination("number", "ok", f"{shown} is registered{name}")]


async def _numbers_of(transport: Transport, number: Number) -> set[str]:
    answer = await asked(transport, number, "GET", f"{number.settings.waba_id}/phone_numbers", query={"limit": "100"})
    return {str(one.get("id")) for one in answer.get("data", []) if isinstance(one, dict)}


async def _webhook(transport: Transport, number: Number, app_id: str | None) -> list[Examination]:
    found = await _subscribed(transport, number, app_id)
    if app_id is None:
        return found
    token = f"{app_id}|{number.settings.app_secret.get_secret_value()}"
    try:
        answer = await asked(transport, number, "GET", f"{app_id}/subscriptions", token=token)
    except (TryLater, Refused) as error:
        remedy = "compare it with the one in the Meta app, under App settings, Basic"
        if isinstance(error.__cause__, GraphError) and error.__cause__.code in _NOT_THE_APPS:
            why = f"the app secret is not that of the app {app_id}: what Meta posts here is refused"
            return [*found, Examination("webhook", "failed", why, remedy)]
        return [*found, _failed("webhook", error, "look again in a while")]
    return found or [_fields_of(answer)]


async def _subscribed(transport: Transport, number: Number, app_id: str | None) -> list[Examination]:
    """Nothing, if the token's app hears of the account."""
    waba = number.settings.waba_id
    try:
        apps = await asked(transport, number, "GET", f"{waba}/subscribed_apps")
    except (TryLater, Refused) as error:
        return [_failed("webhook", error, _COMPARE, of=f"WhatsApp Business Account ID {waba}")]
    about = [one.get("whatsapp_business_api_data") for one in apps.get("data", []) if isinstance(one, dict)]
    hearing = [str(one.get("id")) for one in about if isinstance(one, dict)]
    if app_id in hearing or (app_id is None and hearing):
        return []
    why = "no app hears of this account's messages"
    if hearing:
        why = f"another app ({', '.join(hearing)[:100]}) hears of this account's messages, and the token's app does not"
    return [Examination("webhook", "failed", why, f"subscribe it: POST /{waba}/subscribed_apps")]


def _fields_of(answer: Json) -> Examination:
    for one in answer.get("data", []):
        if not isinstance(one, dict) or one.get("object") != "whatsapp_business_account":
            continue
        fields = {str(field.get("name")) for field in one.get("fields", []) if isinstance(field, dict)}
        if missing := [field for field in _FIELDS if field not in fields]:
            status = "failed" if "messages" in missing else "warning"
            remedy = "subscribe these fields in the Meta app, under WhatsApp, Configuration"
            return Examination("webhook", status, f"the webhook does not hear of {', '.join(missing)}", remedy)
        called = str(one.get("callback_url"))[:200]
        if not urlsplit(called).path.endswith(_WEBHOOK):
            return Examination("webhook", "failed", f"Meta calls {called}, where nobody listens for it", _ENTER)
        return Examination("webhook", "ok", f"Meta calls {called}")
    return Examination("webhook", "failed", "the Meta app has no webhook for WhatsApp", _ENTER)


def _failed(part: str, error: TryLater | Refused, remedy: str, of: str = "") -> Examination:
    """`remedy`: where Meta's own code says none. `of`: the id that was asked for."""
    cause = error.__cause__
    if not isinstance(cause, GraphError):
        reach = "" if isinstance(error, CannotSend) else "look whether this machine reaches graph.facebook.com"
        return Examination(part, "failed", error.reason, reach)
    if of and is_of_no_object(cause.error):
        return Examination(part, "failed", f"Meta does not know the {of}, or the token may not see it", _COMPARE)
    why, known = meaning(cause.error)
    return Examination(part, "failed", why, known or remedy)


def _digits(number: str) -> str:
    return "".join(character for character in number if character.isdigit())
