"""Taking mails apart: exact octets, section numbers, and nothing that hostile mail can break."""

from email import message_from_bytes
from email.message import EmailMessage

from hypothesis import given
from hypothesis import strategies as st

from dynaris.sandbox.mail_parts import DEEPEST, MOST_PARTS, decoded_words, read_mail

NESTED = b"""Subject: outer\r
Content-Type: multipart/mixed; boundary=outer\r
\r
preamble\r
--outer\r
Content-Type: multipart/alternative; boundary="in ner"\r
\r
--in ner\r
Content-Type: text/plain\r
\r
plain\r
\r
--in ner\r
Content-Type: text/html\r
\r
<p>html</p>\r
--in ner--\r
\r
--outer\r
Content-Type: message/rfc822\r
\r
Subject: inner\r
\r
inner text\r
--outer--\r
epilogue\r
"""


def test_sections_are_numbered_as_imap_numbers_them() -> None:
    mail = read_mail(NESTED)
    bodies = {
        numbers: part.body if (part := mail.section([int(number) for number in numbers.split(".")])) else None
        for numbers in ("1.1", "1.2", "2", "2.1", "3", "1.3", "2.2", "1.1.1", "1.1.1.2", "0")
    }
    assert bodies == {
        "1.1": b"plain\r\n",
        "1.2": b"<p>html</p>",
        "2": b"Subject: inner\r\n\r\ninner text",
        "2.1": b"inner text",
        "3": None,
        "1.3": None,
        "2.2": None,
        "1.1.1": None,
        "1.1.1.2": None,
        "0": None,
    }


def test_a_mail_without_parts_has_itself_as_part_one() -> None:
    mail = read_mail(b"Subject: x\r\n\r\nbody\r\n")
    part = mail.section([1])
    assert part is not None
    assert part.body == b"body\r\n"


def test_leaves_hold_what_the_standard_parser_finds() -> None:
    mail = EmailMessage()
    mail.set_content("Grüße\n")
    mail.add_alternative("<p>Grüße</p>", subtype="html")
    mail.add_attachment(bytes(range(256)), maintype="application", subtype="pdf", filename="ünï.pdf")
    source = mail.as_bytes()
    ours = [part for part in read_mail(source).walk() if not part.is_multipart]
    theirs = [part for part in message_from_bytes(source).walk() if not part.is_multipart()]
    assert [part.decoded().strip() for part in ours] == [
        bytes(part.get_payload(decode=True)).strip()  # type: ignore[arg-type]
        for part in theirs
    ]
    assert [part.file_name for part in ours] == [None, None, "ünï.pdf"]


def test_a_multipart_that_was_cut_off_keeps_its_last_part() -> None:
    mail = read_mail(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nfirst\r\n--b\r\n\r\nsec")
    assert [part.body for part in mail.children] == [b"first", b"sec"]


def test_nesting_and_number_of_parts_are_bounded() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(200))
    wide = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 5000
    assert len(list(read_mail(deep).walk())) <= DEEPEST + 1
    assert len(list(read_mail(wide).walk())) <= MOST_PARTS + 1


MIME_NOISE = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.sampled_from(
            [
                b"Content-Type: multipart/mixed; boundary=b\r\n",
                b"Content-Type: multipart/digest; boundary*=utf-8''%ff\r\n",
                b"Content-Type: message/rfc822\r\n",
                b"Content-Type: text/plain; charset=\xff\r\n",
                b"Content-Type: text/plain; charset=idna\r\n",
                b"Content-Disposition: attachment; filename*0*=x'y'%ZZ; filename*1=\xfe\r\n",
                b"Content-Transfer-Encoding: base64\r\n",
                b"Subject: =?utf-8?b?!!!?= =?x?q?=ff?=\r\n",
                b"From: (((\xff,,<>:;@\r\n",
                b"\r\n",
                b"--b\r\n",
                b"--b--\r\n",
            ]
        ),
    ),
    max_size=30,
).map(b"".join)


@given(MIME_NOISE)
def test_no_mail_breaks_the_reader(source: bytes) -> None:
    for part in read_mail(source).walk():
        assert part.start <= part.body_start <= part.end <= len(source)
        part.text()
        assert part.file_name is None or isinstance(part.file_name, str)
        for value in part.fields.values():
            decoded_words(str(value))
