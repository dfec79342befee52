"""From the raw bytes of a mail to the product's words: a pure function, so that reading twice is the same."""

import re
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from dynaris.channels.contract import AddressKind, Attachment, Identity, Inbound, Sender, ThreadHint, Unreadable
from dynaris.channels.email import quotes
from dynaris.channels.email.addresses import Mailbox, mailboxes, message_id, message_ids, normalise
from dynaris.channels.email.authentication import Proof, prove
from dynaris.channels.email.body import TEXT_LIMIT, Body, body_of, has_words
from dynaris.channels.email.calendars import answer_in
from dynaris.channels.email.headers import Headers
from dynaris.channels.email.html import sanitise, to_text
from dynaris.channels.email.mime import Part, parse
from dynaris.channels.email.robots import Robot, is_own_list, original_sender, robot
from dynaris.channels.email.subjects import base_subject, is_forward_subject, is_reply_subject

MAX_SIZE = 64 * 1024 * 1024
_REFERENCES_LIMIT = 50
_RECIPIENTS_LIMIT = 20
_NAMED_ATTACHMENTS = 10
_QUOTING_HTML = re.compile(
    r"gmail_quote|moz-cite-prefix|type=[\"']?cite|divRplyFwdMsg|appendonsend|yahoo_quoted|border-top:\s?solid\s#",
    re.IGNORECASE,
)
_TAKES_NO_REPLY = re.compile(r"(?:no|do-?not)[-_.]?reply(?:[-_.+][^@]*)?@")


def read_mail(
    raw: bytes,
    *,
    own_addresses: frozenset[str],
    trusted_authserv_ids: frozenset[str],
    allow_reply_to: bool,
    meta: dict[str, Any],
) -> Inbound:
    """Raises `Unreadable` when nobody can be named as the sender; whatever else is broken, something is read.

    `own_addresses` are lower-case addresses that we send from. `trusted_authserv_ids` must be empty for mail that
    came straight to our own listener: nobody checked it. `meta` may hold `mail_from`, the envelope's sender.
    """
    if not raw.strip():
        raise Unreadable("the mail is empty")
    if len(raw) > MAX_SIZE:
        raise Unreadable(f"the mail has {len(raw)} bytes, more than {MAX_SIZE}")
    root, unread = parse(raw)
    sender, single = _sender(root.headers, own_addresses, meta)
    found = robot(root, sender.address if sender else None, own_addresses, meta)
    if sender is None:
        if found is None:
            raise Unreadable("no valid address in From, Sender or the envelope")
        sender = Mailbox("mailer-daemon@invalid")
    answer = None if sender.address in own_addresses else answer_in(root)
    if found and (answer is None or found.failed_message_id):
        return _ignored(root, sender, found)
    proof = prove(root.headers, sender.address, trusted_authserv_ids, single_sender=single)
    read = _read(root, sender, proof, unread, own_addresses=own_addresses, allow_reply_to=allow_reply_to)
    if answer is None:
        return read
    # Whether it answers an invitation of ours is known to whoever sent that; else it is the robot's mail that it was.
    return read.model_copy(update={"invitation_answer": {**answer, "else": found.reason if found else None}})


def _sender(headers: Headers, own_addresses: frozenset[str], meta: dict[str, Any]) -> tuple[Mailbox | None, bool]:
    """Who wrote, and whether From names exactly this one address."""
    fields = list(headers.all("from"))
    named = mailboxes(fields[0]) if fields else []
    if named and named[0].address in own_addresses and is_own_list(headers, own_addresses):
        original = original_sender(headers)
        return (Mailbox(original, named[0].name) if original else named[0]), False
    if named:
        return named[0], len(fields) == 1 and len(named) == 1
    envelope = meta.get("mail_from")
    address = normalise(envelope) if isinstance(envelope, str) else None
    if address:
        return Mailbox(address), False
    others = mailboxes(headers.get("sender")) or mailboxes(headers.get("return-path"))
    return (others[0] if others else None), False


def _ignored(root: Part, sender: Mailbox, found: Robot) -> Inbound:
    """Read as far as it is needed to say why nobody answers."""
    subject = root.headers.text("subject")
    return Inbound(
        sender=_as_sender(sender, Proof(Identity.CLAIMED, "not checked: nobody answers this mail")),
        thread=_thread(root.headers),
        text=body_of(root).text.strip()[:TEXT_LIMIT] or _placeholder((), subject),
        subject=subject,
        message_id=message_id(root.headers.get("message-id")),
        ignore=found.reason,
        failed_message_id=found.failed_message_id,
    )


def _read(
    root: Part, sender: Mailbox, proof: Proof, unread: list[str], *, own_addresses: frozenset[str], allow_reply_to: bool
) -> Inbound:
    headers, notes = root.headers, [*unread]
    body = body_of(root)
    subject = headers.text("subject")
    text = body.text.strip()
    attachments = [*body.attachments]
    if len(text) > TEXT_LIMIT:
        attachments.append(_full("message.txt", "text/plain", text))
        notes.append(f"the text has {len(text)} characters: cut at {TEXT_LIMIT}, attached in full")
    split = _split(text[:TEXT_LIMIT], body, forwarded=is_forward_subject(subject))
    html = sanitise(body.html) if body.html else None
    if body.html and html is None:
        attachments.append(_full("message.html", "text/html", body.html))
        notes.append("the HTML is too large to be shown: attached")
    if allow_reply_to and (named := _reply_to(headers, sender, own_addresses)):
        proof = _named_by(sender, proof)
        sender = named
    return Inbound(
        sender=_as_sender(sender, proof),
        thread=_thread(headers),
        # What is cut is attached in full; of what was not read only these words tell whoever looks.
        text="\n\n".join([split.text or _placeholder(attachments, subject), *(f"[{each}]" for each in unread)]),
        quoted=split.rest,
        html=html or None,
        subject=subject,
        message_id=message_id(headers.get("message-id")),
        attachments=tuple(attachments),
        needs_person=f"the sender's proof failed: {proof.reason}" if proof.identity is Identity.FAILED else None,
        unanswerable=_unanswerable(sender.address),
        data=_kept(headers, notes),
    )


def _split(text: str, body: Body, *, forwarded: bool) -> quotes.Split:
    """By the text's own marks; where it has none, by those that the HTML part has."""
    split = quotes.split(text, forwarded=forwarded)
    if split.quoted or forwarded:
        return split
    marked = [
        piece for piece in body.shown if has_words(piece.text) and piece.html and _QUOTING_HTML.search(piece.html)
    ]
    if not marked or len(body.shown) != 1:
        return split
    by_html = quotes.split(to_text(marked[0].html or "")[:TEXT_LIMIT])
    return by_html if by_html.quoted else split


def _as_sender(sender: Mailbox, proof: Proof) -> Sender:
    return Sender(
        kind=AddressKind.EMAIL, value=sender.address, name=sender.name, identity=proof.identity, reason=proof.reason
    )


def _thread(headers: Headers) -> ThreadHint:
    """Nearest first. Some mailers rewrite or reverse References, so In-Reply-To comes before all of it."""
    answered = message_ids(headers.get("in-reply-to"))
    earlier = message_ids(headers.get("references"))[::-1]
    own = message_id(headers.get("message-id"))
    references = [found for found in dict.fromkeys([*answered, *earlier]) if found != own]
    subject = headers.text("subject")
    return ThreadHint(
        references=tuple(references[:_REFERENCES_LIMIT]),
        subject=base_subject(subject),
        is_reply=bool(references) or is_reply_subject(subject),
    )


def _reply_to(headers: Headers, sender: Mailbox, own_addresses: frozenset[str]) -> Mailbox | None:
    """Who wrote through a form that sends in its own name."""
    wanted = mailboxes(headers.get("reply-to"))
    return next((mailbox for mailbox in wanted if mailbox.address not in (sender.address, *own_addresses)), None)


def _named_by(sender: Mailbox, proof: Proof) -> Proof:
    """What was proved about the form's mail says nothing about who filled it in; what failed stays failed."""
    if proof.identity is Identity.FAILED:
        return proof
    return Proof(Identity.CLAIMED, f"named as Reply-To in a mail from {sender.address}")


def _unanswerable(address: str) -> str | None:
    return f"{address} takes no replies" if _TAKES_NO_REPLY.match(address) else None


def _placeholder(attachments: Sequence[Attachment], subject: str | None) -> str:
    """A mail without words shows what it has: its attachments, else its subject."""
    if not attachments:
        return subject or "[empty mail]"
    names = [attachment.filename for attachment in attachments[:_NAMED_ATTACHMENTS]]
    if len(attachments) > len(names):
        names.append("…")
    count = "1 attachment" if len(attachments) == 1 else f"{len(attachments)} attachments"
    return f"[{count}: {', '.join(names)}]"


def _full(filename: str, mime_type: str, text: str) -> Attachment:
    return Attachment(filename=filename, mime_type=mime_type, content=text.encode("utf-8", errors="replace"))


def _kept(headers: Headers, notes: list[str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name in ("to", "cc"):
        addresses = [mailbox.address for mailbox in mailboxes(headers.get(name))[:_RECIPIENTS_LIMIT]]
        if addresses:
            kept[name] = addresses
    if date := _date(headers):
        kept["date"] = date
    if notes:
        kept["notes"] = notes
    return kept


def _date(headers: Headers) -> str | None:
    try:
        return parsedate_to_datetime((headers.get("date") or "")[:100]).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
