"""The forms channel: a submission becomes a lead; answers leave on another channel."""

import re
import time
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, ClassVar
from urllib.parse import quote

from fastapi import APIRouter

from dynaris.channels.contract import (
    Account,
    AddressKind,
    Arrival,
    ChannelHost,
    ChannelTraits,
    Inbound,
    OutboundMessage,
    Received,
    Refused,
    Rejected,
    SendReceipt,
    WebhookRequest,
)
from dynaris.channels.forms.lead import Fault, faults_of, lead_of, mail_address
from dynaris.channels.forms.mapping import CONTROLS, KEY
from dynaris.channels.forms.read import read_form
from dynaris.channels.forms.settings import FormSettings
from dynaris.channels.forms.snippet import snippet
from dynaris.channels.forms.submission import Submission, read_submission

DOUBLE_CLICK_SECONDS = 600
_MOST_REMEMBERED = 10_000
_LONGEST_KEY = 255
_LONGEST_TYPE = 300


class Unfit(Rejected):
    """What the person who filled the form in can mend, by field."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{each.field}: {each.message}" for each in faults[:10]), 422, "invalid_input")
        self.faults = faults


class FormsChannel:
    name: ClassVar[str] = "forms"
    traits: ClassVar[ChannelTraits] = ChannelTraits(attachments=True, arrivals=("form submissions",))
    address_kind: ClassVar[AddressKind] = AddressKind.EMAIL
    settings: type[FormSettings] = FormSettings

    def __init__(self) -> None:
        self._recent: dict[str, float] = {}

    def routes(self, host: ChannelHost) -> APIRouter:
        from dynaris.channels.forms.routes import form_routes

        return form_routes(self, host)

    def called_at(self, account: Account[FormSettings]) -> dict[str, str]:
        return {"form submissions": f"/forms/{quote(account.address, safe='')}"}

    def receive(self, request: WebhookRequest, account: Account[FormSettings]) -> Received:
        return Received(arrivals=[self.arrival(request, account, peer="")[0]])

    def arrival(
        self, request: WebhookRequest, account: Account[FormSettings], *, peer: str
    ) -> tuple[Arrival, Submission]:
        """Raises `Rejected`, and `Unfit` for what the sender can mend."""
        content_type = request.headers.get("content-type", "")[:_LONGEST_TYPE]  # as it is kept: it is read again
        submission = read_submission(content_type, request.body)
        lead = lead_of(submission, account.settings)
        if faults := faults_of(submission, lead, account.settings):
            raise Unfit(faults)
        external_id = self._external_id(request, account, submission, peer)
        sender = mail_address(lead.known.get("email", "")) or lead.known.get("phone") or external_id
        meta: dict[str, Any] = {"content_type": content_type}
        if page := request.headers.get("referer") or request.headers.get("origin"):
            meta["page"] = re.split(r"[?#]", page, maxsplit=1)[0][:500]  # what follows may be about the visitor
        arrival = Arrival(
            external_id=external_id,
            lane=f"forms:{sha256(sender.lower().encode()).hexdigest()[:32]}",
            raw=request.body,
            meta=meta,
            occurred_at=datetime.now(UTC),
        )
        return arrival, submission

    def _external_id(
        self, request: WebhookRequest, account: Account[FormSettings], submission: Submission, peer: str
    ) -> str:
        """What the sender calls this submission; else the same words from the same place are one for ten minutes."""
        own = request.headers.get("idempotency-key", "") or submission.fields.get(KEY, "")
        if len(own) > _LONGEST_KEY:
            raise Rejected(f"an Idempotency-Key has {_LONGEST_KEY} characters at most", 422, "invalid_input")
        if own:
            return f"key:{sha256(own.encode()).hexdigest()}"
        return self._same_words(f"{account.id} {peer} {_fingerprint(submission)}")

    def _same_words(self, said: str) -> str:
        """Counted from the first time where this process knows it, else by the clock's ten minutes: two processes
        agree except for a double click at the very turn."""
        now = time.time()
        digest = sha256(said.encode()).hexdigest()
        first = self._recent.get(digest)
        if first is None or not 0 <= now - first < DOUBLE_CLICK_SECONDS:
            if len(self._recent) >= _MOST_REMEMBERED:
                self._recent.clear()
            self._recent[digest] = first = now
        return f"same:{digest}:{int(first // DOUBLE_CLICK_SECONDS)}"

    def read(self, arrival: Arrival, account: Account[FormSettings]) -> Inbound:
        return read_form(arrival, account)

    async def send(self, message: OutboundMessage, account: Account[FormSettings]) -> SendReceipt:  # noqa: ARG002
        raise Refused("a form has no way back: write to the lead by mail, or call")

    def snippet(self, account: Account[FormSettings], base_url: str) -> dict[str, str]:
        return snippet(account, base_url)


def _fingerprint(submission: Submission) -> str:
    """Of what was said, however it was encoded: each click has a multipart boundary of its own."""
    said = sha256()
    for name, value in submission.fields.items():
        if name not in CONTROLS:
            said.update(f"{len(name)}:{name}{len(value)}:{value}".encode())
    for file in submission.files:
        said.update(f"{file.filename}:{len(file.content)}:".encode())
        said.update(file.content)
    return said.hexdigest()
