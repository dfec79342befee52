"""Asks Twilio whether a number works: the account, the number, and where it calls us."""

import asyncio
from collections.abc import Sequence
from typing import Any

from dynaris.channels.contract import Examination, Refused, TryLater
from dynaris.channels.voice_twilio.paths import CALL, STATUS
from dynaris.channels.voice_twilio.rest import Number, TwilioApi

_SECONDS = 3.5
_CONSOLE = "in the Twilio console, under Phone Numbers, the number, Voice Configuration"


async def examine(api: TwilioApi, number: Number, gateway: str) -> Sequence[Examination]:
    """While Twilio does not accept the account, nothing else can be asked."""
    try:
        async with asyncio.timeout(_SECONDS):
            account, found = await _account(api, number), list[Examination]()
            if account.status != "failed":
                found = await _number(api, number, gateway)
    except TimeoutError:
        remedy = "look whether this machine reaches api.twilio.com"
        return [Examination("twilio", "failed", f"Twilio did not answer within {_SECONDS:g} s", remedy)]
    return [account, *found]


async def _account(api: TwilioApi, number: Number) -> Examination:
    region = number.settings.region
    try:
        about = await api.get(number, "")
    except (TryLater, Refused) as error:
        remedy = (
            f"compare Account SID and auth token with the first page of the Twilio console, there for the region "
            f"{region}: each region has an auth token of its own"
        )
        return Examination("account", "failed", error.reason, remedy)
    if about.get("status") != "active":
        remedy = "look into the Twilio console: balance, and whether the account is suspended"
        return Examination("account", "failed", f"Twilio says that the account is {about.get('status')}", remedy)
    if about.get("type") == "Trial":
        found = "a trial account: Twilio plays its own words before each call, and calls verified numbers alone"
        return Examination("account", "warning", found, "upgrade the account before customers call")
    return Examination("account", "ok", f"Twilio accepts the account, region {region}")


async def _number(api: TwilioApi, number: Number, gateway: str) -> list[Examination]:
    try:
        said = await api.get(number, "IncomingPhoneNumbers.json", {"PhoneNumber": number.address})
    except (TryLater, Refused) as error:
        return [Examination("number", "failed", error.reason, "try again; Twilio's status page tells of outages")]
    numbers = said.get("incoming_phone_numbers") or []
    about = next((each for each in numbers if each.get("phone_number") == number.address), None)
    if about is None:
        remedy = "buy or port it there, or correct the Account SID: a subaccount has its own numbers"
        return [Examination("number", "failed", f"{number.address} is no number of this account", remedy)]
    if not (about.get("capabilities") or {}).get("voice", True):
        return [Examination("number", "failed", f"{number.address} takes no calls", "choose one with voice")]
    if about.get("voice_receive_mode") == "fax":
        found = f"{number.address} takes faxes: Twilio would offer no sound that can be spoken on"
        return [Examination("codec", "failed", found, f"choose “Voice calls” {_CONSOLE}")]
    return [Examination("number", "ok", f"{number.address} is the account's"), *_leads_here(about, gateway)]


def _leads_here(about: dict[str, Any], gateway: str) -> list[Examination]:
    expected, called = f"{gateway}{CALL}", str(about.get("voice_url") or "")
    if about.get("trunk_sid") or about.get("voice_application_sid"):
        found = "a SIP trunk or TwiML app takes its calls, before any webhook"
        return [Examination("webhook", "failed", found, f"take it away {_CONSOLE}, and enter {expected}")]
    if called != expected:
        found = f"a call that comes in is told to {called[:200]}, not here" if called else "no webhook is entered"
        return [Examination("webhook", "failed", found, f"enter {expected} as “A call comes in” {_CONSOLE}")]
    if str(about.get("voice_method") or "POST").upper() != "POST":
        return [Examination("webhook", "failed", "Twilio calls us by GET", f"choose HTTP POST {_CONSOLE}")]
    if str(about.get("status_callback") or "") != f"{gateway}{STATUS}":
        found = "Twilio does not tell us how calls end: one that breaks off is noticed up to two minutes later"
        return [Examination("status", "warning", found, f"enter {gateway}{STATUS} as “Call status changes” {_CONSOLE}")]
    return [Examination("webhook", "ok", "calls, and how they end, are told to us")]
