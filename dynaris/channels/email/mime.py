"""The parts of a mail: found by position in the raw bytes, in linear time, whatever the nesting claims.

The standard library's parser goes line by line and recurses, so that deep nesting exhausts its stack and
25 MB take seconds; here a part is a range of the raw bytes, decoded only when someone asks for it.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO

from dynaris.channels.email.headers import Headers, Parametrised, disposition_of, mime_type_of, split_head

MAX_DEPTH = 20
MAX_PARTS = 1_000
_DELIMITERS_LIMIT = 20 * MAX_PARTS  # lines that look like a boundary, in one part
_BASE64_RUNS = 1_000
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
# A part that begins at once although the declared boundary is another one.
_ACTUAL_BOUNDARY = re.compile(rb"\s{0,20}--(\S{1,200})[ \t]*\r?\n(?:Content-|content-)")
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64))


@dataclass(slots=True)
class Part:
    """One part; its content is `raw[start:end]`, still encoded."""

    headers: Headers
    content_type: Parametrised
    raw: bytes = field(repr=False)
    start: int
    end: int
    children: list["Part"] = field(default_factory=list)

    @property
    def mime_type(self) -> str:
        return self.content_type.value

    @property
    def disposition(self) -> Parametrised:
        return disposition_of(self.headers)

    @property
    def filename(self) -> str | None:
        return self.disposition.parameters.get("filename") or self.content_type.parameters.get("name") or None

    def content(self) -> bytes:
        """Decoded; a broken encoding gives what could be saved, an unknown one the bytes as they are."""
        body = self.raw[self.start : self.end]
        encoding = (self.headers.get("content-transfer-encoding") or "").strip().lower().strip("\"'")
        if encoding.startswith("base64"):
            return _base64(body)
        if encoding.startswith("quoted-printable"):
            return binascii.a2b_qp(body)
        if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
            return _uuencoded(body)
        return body

    def walk(self) -> Iterator["Part"]:
        """This part and all below it, in the mail's order."""
        waiting: list[Part] = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))


@dataclass(slots=True)
class _Budget:
    parts: int = MAX_PARTS
    left_out: int = 0
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def parse(raw: bytes) -> tuple[Part, list[str]]:
    """The mail as a tree, and what was left unread, in words."""
    if b"\n" not in raw[:65_536] and b"\r" in raw[:65_536]:
        raw = raw.replace(b"\r", b"\n")
    budget = _Budget()
    root = _part(raw, 0, len(raw), "text/plain", budget, depth=0)
    if budget.left_out:
        what = "1 part was" if budget.left_out == 1 else f"{budget.left_out} parts were"
        budget.note(f"{what} left out: at most {MAX_PARTS} of a mail, attachments included, are read")
    return root, budget.notes


def _part(raw: bytes, start: int, end: int, default: str, budget: _Budget, *, depth: int) -> Part:
    headers, body = split_head(raw, start, end)
    part = Part(headers, mime_type_of(headers, default), raw, body, end)
    boundary = part.content_type.parameters.get("boundary", "").strip()
    if part.mime_type.startswith("multipart/"):
        if boundary:
            _read_children(part, boundary, budget, depth=depth)
        if not part.children and (found := _ACTUAL_BOUNDARY.match(raw, body, min(end, body + 1_000))):
            _read_children(part, found[1].decode("utf-8", errors="replace"), budget, depth=depth)
        if not part.children:
            part.content_type = Parametrised("text/plain", part.content_type.parameters)
    return part


def _read_children(part: Part, boundary: str, budget: _Budget, *, depth: int) -> None:
    if depth >= MAX_DEPTH:
        budget.note(f"parts nested deeper than {MAX_DEPTH} were not read")
        return
    default = "message/rfc822" if part.mime_type == "multipart/digest" else "text/plain"
    marker = b"\n--" + boundary.encode("utf-8", errors="replace")
    for start, end in _ranges(part.raw, part.start, part.end, marker):
        if budget.parts <= 0:
            budget.left_out += _count_from(part.raw, start, part.end, marker)
            return
        budget.parts -= 1
        part.children.append(_part(part.raw, start, end, default, budget, depth=depth + 1))


def _count_from(raw: bytes, start: int, end: int, marker: bytes) -> int:
    """How many parts there are from the one at `start` on."""
    closing = raw.find(marker + b"--", start, end)
    following = re.compile(re.escape(marker) + rb"[ \t]*\r?\n")
    return 1 + sum(1 for _ in following.finditer(raw, start, end if closing < 0 else closing))


def _ranges(raw: bytes, start: int, end: int, marker: bytes) -> Iterator[tuple[int, int]]:
    """Where the parts between the boundary's lines are; a missing last boundary ends with the parent."""
    begun: int | None = None
    at = start - 1 if start and raw[start - 1 : start] == b"\n" else start
    for _ in range(_DELIMITERS_LIMIT):
        at = raw.find(marker, at, end)
        if at < 0:
            break
        line_end = raw.find(b"\n", at + len(marker), end)
        line_end = end if line_end < 0 else line_end
        tail = raw[at + len(marker) : min(line_end, at + len(marker) + 200)].strip()
        if tail not in (b"", b"--"):
            at += len(marker)
            continue
        if begun is not None:
            yield begun, max(begun, at - (raw[at - 1 : at] == b"\r"))
        begun = None if tail else min(line_end + 1, end)
        at = line_end
        if tail:
            return
    if begun is not None:
        yield begun, end


def _base64(body: bytes) -> bytes:
    data = body.translate(None, _NOT_BASE64).rstrip(b"=")
    if b"=" not in data:
        return _base64_run(data)
    # Several encoded blocks one after the other, each with its own padding.
    return b"".join(_base64_run(run) for run in data.split(b"=", _BASE64_RUNS)[:_BASE64_RUNS] if run)


def _base64_run(data: bytes) -> bytes:
    if len(data) % 4 == 1:
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def _uuencoded(body: bytes) -> bytes:
    decoded = bytearray()
    for raw in BytesIO(body):
        line = raw.strip(b"\r\n")
        if not line or line.startswith((b"begin ", b"end", b"`")):
            continue
        try:
            decoded += binascii.a2b_uu(line)[: len(line)]  # one letter can stand for 45 bytes that are not there
        except binascii.Error:
            continue
    return bytes(decoded)
