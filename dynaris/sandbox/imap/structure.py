"""ENVELOPE and BODYSTRUCTURE: how IMAP describes a mail without sending it."""

from email.message import Message
from email.utils import getaddresses
from urllib.parse import quote

from dynaris.sandbox.imap.syntax import parenthesised, string
from dynaris.sandbox.mail_parts import Part, header_values

_MOST_ADDRESSES = 200


def envelope(fields: Message) -> bytes:
    sender = _addresses(fields, "From")
    return parenthesised(
        [
            string(_value(fields, "Date")),
            string(_value(fields, "Subject")),
            sender,
            _addresses(fields, "Sender") if _value(fields, "Sender") else sender,
            _addresses(fields, "Reply-To") if _value(fields, "Reply-To") else sender,
            _addresses(fields, "To"),
            _addresses(fields, "Cc"),
            _addresses(fields, "Bcc"),
            string(_value(fields, "In-Reply-To")),
            string(_value(fields, "Message-ID")),
        ]
    )


def body_structure(part: Part, *, extended: bool) -> bytes:
    if part.is_multipart:
        subtype = part.content_type.partition("/")[2].upper()
        described = [
            b"".join(body_structure(child, extended=extended) for child in part.children),
            string(subtype),
        ]
        tail = [_parameters(part.fields, "Content-Type"), *_tail(part)] if extended else []
        return parenthesised(described + tail)
    described = _single(part)
    return parenthesised(
        [*described, string(_value(part.fields, "Content-MD5")), *_tail(part)] if extended else described
    )


def _single(part: Part) -> list[bytes]:
    kind, _, subtype = part.content_type.partition("/")
    described = [
        string(kind.upper()),
        string(subtype.upper()),
        _parameters(part.fields, "Content-Type"),
        string(_value(part.fields, "Content-ID")),
        string(_value(part.fields, "Content-Description")),
        string(part.encoding.upper()),
        b"%d" % (part.end - part.body_start),
    ]
    if part.is_message:
        inner = part.children[0]
        described += [envelope(inner.fields), body_structure(inner, extended=True)]
    if part.is_message or kind == "text":
        described.append(b"%d" % part.source.count(b"\n", part.body_start, part.end))
    return described


def _tail(part: Part) -> list[bytes]:
    """Disposition, language and location."""
    disposition = part.fields.get_content_disposition()
    shown = (
        parenthesised([string(disposition.upper()), _parameters(part.fields, "Content-Disposition")])
        if disposition
        else b"NIL"
    )
    return [shown, string(_value(part.fields, "Content-Language")), string(_value(part.fields, "Content-Location"))]


def _parameters(fields: Message, name: str) -> bytes:
    try:
        found = fields.get_params(failobj=[], header=name)[1:]
    except (LookupError, ValueError):
        return b"NIL"
    pairs = []
    for key, value in found:
        if isinstance(value, tuple):  # RFC 2231: charset, language, the bytes as Latin-1
            charset, language, text = value
            quoted = quote(text, safe="", encoding="latin-1", errors="replace")
            pairs += [string(f"{key}*"), string(f"{charset or ''}'{language or ''}'{quoted}")]
        else:
            pairs += [string(key), string(value)]
    return parenthesised(pairs) if pairs else b"NIL"


def _addresses(fields: Message, name: str) -> bytes:
    text = ", ".join(_one_line(value) for value in header_values(fields, name))
    try:
        found = getaddresses([text])[:_MOST_ADDRESSES]
    except (ValueError, IndexError):
        return b"NIL"
    described = []
    for display, address in found:
        local, at, domain = address.rpartition("@")
        if address:
            described.append(
                parenthesised(
                    [string(display or None), b"NIL", string(local if at else address), string(domain if at else "")]
                )
            )
    return b"(" + b"".join(described) + b")" if described else b"NIL"


def _value(fields: Message, name: str) -> str | None:
    values = header_values(fields, name)
    return _one_line(values[0]) if values else None


def _one_line(value: str) -> str:
    return value.replace("\r", "").replace("\n", "").strip()
