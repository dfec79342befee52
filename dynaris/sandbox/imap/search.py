"""SEARCH: from a client's criteria to the mails that fit."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate_to_datetime
from functools import cached_property

from dynaris.sandbox.imap.syntax import (
    Argument,
    BadCommand,
    Refusal,
    looks_like_sequence_set,
    parse_date_time,
    parse_sequence_set,
)
from dynaris.sandbox.mail_folder import MailFolder, StoredMail
from dynaris.sandbox.mail_parts import Part, decoded_words, header_values, read_mail

_DEEPEST = 50
_FLAG_KEYS = {
    "ANSWERED": "\\Answered",
    "DELETED": "\\Deleted",
    "DRAFT": "\\Draft",
    "FLAGGED": "\\Flagged",
    "SEEN": "\\Seen",
}
_HEADER_KEYS = {"FROM", "TO", "CC", "BCC", "SUBJECT"}


@dataclass
class Candidate:
    """One mail under SEARCH; its file is read only when a criterion needs it."""

    folder: MailFolder
    mail: StoredMail
    number: int
    last_number: int
    last_uid: int

    @cached_property
    def source(self) -> bytes:
        return self.folder.read(self.mail.uid) or b""

    @cached_property
    def parts(self) -> Part:
        return read_mail(self.source)

    def header(self, name: str) -> list[str]:
        return [decoded_words(value).casefold() for value in header_values(self.parts.fields, name)]

    @cached_property
    def body(self) -> str:
        texts = (part.text() for part in self.parts.walk() if part.content_type.startswith("text/"))
        return "\n".join(texts).casefold()

    @cached_property
    def all_headers(self) -> str:
        fields = self.parts.fields.raw_items()
        return "\n".join(f"{name}: {decoded_words(str(value))}" for name, value in fields).casefold()

    @property
    def received(self) -> date:
        return self.mail.received.date()

    @property
    def sent(self) -> date:
        try:
            moment = parsedate_to_datetime(header_values(self.parts.fields, "Date")[0])
        except (IndexError, ValueError, TypeError, OverflowError):
            return self.received
        return moment.date()


Criterion = Callable[[Candidate], bool]


def parse_search(arguments: list[Argument]) -> Criterion:
    """Raises Refusal for a charset that is not known."""
    words = list(arguments)
    if len(words) > 1 and isinstance(words[0], bytes) and words[0].upper() == b"CHARSET":
        charset = words[1]
        if not isinstance(charset, bytes) or charset.upper() not in (b"UTF-8", b"US-ASCII", b"ASCII"):
            raise Refusal("[BADCHARSET (US-ASCII UTF-8)] send UTF-8")
        del words[:2]
    if not words:
        raise BadCommand("SEARCH needs criteria")
    return _all(words, depth=0)


def _all(words: list[Argument], *, depth: int) -> Criterion:
    reader = iter(words)
    criteria = [_criterion(word, reader, depth=depth + 1) for word in reader]
    return lambda mail: all(criterion(mail) for criterion in criteria)


def _criterion(word: Argument, rest: Iterator[Argument], *, depth: int) -> Criterion:
    if depth > _DEEPEST:
        raise BadCommand("search criteria nested too deeply")
    if isinstance(word, list):
        return _all(word, depth=depth)
    if looks_like_sequence_set(word):
        numbers = parse_sequence_set(word)
        return lambda mail: numbers.contains(mail.number, mail.last_number)
    key = word.decode("ascii", "replace").upper()
    if key == "NOT":
        negated = _criterion(_next(rest), rest, depth=depth + 1)
        return lambda mail: not negated(mail)
    if key == "OR":
        one = _criterion(_next(rest), rest, depth=depth + 1)
        other = _criterion(_next(rest), rest, depth=depth + 1)
        return lambda mail: one(mail) or other(mail)
    return _flag(key) or _with_text(key, rest) or _with_date(key, rest) or _with_number(key, rest)


def _flag(key: str) -> Criterion | None:
    if key in ("ALL", "OLD"):  # no mail is ever \Recent here
        return lambda _mail: True
    if key in ("RECENT", "NEW"):
        return lambda _mail: False
    if key in _FLAG_KEYS:
        return lambda mail: _FLAG_KEYS[key] in mail.mail.flags
    plain = key.removeprefix("UN")
    if plain != key and plain in _FLAG_KEYS:
        return lambda mail: _FLAG_KEYS[plain] not in mail.mail.flags
    return None


def _with_text(key: str, rest: Iterator[Argument]) -> Criterion | None:
    if key in _HEADER_KEYS:
        text = _text(rest)
        return lambda mail: any(text in value for value in mail.header(key))
    if key == "HEADER":
        name, text = _text(rest), _text(rest)
        return lambda mail: any(text in value for value in mail.header(name))
    if key == "BODY":
        text = _text(rest)
        return lambda mail: text in mail.body
    if key == "TEXT":
        text = _text(rest)
        return lambda mail: text in mail.all_headers or text in mail.body
    if key in ("KEYWORD", "UNKEYWORD"):
        keyword = _text(rest)
        return lambda mail: (keyword in {flag.casefold() for flag in mail.mail.flags}) == (key == "KEYWORD")
    return None


def _with_date(key: str, rest: Iterator[Argument]) -> Criterion | None:
    compare = key.removeprefix("SENT")
    if compare not in ("BEFORE", "ON", "SINCE"):
        return None
    day = parse_date_time(_string(rest)).date()
    sent = compare != key

    def fits(mail: Candidate) -> bool:
        found = mail.sent if sent else mail.received
        return {"BEFORE": found < day, "ON": found == day, "SINCE": found >= day}[compare]

    return fits


def _with_number(key: str, rest: Iterator[Argument]) -> Criterion:
    if key == "UID":
        uids = parse_sequence_set(_string(rest))
        return lambda mail: uids.contains(mail.mail.uid, mail.last_uid)
    if key in ("LARGER", "SMALLER"):
        text = _string(rest)
        if not text.isdigit() or len(text) > 10:
            raise BadCommand(f"{key} needs a number")
        size = int(text)
        return lambda mail: mail.mail.size > size if key == "LARGER" else mail.mail.size < size
    raise BadCommand("SEARCH does not know one of its criteria")


def _next(rest: Iterator[Argument]) -> Argument:
    try:
        return next(rest)
    except StopIteration:
        raise BadCommand("a search criterion lacks its argument") from None


def _string(rest: Iterator[Argument]) -> bytes:
    value = _next(rest)
    if not isinstance(value, bytes):
        raise BadCommand("a search criterion needs a string")
    return value


def _text(rest: Iterator[Argument]) -> str:
    return _string(rest).decode("utf-8", "replace").casefold()
