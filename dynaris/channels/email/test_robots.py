"""Mail that nobody may answer is recognised, and mail of people is not taken for it."""

from pathlib import Path

import pytest

from dynaris.channels.contract import Inbound
from dynaris.channels.email.read import read_mail

OWN = frozenset({"hello@demo.localhost", "info@firm.example"})
FIXTURES = Path(__file__).parent / "fixtures"


def read(raw: bytes, **meta: str) -> Inbound:
    return read_mail(raw, own_addresses=OWN, trusted_authserv_ids=frozenset(), allow_reply_to=False, meta=dict(meta))


def mail(*headers: str, sender: str = "joe@example.com", body: str = "Hello") -> bytes:
    return "\r\n".join([f"From: {sender}", *headers, "", body]).encode()


ROBOTS = {
    "Auto-Submitted: auto-replied": "an automatic mail",
    "Auto-Submitted: auto-generated (rejected)": "an automatic mail",
    "X-Autoreply: yes": "an automatic reply",
    "X-Autorespond: x": "an automatic reply",
    "Precedence: auto_reply": "an automatic reply",
    "X-Auto-Response-Suppress: OOF, AutoReply": "an automatic mail",
    "X-POST-MessageClass: 9; Autoresponder": "an automatic reply",
    "Subject: Automatic reply: prices": "an automatic reply",
    "Subject: Out of Office": "an automatic reply",
    "Subject: =?utf-8?Q?R=C3=A9ponse_automatique_=3A_prix?=": "an automatic reply",
    "Subject: Automatische Antwort: Preise": "an automatic reply",
    "Subject: Автоответ: цены": "an automatic reply",
    "Precedence: bulk": "list mail",
    "Precedence: list": "list mail",
    "List-Id: News <news.example.com>": "list mail",
    "List-Unsubscribe: <mailto:leave@example.com>": "list mail",
    "Return-Path: <>": "an automatic mail: its return path is empty",
    "X-Dynaris-Message: 1": "our own mail came back",
    "X-Loop: Info@firm.example": "our own mail came back",
}


@pytest.mark.parametrize("header", ROBOTS)
def test_robot_is_recognised_by_its_header(header: str) -> None:
    assert str(read(mail(header)).ignore).startswith(ROBOTS[header])


PEOPLE = [
    "X-Loop: somebody@else.example",
    "Auto-Submitted: no",
    "X-Auto-Response-Suppress: DR, RN, NRN",
    "Precedence: normal",
    "Subject: Re: Automatic reply: how do I switch it off?",
    "Subject: Out of office furniture, do you deliver?",
    "Subject: Undelivered parcel",
    "Return-Path: <joe@example.com>",
]


@pytest.mark.parametrize("header", PEOPLE)
def test_person_is_not_taken_for_a_robot(header: str) -> None:
    assert read(mail(header)).ignore is None


def test_our_own_address_coming_back_is_ignored() -> None:
    assert "our own mail" in str(read(mail(sender="Hello <Hello@Demo.localhost>")).ignore)


def test_empty_envelope_sender_is_an_automatic_mail() -> None:
    assert "return path" in str(read(mail(), mail_from="").ignore)
    assert read(mail("Return-Path: <>"), mail_from="joe@example.com").ignore is None


def test_mail_to_our_own_group_is_an_inquiry_and_not_list_mail() -> None:
    group = ("List-Id: <info.firm.example>", "Precedence: list", "List-Unsubscribe: <mailto:leave@firm.example>")
    assert read(mail(*group)).ignore is None
    rewritten = read(
        mail(*group, "X-Original-From: Ann <ann@client.example>", sender="'Ann' via Info <info@firm.example>")
    )
    assert (rewritten.ignore, rewritten.sender.value) == (None, "ann@client.example")


def test_bounce_names_our_message() -> None:
    inbound = read((FIXTURES / "bounce.eml").read_bytes())
    assert (inbound.ignore, inbound.failed_message_id) == (
        "a bounce: a mail could not be delivered",
        "<our-message@demo.localhost>",
    )


def test_bounce_without_a_report_names_our_message() -> None:
    inbound = read((FIXTURES / "qmail-bounce.eml").read_bytes())
    assert (str(inbound.ignore)[:8], inbound.failed_message_id) == ("a bounce", "<our-other@demo.localhost>")


def test_delayed_mail_is_not_a_failed_one() -> None:
    raw = (FIXTURES / "bounce.eml").read_bytes().replace(b"Action: failed", b"Action: delayed")
    inbound = read(raw)
    assert (inbound.ignore, inbound.failed_message_id) == ("a delivery report: not delivered yet, or delivered", None)


def test_bounce_without_any_sender_is_still_a_bounce() -> None:
    raw = (
        (FIXTURES / "bounce.eml")
        .read_bytes()
        .replace(b"From: Mail Delivery System <MAILER-DAEMON@mx.example.org>\r\n", b"")
    )
    assert read(raw, mail_from="").failed_message_id == "<our-message@demo.localhost>"


def test_read_receipt_is_ignored() -> None:
    header = 'Content-Type: multipart/report; report-type=disposition-notification; boundary="x"'
    assert read(mail(header, body="--x\r\n\r\nread\r\n--x--")).ignore == "a read receipt"


def test_reason_has_no_characters_that_a_database_refuses() -> None:
    assert read(mail("Auto-Submitted: auto-\x00replied")).ignore == "an automatic mail: Auto-Submitted: auto-replied"


def test_out_of_office_notice_is_ignored() -> None:
    assert read((FIXTURES / "out-of-office.eml").read_bytes()).ignore is not None
