"""A mail on its way in as an `Arrival`: what names it, and whom it is from, found while the sender waits.

**What names a mail.** Its Message-ID alone is not enough: buggy senders reuse ids and anyone can guess one, and a
mail that is taken for a redelivery is lost. So the name is Message-ID plus a digest of what the sender wrote: From,
To, Date, Content-Type, the subject without prefixes, and the body without white space. What servers add or change
on the way (Received, Delivered-To, line ends, "[EXTERNAL]", NUL bytes that IMAP cannot carry) is not in it, so that
the same mail is the same event when it is sent again, and when it comes both by IMAP and by forwarding. A hop that
rewrites the body, such as a list's footer, makes it another event: shown twice rather than lost once.
"""

import hashlib
from datetime import datetime
from typing import Any

from dynaris.channels.contract import Arrival
from dynaris.channels.email.addresses import normalise
from dynaris.channels.email.characters import clean_line
from dynaris.channels.email.headers import Headers, split_head
from dynaris.channels.email.quick import Glance, glance
from dynaris.channels.email.subjects import base_subject

_ID_LIMIT = 300  # bytes: it is part of an index
_DIGEST = 16
_CHANGED_ON_THE_WAY = b" \t\r\n\x00\x80"


def mail_arrival(raw: bytes, *, received: datetime, meta: dict[str, Any]) -> Arrival:
    """`meta` may hold the envelope's `mail_from`, the sender where the mail itself names none."""
    seen = glance(raw)
    sender = seen.sender or normalise(str(meta.get("mail_from", ""))) or "unknown"
    return Arrival(
        external_id=_name_of(raw, seen, received),
        lane=f"email:{clean_line(sender, 320)}",
        raw=raw,
        meta=meta,
        occurred_at=received,
    )


def _name_of(raw: bytes, seen: Glance, received: datetime) -> str:
    headers, body = split_head(raw, 0, len(raw))
    digest = _digest(headers, seen, raw[body:], received)
    found = seen.external_id if seen.external_id.startswith("<") else None
    return f"{found}:{digest[:_DIGEST]}" if found and len(found.encode()) <= _ID_LIMIT else f"sha256:{digest}"


def _digest(headers: Headers, seen: Glance, body: bytes, received: datetime) -> str:
    date = _bare(headers, "date")
    if not date and not headers.get("message-id"):
        # Nothing tells a second "please call me" from the first one sent again, but that retries come soon.
        date = f"{received:%Y-%m-%d %H}"
    written = "\n".join(
        (
            seen.sender or _bare(headers, "from"),
            date,
            base_subject(seen.subject) or "",
            *(_bare(headers, name) for name in ("message-id", "to", "content-type")),
        )
    ).encode("utf-8", "replace")
    return hashlib.sha256(written + b"\n" + body.translate(None, _CHANGED_ON_THE_WAY)).hexdigest()


def _bare(headers: Headers, name: str) -> str:
    """Without white space, which is where servers fold."""
    return "".join((headers.get(name) or "").split())
