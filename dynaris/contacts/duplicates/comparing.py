"""How likely two contacts are one person, and why, in words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import prod
from typing import Any

from dynaris.contacts.duplicates.people import Person, compared_names, is_shared
from dynaris.contacts.duplicates.rules import WEIGHTS

RARE = 3  # contacts that may bear a word of a rare name

_MOST_SHOWN = 5  # addresses that are named one by one


@dataclass(slots=True)
class Finding:
    score: float
    reasons: list[dict[str, Any]] = field(default_factory=list)  # rule, words, weight
    evidence: list[str] = field(default_factory=list)  # addresses that one has proved and the other one names


Reason = tuple[str, str]  # rule, words


def compare(one: Person, other: Person, bearers: Callable[[str], int]) -> Finding:
    """`bearers`: how many contacts of the workspace have a word in their name, counted up to `RARE` and one more."""
    names = compared_names(one, other)
    found: list[Reason] = [*_addresses(one, other), *_names(one, other, names, bearers)]
    against = list(_against(one, other, names)) if found else []
    support = 1 - prod(1 - WEIGHTS[rule] for rule, _ in found)
    score = support * prod(WEIGHTS[rule] for rule, _ in against)
    reasons = [{"rule": rule, "words": words, "weight": WEIGHTS[rule]} for rule, words in [*_heaviest(found), *against]]
    return Finding(round(score, 3), reasons, evidence_of(one, other))


def evidence_of(one: Person, other: Person) -> list[str]:
    """Addresses that one of them has proved and the other one has to do with."""
    mine, theirs = _proofs(one), _proofs(other)
    return sorted(key for key in mine.keys() & theirs.keys() if mine[key] or theirs[key])


def _proofs(person: Person) -> dict[str, bool]:
    """Whether an address was proved, in any of its forms: WhatsApp proves a number, the telephone's may be a claim."""
    proofs: dict[str, bool] = {}
    for address in person.addresses:
        key = _plain(address.kind, address.value)
        proofs[key] = proofs.get(key, False) or address.verified
    return proofs


def _plain(kind: str, value: str) -> str:
    """A number is the same on the telephone and on WhatsApp."""
    if kind in ("phone", "whatsapp"):
        return f"number:{value.removeprefix('+')}"
    return f"{kind}:{value}"


def _heaviest(found: list[Reason]) -> list[Reason]:
    return sorted(found, key=lambda reason: -WEIGHTS[reason[0]])


def _addresses(one: Person, other: Person) -> Iterator[Reason]:
    """One reason of each kind: ten shared addresses are not ten times as telling."""
    emails = sorted(one.emails.keys() & other.emails.keys())
    own = [email for email in emails if not is_shared(email)]
    proved = [email for email in own if one.emails[email].verified or other.emails[email].verified]
    if proved:
        yield "proved_address", f"{_listed(proved)} was proved by one of them, and the other one says it is theirs"
    elif own:
        yield "same_address", f"both say that {_listed(own)} is theirs"
    elif emails:
        yield "shared_mailbox", f"both have {_listed(emails)}, which several people may read"
    elif boxes := sorted(one.mailboxes & other.mailboxes):
        yield "same_mailbox_name", f"the mailbox is called {boxes[0]} at both of their providers"
    yield from _numbers(one, other)
    ids = {(a.kind, a.value) for a in one.addresses} & {(a.kind, a.value) for a in other.addresses}
    if same := sorted(value for kind, value in ids if kind in ("slack", "crm")):
        yield "same_address", f"both have the id {_listed(same)}"


def _numbers(one: Person, other: Person) -> Iterator[Reason]:
    if numbers := sorted(one.numbers.keys() & other.numbers.keys()):
        kinds = {a.kind for number in numbers for a in (*one.numbers[number], *other.numbers[number])}
        where = "on WhatsApp and telephone" if len(kinds) > 1 else "on both"
        yield "same_number", f"same number {_listed([f'+{n}' for n in numbers])} {where}"
    elif ends := sorted({n[-8:] for n in one.numbers} & {n[-8:] for n in other.numbers}):
        yield "number_ends_alike", f"numbers that both end with {ends[0]}"


def _names(one: Person, other: Person, names: str, bearers: Callable[[str], int]) -> Iterator[Reason]:
    if names not in ("same", "near", "part") or min(len(one.words), len(other.words)) < 2:
        return
    what = "names differ by one letter" if names == "near" else "same name"
    prefix = "near_name" if names == "near" else "same_name"
    corroborated = False
    for rule, words in _beside(one, other):
        if f"{prefix}_and_{rule}" in WEIGHTS:
            corroborated = True
            yield f"{prefix}_and_{rule}", f"{what} and {words}"
    if names == "same" and not corroborated:
        if all(bearers(word) <= RARE for word in one.words):
            yield "rare_name", "same name, and hardly anybody else here bears any part of it"
        else:
            yield "same_name", "same name"


def _beside(one: Person, other: Person) -> Iterator[Reason]:
    if one.birthday and one.birthday == other.birthday:
        yield "birthday", f"same date of birth {one.birthday}"
    if companies := sorted(one.companies & other.companies):
        yield "company", f"same company domain {companies[0]}"
    if (boxes := sorted(one.mailboxes & other.mailboxes)) and not one.emails.keys() & other.emails.keys():
        yield "mailbox", f"same mailbox name {boxes[0]}"
    if one.postal and one.postal == other.postal:
        yield "postal_code", f"same postal code {one.postal}"


def _against(one: Person, other: Person, names: str) -> Iterator[Reason]:
    if names == "family":
        yield "family", f"{one.name} and {other.name} share a name and not the other: perhaps a family"
    elif names == "other":
        yield "other_name", f"{one.name} and {other.name} have no name in common"
    if names != "same":
        mine, theirs = (
            {email for email, a in person.emails.items() if a.verified and not is_shared(email)}
            for person in (one, other)
        )
        if mine and theirs and not mine & theirs:
            yield "other_proved_mailbox", "each proved another mail address"
    if one.birthday and other.birthday and one.birthday != other.birthday:
        yield "other_birthday", f"dates of birth {one.birthday} and {other.birthday}"


def _listed(values: list[str]) -> str:
    more = len(values) - _MOST_SHOWN
    return ", ".join(values[:_MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
