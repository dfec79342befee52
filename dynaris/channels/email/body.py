"""What of a mail's parts is its text, its HTML and its attachments."""

import re
from dataclasses import dataclass, field

from dynaris.channels.contract import Attachment
from dynaris.channels.email.characters import clean, clean_line, decode
from dynaris.channels.email.headers import split_head
from dynaris.channels.email.html import as_html, to_text
from dynaris.channels.email.mime import Part

TEXT_LIMIT = 200_000  # characters of one mail's text; a longer one is attached in full
_FILENAME_LIMIT = 150
_PATH = re.compile(r"[/\\:*?\"<>|\x00-\x1f]")
_MIME_TYPE = re.compile(r"[a-z0-9!#$&.+^_-]{1,60}/[a-z0-9!#$&.+^_-]{1,100}")
# Proofs and duplicates that nobody attached by hand.
_LEFT_OUT = {
    "application/pgp-signature",
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "text/x-amp-html",
    "text/watch-html",
}
_EXTENSIONS = {
    "text/plain": "txt",
    "text/html": "html",
    "text/calendar": "ics",
    "text/csv": "csv",
    "message/rfc822": "eml",
    "message/delivery-status": "txt",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "application/pdf": "pdf",
    "application/ms-tnef": "dat",
}
_UNSTUFFED = re.compile(r"(>*) ?(.*)", re.DOTALL)


@dataclass(slots=True)
class Shown:
    """One stretch of the body, as text, as HTML or as both."""

    text: str | None = None
    html: str | None = None


@dataclass(slots=True)
class Body:
    shown: list[Shown] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)

    @property
    def text(self) -> str:
        pieces = (piece.text if has_words(piece.text) else to_text(piece.html or "") for piece in self.shown)
        return "\n\n".join(piece.strip("\n") for piece in pieces if piece and piece.strip())

    @property
    def html(self) -> str | None:
        if not any(piece.html for piece in self.shown):
            return None
        return "\n".join(piece.html or as_html(piece.text or "") for piece in self.shown)


def has_words(text: str | None) -> bool:
    return text is not None and bool(text.strip())


def body_of(root: Part) -> Body:
    body = Body()
    _add(root, body, first=True)
    return body


def _add(part: Part, body: Body, *, first: bool) -> None:
    if part.mime_type == "multipart/alternative":
        _add_alternatives(part, body)
    elif part.children:
        for position, child in enumerate(part.children):
            _add(child, body, first=first and position == 0)
    elif _is_shown(part, first=first):
        text = _text_of(part)
        body.shown.append(Shown(html=text) if part.mime_type == "text/html" else Shown(text=text))
    elif part.mime_type not in _LEFT_OUT:
        body.attachments.append(_attachment(part))


def _add_alternatives(part: Part, body: Body) -> None:
    """The same content several times: the first as text and the last as HTML are shown, other kinds are attached."""
    text = html = None
    for child in part.children:
        version = Body()
        _add(child, version, first=True)
        body.attachments += version.attachments
        if has_words(version.html):
            html = version.html
        elif text is None and version.shown:
            text = version.text or None
    if text or html:
        body.shown.append(Shown(text, html))


def _is_shown(part: Part, *, first: bool) -> bool:
    if part.mime_type not in ("text/plain", "text/html", "text/enriched", "text/richtext"):
        return False
    if part.disposition.value.startswith("attachment"):
        return False
    return first or not part.filename


def _text_of(part: Part) -> str:
    text = clean(decode(part.content(), part.content_type.parameters.get("charset")))
    if part.mime_type == "text/plain" and part.content_type.parameters.get("format", "").lower() == "flowed":
        return _unflowed(text, keeps_space=part.content_type.parameters.get("delsp", "").lower() != "yes")
    return text


def _unflowed(text: str, *, keeps_space: bool) -> str:
    """RFC 3676: a line that ends with a space goes on in the next one of the same quote depth."""
    lines: list[list[str]] = []
    open_depth: str | None = None  # of the line that goes on
    for raw in text.split("\n"):
        match = _UNSTUFFED.match(raw)
        depth, line = (match[1], match[2]) if match else ("", raw)
        goes_on = line.endswith(" ") and line != "-- "
        piece = line[:-1] if goes_on and not keeps_space else line
        if depth == open_depth and line != "-- ":
            lines[-1].append(piece)
        else:
            lines.append([f"{depth} " if depth else "", piece])
        open_depth = depth if goes_on else None
    return "\n".join("".join(pieces) for pieces in lines)


def _attachment(part: Part) -> Attachment:
    mime_type = part.mime_type if _MIME_TYPE.fullmatch(part.mime_type) else "application/octet-stream"
    content_id = (part.headers.get("content-id") or "").strip().strip("<>")
    return Attachment(
        filename=_filename(part, mime_type),
        mime_type=mime_type,
        content=part.content(),
        content_id=clean_line(content_id, 250) or None,
    )


def _filename(part: Part, mime_type: str) -> str:
    name = clean_line((part.filename or "").replace("\\", "/").rpartition("/")[2], _FILENAME_LIMIT * 4)
    name = _PATH.sub("_", name).strip(". ")
    if not name:
        extension = _EXTENSIONS.get(mime_type, "bin")
        name = f"{_enclosed_subject(part) or 'unnamed'}.{extension}"
    stem, dot, extension = name.rpartition(".")
    if len(name) > _FILENAME_LIMIT and dot and len(extension) <= 10:
        return f"{stem[: _FILENAME_LIMIT - len(extension) - 1]}.{extension}"
    return name[:_FILENAME_LIMIT]


def _enclosed_subject(part: Part) -> str | None:
    """A mail attached to a mail is named by its subject."""
    if not part.mime_type.startswith("message/"):
        return None
    content = part.content()[:65_536]
    subject = split_head(content, 0, len(content))[0].text("subject", 80)
    return _PATH.sub("_", subject).strip(". ") if subject else None
