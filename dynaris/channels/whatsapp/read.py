"""A stored message of Meta's webhook, in the product's words."""

from typing import Any

import orjson

from dynaris.channels.contract import (
    AddressKind,
    Arrival,
    Change,
    Identity,
    Inbound,
    Reaction,
    RemoteFile,
    Sender,
    Unreadable,
)

Json = dict[str, Any]

_MEDIA = ("image", "video", "audio", "document", "sticker")
_LONGEST = 20_000
_ENDINGS = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "video/mp4": "mp4", "video/3gpp": "3gp",
    "audio/ogg": "ogg", "audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/aac": "aac", "audio/amr": "amr",
    "audio/webm": "webm", "audio/wav": "wav", "video/webm": "webm",
    "application/pdf": "pdf", "text/plain": "txt",
}  # fmt: skip


def read(arrival: Arrival) -> Inbound:
    """Raises `Unreadable`. What nobody needs to answer says why in `ignore`."""
    try:
        stored = orjson.loads(arrival.raw)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error}") from error
    message = _part(stored, "message") if isinstance(stored, dict) else {}
    if not message:
        raise Unreadable("no message in it")
    contact = _part(stored, "contact")
    kind = stored.get("kind", "messages")
    sender = _sender(message, contact, echo=kind == "message_echoes")
    if sender is None:
        raise Unreadable("it names no sender: neither a number nor a user id")
    if kind == "user_preferences":
        return _preference(sender, message)
    if kind == "calls":
        said = f"a call on WhatsApp ({_line(message.get('event')) or 'event'}): calls are not taken there"
        return Inbound(sender=sender, text="[call]", ignore=said)
    inbound = _message(sender, message)
    if kind == "message_echoes":
        return inbound.model_copy(update={"from_us": True})
    if ad := _advertised(inbound.data.get("referral", {})):
        return inbound.model_copy(update={"text": f"{inbound.text}\n[from {ad}]"})
    return inbound


def _advertised(referral: Json) -> str:
    """What "How much is it?" under an ad speaks of, for agents and people."""
    words = " · ".join(filter(None, (_line(referral.get(part)) for part in ("headline", "body"))))
    kind = "a post" if referral.get("source_type") == "post" else "an ad"
    return f"{kind}: {words}" if words else ""


def _sender(message: Json, contact: Json, *, echo: bool) -> Sender | None:
    """The number first, where there is one: telephone and WhatsApp meet there. The user id is what stays."""
    number_key, user_key = ("to", "to_user_id") if echo else ("from", "from_user_id")
    number = _digits(message.get(number_key)) or _digits(contact.get("wa_id")) or _digits(message.get("wa_id"))
    user = _user_id(message.get(user_key)) or _user_id(contact.get("user_id")) or _user_id(message.get("user_id"))
    first = number or user or _user_id(message.get(number_key))
    if not first:
        return None
    name = _part(contact, "profile").get("name")
    return Sender(
        kind=AddressKind.WHATSAPP,
        value=first,
        name=str(name)[:200] if name else None,
        identity=Identity.VERIFIED,
        reason="WhatsApp proves who writes, and Meta signed it",
        also=(user,) if number and user else (),
    )


def _message(sender: Sender, message: Json) -> Inbound:
    kind = str(message.get("type", ""))
    context = _part(message, "context")
    data: Json = {"type": kind}
    if referral := _part(message, "referral"):
        data["referral"] = {key: str(value)[:1_000] for key, value in referral.items() if isinstance(value, str)}
    if context.get("forwarded") or context.get("frequently_forwarded"):
        data["forwarded"] = True
    if product := _part(context, "referred_product"):
        data["product"] = {key: str(value)[:200] for key, value in product.items()}
    about: Json = {
        "sender": sender,
        "message_id": _line(message.get("id")) or None,
        "quotes": _line(context.get("id")) or None,
        "data": data,
    }
    if kind in _MEDIA:
        return _media(kind, _part(message, kind), about)
    reader = _READERS.get(kind)
    if reader is None:
        return _unknown(kind, message, about)
    return reader(message, about)


def _media(kind: str, media: Json, about: Json) -> Inbound:
    mime = str(media.get("mime_type") or "application/octet-stream")
    caption = _text(media.get("caption"))
    if not media.get("id"):
        return Inbound(**about, text=caption or f"[{kind}]", needs_person=f"the {kind} came without its file")
    ending = _ENDINGS.get(mime.partition(";")[0].strip(), "bin")
    spoken = kind == "audio" and bool(media.get("voice"))
    file = RemoteFile(
        id=str(media["id"])[:200],
        filename=_line(media.get("filename")) or f"{'voice-message' if spoken else kind}.{ending}",
        mime_type=mime[:200],
        url=str(media["url"])[:2_000] if media.get("url") else None,
        sha256=str(media["sha256"])[:100] if media.get("sha256") else None,
        spoken=spoken,
    )
    named = "voice message" if spoken else kind
    return Inbound(**about, text=caption or f"[{named}: {file.filename}]", files=(file,))


def _plain(message: Json, about: Json) -> Inbound:
    return Inbound(**about, text=_text(_part(message, "text").get("body")) or "[empty message]")


def _location(message: Json, about: Json) -> Inbound:
    place = _part(message, "location")
    where = f"{_number(place.get('latitude'))}, {_number(place.get('longitude'))}"
    named = " · ".join(filter(None, (_line(place.get("name")), _line(place.get("address")))))
    link = (
        f"https://www.openstreetmap.org/?mlat={_number(place.get('latitude'))}&mlon={_number(place.get('longitude'))}"
    )
    about["data"]["location"] = {key: place[key] for key in ("latitude", "longitude") if key in place}
    return Inbound(**about, text=f"[location: {named + ' · ' if named else ''}{where}]\n{link}")


def _contacts(message: Json, about: Json) -> Inbound:
    """Cards of other people: told, not taken for the sender's own."""
    lines = []
    for card in _parts(message, "contacts")[:20]:
        name = _line(_part(card, "name").get("formatted_name")) or "without a name"
        numbers = [_line(each.get("phone") or each.get("wa_id")) for each in _parts(card, "phones")[:5]]
        mails = [_line(each.get("email")) for each in _parts(card, "emails")[:5]]
        lines.append(", ".join(filter(None, (name, *numbers, *mails))))
    return Inbound(**about, text="[contact: " + "; ".join(lines) + "]")


def _button(message: Json, about: Json) -> Inbound:
    button = _part(message, "button")
    about["data"]["choice"] = _line(button.get("payload"))
    return Inbound(**about, text=_text(button.get("text")) or _line(button.get("payload")) or "[button]")


def _interactive(message: Json, about: Json) -> Inbound:
    interactive = _part(message, "interactive")
    kind = str(interactive.get("type", ""))
    if kind in ("button_reply", "list_reply"):
        chosen = _part(interactive, kind)
        about["data"]["choice"] = _line(chosen.get("id"))
        return Inbound(**about, text=_chosen(chosen) or "[choice]")
    if kind == "nfm_reply":
        return _filled_form(_part(interactive, kind), about)
    if kind == "call_permission_reply":
        said = _line(_part(interactive, kind).get("response")) or "answered"
        return Inbound(**about, text=f"[may we call: {said}]", ignore=f"an answer to a call request: {said}")
    return _unknown(f"interactive {kind}", message, about)


def _chosen(chosen: Json) -> str:
    """Titles are cut to what a phone shows; what `send.py` offers has its whole words as its id."""
    whole, title = _text(chosen.get("id")), _text(chosen.get("title"))
    is_ours = whole == _text(chosen.get("description")) or (title and whole.endswith(title))
    return whole if whole and is_ours else title


def _filled_form(form: Json, about: Json) -> Inbound:
    """A flow: a form inside WhatsApp."""
    try:
        fields = orjson.loads(str(form.get("response_json") or "{}"))
    except orjson.JSONDecodeError:
        fields = {}
    shown = (
        {str(key): value for key, value in fields.items() if key != "flow_token"} if isinstance(fields, dict) else {}
    )
    about["data"]["form"] = shown
    lines = [f"{key.replace('_', ' ')}: {_line(str(value))}" for key, value in list(shown.items())[:50]]
    return Inbound(**about, text="\n".join([f"[form: {_line(form.get('name')) or 'flow'}]", *lines]))


def _order(message: Json, about: Json) -> Inbound:
    order = _part(message, "order")
    about["data"]["order"] = order
    items = [
        f"{_number(item.get('quantity'))} × {_line(item.get('product_retailer_id'))}"
        f" at {_number(item.get('item_price'))} {_line(item.get('currency'))}"
        for item in _parts(order, "product_items")[:50]
    ]
    said = _text(order.get("text"))
    return Inbound(**about, text="\n".join(filter(None, ["[order]", *items, said])))


def _reaction(message: Json, about: Json) -> Inbound:
    reaction = _part(message, "reaction")
    emoji = _line(reaction.get("emoji"))[:40] or None
    of = _line(reaction.get("message_id"))
    said = f"a reaction {emoji} to a message" if emoji else "a reaction was taken away"
    return Inbound(**about, text=emoji or "", reaction=Reaction(to=of, emoji=emoji), ignore=said)


def _edit(message: Json, about: Json) -> Inbound:
    edit = _part(message, "edit")
    inner = _part(edit, "message")
    kind = str(inner.get("type", "text"))
    text = _text(_part(inner, "text").get("body")) or _text(_part(inner, kind).get("caption"))
    change = Change(of=_line(edit.get("original_message_id")), text=text or "[empty message]")
    return Inbound(**about, text=change.text or "", change=change)


def _revoke(message: Json, about: Json) -> Inbound:
    of = _line(_part(message, "revoke").get("original_message_id"))
    return Inbound(**about, text="", change=Change(of=of, text=None), ignore="the contact took a message back")


def _system(message: Json, about: Json) -> Inbound:
    system = _part(message, "system")
    kind = str(system.get("type", ""))
    said = _line(system.get("body")) or kind or "a notice of WhatsApp's"
    if kind in ("user_changed_number", "customer_changed_number", "user_changed_user_id"):
        now = _digits(system.get("wa_id")) or _digits(system.get("new_wa_id")) or _user_id(system.get("user_id"))
        sender: Sender = about["sender"]
        if now and now != sender.value:
            moved = sender.model_copy(update={"value": now, "former": sender.value})
            return Inbound(**{**about, "sender": moved}, text=said, ignore=f"a new number: {said}"[:300])
    return Inbound(**about, text=said, ignore=f"a notice of WhatsApp's: {said}"[:300])


def _unknown(kind: str, message: Json, about: Json) -> Inbound:
    """Kept and shown: something was sent that a person may want to ask about."""
    errors = _parts(message, "errors")
    details = _part(errors[0], "error_data").get("details") or errors[0].get("title") if errors else None
    about["data"]["as_it_came"] = {
        key: value for key, value in message.items() if key not in ("id", "from", "timestamp")
    }
    why = _line(details) or f"WhatsApp's kind {_line(kind) or 'none'} cannot be shown here"
    return Inbound(**about, text=f"[unsupported message: {why}]", needs_person=f"it cannot be read here: {why}")


def _preference(sender: Sender, message: Json) -> Inbound:
    wants = str(message.get("value", ""))
    said = _line(message.get("detail")) or f"marketing messages: {wants}"
    return Inbound(sender=sender, text=said, ignore=said, data={"type": "preference", "marketing": wants})


_READERS = {
    "text": _plain,
    "location": _location,
    "contacts": _contacts,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
    "reaction": _reaction,
    "edit": _edit,
    "revoke": _revoke,
    "system": _system,
}


def _part(of: Json, key: str) -> Json:
    found = of.get(key)
    return found if isinstance(found, dict) else {}


def _parts(of: Json, key: str) -> list[Json]:
    found = of.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _text(given: object) -> str:
    return given.replace("\x00", "")[:_LONGEST].strip() if isinstance(given, str) else ""


def _line(given: object) -> str:
    return " ".join(str(given).replace("\x00", "").split())[:300] if isinstance(given, str | int | float) else ""


def _number(given: object) -> str:
    return str(given) if isinstance(given, int | float) else "?"


def _digits(given: object) -> str:
    digits = str(given).removeprefix("+") if isinstance(given, str | int) else ""
    return digits if digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15 else ""


def _user_id(given: object) -> str:
    return given if isinstance(given, str) and "." in given and len(given) <= 200 and given.isascii() else ""
