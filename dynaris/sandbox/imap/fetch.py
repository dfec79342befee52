"""FETCH: which data items a client asks for, and their values."""

import re
from dataclasses import dataclass
from functools import cached_property

from dynaris.sandbox.imap.structure import body_structure, envelope
from dynaris.sandbox.imap.syntax import BadCommand, date_time, literal
from dynaris.sandbox.imap.view import flag_list
from dynaris.sandbox.mail_folder import MailFolder, StoredMail
from dynaris.sandbox.mail_parts import Part, header_end, read_fields, read_mail

_MACROS = {
    b"ALL": b"FLAGS INTERNALDATE RFC822.SIZE ENVELOPE",
    b"FAST": b"FLAGS INTERNALDATE RFC822.SIZE",
    b"FULL": b"FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY",
}
# The old names of sections: what is fetched, and whether that marks the mail as read.
_OLD_NAMES = {"RFC822": ("", True), "RFC822.HEADER": ("HEADER", False), "RFC822.TEXT": ("TEXT", True)}
_ITEM = re.compile(
    rb"[ ]*(?:(BODY|BODY\.PEEK)\[([^\]]*)\](?:<(\d{1,10})\.(\d{1,10})>)?|([A-Z0-9.]+))(?=[ ]|\Z)", re.IGNORECASE
)
_SECTION = re.compile(
    r"(?P<numbers>\d{1,4}(?:\.\d{1,4}){0,30})?\.?"
    r"(?P<what>HEADER\.FIELDS\.NOT|HEADER\.FIELDS|HEADER|TEXT|MIME)?(?: \((?P<names>[^()]*)\))?",
    re.IGNORECASE,
)
_SIMPLE = {"FLAGS", "UID", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY", "BODYSTRUCTURE"}
_MOST_ITEMS = 100


@dataclass(frozen=True)
class Item:
    """One thing to fetch; `label` is how the answer names it, `section` is None for what is no section."""

    label: bytes
    name: str
    section: str | None = None
    marks_read: bool = False
    first: int = 0
    most: int | None = None


class FetchedMail:
    """One mail under FETCH; its file is read once, and only when an item needs it."""

    def __init__(self, folder: MailFolder, mail: StoredMail) -> None:
        self._folder = folder
        self.mail = mail

    @cached_property
    def source(self) -> bytes:
        return self._folder.read(self.mail.uid) or b""

    @cached_property
    def parts(self) -> Part:
        return read_mail(self.source)

    @cached_property
    def header(self) -> bytes:
        return self.source[: header_end(self.source)]


def parse_items(raw: bytes) -> list[Item]:
    """The text after the sequence set: a macro, one item, or a list of items."""
    text = raw.strip()
    text = _MACROS.get(text.upper(), text)
    if text.startswith(b"(") and text.endswith(b")"):
        text = text[1:-1].rstrip()
    items: list[Item] = []
    position = 0
    while position < len(text):
        found = _ITEM.match(text, position)
        if not found or len(items) >= _MOST_ITEMS:
            raise BadCommand("FETCH cannot read its data items")
        items.append(_item(found))
        position = found.end()
    if not items:
        raise BadCommand("FETCH needs data items")
    return items


def _item(found: re.Match[bytes]) -> Item:
    body, section, first, most, simple = found.groups()
    if simple:
        name = simple.decode().upper()
        if name in _OLD_NAMES:
            old_section, marks_read = _OLD_NAMES[name]
            return Item(name.encode(), name, old_section, marks_read)
        if name not in _SIMPLE:
            raise BadCommand("FETCH does not know one of its data items")
        return Item(name.encode(), name)
    text = section.decode("ascii", "replace").strip()
    parsed = _SECTION.fullmatch(text)
    if not parsed or ("FIELDS" in text.upper()) != (parsed["names"] is not None):
        raise BadCommand("FETCH cannot read a body section")
    origin = b"<%d>" % int(first) if first else b""
    return Item(
        b"BODY[%b]%b" % (section.strip(), origin),
        "BODY[]",
        text,
        marks_read=b"PEEK" not in body.upper(),
        first=int(first or 0),
        most=int(most) if most else None,
    )


def value_of(item: Item, fetched: FetchedMail) -> bytes:
    """The value as it stands in the answer."""
    if item.section is not None:
        content = _section(item.section, fetched)
        if content is None:
            return b"NIL"
        last = None if item.most is None else item.first + item.most
        return literal(content[item.first : last])
    mail = fetched.mail
    match item.name:
        case "FLAGS":
            return flag_list(mail.flags)
        case "UID":
            return b"%d" % mail.uid
        case "INTERNALDATE":
            return date_time(mail.received)
        case "RFC822.SIZE":
            return b"%d" % mail.size
        case "ENVELOPE":
            return envelope(read_fields(fetched.header))
        case _:
            return body_structure(fetched.parts, extended=item.name == "BODYSTRUCTURE")


def _section(section: str, fetched: FetchedMail) -> bytes | None:
    """The octets of a section; None when the mail has no such part."""
    parsed = _SECTION.fullmatch(section)
    if parsed is None:
        return None
    what = (parsed["what"] or "").upper()
    if not parsed["numbers"]:
        return _of_mail(what, parsed["names"], fetched)
    part = fetched.parts.section([int(number) for number in parsed["numbers"].split(".")])
    if part is None:
        return None
    if what == "":
        return part.body
    if what == "MIME":
        return part.header
    return _of_part(what, parsed["names"], part.children[0]) if part.is_message else None


def _of_mail(what: str, names: str | None, fetched: FetchedMail) -> bytes | None:
    if what == "":
        return fetched.source
    if what == "TEXT":
        return fetched.source[len(fetched.header) :]
    return None if what == "MIME" else _header(what, names, fetched.header)


def _of_part(what: str, names: str | None, mail: Part) -> bytes:
    return mail.body if what == "TEXT" else _header(what, names, mail.header)


def _header(what: str, names: str | None, header: bytes) -> bytes:
    if what == "HEADER":
        return header
    wanted = {name.strip('"').lower().encode() for name in (names or "").split()}
    keep_named = what == "HEADER.FIELDS"
    kept = [field for field in _fields(header) if (_name(field) in wanted) == keep_named]
    return b"".join(kept) + b"\r\n"


def _fields(header: bytes) -> list[bytes]:
    """The header's fields, each with its continuation lines."""
    return [field for field in re.split(rb"(?<=\n)(?![ \t])", header) if field.strip()]


def _name(field: bytes) -> bytes:
    return field.partition(b":")[0].strip().lower()
