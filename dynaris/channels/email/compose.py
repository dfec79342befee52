"""From an outbound message to the bytes of a mail; nothing in it can become a header of its own."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from uuid import UUID

from dynaris.channels.contract import Attachment, OutboundMessage, Refused
from dynaris.channels.email.addresses import normalise
from dynaris.channels.email.calendars import add_calendar
from dynaris.channels.email.characters import clean, clean_line
from dynaris.channels.email.subjects import is_reply_subject

_REFERENCES = 20  # the conversation's first mail and the latest ones
_ID = re.compile(r"<[!-;=?-~]{1,300}>")
_MIME_TYPE = re.compile(r"([a-z0-9!#$&.+^_-]{1,60})/([a-z0-9!#$&.+^_-]{1,100})")
_CONTENT_ID = re.compile(r"[\w.@+-]{1,200}", re.ASCII)
_ID_FIELDS = ("message-id", "in-reply-to", "references")


@dataclass(frozen=True, slots=True)
class ComposedMail:
    message_id: str  # with its brackets, as the reader names references
    sender: str  # of the envelope
    recipient: str
    content: bytes
    international: bool  # an address has characters that only SMTPUTF8 servers take


class _Wire(EmailPolicy):
    """What the library does with headers, except that message ids are folded between ids only.

    The library's own folding turns an id longer than a line into an encoded word, which no mailer threads by.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in _ID_FIELDS:
            ids = "\r\n ".join(str(value).split())
            return f"{name}: {ids}\r\n".encode("ascii")
        return super().fold_binary(name, value)


_POLICY = _Wire(linesep="\r\n", cte_type="7bit")
_INTERNATIONAL = _POLICY.clone(utf8=True)


def compose(message: OutboundMessage, *, address: str, name: str, now: datetime, business: str = "") -> ComposedMail:
    """`address` and `name` are the account's; without a name, who writes and for which business.

    Raises `Refused` for addresses that no mail can carry.
    """
    sender, recipient = wire_address(address), wire_address(message.to)
    international = not (sender + recipient).isascii()
    mail = EmailMessage(_INTERNATIONAL if international else _POLICY)
    shown = clean_line(name or ", ".join(filter(None, (message.from_name, business))), 120)
    mail["From"] = _address(sender, shown)
    mail["To"] = _address(recipient)
    mail["Subject"] = _subject(message, shown)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id = own_message_id(message.id, sender)
    _thread(mail, message, message_id)
    if message.automatic:
        _mark_automatic(mail, message, sender)
    _body(mail, message)
    return ComposedMail(message_id, sender, recipient, bytes(mail), international)


def own_message_id(outbox_id: UUID, address: str) -> str:
    """The same for each try of the same message: a mailbox that gets it twice may see that it is one."""
    return f"<{outbox_id}@{address.rpartition('@')[2]}>"


def wire_address(address: str) -> str:
    """The domain in its ASCII form, the local part as it was given."""
    normal = normalise(address)
    if normal is None:
        raise Refused(f"{clean_line(address, 100)!r} is no e-mail address")
    local = address.strip().strip("<>").strip().rpartition("@")[0]
    return f"{local}@{normal.rpartition('@')[2]}"


def _address(address: str, name: str = "") -> Address:
    local, _, domain = address.rpartition("@")
    return Address(name, username=local.strip('"'), domain=domain)


def _subject(message: OutboundMessage, name: str) -> str:
    subject = clean_line(message.subject or "", 900)
    if (message.in_reply_to or message.is_reply) and not is_reply_subject(subject):
        return f"Re: {subject}".strip()
    return subject or name


def _thread(mail: EmailMessage, message: OutboundMessage, own: str) -> None:
    answered = _bracketed(message.in_reply_to) if message.in_reply_to else None
    if answered:
        mail["In-Reply-To"] = answered
    found = [_bracketed(reference) for reference in (*message.references, message.in_reply_to or "")]
    ids = list(dict.fromkeys(reference for reference in reversed(found) if reference and reference != own))[::-1]
    if len(ids) > _REFERENCES:
        ids = [ids[0], *ids[1 - _REFERENCES :]]
    if ids:
        mail["References"] = " ".join(ids)


def _bracketed(reference: str) -> str | None:
    """`None` for what would not survive as an id on the wire."""
    whole = f"<{reference.strip().strip('<>')}>"
    return whole if _ID.fullmatch(whole) else None


def _mark_automatic(mail: EmailMessage, message: OutboundMessage, sender: str) -> None:
    mail["Auto-Submitted"] = "auto-replied" if message.in_reply_to else "auto-generated"
    # "All" would also suppress Exchange's non-delivery reports, and these we want.
    mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    mail["X-Dynaris-Message"] = str(message.id)
    mail["X-Loop"] = sender  # other autoresponders copy this one, where they drop what they do not know


def _body(mail: EmailMessage, message: OutboundMessage) -> None:
    mail.set_content(clean(message.text).rstrip("\n") + "\n")
    inline = [part for part in message.attachments if message.html and _content_id(part)]
    if message.html:
        mail.add_alternative(clean(message.html), subtype="html")
        html = list(mail.iter_parts())[-1]
        assert isinstance(html, EmailMessage)
        for part in inline:
            maintype, subtype = _mime_type(part)
            html.add_related(
                part.content,
                maintype,
                subtype,
                cid=f"<{_content_id(part)}>",
                filename=_filename(part),
                disposition="inline",
            )
    if message.calendar:
        add_calendar(mail, message.calendar)
    for part in message.attachments:
        if part not in inline:
            maintype, subtype = _mime_type(part)
            mail.add_attachment(part.content, maintype, subtype, filename=_filename(part))


def _content_id(part: Attachment) -> str | None:
    plain = (part.content_id or "").strip("<>")
    return plain if _CONTENT_ID.fullmatch(plain) else None


def _mime_type(part: Attachment) -> tuple[str, str]:
    """A mail or a multipart cannot be sent as encoded bytes under its own type (RFC 2046)."""
    match = _MIME_TYPE.fullmatch(part.mime_type.partition(";")[0].strip().lower())
    if not match or match[1] in ("message", "multipart"):
        return "application", "octet-stream"
    return match[1], match[2]


def _filename(part: Attachment) -> str:
    return clean_line(part.filename, 200) or "attachment"
