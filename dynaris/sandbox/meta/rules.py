"""What the Cloud API takes as a message, and what it refuses: one function for each type, each raising `GraphError`."""

import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from dynaris.core.errors import NotFound
from dynaris.sandbox.meta.graph_errors import GraphError
from dynaris.sandbox.meta.media import LIMITS, find_media, plain_type
from dynaris.sandbox.meta.store import Row, Store
from dynaris.sandbox.meta.templates import filled

MOST_TEXT = 4096
_MOST_CAPTION = 1024
_MOST_OPAQUE = 512
_MEDIA = tuple(LIMITS)


class Outgoing(NamedTuple):
    """A message that may be sent. `content` is what the phone shows."""

    type: str
    content: Row
    text: str
    category: str = "service"


def outgoing(store: Store, asked: Row) -> Outgoing:
    kind = asked.get("type", "text")
    if kind not in _RULES:
        raise GraphError(100, message=f"(#100) Param type must be one of {{{', '.join(_RULES).upper()}}}")
    opaque = asked.get("biz_opaque_callback_data")
    if opaque is not None and not (isinstance(opaque, str) and len(opaque) <= _MOST_OPAQUE):
        raise GraphError(100, f"biz_opaque_callback_data must be a text of at most {_MOST_OPAQUE} characters")
    part = asked.get(kind)
    if kind != "contacts" and not isinstance(part, dict):
        raise GraphError(131008, f"Parameter '{kind}' is mandatory for type '{kind}'")
    return _RULES[kind](store, part)


def _text(_store: Store, part: Row) -> Outgoing:
    body = _needed(part, "body", MOST_TEXT, "text")
    return Outgoing("text", {"body": body}, body)


def _medium(kind: str) -> Callable[[Store, Row], Outgoing]:
    def check(store: Store, part: Row) -> Outgoing:
        media_id, link = part.get("id"), part.get("link")
        if (media_id is None) == (link is None):
            raise GraphError(100, f"{kind}: either id or link is needed, and not both")
        content: Row = {"link": link}
        if media_id is not None:
            content = _uploaded(store, kind, media_id)
        elif not isinstance(link, str) or not re.match(r"https?://[^\s/]", link):
            raise GraphError(131009, f"{kind}: link must be an address on the web")
        caption = _optional(part, "caption", _MOST_CAPTION, kind)
        if caption and kind in ("audio", "sticker"):
            raise GraphError(100, f'Unexpected key "caption" on param "{kind}"')
        name = _optional(part, "filename", 240, kind)
        if name and kind != "document":
            raise GraphError(100, f'Unexpected key "filename" on param "{kind}"')
        given = {"caption": caption, "filename": name, "voice": part.get("voice") is True or None}
        return Outgoing(kind, {**content, **{key: value for key, value in given.items() if value}}, caption or "")

    return check


def _uploaded(store: Store, kind: str, media_id: Any) -> Row:
    try:
        media = find_media(store, str(media_id))
    except NotFound:
        raise GraphError(131009, f"{kind}: there is no media with the id {media_id}") from None
    if plain_type(media["mime_type"]) not in LIMITS[kind].types:
        raise GraphError(131053, f"{kind}: the media is {media['mime_type']}, expected {', '.join(LIMITS[kind].types)}")
    if media["size"] > LIMITS[kind].most:
        raise GraphError(131053, f"{kind}: {media['size']} bytes are more than {LIMITS[kind].most}")
    return {"id": media["id"], "mime_type": media["mime_type"], "name": media["name"]}


def _location(_store: Store, part: Row) -> Outgoing:
    place = {}
    for name, most in (("latitude", 90), ("longitude", 180)):
        try:
            place[name] = float(part.get(name, ""))
        except (TypeError, ValueError):
            raise GraphError(131008, f"location: {name} is mandatory and a number") from None
        if not math.isfinite(place[name]) or abs(place[name]) > most:
            raise GraphError(131009, f"location: {name} must be from -{most} to {most}")
    words = {name: _optional(part, name, 1000, "location") for name in ("name", "address")}
    return Outgoing("location", {**place, **{name: word for name, word in words.items() if word}}, words["name"] or "")


def _contacts(_store: Store, part: Any) -> Outgoing:
    if not isinstance(part, list) or not part:
        raise GraphError(131008, "Parameter 'contacts' is mandatory for type 'contacts'")
    for card in part:
        name = card.get("name") if isinstance(card, dict) else None
        if not isinstance(name, dict):
            raise GraphError(131008, "contacts: each needs a name")
        _needed(name, "formatted_name", 1000, "contacts.name")
    return Outgoing("contacts", {"contacts": part}, ", ".join(card["name"]["formatted_name"] for card in part))


def _reaction(_store: Store, part: Row) -> Outgoing:
    message_id = _needed(part, "message_id", 500, "reaction")
    emoji = part.get("emoji")
    if not isinstance(emoji, str) or len(emoji) > 20:
        raise GraphError(131008, "reaction: emoji is mandatory; an empty one takes the reaction back")
    return Outgoing("reaction", {"message_id": message_id, "emoji": emoji}, emoji)


def _template(store: Store, part: Row) -> Outgoing:
    found, shown = filled(store, part)
    return Outgoing("template", shown, shown.get("body", ""), found["category"].lower())


def _interactive(_store: Store, part: Row) -> Outgoing:
    kind = part.get("type")
    if kind not in _ACTIONS:
        raise GraphError(131009, f"interactive.type must be one of {', '.join(_ACTIONS)}")
    body = part.get("body")
    most = 4096 if kind == "list" else 1024
    text = _needed(body if isinstance(body, dict) else {}, "text", most, "interactive.body")
    content: Row = {"type": kind, "body": text}
    if isinstance(header := part.get("header"), dict):
        content["header"] = _header(header)
    if isinstance(footer := part.get("footer"), dict):
        content["footer"] = _needed(footer, "text", 60, "interactive.footer")
    action = part.get("action")
    if not isinstance(action, dict):
        raise GraphError(131008, "interactive: action is mandatory")
    return Outgoing("interactive", {**content, **_ACTIONS[kind](action)}, text)


def _header(header: Row) -> Row:
    kind = header.get("type")
    if kind == "text":
        return {"text": _needed(header, "text", 60, "interactive.header")}
    medium = header.get(kind) if kind in ("image", "video", "document") else None
    if not isinstance(medium, dict) or not (medium.get("id") or medium.get("link")):
        raise GraphError(131009, "interactive.header must be a text, image, video or document")
    return {"type": kind, "id": medium.get("id"), "link": medium.get("link")}


def _buttons(action: Row) -> Row:
    buttons = action.get("buttons")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise GraphError(131009, "interactive.action.buttons: 1 to 3 buttons are needed")
    replies = [each.get("reply") if isinstance(each, dict) else None for each in buttons]
    shown = []
    for reply in replies:
        given = reply if isinstance(reply, dict) else {}
        where = "interactive.action.buttons.reply"
        shown.append({"id": _needed(given, "id", 256, where), "title": _needed(given, "title", 20, where)})
    _unique(shown, "buttons")
    return {"buttons": shown}


def _list(action: Row) -> Row:
    label = _needed(action, "button", 20, "interactive.action")
    sections = action.get("sections")
    if not isinstance(sections, list) or not 1 <= len(sections) <= 10:
        raise GraphError(131009, "interactive.action.sections: 1 to 10 sections are needed")
    shown = [_section(each if isinstance(each, dict) else {}, titled=len(sections) > 1) for each in sections]
    rows = [row for section in shown for row in section["rows"]]
    if not 1 <= len(rows) <= 10:
        raise GraphError(
            131009, f"interactive.action.sections: Total row count {len(rows)} exceed max allowed count: 10"
        )
    _unique(rows, "rows")
    return {"button": label, "sections": shown}


def _section(section: Row, *, titled: bool) -> Row:
    where = "interactive.action.sections"
    title = _needed(section, "title", 24, where) if titled else _optional(section, "title", 24, where)
    rows = []
    given_rows = section.get("rows")
    for row in given_rows if isinstance(given_rows, list) else []:
        given = row if isinstance(row, dict) else {}
        one = {"id": _needed(given, "id", 200, f"{where}.rows"), "title": _needed(given, "title", 24, f"{where}.rows")}
        described = _optional(given, "description", 72, f"{where}.rows")
        rows.append({**one, "description": described} if described else one)
    return {"title": title, "rows": rows}


def _link(action: Row) -> Row:
    given = action.get("parameters")
    parameters = given if isinstance(given, dict) else {}
    where = "interactive.action.parameters"
    url = _needed(parameters, "url", 2000, where)
    if action.get("name") != "cta_url" or not re.match(r"https?://[^\s/]", url):
        raise GraphError(131009, f"{where}: the name cta_url and an address on the web are needed")
    return {"display_text": _needed(parameters, "display_text", 20, where), "url": url}


def _unique(items: list[Row], what: str) -> None:
    for name in ("id", "title") if what == "buttons" else ("id",):
        if len({each[name] for each in items}) < len(items):
            raise GraphError(131009, f"interactive.action: Duplicated {name} in {what}")


def _needed(part: Row, name: str, most: int, where: str) -> str:
    value = part.get(name)
    if not isinstance(value, str) or not value.strip():
        raise GraphError(131008, f"Parameter '{where}.{name}' is mandatory")
    if len(value) > most:
        raise GraphError(100, f"Param {where}['{name}'] must be at most {most} characters long.")
    return value


def _optional(part: Row, name: str, most: int, where: str) -> str | None:
    return None if part.get(name) in (None, "") else _needed(part, name, most, where)


_ACTIONS: dict[str, Callable[[Row], Row]] = {"button": _buttons, "list": _list, "cta_url": _link}
_RULES: dict[str, Callable[[Store, Any], Outgoing]] = {
    "text": _text,
    **{kind: _medium(kind) for kind in _MEDIA},
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "reaction": _reaction,
    "template": _template,
}
