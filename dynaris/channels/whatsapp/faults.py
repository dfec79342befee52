"""Meta's error codes: what each means for a send, and what somebody can do about it.

Codes and meanings: developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes (read November 2026).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dynaris.channels.contract import CannotSend, Refused, TryLater

_ACCOUNT_PAUSE = 300.0  # until a person has repaired it
WINDOW_CLOSED = 131047
UNKNOWN_ID = 33  # as a code, and as the subcode of 100


@dataclass(frozen=True, slots=True)
class Fault:
    words: str
    remedy: str = ""
    later: float = 0.0  # seconds after which the same may work
    account: bool = False  # the account's trouble, not the message's


def _slow(words: str, seconds: float) -> Fault:
    return Fault(words, later=seconds)


def _broken(words: str, remedy: str) -> Fault:
    return Fault(words, remedy, later=_ACCOUNT_PAUSE, account=True)


_RENEW = "give the account a new access token, of a system user, that does not expire"
_SUPPORT = "look at the account in Meta's Business Support Home"

FAULTS: Mapping[int, Fault] = {
    0: _broken("Meta does not accept the access token", _RENEW),
    104: _broken("no access token reached Meta", _RENEW),
    190: _broken("the access token has expired or was taken back", _RENEW),
    3: _broken(
        "the access token may not send messages", "give its system user the permission whatsapp_business_messaging"
    ),
    10: _broken(
        "the access token lacks a permission", "give its system user whatsapp_business_messaging and _management"
    ),
    200: _broken(
        "the access token lacks a permission", "give its system user whatsapp_business_messaging and _management"
    ),
    131005: _broken(
        "the access token has no access to this number", "assign the WhatsApp account to the token's system user"
    ),
    33: _broken(
        "Meta does not know this phone number id, or the access token may not see it",
        "compare the phone number ID with the one in WhatsApp Manager",
    ),
    368: _broken("Meta blocks the account for a policy violation", _SUPPORT),
    131031: _broken("the business account is locked", _SUPPORT),
    131037: _broken("the number's display name is not approved", "have the display name approved in WhatsApp Manager"),
    131042: _broken("Meta cannot charge the business", "look at the payment method in Meta's billing settings"),
    131045: _broken("the number is not registered for the Cloud API", "register it: POST /<phone number id>/register"),
    133010: _broken("the number is not registered for the Cloud API", "register it: POST /<phone number id>/register"),
    133006: _broken("the number must be verified", "verify it in WhatsApp Manager"),
    131048: _broken(
        "Meta limits this number because contacts reported it as spam", "look at its quality in WhatsApp Manager"
    ),
    2: _slow("Meta's API is down for a moment", 30),
    4: _slow("the app has called Meta too often", 60),
    80007: _slow("the business account has called Meta too often", 60),
    130429: _slow("more messages a second than this number may send", 5),
    131056: _slow("too many messages to this contact in a short time", 6),
    131016: _slow("WhatsApp is overloaded", 30),
    131057: _slow("the business account is in maintenance", 300),
    131000: _slow("WhatsApp could not send it, without saying why", 30),
    133004: _slow("WhatsApp's server is unavailable", 60),
    WINDOW_CLOSED: Fault("more than 24 hours since the contact's last message", "send an approved template"),
    131026: Fault(
        "the message cannot be delivered to this contact",
        "perhaps the number has no WhatsApp, an old app, or has not accepted its terms: try another way",
    ),
    131049: Fault(
        "Meta did not deliver it, to keep this contact from too much marketing", "try another day, or another way"
    ),
    131050: Fault("the contact wants no marketing messages from this business", "write only when they write first"),
    130472: Fault("the contact is part of an experiment of Meta's that gets no marketing", "try another way"),
    130497: Fault("the business may not write to contacts in this country", "try another way"),
    131021: Fault("the business cannot write to its own number"),
    131030: Fault(
        "the number is not on the test number's list of recipients", "add it in the Meta app, under API setup"
    ),
    131051: Fault("WhatsApp does not know this kind of message"),
    131052: Fault("the file could not be fetched"),
    131053: Fault("the file could not be taken", "look at its type and size"),
    131008: Fault("a part of the message is missing"),
    131009: Fault("a part of the message has a value that WhatsApp does not take"),
    100: Fault("a part of the message has a value that Meta does not take"),
    132000: Fault("the template has another number of variables", "fetch the templates again, and fill each variable"),
    132001: Fault("there is no such template in this language, or it is not approved", "fetch the templates again"),
    132005: Fault("the filled template is too long", "shorten what is filled in"),
    132007: Fault("what is filled into the template violates WhatsApp's policy"),
    132012: Fault("a variable of the template has another kind of value"),
    132018: Fault(
        "what is filled into the template cannot be used", "fetch the templates again, and fill each variable"
    ),
    132015: Fault("the template is paused for its low quality", "choose another, or change it"),
    132016: Fault("the template was disabled for its low quality", "choose another"),
    135000: Fault("Meta could not send it, and does not say why"),
}


def ends(status: int, error: Mapping[str, Any], retry_after: float | None = None) -> TryLater | Refused | None:
    """How a send ends that Meta answered with an error; `None`: nobody knows whether it was sent."""
    code = code_of(error)
    fault = FAULTS.get(code)
    words = told(error)
    if fault is None:
        if status == 429:
            return TryLater(words, retry_after or 30)
        return Refused(words) if 400 <= status < 500 and code != 1 else None
    if fault.account:
        return CannotSend(words, fault.later)
    if fault.later:
        return TryLater(words, max(fault.later, retry_after or 0))
    return Refused(words, "window" if code == WINDOW_CLOSED else "message")


def told(error: Mapping[str, Any]) -> str:
    """An error of Meta's for people: what it means, what to do, and Meta's own words."""
    fault, own = FAULTS.get(code_of(error)), _own_words(error)
    if fault is None:
        return own
    return f"{fault.words}; {fault.remedy} ({own})" if fault.remedy else f"{fault.words} ({own})"


def meaning(error: Mapping[str, Any]) -> tuple[str, str]:
    """The same in two: what is wrong, and what to do (empty where nobody knows)."""
    fault, own = FAULTS.get(code_of(error)), _own_words(error)
    return (f"{fault.words} ({own})", fault.remedy) if fault else (own, "")


def _own_words(error: Mapping[str, Any]) -> str:
    code = code_of(error)
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, Mapping) else None
    own = " ".join(str(details or error.get("message") or error.get("title") or "").split())[:300]
    if code not in FAULTS:
        return f"Meta says: {own or 'an error without words'} ({code})"
    return f"Meta {code}: {own}" if own else f"Meta {code}"


def code_of(error: Mapping[str, Any]) -> int:
    code = error.get("code")
    return code if isinstance(code, int) else -1


def is_of_no_object(error: Mapping[str, Any]) -> bool:
    """The id in the address of the call is unknown, or hidden from this token."""
    return code_of(error) == 100 and error.get("error_subcode") == UNKNOWN_ID
