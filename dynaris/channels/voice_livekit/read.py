"""LiveKit's webhooks in the product's words (docs.livekit.io/home/server/webhooks, protocol/livekit_webhook.proto)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from dynaris.channels.contract import (
    AddressKind,
    Arrival,
    CallEnd,
    CallUpdate,
    Identity,
    Inbound,
    Leg,
    NewCall,
    Rejected,
    Sender,
    ThreadHint,
    Unreadable,
)
from dynaris.channels.voice_livekit.settings import LiveKitVoiceSettings

PREFIX = "dynaris-"  # of the rooms that we open, and of those that our dispatch rule opens
OURS = "dynaris"  # the part of a room's metadata that is ours: only a holder of the API key can write it
_MOST_BYTES, _LONGEST = 200_000, 2_000
_ROOM = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_PERSONS = frozenset({"STANDARD", "SIP"})  # and not an agent, a recording or a stream
_LEFT = frozenset({"participant_left", "participant_connection_aborted"})
_ENDS: dict[str, CallEnd] = {
    "USER_UNAVAILABLE": "no_answer",
    "USER_REJECTED": "busy",
    "SIP_TRUNK_FAILURE": "failed",
    "MEDIA_FAILURE": "failed",
}


@dataclass(frozen=True, slots=True)
class Participant:
    identity: str
    name: str
    kind: str
    attributes: Mapping[str, str]
    joined_at: datetime | None
    disconnected: str

    @property
    def is_person(self) -> bool:
        return self.kind in _PERSONS

    @property
    def is_caller(self) -> bool:
        return self.is_person and self.attributes.get(f"{OURS}.party", "contact") == "contact"


@dataclass(frozen=True, slots=True)
class Event:
    kind: str
    room: str
    metadata: Mapping[str, Any]  # ours
    participant: Participant | None
    at: datetime | None


def event(body: bytes) -> Event:
    """Raises `Rejected`."""
    if len(body) > _MOST_BYTES:
        raise Rejected(f"a webhook has more than {_MOST_BYTES:,} bytes", 413, "too_large")
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Rejected(f"JSON was expected: {error}", 400, "malformed_request") from error
    if not isinstance(said, dict) or not isinstance(said.get("event"), str):
        raise Rejected("event: the kind of a LiveKit webhook was expected", 422, "invalid_input")
    room = _part(said, "room")
    name = room.get("name", "")
    if not isinstance(name, str) or not _ROOM.fullmatch(name):
        name = ""
    about = said.get("participant")
    return Event(
        kind=said["event"][:100],
        room=name,
        metadata=ours_in(room.get("metadata")),
        participant=participant(about) if isinstance(about, dict) else None,
        at=_moment(said.get("createdAt")),
    )


def participant(about: Mapping[str, Any]) -> Participant:
    given = about.get("attributes")
    attributes = given if isinstance(given, dict) else {}
    return Participant(
        identity=_text(about.get("identity")),
        name=_text(about.get("name")),
        kind=_text(about.get("kind") or "STANDARD"),
        attributes={str(name): _text(value) for name, value in attributes.items()},
        joined_at=_moment(about.get("joinedAtMs"), 1000) or _moment(about.get("joinedAt")),
        disconnected=_text(about.get("disconnectReason")),
    )


def ours_in(metadata: object) -> Mapping[str, Any]:
    try:
        said = orjson.loads(metadata) if isinstance(metadata, str) and metadata else {}
    except orjson.JSONDecodeError:
        return {}
    return _part(said, OURS) if isinstance(said, dict) else {}


def called(found: Event) -> str:
    """The number that a SIP call was made to, as its trunk names it."""
    return found.participant.attributes.get("sip.trunkPhoneNumber", "") if found.participant else ""


def arrival(found: Event, body: bytes) -> Arrival:
    return Arrival(external_id=found.room, lane=f"call:{found.room}", raw=body)


def call(stored: Arrival, number: str, settings: LiveKitVoiceSettings) -> NewCall:
    """`number`: ours. Raises `Unreadable`."""
    return NewCall(caller=_caller(_joined(stored), settings), called=number)


def inbound(stored: Arrival, settings: LiveKitVoiceSettings) -> Inbound:
    """Raises `Unreadable`."""
    found = _joined(stored)
    who, about = found.participant, found.metadata
    assert who is not None
    agent = _text(about.get("agent")) or None
    name = who.name.strip()[:200] or None
    if visitor := _text(about.get("visitor")):
        sender = Sender(
            kind=AddressKind.VISITOR, value=visitor, name=name, reason="a chat session proves nothing by itself"
        )
        return Inbound(sender=sender, thread=ThreadHint(key=found.room), text="Call from the web page", agent=agent)
    if (number := _caller(found, settings)) is None:
        # Nobody is recognised by a number that is withheld: each such call is somebody new.
        nobody = sha256(f"call:{found.room}".encode()).hexdigest()
        sender = Sender(kind=AddressKind.VISITOR, value=nobody, reason="the caller's number is withheld")
        return Inbound(
            sender=sender, thread=ThreadHint(key=found.room), text="Phone call, number withheld", agent=agent
        )
    sender = Sender(
        kind=AddressKind.PHONE,
        value=number,
        name=None if name is None or number[1:] in name.replace(" ", "") else name,
        identity=Identity.CLAIMED,
        reason="the caller's number: nobody vouches for it",
    )
    return Inbound(sender=sender, text="Phone call", agent=agent)


def update(found: Event) -> CallUpdate:
    """What an event of a room says of its call."""
    who, call_id = found.participant, found.metadata.get("call")
    leaves = found.kind in _LEFT
    ends = found.kind == "room_finished" or (leaves and who is not None and who.is_caller)
    connected = who is not None and who.attributes.get("sip.callStatus", "active") in ("active", "hangup", "automation")
    lasted = (found.at - who.joined_at).total_seconds() if leaves and who and who.joined_at and found.at else None
    return CallUpdate(
        external_id=found.room,
        call_id=_id(call_id),
        ended=_ENDS.get(who.disconnected if who else "", "completed") if ends else None,
        seconds=max(0, round(lasted)) if lasted is not None and ends and connected else None,
        at=found.at,
        leg=_leg(found, who) if who and who.is_person else None,
        left=ends,
    )


def _leg(found: Event, who: Participant) -> Leg | None:
    if who.joined_at is None:
        return None
    leaves = found.kind in _LEFT
    return Leg(
        party="contact" if who.is_caller else "member",
        name=(who.attributes.get("sip.phoneNumber") or who.name or who.identity)[:200],
        joined_at=who.joined_at,
        left_at=found.at if leaves else None,
        left_because=who.disconnected.lower().replace("_", " ") or "left" if leaves else None,
    )


def _joined(stored: Arrival) -> Event:
    try:
        found = event(stored.raw)
    except Rejected as error:
        raise Unreadable(error.reason) from error
    if found.participant is None or not found.room:
        raise Unreadable("a participant who joined a room was expected")
    return found


def _caller(found: Event, settings: LiveKitVoiceSettings) -> str | None:
    """A PBX shows numbers as they are dialled: +49170..., 0049170..., 0170...; and an extension, or nothing."""
    shown = found.participant.attributes.get("sip.phoneNumber", "") if found.participant else ""
    number = re.sub(r"[\s()./-]", "", shown)
    if number.startswith("00"):
        number = f"+{number[2:]}"
    elif number.startswith("0") and settings.country_code:
        number = f"+{settings.country_code}{number[1:]}"
    elif settings.country_code and re.fullmatch(rf"{settings.country_code}\d{{8,12}}", number):
        number = f"+{number}"
    return number if _E164.fullmatch(number) else None


def _id(text: object) -> UUID | None:
    try:
        return UUID(text) if isinstance(text, str) and text else None
    except ValueError:
        return None


def _part(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = said.get(name)
    return part if isinstance(part, dict) else {}


def _text(value: object) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""


def _moment(value: object, units: int = 1) -> datetime | None:
    """Protobuf's JSON has whole numbers of 64 bits as text."""
    try:
        seconds = int(value) / units  # type: ignore[call-overload]
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None
