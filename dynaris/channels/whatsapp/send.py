"""What leaves on WhatsApp: a message as the calls that Meta wants for it."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import aiohttp

from dynaris.channels.contract import Attachment, Choice, OutboundMessage, Refused, SendReceipt, TryLater
from dynaris.channels.whatsapp.faults import UNKNOWN_ID, is_of_no_object
from dynaris.channels.whatsapp.graph import GraphError, Number, Transport, asked
from dynaris.channels.whatsapp.templates import components
from dynaris.channels.whatsapp.webhook import our_name

Json = dict[str, Any]

LONGEST_TEXT = 4_096  # characters of one message
_LONGEST_CAPTION = 1_024
_LONGEST_BESIDE_BUTTONS = 1_024
_MOST_BUTTONS, _BUTTON_TITLE = 3, 20
_MOST_ROWS, _ROW_TITLE, _ROW_DETAIL = 10, 24, 72
_IMAGES = frozenset({"image/jpeg", "image/png"})
_AUDIO = frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"})
_VIDEO = frozenset({"video/mp4", "video/3gpp"})
_LIMITS = {"image": 5_000_000, "audio": 16_000_000, "video": 16_000_000, "document": 100_000_000}
# Where a text may be cut, best first: between paragraphs, lines, sentences, words.
_CUTS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s"), re.compile(r"\s"))


def parts(message: OutboundMessage) -> Sequence[OutboundMessage]:
    """A text of more than 4,096 characters leaves as several, and each file by itself, the only one with the text."""
    if message.template or message.reaction:
        return [message]
    (*files,) = message.attachments
    text = message.text.strip()
    if len(files) == 1 and len(text) <= _LONGEST_CAPTION and _kind_of(files[0]) != "audio" and not message.choices:
        return [message]
    pieces = [{"text": piece, "attachments": ()} for piece in split(text)] if text else []
    pieces += [{"text": "", "attachments": (file,)} for file in files]
    if not pieces:
        return [message]
    last_text = max((number for number, piece in enumerate(pieces) if piece["text"]), default=-1)
    return [
        message.model_copy(update={**piece, "part": number, "choices": message.choices if number == last_text else ()})
        for number, piece in enumerate(pieces)
    ]


def split(text: str, most: int = LONGEST_TEXT) -> list[str]:
    """Pieces of at most `most` characters that together say the same, cut where one would pause."""
    pieces = []
    while len(text) > most:
        head = text[:most]
        # A cut in the last two thirds, else the pieces would be many and short.
        at = next((cut for each in _CUTS if (cut := _last(each, head)) > most // 3), most)
        pieces.append(text[:at].rstrip())
        text = text[at:].lstrip()
    return [*pieces, text] if text else pieces


def _last(pattern: re.Pattern[str], text: str) -> int:
    return max((match.start() for match in pattern.finditer(text)), default=-1)


async def send(transport: Transport, number: Number, message: OutboundMessage) -> SendReceipt:
    """Raises `TryLater` or `Refused`; anything else means that it may have been sent."""
    body = await _body(transport, number, message)
    try:
        answer = await transport.call(number, "POST", f"{number.address}/messages", body=body)
    except GraphError as error:
        if is_of_no_object(error.error):  # the only id in the address is the number's
            error = GraphError(error.status, {**error.error, "code": UNKNOWN_ID})
        raise error.ending() from error
    sent = answer.get("messages")
    if not (isinstance(sent, list) and sent and isinstance(sent[0], dict) and sent[0].get("id")):
        raise RuntimeError(f"Meta took it without an id: {str(answer)[:200]}")
    held = sent[0].get("message_status") == "held_for_quality_assessment"
    return SendReceipt(external_id=str(sent[0]["id"]), detail="held for a quality check" if held else "")


async def _body(transport: Transport, number: Number, message: OutboundMessage) -> Json:
    body: Json = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **to_whom(message.to),
        "biz_opaque_callback_data": our_name(message.id, message.part),
    }
    if message.template:
        template = {
            "name": message.template.name,
            "language": {"code": message.template.language},
            "components": components(message.template.values),
        }
        return {**body, "type": "template", "template": template}
    if message.reaction:
        reaction = {"message_id": message.reaction.to, "emoji": message.reaction.emoji or ""}
        return {**body, "type": "reaction", "reaction": reaction}
    if message.attachments:
        kind, media = await _uploaded(transport, number, message.attachments[0], message.text.strip())
        return {**body, "type": kind, kind: media}
    if not message.text.strip():
        raise Refused("there is nothing to send: no text and no file")
    if interactive := _interactive(message.text.strip(), message.choices, message.data.get("choose")):
        return {**body, "type": "interactive", "interactive": interactive}
    return {**body, "type": "text", "text": {"body": message.text.strip(), "preview_url": False}}


def to_whom(address: str) -> Json:
    """A number, or a business-scoped user id, whose owner hides the number."""
    return {"to": address} if address.removeprefix("+").isdigit() else {"recipient": address}


def _interactive(text: str, choices: Sequence[Choice], choose: str | None) -> Json | None:
    """`None` where the choices do not fit: the text says them too."""
    if not choices or len(choices) > _MOST_ROWS or len({choice.id for choice in choices}) < len(choices):
        return None
    short = [one.title for one in choices]
    if max(map(len, short)) > _BUTTON_TITLE:
        short = _without_common_beginning(short)
    if len(choices) <= _MOST_BUTTONS and all(len(title) <= _BUTTON_TITLE for title in short):
        if len(text) > _LONGEST_BESIDE_BUTTONS:
            return None
        replies = [{"id": one.id[:256], "title": title} for one, title in zip(choices, short, strict=True)]
        buttons = [{"type": "reply", "reply": reply} for reply in replies]
        return {"type": "button", "body": {"text": text}, "action": {"buttons": buttons}}
    rows = list(_rows(choices, short))
    if len({row["title"] for row in rows}) < len(rows):
        return None
    action = {"button": (choose or "…")[:_BUTTON_TITLE], "sections": [{"rows": rows}]}
    return {"type": "list", "body": {"text": text}, "action": action}


def _without_common_beginning(titles: Sequence[str]) -> list[str]:
    """Times of one day are told apart by the time: cut after the last word that all have in common."""
    words = [title.split(" ") for title in titles]
    common = 0
    while all(len(one) > common + 1 and one[common] == words[0][common] for one in words):
        common += 1
    return [" ".join(one[common:]) for one in words]


def _rows(choices: Sequence[Choice], short: Sequence[str]) -> Iterator[Json]:
    """Numbered as in the text where they are cut, so that no two look the same."""
    are_short = all(len(title) <= _ROW_TITLE for title in short)
    for number, (one, title) in enumerate(zip(choices, short, strict=True), 1):
        shown = title if are_short else f"{number}. {one.title}"[: _ROW_TITLE - 1].rstrip() + "…"
        detail = one.description or ("" if shown == one.title else one.title)
        yield {"id": one.id[:200], "title": shown, **({"description": detail[:_ROW_DETAIL]} if detail else {})}


def _kind_of(file: Attachment) -> str:
    mime = file.mime_type.partition(";")[0].strip().lower()
    for kind, known in (("image", _IMAGES), ("audio", _AUDIO), ("video", _VIDEO)):
        if mime in known and len(file.content) <= _LIMITS[kind]:
            return kind
    return "document"  # takes every type


async def _uploaded(transport: Transport, number: Number, file: Attachment, caption: str) -> tuple[str, Json]:
    kind = _kind_of(file)
    if len(file.content) > _LIMITS[kind]:
        raise Refused(f"{file.filename} has {len(file.content):,} bytes; WhatsApp takes {_LIMITS[kind]:,}")
    form = aiohttp.FormData()
    form.add_field("messaging_product", "whatsapp")
    form.add_field("type", file.mime_type)
    form.add_field("file", file.content, filename=file.filename, content_type=file.mime_type)
    answer = await asked(transport, number, "POST", f"{number.address}/media", form=form)
    if not answer.get("id"):
        raise TryLater("Meta took the file without an id")
    media: Json = {"id": str(answer["id"])}
    if caption and kind != "audio":
        media["caption"] = caption
    if kind == "document":
        media["filename"] = file.filename
    return kind, media
