"""What customers do with their phones: write, answer, react, edit, take back, read. Each becomes a webhook."""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

from dynaris.core import clock
from dynaris.core.errors import InvalidInput
from dynaris.sandbox.meta import messages, webhooks
from dynaris.sandbox.meta.business import report
from dynaris.sandbox.meta.customers import UNREAD, change_number
from dynaris.sandbox.meta.graph_errors import failure
from dynaris.sandbox.meta.media import LIMITS, base64_sha, find_media, link_to, received
from dynaris.sandbox.meta.standin import StandIn
from dynaris.sandbox.meta.store import Row
from dynaris.sandbox.meta.webhooks import Change

_MOST_TEXT = 65_536  # WhatsApp's own limit for people
_COMMON = ("type", "reply_to", "forwarded", "referral")
_FIELDS = {
    "text": ("text",),
    **{kind: ("media_id", "data", "mime_type", "caption", "filename", "voice", "animated") for kind in LIMITS},
    "location": ("latitude", "longitude", "name", "address", "url"),
    "contacts": ("contacts",),
    "button": ("payload", "text"),
    "button_reply": ("id", "title"),
    "list_reply": ("id", "title", "description"),
    "reaction": ("message_id", "emoji"),
    "edit": ("message_id", "text"),
    "revoke": ("message_id",),
    "unsupported": (),
}


def write(standin: StandIn, customer: Row, asked: Row) -> tuple[str, Change]:
    """Its id, and the webhook, which the caller queues. Raises `InvalidInput` or `NotFound` before it is kept."""
    kind = asked.get("type", "text")
    if kind not in _FIELDS:
        raise InvalidInput(f"type must be one of {', '.join(_FIELDS)}, not {kind!r}")
    if unknown := set(asked) - {*_COMMON, *_FIELDS[kind]}:
        raise InvalidInput(f"unknown {', '.join(sorted(unknown))} in a message of type {kind}")
    with standin.store.together():
        if kind in ("edit", "revoke", "reaction"):
            message_id, change = _upon_another(standin, customer, kind, asked)
        else:
            message_id, change = _of_its_own(standin, customer, kind, asked)
        if kind not in ("edit", "revoke"):
            _noted(standin, customer)
    standin.changes.tell(customer["user_id"])
    return message_id, change


def read(standin: StandIn, customer: Row, message_id: str | None = None) -> int:
    """What the business sent, up to that message: read, and the business is told unless the customer hides that."""
    store, user_id = standin.store, customer["user_id"]
    until = messages.find_message(store, message_id, user_id=user_id)["n"] if message_id else 2**62
    query = f"SELECT * FROM message WHERE user_id = :id AND n <= :until AND {UNREAD} ORDER BY n"
    with store.together():
        unread = store.rows(query, id=user_id, until=until)
        for message in unread:
            messages.advance(store, message["id"], "read")
            if customer["receipts"]:
                report(standin, customer, message, "read", after=0.05)
    if unread:
        standin.changes.tell(user_id)
    return len(unread)


def played(standin: StandIn, customer: Row, message_id: str) -> None:
    """A voice message of the business was listened to."""
    message = messages.find_message(standin.store, message_id, user_id=customer["user_id"])
    if messages.advance(standin.store, message_id, "played") and customer["receipts"]:
        report(standin, customer, message, "played")


def new_number(standin: StandIn, customer: Row, wa_id: Any) -> None:
    with standin.store.together():
        changed = change_number(standin.store, customer, wa_id)
        message_id = messages.new_message_id()
        change = webhooks.number_changed(standin.number, changed, customer["wa_id"], message_id)
        standin.deliveries.queue([change])
    standin.changes.tell("customers")


def echoed(standin: StandIn, customer: Row, text: Any) -> str:
    """The business writes with WhatsApp's own app, beside the API."""
    body = _text(text, "text")
    number = standin.number
    with standin.store.together():
        row = messages.add_message(
            standin.store,
            customer=customer,
            number_id=number["id"],
            sender="business",
            type="text",
            content={"body": body, "echo": True},
            text=body,
            status="delivered",
            category="service",
        )
        standin.deliveries.queue([webhooks.echo(number, customer, row["id"], body)])
    standin.changes.tell(customer["user_id"])
    return row["id"]


def _of_its_own(standin: StandIn, customer: Row, kind: str, asked: Row) -> tuple[str, Change]:
    part, shown, text = _CONTENT[kind](standin, kind, asked)
    quoted = asked.get("reply_to")
    if quoted is not None:
        quoted = messages.find_message(standin.store, quoted, user_id=customer["user_id"])["id"]
    row = messages.add_message(
        standin.store,
        customer=customer,
        number_id=standin.number["id"],
        sender="customer",
        type="interactive" if kind in ("button_reply", "list_reply") else kind,
        content=shown,
        text=text,
        quoted=quoted,
    )
    message = {**_context(standin, asked, quoted), **webhooks.head(customer, row["id"], row["at"]), **part}
    if isinstance(asked.get("referral"), dict):
        message["referral"] = asked["referral"]
    return row["id"], webhooks.inbound(standin.number, customer, message, (row["id"],))


def _upon_another(standin: StandIn, customer: Row, kind: str, asked: Row) -> tuple[str, Change]:
    """Reactions, edits and deletions have ids of their own and change what is shown of another message."""
    store = standin.store
    target = messages.find_message(store, asked.get("message_id"), user_id=customer["user_id"])
    message_id = messages.new_message_id()
    message = {**webhooks.head(customer, message_id, clock.now().timestamp()), "type": kind}
    if kind == "reaction":
        emoji = asked.get("emoji", "")
        if not isinstance(emoji, str) or len(emoji) > 20:
            raise InvalidInput("emoji must be one, or empty to take the reaction back")
        messages.react(store, target, "customer", emoji)
        message["reaction"] = {"message_id": target["id"], "emoji": emoji}
        return message_id, webhooks.inbound(standin.number, customer, message)
    if target["sender"] != "customer" or target["deleted"]:
        raise InvalidInput("a customer changes what they wrote themselves, and did not delete")
    if kind == "revoke":
        store.run("UPDATE message SET deleted = 1 WHERE id = :id", id=target["id"])
        message["revoke"] = {"original_message_id": target["id"]}
        return message_id, webhooks.inbound(standin.number, customer, message)
    text = _text(asked.get("text"), "text")
    message["edit"] = {"original_message_id": target["id"], "message": _edited(standin, target, text)}
    content = {**target["content"], **({"body": text} if target["type"] == "text" else {"caption": text})}
    store.run(
        "UPDATE message SET content = :content, text = :text, edited = 1 WHERE id = :id",
        content=json.dumps(content, ensure_ascii=False),
        text=text,
        id=target["id"],
    )
    return message_id, webhooks.inbound(standin.number, customer, message)


def _edited(standin: StandIn, target: Row, text: str) -> Row:
    kind = target["type"]
    if kind == "text":
        return {"type": "text", "text": {"body": text}}
    if kind in ("image", "video", "document"):
        return {"type": kind, kind: {"caption": text, **_wire_media(standin, target["content"]["id"])}}
    raise InvalidInput(f"a message of type {kind} has no text to edit")


def _noted(standin: StandIn, customer: Row) -> None:
    """It opens the 24 hours."""
    now = clock.now().timestamp()
    standin.store.run("UPDATE customer SET wrote_at = :now WHERE user_id = :id", now=now, id=customer["user_id"])


def _context(standin: StandIn, asked: Row, quoted: str | None) -> Row:
    context: Row = {}
    if quoted is not None:
        target = messages.find_message(standin.store, quoted)
        own = webhooks.plain_number(standin.number["display"])
        sender = standin.store.row("SELECT wa_id FROM customer WHERE user_id = :id", id=target["user_id"])
        written_by = own if target["sender"] == "business" else (sender or {}).get("wa_id")
        context = {**({"from": written_by} if written_by else {}), "id": quoted}
    if asked.get("forwarded"):
        context["frequently_forwarded" if asked["forwarded"] == "many" else "forwarded"] = True
    return {"context": context} if context else {}


Content = tuple[Row, Row, str]  # of the webhook's message, what the phone shows, its words


def _plain(_standin: StandIn, _kind: str, asked: Row) -> Content:
    body = _text(asked.get("text"), "text")
    return {"type": "text", "text": {"body": body}}, {"body": body}, body


def _medium(standin: StandIn, kind: str, asked: Row) -> Content:
    media_id = asked.get("media_id") or _given(standin, kind, asked)
    media = find_media(standin.store, str(media_id))
    caption = _text(asked["caption"], "caption") if asked.get("caption") else None
    wire: Row = {"caption": caption} if caption else {}
    if kind == "document":
        wire["filename"] = asked.get("filename") or media["name"] or "document"
    wire |= _wire_media(standin, media["id"])
    if kind == "audio":
        wire["voice"] = bool(asked.get("voice"))
    if kind == "sticker":
        wire["animated"] = bool(asked.get("animated"))
    shown = {name: value for name, value in wire.items() if name not in ("sha256", "url")}
    return {"type": kind, kind: wire}, shown, caption or ""


def _given(standin: StandIn, kind: str, asked: Row) -> str:
    data, mime_type = asked.get("data"), asked.get("mime_type")
    if not isinstance(data, str) or not isinstance(mime_type, str) or "/" not in mime_type:
        raise InvalidInput(f"{kind} needs media_id, or data (base64) and mime_type")
    try:
        content = base64.b64decode(data, validate=True)
    except binascii.Error:
        raise InvalidInput("data is no base64") from None
    return received(standin.store, kind, content, mime_type, asked.get("filename"))["id"]


def _wire_media(standin: StandIn, media_id: str) -> Row:
    media = find_media(standin.store, media_id)
    return {
        "mime_type": media["mime_type"],
        "sha256": base64_sha(media),
        "id": media["id"],
        "url": link_to(standin.store, standin.base_url, media["id"]),
    }


def _location(_standin: StandIn, _kind: str, asked: Row) -> Content:
    place = {}
    for name, most in (("latitude", 90), ("longitude", 180)):
        value = asked.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
            raise InvalidInput(f"{name} must be a number from -{most} to {most}")
        place[name] = value
    place |= {name: _text(asked[name], name) for name in ("name", "address", "url") if asked.get(name)}
    return {"location": place, "type": "location"}, place, asked.get("name") or ""


def _contacts(_standin: StandIn, _kind: str, asked: Row) -> Content:
    cards = asked.get("contacts")
    named = isinstance(cards, list) and cards and all(isinstance(card, dict) and card.get("name") for card in cards)
    if not isinstance(cards, list) or not named:
        raise InvalidInput("contacts must be a list of cards, each with a name")
    words = ", ".join(str(card["name"].get("formatted_name", "")) for card in cards if isinstance(card["name"], dict))
    return {"type": "contacts", "contacts": cards}, {"contacts": cards}, words


def _button(_standin: StandIn, _kind: str, asked: Row) -> Content:
    """Of a template."""
    text = _text(asked.get("text"), "text")
    button = {"payload": _text(asked.get("payload") or text, "payload"), "text": text}
    return {"type": "button", "button": button}, button, text


def _reply(_standin: StandIn, kind: str, asked: Row) -> Content:
    reply = {"id": _text(asked.get("id"), "id"), "title": _text(asked.get("title"), "title")}
    if asked.get("description"):
        reply["description"] = _text(asked["description"], "description")
    return {"type": "interactive", "interactive": {"type": kind, kind: reply}}, reply, reply["title"]


def _unsupported(_standin: StandIn, _kind: str, _asked: Row) -> Content:
    error = {
        **failure(131051),
        "title": "Message type unknown",
        "message": "Message type unknown",
        "error_data": {"details": "Message type is currently not supported."},
    }
    del error["href"]
    return {"errors": [error], "type": "unsupported"}, {}, ""


def _text(given: Any, what: str) -> str:
    if not isinstance(given, str) or not 1 <= len(given) <= _MOST_TEXT:
        raise InvalidInput(f"{what} must be a text of 1 to {_MOST_TEXT} characters")
    return given


_CONTENT: dict[str, Callable[[StandIn, str, Row], Content]] = {
    "text": _plain,
    **{kind: _medium for kind in LIMITS},
    "location": _location,
    "contacts": _contacts,
    "button": _button,
    "button_reply": _reply,
    "list_reply": _reply,
    "unsupported": _unsupported,
}
