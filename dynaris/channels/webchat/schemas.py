"""What the widget sends and gets."""

import base64
import binascii
import math
import re
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from dynaris.core.invalid import written

MOST_BYTES = 5 * 1024 * 1024  # of all attachments of one message
MOST_FILES = 10
_ALLOWED = re.compile(r"[A-Za-z0-9_.~+/=-]{16,200}")
_SESSION_BITS = 128
# What ids are made of, and how many different characters that is; separators and padding say nothing.
_ALPHABETS = ((re.compile(r"[0-9]*"), 10), (re.compile(r"[0-9a-f]*|[0-9A-F]*"), 16))


def _session(value: str) -> str:
    """A session id is all that keeps others out of a conversation: it must be too long to guess."""
    if not _ALLOWED.fullmatch(value):
        raise ValueError("a session id is 16 to 200 letters, digits and -_.~+/=")
    letters = re.sub(r"[^A-Za-z0-9]", "", value)
    alphabet = next((size for pattern, size in _ALPHABETS if pattern.fullmatch(letters)), 64)
    counted = value.rstrip("=") if alphabet == 64 else letters
    # Few different characters are no randomness, however many there are.
    varied = len(set(counted)) >= min(alphabet, 16) / 2
    if not varied or len(counted) * math.log2(alphabet) < _SESSION_BITS:
        raise ValueError(
            f"a session id needs at least {_SESSION_BITS} random bits, e.g. 22 random base64url characters"
        )
    return value


SessionId = Annotated[str, Field(max_length=200), AfterValidator(_session)]


class AttachmentIn(BaseModel):
    data_base64: str = Field(max_length=MOST_BYTES * 4 // 3 + 4)
    mime_type: str = Field(max_length=200, pattern=r"^[\w.+-]+/[\w.+-]+$")
    filename: str = Field(min_length=1, max_length=255)

    @field_validator("data_base64")
    @classmethod
    def _decodes(cls, data: str) -> str:
        try:
            base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValueError(f"data_base64 is not base64: {error}") from error
        return data

    @property
    def size(self) -> int:
        return len(self.data_base64) * 3 // 4 - self.data_base64[-2:].count("=")

    @property
    def content(self) -> bytes:
        return base64.b64decode(self.data_base64)


class MessageIn(BaseModel):
    model_config = ConfigDict(extra="ignore")

    session_id: SessionId
    message: str = Field(default="", max_length=10_000)
    message_id: str | None = Field(default=None, max_length=100, description="Yours: sent twice, it is stored once.")
    metadata: dict[str, Any] = {}
    attachments: list[AttachmentIn] = Field(default=[], max_length=MOST_FILES)

    @model_validator(mode="after")
    def _says_something(self) -> "MessageIn":
        if not self.message.strip() and not self.attachments:
            raise ValueError("a message needs a text or an attachment")
        size = sum(part.size for part in self.attachments)
        if size > MOST_BYTES:
            raise ValueError(f"attachments hold {size} bytes; at most {MOST_BYTES} are allowed")
        return self


class ContactIn(BaseModel):
    model_config = ConfigDict(extra="ignore")

    session_id: SessionId
    first_name: str | None = Field(default=None, max_length=100)
    last_name: str | None = Field(default=None, max_length=100)
    phone_number: str | None = Field(default=None, max_length=40)
    email: str | None = Field(default=None, max_length=320)
    description: str | None = Field(default=None, max_length=2_000)


class CodeIn(BaseModel):
    session_id: SessionId
    code: str = Field(pattern=written(r"^\s*\d{6}\s*$", "the six digits of the code"))


class TranscriptIn(BaseModel):
    session_id: SessionId
    email: str = Field(min_length=3, max_length=320)


class IdentityIn(BaseModel):
    """Who the site says its signed-in visitor is."""

    session_id: SessionId
    email: str = Field(min_length=3, max_length=320)
    name: str | None = Field(default=None, max_length=200, description="Not signed: fills a gap only.")
    user_id: str | None = Field(default=None, max_length=200, pattern=written(r"^[^\n]*$", "one line"))
    expires_at: int | None = Field(default=None, ge=0, le=2**53, description="Seconds since 1970; the hash ends then.")
    hash: str = Field(
        max_length=200,
        description="Hex HMAC-SHA256 with the widget's identity secret of the address in lower case; with `user_id` or "
        "`expires_at`, of three lines: address, user id, end.",
    )


class VoiceIn(BaseModel):
    """A call from the page. Who answers is the widget's to say: an `agent_id` is not looked at."""

    model_config = ConfigDict(extra="ignore")

    session_id: SessionId
    participant_name: str | None = Field(default=None, max_length=200)
    session_duration_minutes: int = Field(default=60, ge=1, le=120, description="For which one may join the room.")


class VoiceStarted(BaseModel):
    """With which a LiveKit client joins the room."""

    session_id: str
    room_name: str
    token: str
    ws_url: str
    expires_at: datetime


class VoiceEndIn(BaseModel):
    model_config = ConfigDict(extra="ignore")

    session_id: SessionId


class TypingIn(BaseModel):
    session_id: SessionId


class FormFieldOut(BaseModel):
    name: str
    label: str
    required: bool


class FilesAllowed(BaseModel):
    most: int = Field(description="Files in one message.")
    most_bytes: int = Field(description="Of all of them.")
    types: list[str]


class Appearance(BaseModel):
    """Everything that the widget shows without a conversation."""

    language: str
    texts: dict[str, str]
    title: str
    greeting: str
    is_open: bool | None = Field(description="By the business's hours; null where none are known.")
    colour: str
    on_colour: str = Field(description="Black or white: what is readable on `colour`.")
    position: Literal["left", "right"]
    launcher_text: str | None
    form: list[FormFieldOut] = Field(description="What is asked before a chat begins.")
    privacy_url: str | None
    sound: bool
    powered_by: bool
    files: FilesAllowed | None = Field(description="null: visitors send none.")


class Stored(BaseModel):
    event_id: UUID
    duplicate: bool


class Verified(BaseModel):
    verified: bool
    reason: str = ""


class ContentOut(BaseModel):
    body: str


class MessageOut(BaseModel):
    """`direction` is seen from the business: `inbound` is the visitor."""

    id: UUID
    direction: Literal["inbound", "outbound"]
    content: ContentOut
    author: str
    message_id: str | None = Field(default=None, description="Yours, of what the visitor wrote.")
    created_at: datetime
    attachments: list[dict[str, Any]] = []


class Messages(BaseModel):
    messages: list[MessageOut]
