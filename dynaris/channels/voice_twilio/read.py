"""Twilio's form fields in the product's words (twilio.com/docs/voice/twiml, "Request parameters")."""

import re
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import parse_qsl
from uuid import UUID

from dynaris.channels.contract import (
    AddressKind,
    Arrival,
    CallEnd,
    CallUpdate,
    Identity,
    Inbound,
    NewCall,
    Rejected,
    Sender,
    ThreadHint,
    TransferState,
    Unreadable,
)

_MOST_FIELDS, _LONGEST = 200, 2_000
_SID = re.compile(r"CA[0-9a-zA-Z]{4,60}")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
# What the caller's operator vouches for (STIR/SHAKEN); in most countries nothing does.
_VOUCHED = "TN-Validation-Passed-A"
_NOT_TAKEN = {"busy": "the line was busy", "no-answer": "nobody answered", "failed": "the number cannot be reached"}
_ENDS: dict[str, CallEnd] = {
    "completed": "completed",
    "busy": "busy",
    "no-answer": "no_answer",
    "canceled": "cancelled",
    "failed": "failed",
}


def fields_of(body: bytes) -> list[tuple[str, str]]:
    """Raises `Rejected`."""
    try:
        fields = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, strict_parsing=bool(body)
        )
    except ValueError as error:
        raise Rejected(f"a form with Twilio's fields was expected: {error}", 400, "malformed_request") from error
    if too_long := next((name for name, value in fields if len(value) > _LONGEST), None):
        raise Rejected(f"{too_long[:50]} has more than {_LONGEST:,} characters", 413, "too_large")
    return fields


def sid_of(fields: Mapping[str, str]) -> str:
    """Raises `Rejected`."""
    sid = fields.get("CallSid", "")
    if not _SID.fullmatch(sid):
        raise Rejected(f"CallSid: the id of a call such as CA0123 was expected, not {sid[:50]!r}", 422, "invalid_input")
    return sid


def call(arrival: Arrival) -> NewCall:
    """Raises `Unreadable`."""
    fields = _stored(arrival)
    called = fields.get("To", "")
    if not _E164.fullmatch(called):
        raise Unreadable(f"To: a telephone number was expected, not {called[:50]!r}")
    return NewCall(caller=_caller(fields), called=called)


def inbound(arrival: Arrival) -> Inbound:
    """Raises `Unreadable`."""
    fields, about = _stored(arrival), call(arrival)
    if about.caller is None:
        # Nobody is recognised by a number that is withheld: each such call is somebody new.
        sid = fields.get("CallSid", arrival.external_id)
        nobody = sha256(f"call:{sid}".encode()).hexdigest()
        sender = Sender(kind=AddressKind.VISITOR, value=nobody, reason="the caller's number is withheld")
        return Inbound(sender=sender, thread=ThreadHint(key=sid), text="Phone call, number withheld")
    vouched = _VOUCHED in fields.get("StirVerstat", "")
    reason = f"StirVerstat={fields['StirVerstat'][:60]}" if fields.get("StirVerstat") else "nobody vouches for it"
    sender = Sender(
        kind=AddressKind.PHONE,
        value=about.caller,
        name=fields.get("CallerName", "").strip()[:200] or None,
        identity=Identity.VERIFIED if vouched else Identity.CLAIMED,
        reason=f"the caller's number: {reason}",
    )
    return Inbound(sender=sender, text="Phone call")


def update(fields: Mapping[str, str], call_id: str | None = None) -> CallUpdate:
    """`call_id`: ours, as it stands in the address that Twilio was given. Raises `Rejected`."""
    seconds = fields.get("CallDuration", "")
    dialled = fields.get("DialCallStatus")
    by = fields.get("AnsweredBy", "")
    return CallUpdate(
        external_id=sid_of(fields),
        call_id=_id(call_id),
        ended=_ENDS.get(fields.get("CallStatus", "")),
        seconds=int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 7 else None,
        transfer=None if dialled is None else "done" if dialled in ("completed", "answered") else "failed",
        reason=_NOT_TAKEN.get(dialled or ""),
        answered_by=None if by in ("", "unknown") else "person" if by == "human" else "machine",
    )


def transfer(sid: str, state: TransferState | None) -> CallUpdate:
    """Of the call that is transferred. Raises `Rejected`."""
    return CallUpdate(external_id=sid_of({"CallSid": sid}), transfer=state)


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Rejected(f"call: one of our ids was expected, not {text[:50] if text else ''!r}") from error


def _caller(fields: Mapping[str, str]) -> str | None:
    """Withheld numbers come as words, or as digits that spell them (twilio.com/docs/voice/api/call-resource)."""
    caller = fields.get("From", "")
    spelled = {"+266696687", "+7378742833", "+2562533", "+8566696", "+86282452253"}
    return caller if _E164.fullmatch(caller) and caller not in spelled else None


def _stored(arrival: Arrival) -> dict[str, str]:
    try:
        return dict(fields_of(arrival.raw))
    except Rejected as error:
        raise Unreadable(error.reason) from error
