"""The mails we write: threads hold, machines are told, and nothing becomes a header of its own."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynaris.channels.contract import Attachment, OutboundMessage, Refused
from dynaris.channels.email.compose import ComposedMail, compose
from dynaris.channels.email.read import read_mail
from tests.channels.email.conftest import CLINIC, an_answer

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def composed(message: OutboundMessage, name: str = "Sunrise Clinic", address: str = CLINIC) -> ComposedMail:
    return compose(message, address=address, name=name, now=NOW)


def parsed(mail: ComposedMail) -> Any:
    found = message_from_bytes(mail.content, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def text_of(mail: Any) -> str:
    return mail.get_content().replace("\r\n", "\n")


def test_an_answer_names_what_it_answers_and_that_a_machine_wrote_it() -> None:
    message = an_answer()
    mail = parsed(composed(message))
    assert mail["From"] == "Sunrise Clinic <hello@clinic.example>"
    assert mail["To"] == "ann@example.com"
    assert mail["Subject"] == "Re: Opening hours"
    assert mail["Message-ID"] == f"<{message.id}@clinic.example>"
    assert mail["In-Reply-To"] == "<q1@example.com>"
    assert mail["References"] == "<q0@example.com> <q1@example.com>"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Dynaris-Message"] == str(message.id)
    assert mail["X-Loop"] == CLINIC
    assert mail["Date"].datetime == NOW
    assert text_of(mail) == "We open at nine.\n"


def test_a_teammates_mail_is_not_marked_as_a_machines() -> None:
    mail = parsed(composed(an_answer(automatic=False)))
    assert mail["Auto-Submitted"] is None
    assert mail["X-Dynaris-Message"] is None
    assert mail["X-Loop"] is None


@pytest.mark.parametrize(
    ("subject", "in_reply_to", "expected"),
    [
        ("Re: Hours", "<a@b>", "Re: Hours"),
        ("AW: Hours", "<a@b>", "AW: Hours"),
        ("Fwd: Hours", "<a@b>", "Re: Fwd: Hours"),
        (None, "<a@b>", "Re:"),
        ("News", None, "News"),
        (None, None, "Sunrise Clinic"),
    ],
)
def test_re_is_put_before_answers_once(subject: str | None, in_reply_to: str | None, expected: str) -> None:
    message = an_answer(subject=subject, in_reply_to=in_reply_to, references=())
    assert parsed(composed(message))["Subject"] == expected


def test_long_ids_survive_folding_and_references_are_bounded() -> None:
    ids = tuple(f"<{'x' * 200}{number}@mail.gateway.example.com>" for number in range(60))
    mail = composed(an_answer(references=ids, in_reply_to=ids[-1]))
    assert b"=?" not in mail.content.partition(b"\r\n\r\n")[0]
    read = read_mail(
        mail.content.replace(b"X-Dynaris-Message", b"X-Other").replace(b"auto-replied", b"no").replace(b"OOF", b"DR"),
        own_addresses=frozenset(),
        trusted_authserv_ids=frozenset(),
        allow_reply_to=False,
        meta={},
    )
    assert read.thread.references == (*reversed(ids[-19:]), ids[0])
    assert read.message_id == mail.message_id


def test_the_reader_ignores_our_own_automatic_mail() -> None:
    read = read_mail(
        composed(an_answer()).content,
        own_addresses=frozenset(),
        trusted_authserv_ids=frozenset(),
        allow_reply_to=False,
        meta={},
    )
    assert read.ignore is not None


def test_nothing_becomes_a_header_of_its_own() -> None:
    attack = "x\r\nBcc: eve@example.com\r\n\r\nbody"
    message = an_answer(
        subject=attack,
        from_name=attack,
        in_reply_to=f"<a@b>{attack}",
        references=(attack, "<ok@example.com>"),
        html="<p>hi</p>",
        attachments=(
            Attachment(filename=attack, mime_type=f"text/plain{attack}", content=b"1", content_id=attack),
            Attachment(filename="pic.png", mime_type="image/png", content=b"2", content_id="pic@1"),
        ),
    )
    mail = parsed(composed(message))
    for part in mail.walk():
        assert "Bcc" not in part
    assert mail["References"] == "<ok@example.com>"
    assert mail["In-Reply-To"] is None
    assert {part.get_content_type() for part in mail.walk()} >= {"text/plain", "text/html", "image/png"}


@pytest.mark.parametrize("to", ["", "nobody", "a@b\r\nBcc: c@d", "a b@c.example", "a@b@c", "<>"])
def test_what_is_no_address_is_refused(to: str) -> None:
    with pytest.raises(Refused, match="is no e-mail address"):
        composed(an_answer(to=to))


def test_only_a_local_part_beyond_ascii_needs_an_international_server() -> None:
    assert composed(an_answer(to="ann@müller.example")).recipient == "ann@xn--mller-kva.example"
    assert not composed(an_answer(to="ann@müller.example")).international
    mail = composed(an_answer(to="jörg@example.com"))
    assert mail.international
    assert "To: jörg@example.com".encode() in mail.content


@given(text=st.text(), subject=st.text(), name=st.text(), html=st.none() | st.text(), filename=st.text())
def test_any_text_makes_a_mail_that_any_server_takes(
    text: str, subject: str, name: str, html: str | None, filename: str
) -> None:
    attachments = (Attachment(filename=filename, mime_type="text/plain", content=b"\0\xff"),)
    content = composed(
        an_answer(text=text, subject=subject, from_name=name, html=html, attachments=attachments)
    ).content
    assert content.isascii()
    assert b"\0" not in content
    assert not content.replace(b"\r\n", b"").count(b"\n")
    assert not content.replace(b"\r\n", b"").count(b"\r")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    mail = parsed(ComposedMail("", "", "", content, international=False))
    assert mail.get_body(("plain",)) is not None
    assert next(mail.iter_attachments()).get_content_type() == "text/plain"


def test_a_very_long_line_arrives_as_one() -> None:
    text = "word " * 1000 + "Ende ä\n.\n..\nFrom here\n"
    assert text_of(parsed(composed(an_answer(text=text)))) == text
