"""What is compared of a contact: its name in plain letters, its addresses, and the fields that tell people apart."""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal
from uuid import UUID

Names = Literal["same", "near", "part", "family", "other", "unknown"]

_SPECIAL = str.maketrans({"ß": "ss", "æ": "a", "œ": "o", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "þ": "th", "ð": "d"})
_UMLAUT = re.compile(r"(?<=[aou])e")  # "Mueller" is how "Müller" is typed where there is no ü
_WORD = re.compile(r"[^\W\d_]+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TITLES = _words("mr mrs ms miss sir dr prof herr frau ing mag dipl mme mlle sr sra srta dott sig phd msc bsc")

SHARED_MAILBOXES = _words(
    """info office contact kontakt contacto contatto hello hallo sales support help admin mail service team buero post
    praxis reception empfang booking reservations reservierung accounting billing rechnung rechnungen buchhaltung
    noreply webmaster postmaster jobs hr marketing shop order orders bestellung secretary sekretariat accueil
    administration family familie"""
)
_PRIVATE_MAIL = _words(
    """gmail.com googlemail.com gmx.de gmx.at gmx.net gmx.ch web.de outlook.com outlook.de hotmail.com hotmail.de
    live.com yahoo.com yahoo.de yahoo.fr yahoo.es yahoo.it icloud.com me.com aol.com t-online.de freenet.de proton.me
    protonmail.com orange.fr free.fr laposte.net wanadoo.fr sfr.fr libero.it virgilio.it alice.it tin.it telefonica.net
    aon.at bluewin.ch mail.com mail.ru yandex.ru qq.com 163.com posteo.de mailbox.org msn.com"""
)
_POSTAL = _words("""postalcode postcode zip zipcode plz postleitzahl codepostal codigopostal cap""")
_BIRTHDAY = _words(
    """birthday birthdate dateofbirth dob geburtsdatum geburtstag datedenaissance
    fechadenacimiento datadinascita"""
)


def plain(text: str) -> str:
    """In small letters without diacritics."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_SPECIAL))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@lru_cache(maxsize=8192)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in one spelling and order: "Müller, Dr. Ada" and "Ada Mueller" are the same."""
    found = [_UMLAUT.sub("", word) for word in _WORD.findall(plain(name))]
    return tuple(sorted(word for word in found if word not in _TITLES))


def mailbox_of(email: str) -> str:
    """What stands before the @, without dots and without what follows a plus sign."""
    local = email.rpartition("@")[0]
    return local.partition("+")[0].replace(".", "").replace("_", "").replace("-", "")


def is_shared(email: str) -> bool:
    return re.split(r"[.+_-]", email.rpartition("@")[0])[0] in SHARED_MAILBOXES


@dataclass(frozen=True, slots=True)
class Address:
    kind: str
    value: str
    verified: bool

    @property
    def digits(self) -> str | None:
        """Of a telephone or WhatsApp number; `None` for anything else."""
        digits = self.value.removeprefix("+")
        return digits if self.kind in ("phone", "whatsapp") and digits.isdigit() else None


@dataclass(frozen=True)
class Person:
    """A contact as it is compared."""

    id: UUID
    name: str | None
    addresses: tuple[Address, ...]
    postal: str | None = None
    birthday: str | None = None

    @cached_property
    def words(self) -> tuple[str, ...]:
        return words_of(self.name or "")

    @cached_property
    def emails(self) -> dict[str, Address]:
        return {a.value: a for a in self.addresses if a.kind == "email"}

    @cached_property
    def numbers(self) -> dict[str, list[Address]]:
        found: dict[str, list[Address]] = {}
        for address in self.addresses:
            if address.digits:
                found.setdefault(address.digits, []).append(address)
        return found

    @cached_property
    def companies(self) -> frozenset[str]:
        domains = (email.rpartition("@")[2] for email in self.emails)
        return frozenset(domain for domain in domains if domain not in _PRIVATE_MAIL)

    @cached_property
    def mailboxes(self) -> frozenset[str]:
        """Those that tell something of their owner."""
        own = {mailbox_of(email) for email in self.emails if not is_shared(email)}
        return frozenset(mailbox for mailbox in own if len(mailbox) >= 5)


def person_of(row: dict[str, Any]) -> Person:
    """`row`: id, name, fields, addresses as JSON."""
    addresses = tuple(Address(a["kind"], a["value"], a["verified"]) for a in row["addresses"])
    return Person(row["id"], row["name"], addresses, *_telling(row["fields"]))


def _telling(fields: dict[str, Any]) -> tuple[str | None, str | None]:
    postal = birthday = None
    for name, value in fields.items():
        meant = "".join(_WORD.findall(plain(name)))
        if meant in _POSTAL and isinstance(value, str | int):
            postal = "".join(str(value).casefold().split())[:12] or None
        elif meant in _BIRTHDAY and isinstance(value, str):
            birthday = _date(value)
    return postal, birthday


def _date(text: str) -> str | None:
    if found := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)(?:T.*)?", text.strip()):
        return "-".join(found.groups())
    if found := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text.strip()):
        return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}"
    return None


def compared_names(one: Person, other: Person) -> Names:
    """`part`: one has all words of the other and more; `family`: they share a word and differ in others."""
    mine, theirs = one.words, other.words
    if not mine or not theirs:
        return "unknown"
    if mine == theirs:
        return "same"
    if one_letter_apart(mine, theirs):
        return "near"
    shared = Counter(mine) & Counter(theirs)
    if shared.total() == min(len(mine), len(theirs)):
        return "part"
    return "family" if shared else "other"


def one_letter_apart(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """All words are the same but one, not among the shortest, in which a letter is missing, added or another."""
    if len(mine) != len(theirs):
        return False
    left, right = Counter(mine) - Counter(theirs), Counter(theirs) - Counter(mine)
    if left.total() != 1 or right.total() != 1:
        return False
    [a], [b] = left, right
    return min(len(a), len(b)) >= 3 and max(len(a), len(b)) >= 4 and _one_edit(a, b)


def _one_edit(a: str, b: str) -> bool:
    if len(a) > len(b):
        a, b = b, a
    if len(b) - len(a) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if len(a) < len(b):
        return a[start:] == b[start + 1 :]
    swapped = a[start : start + 2] == b[start : start + 2][::-1] and a[start + 2 :] == b[start + 2 :]
    return swapped or a[start + 1 :] == b[start + 1 :]


def keys_of(person: Person) -> set[str]:
    """Two contacts are compared only where they share one of these."""
    keys = {f"e:{email}" for email in person.emails} | {f"l:{mailbox}" for mailbox in person.mailboxes}
    keys |= {f"n:{digits[-8:]}" for digits in person.numbers}
    keys |= {f"x:{a.kind}:{a.value}" for a in person.addresses if a.kind in ("slack", "crm")}
    keys |= {f"t:{word}" for word in person.words}
    if len(person.words) > 1:
        keys.add("w:" + " ".join(person.words))
    initials = "".join(sorted(word[0] for word in person.words))
    if initials:
        keys |= {f"d:{domain}:{initials}" for domain in person.companies}
        if person.postal:
            keys.add(f"z:{person.postal}:{initials}")
    if person.birthday:
        keys.add(f"b:{person.birthday}")
    return keys
