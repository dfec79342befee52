"""Addresses and message ids out of header fields that may hold anything."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from dynaris.channels.contract import Account
from dynaris.channels.email.characters import clean_line, misleads
from dynaris.channels.email.headers import decode_words

_FIELD_LIMIT = 20_000
_NAME_LIMIT = 120
_ADDRESS_LIMIT = 100
_ADDRESS = re.compile(
    r"""(?P<local>[^\s<>()\[\]\\,;:"@\x00-\x20\x7f\ud800-\udfff]{1,64}|"[^"\\\x00-\x1f\x7f\ud800-\udfff]{1,62}")
        @(?P<domain>(?=.{1,253}\Z)[^\W_](?:[\w.-]*[^\W_])?)""",
    re.VERBOSE,
)
_ID = re.compile(r"<([^<>]{1,998})>")
_BARE_ID = re.compile(r"[^\s<>,;\"]{1,500}@[^\s<>,;\"]{1,490}")
_PIECE = re.compile(r"[^\s<>()\[\],;:\"']+")
_WHITE = re.compile(r"\s+")
_OPERATORS = [
    "postmaster",
    "abuse",
    "hostmaster",
    "webmaster",
    "security",
    "no-reply",
    "noreply",
    "admin",
    "administrator",
    "root",
    "mailer-daemon",
]


@dataclass(frozen=True, slots=True)
class Mailbox:
    address: str  # normalised
    name: str | None = None


def normalise(address: str) -> str | None:
    """Lower case, international domains in their ASCII form; `None` when it is no address. Plus-tags stay."""
    match = _ADDRESS.fullmatch(address.strip().strip("<>").strip())
    if not match or ".." in match["domain"]:
        return None
    domain = match["domain"].lower()
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    return f"{match['local'].lower()}@{domain}"


def without_tag(address: str) -> str:
    """`hello+orders@clinic.example` is read where hello@clinic.example is."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def reserved_addresses(sender: str) -> frozenset[str]:
    """What the installation writes from, and the names at its domain that others take for its operator."""
    own = without_tag(normalise(sender) or sender.lower())
    return frozenset((own, *(f"{name}@{own.rpartition('@')[2]}" for name in _OPERATORS)))


def may_use(account: Account[Any], address: str, reserved: frozenset[str]) -> bool:
    """Whether mail of this address may pass through servers that are not the account's own."""
    how = account.proved.get(address)
    return how == "operator" or (how is not None and without_tag(address) not in reserved)


def mailboxes(field: str | None) -> list[Mailbox]:
    """Every valid address of a From, To or Reply-To field, in order; what is not valid is left out."""
    if not field:
        return []
    found = (_mailbox(entry) for entry in _entries(field[:_FIELD_LIMIT]))
    return [mailbox for mailbox in found if mailbox][:_ADDRESS_LIMIT]


def _entries(field: str) -> list[tuple[str, str | None]]:
    """(what stands outside of <>, what stands inside if there are any) for each entry, in one pass; no comments."""
    entries: list[tuple[str, str | None]] = []
    outside: list[str] = []
    inside: list[str] = []
    quoted = angle = False
    depth = 0
    for character in re.findall(r"\\.|[^\\]|\\", field, re.DOTALL):
        if character == '"' and not depth:
            quoted = not quoted
            (inside if angle else outside).append(character)
        elif quoted:
            (inside if angle else outside).append(character)
        elif character in "()":
            depth = max(0, depth + (1 if character == "(" else -1))
        elif depth:
            continue
        elif character == "<":
            angle = True
        elif character == ">" or (character in ",;" and not angle):
            entries.append(("".join(outside), "".join(inside) if angle else None))
            outside, inside, angle = [], [], False
        elif character == ":" and not angle:
            outside = []  # a group's name
        else:
            (inside if angle else outside).append(character)
    return [*entries, ("".join(outside), "".join(inside) if angle else None)]


def _mailbox(entry: tuple[str, str | None]) -> Mailbox | None:
    outside, inside = entry
    if inside is not None:  # what stands beside <> is a name, whatever it looks like
        address = normalise(inside.removeprefix("mailto:"))
        return Mailbox(address, _name(outside, address)) if address else None
    for word in reversed(outside.split()[:50]):
        if address := normalise(word.strip("'\"")):
            return Mailbox(address, _name(outside.replace(word, "", 1), address))
    return None


def _name(text: str, address: str) -> str | None:
    """None where it would pass for somebody else: with another address in it, or made to read otherwise than it is."""
    text = decode_words(re.sub(r"\\(.)", r"\1", text.replace('"', " ")))
    if misleads(text):
        return None
    for word in _PIECE.findall(unicodedata.normalize("NFKC", text)):
        if "@" not in word[1:-1]:
            continue
        if normalise(word) != address:
            return None
        text = text.replace(word, " ")
    return clean_line(text, _NAME_LIMIT).strip("'\"<>()[] ") or None


def message_id(field: str | None) -> str | None:
    """With its angle brackets, as it stands on the wire: `<local@host>`."""
    ids = message_ids(field)
    return ids[0] if ids else None


def message_ids(field: str | None) -> list[str]:
    """In the field's order; ids that lost their brackets are found too, folded ones are joined again."""
    if not field:
        return []
    field = field[:_FIELD_LIMIT]
    if "=?" in field:  # Python's own library writes a long id as an encoded word
        field = decode_words(field)
    found = (_WHITE.sub("", inner) for inner in _ID.findall(field)) if "<" in field else _BARE_ID.findall(field)
    return [f"<{clean_line(inner, 998)}>" for inner in found if inner]
