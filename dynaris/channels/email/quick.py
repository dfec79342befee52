"""A cheap look at a mail while its sender is waiting: only the header block is parsed, nothing raises."""

import hashlib
from typing import NamedTuple

from dynaris.channels.email.addresses import mailboxes, message_id
from dynaris.channels.email.headers import split_head

_ID_LIMIT = 500


class Glance(NamedTuple):
    external_id: str  # Message-ID with its brackets; `sha256:…` of the content when there is none
    sender: str | None  # the address in From (else Sender), normalised
    subject: str | None


def glance(raw: bytes) -> Glance:
    headers, _ = split_head(raw, 0, len(raw))
    found = message_id(headers.get("message-id"))
    senders = mailboxes(headers.get("from")) or mailboxes(headers.get("sender"))
    return Glance(
        external_id=found if found and len(found) <= _ID_LIMIT else f"sha256:{hashlib.sha256(raw).hexdigest()}",
        sender=senders[0].address if senders else None,
        subject=headers.text("subject"),
    )
