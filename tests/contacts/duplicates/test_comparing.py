"""How two contacts are compared: evidence raises, contradiction lowers, a name alone says little."""

import pytest

from dynaris.contacts.duplicates.comparing import Finding, compare, evidence_of
from dynaris.contacts.duplicates.people import Address, Person, words_of
from dynaris.contacts.duplicates.rules import LISTED_FROM
from dynaris.core.ids import new_id


def person(name: str | None, *addresses: str, postal: str | None = None, birthday: str | None = None) -> Person:
    """An address is "!ada@example.com" where it is proved; "whatsapp:43660..." or "+43660..." is a number."""
    found = []
    for given in addresses:
        value = given.removeprefix("!")
        kind = "email" if "@" in value else "whatsapp" if value.startswith("whatsapp:") else "phone"
        proved = given.startswith("!")
        found.append(Address(kind, value.removeprefix("whatsapp:"), verified=proved))
    return Person(new_id(), name, tuple(found), postal, birthday)


def compared(one: Person, other: Person, *, common: bool = True) -> Finding:
    return compare(one, other, lambda _: 4 if common else 2)


def rules(finding: Finding) -> list[str]:
    return [reason["rule"] for reason in finding.reasons]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller, Ada", "Ada Mueller"),
        ("Dr. Søren Ørsted", "soren oersted"),
        ("José Peña", "PEÑA Jose"),
        ("Ada ", "ada"),
    ],
)
def test_names_are_the_same_in_any_order_case_and_spelling(one: str, other: str) -> None:
    assert words_of(one) == words_of(other)


def test_what_both_say_is_theirs_is_named() -> None:
    finding = compared(person("Ada", "ada@example.com"), person(None, "ada@example.com"))
    assert finding.reasons[0]["words"] == "both say that ada@example.com is theirs"
    assert finding.score > 0.8


def test_a_proved_address_that_another_one_names_weighs_most() -> None:
    claimed = compared(person(None, "ada@example.com"), person(None, "ada@example.com"))
    proved = compared(person(None, "!ada@example.com"), person(None, "ada@example.com"))
    assert proved.score > claimed.score
    assert (proved.evidence, claimed.evidence) == (["email:ada@example.com"], [])


@pytest.mark.parametrize(
    "given", [("!whatsapp:436601234567", "+436601234567"), ("+436601234567", "!whatsapp:436601234567")]
)
def test_a_number_that_whatsapp_proved_is_proved_whatever_form_comes_last(given: tuple[str, str]) -> None:
    assert evidence_of(person(None, *given), person(None, "+436601234567")) == ["number:436601234567"]


def test_one_number_on_whatsapp_and_telephone_is_the_same_number() -> None:
    finding = compared(person(None, "+436601234567"), person(None, "whatsapp:436601234567"))
    assert finding.reasons[0]["words"] == "same number +436601234567 on WhatsApp and telephone"
    assert finding.score >= LISTED_FROM


def test_a_family_that_shares_a_number_is_not_proposed() -> None:
    finding = compared(person("Ada Müller", "+436601234567"), person("Ben Mueller", "+436601234567"))
    assert rules(finding) == ["same_number", "family"]
    assert finding.score < LISTED_FROM


def test_two_people_at_a_shared_mailbox_are_not_proposed() -> None:
    finding = compared(person("Ada Berg", "info@acme.example"), person("Zoe Novak", "info@acme.example"))
    assert "shared_mailbox" in rules(finding)
    assert finding.score < LISTED_FROM


def test_different_proved_addresses_and_names_speak_against() -> None:
    one = person("Ada Berg", "!ada@a.example", "+436601234567")
    other = person("Zoe Novak", "!zoe@b.example", "+436601234567")
    assert "other_proved_mailbox" in rules(compared(one, other))
    assert compared(one, other).score < LISTED_FROM


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        (person("Ada Mueller", "ada@acme.example"), person("Müller Ada", "am@acme.example"), "same_name_and_company"),
        (person("Ada Berg", postal="1010"), person("Ada Berg", postal="1010"), "same_name_and_postal_code"),
        (person("Jon Smith", "j@acme.example"), person("John Smith", "x@acme.example"), "near_name_and_company"),
        (
            person("Katrin Meier", birthday="1990-05-04"),
            person("Kathrin Meier", birthday="1990-05-04"),
            "near_name_and_birthday",
        ),
        (
            person("Ada Berg", "ada.berg@gmail.com"),
            person("Ada Berg", "adaberg+shop@gmx.at"),
            "same_name_and_mailbox",
        ),
    ],
)
def test_a_name_with_something_beside_it_is_enough(one: Person, other: Person, rule: str) -> None:
    finding = compared(one, other)
    assert rules(finding)[0] == rule
    assert finding.score >= LISTED_FROM


def test_a_common_name_alone_is_not_enough_and_a_rare_one_is() -> None:
    one, other = person("Thomas Müller", "t@gmx.de"), person("Thomas Mueller", "thomas@web.de")
    assert compared(one, other, common=True).score < LISTED_FROM
    assert rules(compared(one, other, common=False)) == ["rare_name"]
    assert compared(one, other, common=False).score >= LISTED_FROM


def test_different_birthdays_part_people_of_one_name() -> None:
    one = person("Ada Berg", postal="1010", birthday="1990-05-04")
    finding = compared(one, person("Ada Berg", postal="1010", birthday="1962-01-30"))
    assert "other_birthday" in rules(finding)
    assert finding.score < LISTED_FROM


def test_a_private_provider_is_no_company() -> None:
    finding = compared(person("Ada Berg", "a@gmail.com"), person("Ada Berg", "b@gmail.com"))
    assert rules(finding) == ["same_name"]
