"""Addresses: one form for all the ways to write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynaris.channels.contract import AddressKind
from dynaris.contacts.addresses import as_read, normalise, readings, same_number
from dynaris.core.errors import InvalidInput
from tests.contacts.desk import EMAIL, PHONE, VISITOR, WHATSAPP, session


@pytest.mark.parametrize(
    ("given_as", "stored"),
    [
        ("Anna@Example.COM", "anna@example.com"),
        (" anna@example.com\n", "anna@example.com"),
        ("Anna+News@example.com", "anna+news@example.com"),
        ("hello@demo.localhost", "hello@demo.localhost"),
        ("a@b.test", "a@b.test"),
        ("root@localhost", "root@localhost"),
        ("boss@office.local", "boss@office.local"),
        ('"john doe"@example.com', '"john doe"@example.com'),
        ('"John"@example.com', "john@example.com"),
        ("Jürgen@Bücher.example", "jürgen@xn--bcher-kva.example"),
        ("jürgen@xn--bcher-kva.example", "jürgen@xn--bcher-kva.example"),
        ("a@[192.168.0.1]", "a@[192.168.0.1]"),
        ("a..b.@docomo.ne.jp", "a..b.@docomo.ne.jp"),
        ("Cron@build_host.example", "cron@build_host.example"),
    ],
)
def test_mail_addresses_are_compared_in_one_form(given_as: str, stored: str) -> None:
    assert normalise(EMAIL, given_as) == stored


@pytest.mark.parametrize(
    ("given_as", "region", "stored"),
    [
        ("+43 (664) 123-45 67", None, "+436641234567"),
        ("0664 1234567", "AT", "+436641234567"),
        ("0043 664 1234567", "at", "+436641234567"),
        ("tel:+1-415-555-2671", None, "+14155552671"),
        ("+1 415 555 2671 ext. 12", None, "+14155552671"),
        ("\u202a+1 415 555 2671\u202c", None, "+14155552671"),
    ],
)
def test_telephone_numbers_are_e164(given_as: str, region: str | None, stored: str) -> None:
    assert normalise(PHONE, given_as, region) == stored


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *((kind, nothing) for kind in AddressKind for nothing in ("", " ", "None", "null", "UNDEFINED", "x" * 400)),
        (EMAIL, "anna"),
        (EMAIL, "Anna <anna@example.com>"),
        (EMAIL, "a\x00b@example.com"),
        (EMAIL, "a\ud800@example.com"),
        (EMAIL, "\u202ea@example.com"),
        (EMAIL, "a@b@c.example"),
        (PHONE, "0664 1234567"),
        (PHONE, "+1"),
        (PHONE, "call me"),
        (PHONE, "+266696687"),
        (PHONE, "Anonymous"),
        (WHATSAPP, "12"),
        (WHATSAPP, "US."),
        (WHATSAPP, "١٢٣٤٥٦٧٨"),
        (VISITOR, "a-session-id-as-the-browser-has-it"),
        (AddressKind.SLACK, "U 1"),
        (AddressKind.CRM, "1\x00"),
    ],
)
def test_what_is_no_address_is_refused_with_what_came(kind: AddressKind, value: str) -> None:
    with pytest.raises(InvalidInput, match="expected") as caught:
        normalise(kind, value)
    caught.value.detail.encode()
    assert "\x00" not in caught.value.detail


def test_a_number_that_each_reading_would_shorten_is_refused() -> None:
    with pytest.raises(InvalidInput, match="which is none"):
        normalise(PHONE, "000000", "AT")


@given(st.sampled_from(list(AddressKind)), st.one_of(st.text(max_size=60), st.emails()))
def test_any_text_is_an_address_or_refused_and_the_form_is_final(kind: AddressKind, text: str) -> None:
    try:
        stored = normalise(kind, text, "AT")
    except InvalidInput as error:
        error.detail.encode()
    else:
        assert normalise(kind, stored) == stored
        stored.encode()


def test_a_whatsapp_id_is_digits_or_a_user_id() -> None:
    assert normalise(WHATSAPP, "whatsapp:+436641234567") == "436641234567"
    assert normalise(WHATSAPP, "us.ENT.1181579") == "US.ENT.1181579"


def test_a_number_is_known_on_telephone_and_whatsapp() -> None:
    assert same_number(WHATSAPP, "436641234567") == (PHONE, "+436641234567")
    assert same_number(PHONE, "+436641234567") == (WHATSAPP, "436641234567")
    assert same_number(WHATSAPP, "US.1181579") is None
    assert same_number(EMAIL, "a@b.example") is None


def test_a_typed_text_is_read_as_every_kind_it_may_be() -> None:
    assert (PHONE, "+436641234567") in readings("+43 664 1234567")
    assert (WHATSAPP, "436641234567") in readings("+436641234567")
    assert (EMAIL, "anna@example.com") in readings("Anna@example.com")
    assert (VISITOR, session("v")) in readings(session("v"))
    assert readings("") == []


@pytest.mark.parametrize(
    ("kind", "value", "given", "read"),
    [
        (AddressKind.WHATSAPP, "4917012345678", "4917012345678", "+49 170 12345678"),
        (AddressKind.WHATSAPP, "12015550123", None, "+1 201-555-0123"),
        (AddressKind.WHATSAPP, "DE.abc123", "DE.abc123", "Hidden number …c123"),
        (AddressKind.WHATSAPP, "99912345678", None, "+99912345678"),
        (AddressKind.PHONE, "+4917012345678", "0170 / 123 456 78", "0170 / 123 456 78"),
        (AddressKind.PHONE, "+4917012345678", "+4917012345678", "+49 170 12345678"),
        (AddressKind.EMAIL, "ada@example.com", "Ada@Example.com", "Ada@Example.com"),
    ],
)
def test_numbers_are_shown_as_they_are_dialled(kind: AddressKind, value: str, given: str | None, read: str) -> None:
    assert as_read(kind, value, given) == read
