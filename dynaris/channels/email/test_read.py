"""Whatever a mail looks like, it is read into words, or the reason why not is said."""

import json
from pathlib import Path

import pytest

from dynaris.channels.contract import AddressKind, Identity, Inbound, Unreadable
from dynaris.channels.email.quick import glance
from dynaris.channels.email.read import read_mail
from dynaris.channels.email.subjects import base_subject, is_reply_subject

FIXTURES = Path(__file__).parent / "fixtures"


def read(raw: bytes, *, allow_reply_to: bool = False, trusted: str = "mx.dynaris.example", **meta: str) -> Inbound:
    return read_mail(
        raw,
        own_addresses=frozenset({"hello@demo.localhost"}),
        trusted_authserv_ids=frozenset({trusted}),
        allow_reply_to=allow_reply_to,
        meta=dict(meta),
    )


def fixture(name: str, **options: bool) -> Inbound:
    return read((FIXTURES / f"{name}.eml").read_bytes(), **options)  # pyright: ignore[reportArgumentType]


def mail(*headers: str, body: str = "Hello") -> bytes:
    return "\r\n".join(["From: Joe <joe@example.com>", *headers, "", body]).encode()


def test_thunderbird_reply_is_read_whole() -> None:
    inbound = fixture("thunderbird-reply")
    assert inbound.sender.model_dump() == {
        "kind": AddressKind.EMAIL,
        "value": "petra@kunde.example",
        "name": "Petra Müller",
        "identity": Identity.VERIFIED,
        "reason": "dmarc=pass for kunde.example by mx.dynaris.example",
        "claims": (),
        "also": (),
        "former": None,
    }
    assert inbound.text == "This is a new reply, and it goes on in the next line."
    assert "some text of the old message" in str(inbound.quoted)
    assert inbound.thread.model_dump() == {
        "key": None,
        "references": ("<second@demo.localhost>", "<first@demo.localhost>"),
        "subject": "angebot",
        "is_reply": True,
    }
    assert (inbound.message_id, inbound.subject, inbound.ignore) == ("<2b1f@kunde.example>", "Re: Angebot", None)


def test_html_mail_is_read_as_text_and_kept_without_anything_active() -> None:
    inbound = fixture("outlook-html-reply")
    assert inbound.text == "Hei! Kan dere komme på torsdag?\n\nMvh Nina"
    assert "Her er tilbudet." in str(inbound.quoted)
    assert 'data-src="https://tracker.example/pixel.gif"' in str(inbound.html)
    assert not any(word in str(inbound.html) for word in (" src=", "script", "style", "class"))


def test_mail_of_attachments_alone_shows_them() -> None:
    inbound = fixture("attachment-only")
    assert inbound.text == "[2 attachments: Rechnung_März.pdf, båt.png]"
    assert [(part.filename, part.mime_type, part.content[:4]) for part in inbound.attachments] == [
        ("Rechnung_März.pdf", "application/pdf", b"%PDF"),
        ("båt.png", "image/png", b"\x89PNG"),
    ]


def test_text_html_inline_image_and_enclosed_mail_find_their_places() -> None:
    inbound = fixture("alternatives-with-image")
    assert inbound.text == "¿Cuánto cuesta?"
    assert str(inbound.html).count("cid:logo@example") == 1
    assert [(part.filename, part.content_id) for part in inbound.attachments] == [
        ("logo.gif", "logo@example"),
        ("Earlier mail.eml", None),
    ]


def test_mail_without_text_shows_its_subject() -> None:
    assert read(mail("Subject: Do you open on Sunday?", body="")).text == "Do you open on Sunday?"
    assert read(mail(body=" \n ")).text == "[empty mail]"


def test_quotes_are_found_in_html_where_the_text_has_no_marks() -> None:
    raw = mail(
        "Content-Type: multipart/alternative; boundary=b",
        body="--b\r\nContent-Type: text/plain\r\n\r\nYes.\r\n\r\nJoe pise:\r\nOld\r\n--b\r\n"
        "Content-Type: text/html\r\n\r\n"
        '<p>Yes.</p><div class="yahoo_quoted"><p>Joe pise:</p><p>Old</p></div>\r\n--b--',
    )
    assert read(raw).text == "Yes."


def test_reply_to_is_used_only_where_it_is_allowed() -> None:
    raw = mail("Reply-To: Ann <Ann@Client.example>")
    assert read(raw).sender.value == "joe@example.com"
    form = read(raw, allow_reply_to=True).sender
    assert (form.value, form.name, form.identity) == ("ann@client.example", "Ann", Identity.CLAIMED)
    own = read(mail("Reply-To: JOE@example.com, hello@demo.localhost"), allow_reply_to=True)
    assert own.sender.value == "joe@example.com"


def test_sender_that_takes_no_replies_waits_for_a_person_unless_another_address_is_allowed() -> None:
    raw = b"From: no-reply@forms.example\r\nReply-To: ann@client.example\r\n\r\nHello"
    assert read(raw).unanswerable == "no-reply@forms.example takes no replies"
    assert read(raw, allow_reply_to=True).unanswerable is None


SENDERS = {
    "Ann <ANN+shop@Client.Example>": "ann+shop@client.example",
    "not an address, ann@client.example": "ann@client.example",
    '"Larsen, Ann" <ann@client.example>': "ann@client.example",
    "=?utf-8?q?=22Larsen=2C_Ann=22?= <ann@client.example>": "ann@client.example",
    "Ann <ann@client.example> Bob <bob@client.example>": "ann@client.example",
    "ann@client.example (Ann)": "ann@client.example",
    "Group: ann@client.example, bob@client.example;": "ann@client.example",
    "<mailto:ann@client.example>": "ann@client.example",
    "Ann <ann@bücher.example>": "ann@xn--bcher-kva.example",
    "nobody": "envelope@client.example",
    "": "envelope@client.example",
}


@pytest.mark.parametrize("field", SENDERS)
def test_first_valid_address_is_the_sender(field: str) -> None:
    inbound = read(f"From: {field}\r\nSubject: x\r\n\r\nHello".encode(), mail_from="Envelope@client.example")
    assert inbound.sender.value == SENDERS[field]


def test_mail_that_names_no_sender_cannot_be_read_and_says_why() -> None:
    with pytest.raises(Unreadable, match="no valid address in From"):
        read(b"Subject: x\r\n\r\nHello")
    with pytest.raises(Unreadable, match="empty"):
        read(b" \r\n\r\n")


def test_names_are_bounded() -> None:
    name = read('From: "A\x00\x07gpj {}" <a@b.example>\r\n\r\nx'.format("y" * 500).encode()).sender.name
    assert str(name).startswith("Agpj y")
    assert len(str(name)) <= 120


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        ('"ceo@bank.example"', None),
        ("ceo@bank.example", None),
        ('"The boss (ceo@bank.example)"', None),
        ('"The boss <ceo@bank.example>"', None),
        ("=?utf-8?q?ceo=40bank=2Eexample?=", None),
        ("=?utf-8?b?Y2Vv77ygYmFuay5leGFtcGxl?=", None),
        ('"ceo@bank.example, The boss"', None),
        ('"Ann\u202eelpmaxe.knab"', None),
        ("=?utf-8?q?Ann=00Bank?=", None),
        ('"eve@evil.example"', None),
        ('"Eve Adams (EVE@evil.example)"', "Eve Adams"),
        ('"Eve @ Adams"', "Eve @ Adams"),
        ("\u05d7\u05d5\u05d4\u200f", "\u05d7\u05d5\u05d4"),
    ],
)
def test_a_name_that_would_pass_for_another_address_is_none(shown: str, name: str | None) -> None:
    sender = read(f"From: {shown} <eve@evil.example>\r\n\r\nx".encode()).sender
    assert (sender.value, sender.name) == ("eve@evil.example", name)


def test_what_stands_beside_the_brackets_is_never_the_address() -> None:
    for shown in ('"ceo@bank.example" <eve>', "ceo@bank.example <>", '"ceo@bank.example" <eve@>'):
        raw = f"From: {shown}\r\n\r\nx".encode()
        assert read(raw, mail_from="eve@evil.example").sender.value == "eve@evil.example"


def test_references_are_nearest_first_bounded_and_without_doubles() -> None:
    many = " ".join(f"<{number}@x>" for number in range(200))
    thread = read(mail(f"References: {many}", "In-Reply-To: <199@x>", "Message-ID: <150@x>")).thread
    assert thread.references[:2] == ("<199@x>", "<198@x>")
    assert len(thread.references) == 50
    assert "<150@x>" not in thread.references


def test_answered_id_comes_first_where_a_mailer_rewrote_references() -> None:
    thread = read(
        mail("References: <rewritten@apple> bare@host\r\n <fol\r\n ded@x>", "In-Reply-To: <ours@demo>")
    ).thread
    assert thread.references == ("<ours@demo>", "<folded@x>", "<rewritten@apple>")
    assert read(mail("In-Reply-To: ours@demo")).thread.references == ("<ours@demo>",)


def test_new_mail_is_no_reply_and_forwarding_is_none_either() -> None:
    assert not read(mail("Subject: Prices")).thread.is_reply
    assert not read(mail("Subject: Fwd: Prices")).thread.is_reply
    assert read(mail("Subject: AW: Prices")).thread.is_reply


SUBJECTS = ["Re: ", "RE[2]: ", "Fwd: Re: ", "AW: WG: ", "SV: ", "VS: ", "Antw: ", "TR: ", "RV: ", "R: I: ",
            "Odp: ", "Отв: ", "Res: Enc: ", "回复：", "[EXTERNAL] Re: ", "re : "]  # fmt: skip


@pytest.mark.parametrize("prefix", SUBJECTS)
def test_subjects_are_compared_without_prefixes(prefix: str) -> None:
    assert base_subject(f"{prefix}Prices  for\tdoors") == "prices for doors"


def test_subjects_keep_what_is_their_own() -> None:
    assert base_subject("Regarding: doors") == "regarding: doors"
    assert base_subject("[Order 12] Doors") == "[order 12] doors"
    assert base_subject("Re: ") is None
    assert not is_reply_subject("Ref: 12345")


def test_characters_that_a_database_refuses_are_removed() -> None:
    body = "nul \x00 bell \x07 surrogate \ud800 end".encode("utf-8", "surrogatepass")
    html = b"<p>a\x00b&#0;&#xD800;c</p>"
    raw = (
        b"From: J\x00oe <joe@example.com>\r\nSubject: a\x00b\r\nMessage-ID: <a\x00b@x>\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        + body
        + b"\r\n--b\r\n"
        b"Content-Type: text/html\r\n\r\n" + html + b'\r\n--b\r\nContent-Type: a/b; name="x\x00y"\r\n\r\n--b--'
    )
    inbound = read(raw)
    stored = json.dumps(inbound.model_dump(mode="json", exclude={"attachments"}), ensure_ascii=False)
    assert "\\u0000" not in stored
    stored.encode("utf-8")
    assert inbound.attachments[0].filename == "xy"


CHARSETS = [
    ("iso-8859-1", "Größe".encode("latin-1"), "Größe"),
    ("x-no-such-charset", "Größe".encode(), "Größe"),
    ("us-ascii", "Größe".encode(), "Größe"),
    ("us-ascii", "Größe €".encode("cp1252"), "Größe €"),
    ("utf-8", "Größe".encode("latin-1"), "Größe"),
    ("zlib", b"plain", "plain"),
    ("gb2312", "价格".encode("gb18030"), "价格"),
    ("koi8-r", "цена".encode("koi8-r"), "цена"),
    ("utf-16", "Größe".encode("utf-16"), "Größe"),
    ("iso-2022-jp", "価格".encode("iso-2022-jp"), "価格"),
]


@pytest.mark.parametrize(("charset", "body", "text"), CHARSETS)
def test_text_is_decoded_whatever_charset_it_claims(charset: str, body: bytes, text: str) -> None:
    raw = f"From: a@b.example\r\nContent-Type: text/plain; charset={charset}\r\n\r\n".encode() + body
    assert read(raw).text == text


def test_long_text_is_cut_and_attached_in_full() -> None:
    inbound = read(mail(body="word " * 100_000))
    assert len(inbound.text) <= 200_000
    assert (inbound.attachments[0].filename, len(inbound.attachments[0].content)) == ("message.txt", 499_999)


def test_html_that_is_too_large_to_show_is_attached() -> None:
    inbound = read(mail("Content-Type: text/html", body="<div>Hi</div>" * 40_000))
    assert (inbound.html, inbound.attachments[0].filename) == (None, "message.html")
    assert inbound.text.startswith("Hi")


def test_glance_names_the_mail_and_its_sender() -> None:
    assert glance(b"Message-ID: <1@x>\r\nFrom: Joe <JOE+a@Example.com>\r\nSubject: Hi\r\n\r\nx") == (
        "<1@x>",
        "joe+a@example.com",
        "Hi",
    )
    nameless = glance(b"Subject: Hi\r\n\r\nx")
    assert (nameless.external_id[:7], nameless.sender) == ("sha256:", None)
    assert glance(b"") == glance(b"")


def test_reading_twice_is_the_same() -> None:
    for path in FIXTURES.glob("*.eml"):
        assert read(path.read_bytes()) == read(path.read_bytes())
