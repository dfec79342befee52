"""What leaves, and how a send ends."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from dynaris.channels.contract.arriving import Attachment, Reaction


class CalendarPart(BaseModel):
    """An appointment beside the words of a mail (iCalendar): an invitation, its update, or its cancellation."""

    model_config = ConfigDict(frozen=True)

    method: Literal["REQUEST", "CANCEL"]
    text: str


class Choice(BaseModel):
    """An answer that can be tapped."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    description: str | None = None


class TemplateUse(BaseModel):
    """An approved template, filled: what leaves instead of the text, which is how it reads."""

    model_config = ConfigDict(frozen=True)

    name: str
    language: str  # as the provider spells it: "en_US"
    values: dict[str, str] = {}  # by the variable's name (templates.Variable)


class OutboundMessage(BaseModel):
    """What leaves. `id` is ours, the provider's idempotency key wherever it has one."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    to: str  # an address in the channel's terms
    text: str
    html: str | None = None
    subject: str | None = None
    from_name: str | None = None  # who of the business writes: shown where the account has no name of its own
    in_reply_to: str | None = None  # provider's id of the message this answers
    references: tuple[str, ...] = ()  # oldest first
    is_reply: bool = False  # it answers something, even where that had no id
    attachments: tuple[Attachment, ...] = ()
    calendar: CalendarPart | None = None  # for channels whose readers have calendars; others leave it out
    template: TemplateUse | None = None
    choices: tuple[Choice, ...] = ()  # for channels with `choices`; the text says them too
    reaction: Reaction | None = None  # a sign on a message of theirs, and no text
    part: int = 0  # of a message that leaves as several (`Divisible`)
    automatic: bool = True  # written by a machine: marked so that other machines do not answer
    data: dict[str, Any] = {}


class SendReceipt(BaseModel):
    model_config = ConfigDict(frozen=True)

    external_id: str | None = None  # the provider's id of the sent message
    detail: str = ""


class TryLater(Exception):
    """Nothing was sent; the same send may succeed `after` seconds from now."""

    def __init__(self, reason: str, after: float = 30.0) -> None:
        super().__init__(reason)
        self.reason, self.after = reason, after


class CannotSend(TryLater):
    """As `TryLater`, and it is about the account, not about this message: the account shows the reason until a send
    succeeds."""


class Refused(Exception):
    """Nothing was sent and never will be. An account that it is because of shows `reason`; a recipient is gone; the
    reply window is closed by the provider's clock, whatever ours says."""

    def __init__(
        self, reason: str, because_of: Literal["message", "account", "recipient", "window"] = "message"
    ) -> None:
        super().__init__(reason)
        self.reason, self.because_of = reason, because_of
