"""The header block of a mail or of one of its parts: found, unfolded and decoded, however broken it is."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from dynaris.channels.email.characters import clean, clean_line, codec_of, decode

HEAD_LIMIT = 256 * 1024  # a header block longer than this is read up to here
_FIELD_LIMIT = 64 * 1024
_PARAMETERS_LIMIT = 8 * 1024
_NAME = re.compile(rb"([!-9;-~]{1,100})[ \t]*:")
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?[^?\s]{1,60}\?[bBqQ]\?)")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
# A run of blanks is begun once, at its first: else its length would count squared.
_PARAMETER = re.compile(
    r"""(?:;|(?<=[^;\s])\s)\s*([A-Za-z0-9_-]{1,60}(?:\*\d{1,3})?\*?)\s*=\s*
        ("(?:[^"\\]|\\.)*"|[^;\s]*(?:[ \t]+(?![A-Za-z*-]{1,60}=)[^;\s]+)*)""",
    re.VERBOSE | re.DOTALL,
)
_MIME_TYPE = re.compile(r"\s*([A-Za-z0-9!#$&.+^_-]{1,60})/([A-Za-z0-9!#$&.+^_-]{1,100})")


@dataclass(frozen=True, slots=True)
class Headers:
    """Fields in their order, names in lower case, values unfolded but with encoded words as they came."""

    fields: tuple[tuple[str, str], ...]

    def all(self, name: str) -> Iterator[str]:
        return (value for key, value in self.fields if key == name)

    def get(self, name: str) -> str | None:
        return next(self.all(name), None)

    def text(self, name: str, limit: int = 998) -> str | None:
        """For people: encoded words decoded, one clean line of at most `limit` characters."""
        value = self.get(name)
        return clean_line(decode_words(value[: limit * 8]), limit) or None if value is not None else None


def split_head(raw: bytes, start: int, end: int) -> tuple[Headers, int]:
    """The headers that begin at `start`, and where the body begins."""
    while raw[start : start + 1] in (b"\r", b"\n") and start < end:
        start += 1
    head_end, body = _blank_line(raw, start, end)
    lines = raw[start : min(head_end, start + HEAD_LIMIT)].split(b"\n")
    fields, used = _fields(lines)
    if used < len(lines):  # a line that is no header: the blank line is missing, the body begins here
        body = start + sum(len(line) + 1 for line in lines[:used])
    return Headers(tuple((name, _value(parts)) for name, parts in fields)), min(body, end)


def _blank_line(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the header block ends, and where what follows its blank line begins."""
    if start >= end:
        return end, end
    unix = raw.find(b"\n\n", start, end)
    dos = raw.find(b"\n\r\n", start, unix + 1 if unix >= 0 else end)
    if dos >= 0 and (unix < 0 or dos < unix):
        return dos, dos + 3
    return (unix, unix + 2) if unix >= 0 else (end, end)


def _fields(lines: list[bytes]) -> tuple[list[tuple[str, list[bytes]]], int]:
    """Names with their raw lines, and how many lines were headers."""
    fields: list[tuple[str, list[bytes]]] = []
    for position, line in enumerate(lines):
        if line[:1] in (b" ", b"\t"):
            if fields:
                fields[-1][1].append(line)
            elif match := _NAME.match(line.lstrip()):  # the first field is indented
                fields.append((match[1].decode("ascii").lower(), [line.lstrip()[match.end() :]]))
            elif line.strip():
                return fields, position
        elif match := _NAME.match(line):
            fields.append((match[1].decode("ascii").lower(), [line[match.end() :]]))
        elif not _is_junk(lines, position) and line.strip():
            return fields, position
    return fields, len(lines)


def _is_junk(lines: list[bytes], position: int) -> bool:
    """A line between headers that is none: the mbox "From " line, a lone colon, a truncated field."""
    if lines[position].startswith((b"From ", b">From ", b":")):
        return True
    following = lines[position + 1 : position + 2]
    return position > 0 and bool(following) and _NAME.match(following[0]) is not None


def _value(lines: list[bytes]) -> str:
    joined = b"".join(line.rstrip(b"\r") for line in lines)[:_FIELD_LIMIT].strip()
    return clean(joined.decode("ascii") if joined.isascii() else decode(joined, None)).replace("\n", " ")


def decode_words(value: str) -> str:
    """RFC 2047, as mailers really write it: spaces inside words, characters split over two words, bad base64."""
    if "=?" not in value:
        return value
    value = _BETWEEN_WORDS.sub(r"\1", value)
    pieces: list[str] = []
    waiting, charset, at = b"", "", 0
    for match in _WORD.finditer(value):
        if waiting and (match.start() > at or match[1].lower() != charset):
            pieces.append(decode(waiting, charset))
            waiting = b""
        pieces.append(value[at : match.start()])
        charset = match[1].lower().split("*")[0]  # RFC 2231 adds a language
        waiting, at = waiting + _word_bytes(match[2], match[3], charset), match.end()
    if waiting:
        pieces.append(decode(waiting, charset))
    return "".join([*pieces, value[at:]])


def _word_bytes(encoding: str, text: str, charset: str) -> bytes:
    try:
        data = text.encode(codec_of(charset) or "utf-8")  # raw bytes inside a word were decoded with the field
    except (UnicodeError, ValueError):
        data = text.encode("utf-8", errors="replace")
    if encoding in "qQ":
        return binascii.a2b_qp(data.replace(b"_", b" "), header=False)
    try:
        return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
    except binascii.Error:
        return data


@dataclass(frozen=True, slots=True)
class Parametrised:
    """A value such as `text/plain; charset=utf-8`; parameter names in lower case, RFC 2231 decoded."""

    value: str
    parameters: dict[str, str]


def mime_type_of(headers: Headers, default: str) -> Parametrised:
    """A missing or unreadable Content-Type means `default`."""
    content = headers.get("content-type")
    match = _MIME_TYPE.match(content) if content else None
    if not content or not match:
        return Parametrised(default, _parameters(content) if content else {})
    return Parametrised(f"{match[1]}/{match[2]}".lower(), _parameters(content))


def disposition_of(headers: Headers) -> Parametrised:
    content = headers.get("content-disposition") or ""
    return Parametrised(content.split(";", 1)[0].strip().lower(), _parameters(content))


def _parameters(content: str) -> dict[str, str]:
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, given in _PARAMETER.findall(content[:_PARAMETERS_LIMIT]):
        base, starred, number = name.lower().partition("*")
        is_quoted = len(given) > 1 and given[0] == given[-1] == '"'
        value = _ESCAPE.sub(r"\1", given[1:-1]) if is_quoted else given.strip().strip('"')
        if starred:
            position = int(number.rstrip("*") or 0)
            pieces.setdefault(base, {})[position] = (value, number.endswith("*") or not number)
        else:
            plain.setdefault(base, clean(decode_words(value)))
    return plain | {base: clean(_continued(found)) for base, found in pieces.items()}


def _continued(pieces: dict[int, tuple[str, bool]]) -> str:
    """RFC 2231: pieces in order, the first one naming the charset when it is encoded."""
    ordered = [pieces[position] for position in sorted(pieces)]
    charset = ""
    if ordered[0][1] and ordered[0][0].count("'") >= 2:
        charset, _, rest = ordered[0][0].split("'", 2)
        ordered[0] = (rest, True)
    data = b"".join(
        unquote_to_bytes(value) if encoded else value.encode("utf-8", errors="replace") for value, encoded in ordered
    )
    return decode(data, charset or None)
