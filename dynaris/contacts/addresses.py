"""Addresses in the one form they are compared in, whatever form they arrived in."""

import re
import unicodedata
from functools import lru_cache

import email_validator
from email_validator import EmailNotValidError

from dynaris.channels.contract import AddressKind
from dynaris.core.errors import InvalidInput
from dynaris.core.phone_numbers import spaced

# Names like `.localhost`, `.local` and `.test` are of no use on the public internet, but a business's own
# mail server may well have one; whether an address can be reached is not decided here. The list is
# the library's documented way to say so.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

# What programs write where they have nothing: never somebody's identity.
_NOBODY = frozenset({"", "none", "null", "nil", "undefined", "nan", "n/a", "unknown", "anonymous"})
# Telephone networks spell "anonymous", "restricted", "blocked", "unknown" ... on the keypad for a withheld number.
_WITHHELD = frozenset({"266696687", "7378742833", "2562533", "8656696", "8566696", "86282452253", "7748483"})

# Japanese providers gave out names with doubled or trailing dots, and host names with "_" exist: mail from there
# comes in whatever the standard says, and must find its contact.
_LENIENT_MAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?")
_WHATSAPP_NUMBER = re.compile(r"\d{7,15}")
_WHATSAPP_USER = re.compile(r"([A-Za-z]{2})\.((?:ENT\.)?[A-Za-z0-9]{1,128})")  # Meta's business-scoped user id
_VISITOR = re.compile(r"[0-9a-f]{64}")
_LONGEST = 320


def normalise(kind: AddressKind, value: str, region: str | None = None) -> str:
    """The form in which addresses are stored and compared; applying it twice changes nothing.

    `region` (ISO 3166, "AT") completes a phone number without a country code. Raises `InvalidInput`.
    """
    given = value.strip()
    if given.lower() in _NOBODY or len(given) > _LONGEST:
        raise _unfit(kind, value)
    match kind:
        case AddressKind.EMAIL:
            return _email(given)
        case AddressKind.PHONE:
            return _phone(given, region.upper() if region else None)
        case AddressKind.WHATSAPP:
            return _whatsapp(given)
        case AddressKind.VISITOR:
            return _visitor(given)
        case AddressKind.SLACK | AddressKind.CRM:
            return _identifier(kind, given)
        case AddressKind.BROWSER:  # of our own people
            raise _unfit(kind, value)


def same_number(kind: AddressKind, value: str) -> tuple[AddressKind, str] | None:
    """A normalised phone number as a WhatsApp id, and the other way round; `None` where there is no number."""
    if kind is AddressKind.PHONE:
        return AddressKind.WHATSAPP, value.removeprefix("+")
    if kind is AddressKind.WHATSAPP and value.isdigit():
        return AddressKind.PHONE, f"+{value}"
    return None


def as_read(kind: AddressKind, value: str, given: str | None = None) -> str:
    """A normalised address as people read it: as it was `given`, and numbers as they are dialled."""
    number = same_number(kind, value) if kind is AddressKind.WHATSAPP else None
    return for_people(number[1] if number else given or value)


def for_people(address: str) -> str:
    """A number with its gaps; who hides theirs on WhatsApp by the end of the id that stands for it."""
    return f"Hidden number …{address[-4:]}" if _WHATSAPP_USER.fullmatch(address) else spaced(address)


def readings(text: str, region: str | None = None) -> list[tuple[AddressKind, str]]:
    """Every address that a text somebody typed could be, normalised."""
    found = []
    for kind in AddressKind:
        try:
            found.append((kind, normalise(kind, text, region)))
        except InvalidInput:
            continue
    return found


@lru_cache(maxsize=4096)  # validating takes longer than finding the contact, and the same people write again
def _email(given: str) -> str:
    try:
        parts = email_validator.validate_email(
            given,
            check_deliverability=False,
            globally_deliverable=False,
            allow_quoted_local=True,
            allow_domain_literal=True,
        )
    except EmailNotValidError as error:
        if _LENIENT_MAIL.fullmatch(given):
            return given.lower()
        raise InvalidInput(f"expected an e-mail address, got {_shown(given)}: {error}") from error
    local = unicodedata.normalize("NFC", parts.local_part.lower())
    return f"{local}@{(parts.ascii_domain or parts.domain).lower()}"


@lru_cache(maxsize=4096)
def _phone(given: str, region: str | None) -> str:
    import phonenumbers  # 25 ms to import, and only some workspaces have phones

    if re.sub(r"\D", "", given) in _WITHHELD:
        raise InvalidInput(f"expected a phone number, got {_shown(given)}: the caller's number is withheld")
    try:
        number = phonenumbers.parse(given, region)
    except phonenumbers.NumberParseException as error:
        raise InvalidInput(f"expected a phone number with its country code, got {_shown(given)}: {error}") from error
    if not phonenumbers.is_possible_number(number):
        raise InvalidInput(f"expected a phone number, got {_shown(given)}: no number of that country has this length")
    stored = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    again = phonenumbers.format_number(phonenumbers.parse(stored), phonenumbers.PhoneNumberFormat.E164)
    if again != stored:  # zeros that no country dials: each reading would drop another
        raise InvalidInput(f"expected a phone number, got {_shown(given)}: it would be {stored}, which is none")
    return stored


def _whatsapp(given: str) -> str:
    if user := _WHATSAPP_USER.fullmatch(given):
        return f"{user[1].upper()}.{user[2]}"
    digits = given.removeprefix("whatsapp:").removeprefix("+")
    if _WHATSAPP_NUMBER.fullmatch(digits) and digits.isascii():
        return digits
    raise InvalidInput(f"expected a WhatsApp number (digits) or user id (US.1234...), got {_shown(given)}")


def _visitor(given: str) -> str:
    if _VISITOR.fullmatch(given):
        return given
    raise InvalidInput("expected a chat session's SHA-256 as 64 lower-case hex digits")


def _identifier(kind: AddressKind, given: str) -> str:
    if len(given) <= 200 and given.isprintable() and " " not in given:
        return given
    raise _unfit(kind, given)


def _unfit(kind: AddressKind, value: str) -> InvalidInput:
    return InvalidInput(f"expected an address of kind {kind.value}, got {_shown(value)}")


def _shown(value: str) -> str:
    """Readable in an error and storable wherever that goes: no NUL, no lone surrogate, no megabyte."""
    return repr(value[:80])
