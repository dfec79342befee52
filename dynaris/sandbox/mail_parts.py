"""A mail taken apart without changing a byte: the tree of its MIME parts as offsets into the source.

The standard parser re-creates parts from a model, which loses the exact octets that IMAP has to count and
serve. Headers are still read by it; only the splitting is done here. Hostile nesting is cut off, never followed.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import collapse_rfc2231_value
from functools import cached_property

MOST_PARTS = 500
DEEPEST = 30
_LARGEST_HEADER = 256 * 1024
_HEADER_END = re.compile(rb"\n\r?\n")


@dataclass
class Part:
    """One part, or the whole mail. A multipart has its parts as children, a message/rfc822 the mail inside."""

    source: bytes = field(repr=False)
    start: int
    body_start: int
    end: int
    children: "list[Part]" = field(default_factory=list)

    @property
    def header(self) -> bytes:
        """With the blank line that ends it."""
        return self.source[self.start : self.body_start]

    @property
    def body(self) -> bytes:
        return self.source[self.body_start : self.end]

    @cached_property
    def fields(self) -> Message:
        return read_fields(self.header)

    @property
    def is_multipart(self) -> bool:
        return bool(self.children) and not self.is_message

    @property
    def is_message(self) -> bool:
        return bool(self.children) and self._declared_type == "message/rfc822"

    @property
    def content_type(self) -> str:
        """Lower case. A multipart without parts is shown as the text it looks like."""
        declared = self._declared_type
        childless = not self.children and (declared.startswith("multipart/") or declared == "message/rfc822")
        return "text/plain" if childless else declared

    @property
    def file_name(self) -> str | None:
        try:
            return self.fields.get_filename() and decoded_words(self.fields.get_filename() or "")
        except (LookupError, ValueError):
            return None

    @property
    def encoding(self) -> str:
        return str(self.fields.get("Content-Transfer-Encoding", "7bit")).strip().lower()

    def decoded(self) -> bytes:
        """The body without its transfer encoding; as it is where that is broken."""
        try:
            if self.encoding == "base64":
                return binascii.a2b_base64(self.body)
            if self.encoding == "quoted-printable":
                return binascii.a2b_qp(self.body)
        except binascii.Error:
            return self.body
        return self.body

    def text(self) -> str:
        return _decode(self.decoded(), self._charset)

    def walk(self) -> "Iterator[Part]":
        yield self
        for child in self.children:
            yield from child.walk()

    def section(self, numbers: list[int]) -> "Part | None":
        """The part that IMAP calls `2.1`: parts count from 1, and a mail that is no multipart has one."""
        part: Part | None = self
        for depth, number in enumerate(numbers):
            inside = part if depth == 0 or part.is_multipart else (part.children or [None])[0]
            if inside is None:
                return None
            found = inside.children[number - 1 : number] if inside.is_multipart else [inside][number - 1 :]
            if number < 1 or not found:
                return None
            part = found[0]
        return part

    @property
    def _declared_type(self) -> str:
        return self.fields.get_content_type()

    @property
    def _charset(self) -> str:
        try:
            return collapse_rfc2231_value(self.fields.get_param("charset", "utf-8") or "utf-8")
        except (LookupError, ValueError):
            return "utf-8"


def read_mail(source: bytes) -> Part:
    return _Splitter(source).split(0, len(source), depth=0)


def read_fields(header: bytes) -> Message:
    return BytesHeaderParser().parsebytes(header[:_LARGEST_HEADER])


def header_values(fields: Message, name: str) -> list[str]:
    """Every value of a field as it came, 8-bit bytes as surrogates (`Message.get` replaces those)."""
    return [str(value) for key, value in fields.raw_items() if key.lower() == name.lower()]


def header_end(source: bytes, start: int = 0, end: int | None = None) -> int:
    """Where the body begins."""
    end = len(source) if end is None else end
    for blank in (b"\r\n", b"\n"):
        if source.startswith(blank, start, end):
            return start + len(blank)
    found = _HEADER_END.search(source, start, end)
    return found.end() if found else end


def decoded_words(value: str) -> str:
    """A header's value as a person reads it; whatever cannot be decoded stays as it is."""
    octets = value.encode("utf-8", "surrogateescape")
    raw = re.sub(r"\r?\n[ \t]*", " ", octets.decode("utf-8", "replace"))
    try:
        pieces = decode_header(raw)
    except (HeaderParseError, ValueError):
        return raw
    return "".join(text if isinstance(text, str) else _decode(text, charset or "utf-8") for text, charset in pieces)


def _decode(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset, "replace")
    except (LookupError, ValueError):  # unknown charset, or one that is no text encoding
        return content.decode("utf-8", "replace")


class _Splitter:
    def __init__(self, source: bytes) -> None:
        self._source = source
        self._count = 0

    def split(self, start: int, end: int, *, depth: int) -> Part:
        self._count += 1
        part = Part(self._source, start, header_end(self._source, start, end), end)
        if depth >= DEEPEST:
            return part
        content_type = part.fields.get_content_type()
        if content_type == "message/rfc822" and part.encoding in ("7bit", "8bit", "binary"):
            part.children = [self.split(part.body_start, end, depth=depth + 1)]
        elif content_type.startswith("multipart/"):
            part.children = [
                self.split(inner_start, inner_end, depth=depth + 1)
                for inner_start, inner_end in self._pieces(part)
                if self._count < MOST_PARTS
            ]
        return part

    def _pieces(self, part: Part) -> Iterator[tuple[int, int]]:
        boundary = _boundary(part.fields)
        if not boundary:
            return
        line = re.compile(rb"(?:^|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r?\n|\Z)", re.MULTILINE)
        opened: int | None = None
        for mark in line.finditer(self._source, part.body_start, part.end):
            if opened is not None:
                yield opened, max(opened, mark.start())
            if mark.group(1):
                return
            opened = _after_line_end(self._source, mark.end(), part.end)
        if opened is not None:  # the closing line is missing: the mail was cut off
            yield opened, part.end


def _boundary(fields: Message) -> bytes:
    try:
        return (fields.get_boundary() or "").encode("utf-8", "surrogateescape")
    except (LookupError, ValueError):
        return b""


def _after_line_end(source: bytes, position: int, end: int) -> int:
    for newline in (b"\r\n", b"\n"):
        if source.startswith(newline, position, end):
            return position + len(newline)
    return position
