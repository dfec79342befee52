"""Mails made to cost much more than they weigh: reading one takes moments and little memory, whatever is in it."""

import base64
import contextlib
import time
import tracemalloc
from collections.abc import Callable

import pytest

from dynaris.channels.contract import Unreadable
from dynaris.channels.email.arrivals import mail_arrival
from dynaris.channels.email.read import read_mail
from dynaris.core import clock

HEAD = b"From: a@b.example\r\nTo: hello@demo.localhost\r\nSubject: Re: x\r\nMessage-ID: <1@b.example>\r\n"
HTML = HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n"
TEXT = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"

# Each for about so many bytes.
BOMBS: dict[str, Callable[[int], bytes]] = {
    "headers": lambda n: b"X-A: 1\r\n" * (n // 8) + HEAD + b"\r\nx",
    "one header line": lambda n: b"X-A: " + b"x" * n + b"\r\n" + HEAD + b"\r\nx",
    "a long subject": lambda n: HEAD + b"Subject: " + b"Re: " * (n // 4) + b"\r\n\r\nx",
    "forwards": lambda n: HEAD.replace(b"Re: x", b"Fwd: AW: " * (n // 9)) + b"\r\nx",
    "brackets in a subject": lambda n: HEAD.replace(b"Re: x", b"[" * n) + b"\r\nx",
    "folded lines": lambda n: HEAD + b"X-A: 1\r\n" + b" x\r\n" * (n // 4) + b"\r\nx",
    "references": lambda n: HEAD + b"References: " + b"<a@b> " * (n // 6) + b"\r\n\r\nx",
    "half references": lambda n: HEAD + b"References: " + b"<" * n + b"\r\n\r\nx",
    "senders": lambda n: b"From: " + b"a@b.example, " * (n // 13) + b"\r\n\r\nx",
    "a sender of quotes": lambda n: b"From: " + b'"' * n + b" <a@b.example>\r\n\r\nx",
    "a sender of brackets": lambda n: b"From: " + b"<" * n + b"a@b.example\r\n\r\nx",
    "a sender of backslashes": lambda n: b'From: "' + b"\\" * n + b'" <a@b.example>\r\n\r\nx',
    "a sender of dots": lambda n: b"From: a" + b"." * n + b"@b.example\r\n\r\nx",
    "comments": lambda n: b"From: a@b.example " + b"(" * (n // 2) + b")" * (n // 2) + b"\r\n\r\nx",
    "encoded words": lambda n: HEAD.replace(b"Re: x", b"=?utf-8?b?w6k=?= " * (n // 17)) + b"\r\nx",
    "open encoded words": lambda n: HEAD.replace(b"Re: x", b"=?" * (n // 2)) + b"\r\nx",
    "question marks": lambda n: HEAD.replace(b"Re: x", b"=?a?q?" + b"?" * n) + b"\r\nx",
    "parameters": lambda n: HEAD + b"Content-Type: text/plain" + b"; a=b" * (n // 5) + b"\r\n\r\nx",
    "continued parameters": lambda n: HEAD
    + b"Content-Type: text/plain"
    + b"".join(b"; name*%d*=a" % number for number in range(n // 14))
    + b"\r\n\r\nx",
    "blanks in a parameter": lambda n: HEAD + b"Content-Type: text/plain; a=" + b" x" * (n // 2) + b"\r\n\r\nx",
    "blanks in the parameters of parts": lambda n: MIXED
    + (b"--b\r\nContent-Type: text/plain;" + b" " * 8_000 + b"x\r\n\r\nx\r\n") * (n // 8_050),
    "a bounce of blanks": lambda n: HEAD.replace(b"a@b", b"mailer-daemon@b").replace(b"Re: x", b"failure notice")
    + b"\r\nMessage-ID:"
    + b"\t" * n
    + b"x",
    "long names": lambda n: b"".join(
        b'%b: "' % name + b"a" * 19_000 + b'" <a@b.example>\r\n' for name in (b"From", b"Reply-To", b"To", b"Cc")
    )
    + b"\r\n"
    + b"x" * n,
    "an open boundary": lambda n: MIXED + b"--b\r\n\r\n" + b"hello world\r\n" * (n // 13),
    "parts": lambda n: MIXED + b"--b\r\n\r\nx\r\n" * (n // 10),
    "almost boundaries": lambda n: MIXED + b"--b-\r\n" * (n // 6),
    "mails in mails": lambda n: HEAD + b"Content-Type: message/rfc822\r\n\r\n" * (n // 32) + b"\r\nx",
    "nested parts": lambda n: HEAD
    + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(n // 60)
    )
    + b"\r\nx",
    "base64": lambda n: HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(b"hello " * (n // 8)),
    "broken base64": lambda n: HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QQ==\x00=" * (n // 6),
    "quoted printable": lambda n: HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=\r\n" * (n // 3),
    "uuencode": lambda n: HEAD + b"Content-Transfer-Encoding: uuencode\r\n\r\nbegin 644 x\r\n" + b"M\r\n" * (n // 3),
    "utf-7": lambda n: HEAD + b"Content-Type: text/plain; charset=utf-7\r\n\r\n" + b"+AAA-" * (n // 5),
    "another charset": lambda n: HEAD + b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n" + b"\x1b$B" * (n // 3),
    "no charset": lambda n: HEAD + b"\r\n" + bytes(range(128, 256)) * (n // 128),
    "quotes": lambda n: TEXT + b"> " * (n // 2),
    "quoted lines": lambda n: TEXT + b"> x\r\n" * (n // 5),
    "attributions": lambda n: TEXT + b"On Mon, 2 Nov 2026 at 10:00 Ann <a@b> wrote:\r\n" * (n // 46),
    "half attributions": lambda n: TEXT + b"On " * (n // 3),
    "attributions without end": lambda n: TEXT + b"On Monday " + b"a b@c <" * (n // 7),
    "separators": lambda n: TEXT + b"-----Original Message-----\r\n" * (n // 28),
    "dashes": lambda n: TEXT + b"-" * n,
    "dash lines": lambda n: TEXT + b"--\r\n" * (n // 4),
    "underscores": lambda n: TEXT + b"_" * n,
    "header lines in the text": lambda n: TEXT + b"From: a\r\nSent: b\r\nTo: c\r\n" * (n // 26),
    "colons": lambda n: TEXT + b"a: " * (n // 3),
    "blanks": lambda n: TEXT + b" " * n + b"x",
    "blank lines": lambda n: TEXT + b"x" + b"\r\n" * (n // 2) + b"x",
    "tabs": lambda n: TEXT + b"\t\x0b" * (n // 2) + b"x",
    "one word": lambda n: TEXT + b"a" * n,
    "addresses": lambda n: TEXT + b"a@b." * (n // 4),
    "links": lambda n: TEXT + b"http://a/" * (n // 9),
    "flowed": lambda n: TEXT.replace(b"utf-8", b"utf-8; format=flowed") + b"> > x \r\n" * (n // 8),
    "flowed marks": lambda n: TEXT.replace(b"utf-8", b"utf-8; format=flowed") + b">" * n,
    "open tags": lambda n: HTML + b"<div>" * (n // 5),
    "angle brackets": lambda n: HTML + b"<" * n,
    "half images": lambda n: HTML + b"<img " * (n // 5),
    "an image without end": lambda n: HTML + b"<img " + b"a " * (n // 2),
    "attributes": lambda n: HTML + b"<p " + b"a=1 " * (n // 4) + b">",
    "entities": lambda n: HTML + b"&amp;" * (n // 5),
    "half entities": lambda n: HTML + b"&a" * (n // 2),
    "declared entities": lambda n: HTML
    + b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    + b"&b;" * (n // 3),
    "comments in html": lambda n: HTML + b"<!--" * (n // 4),
    "tables": lambda n: HTML + b"<table><tr><td>" * (n // 15),
    "blockquotes": lambda n: HTML + b"<blockquote type=cite>" * (n // 22) + b"x",
    "blockquotes in parts": lambda n: MIXED
    + (b"--b\r\nContent-Type: text/html\r\n\r\n" + b"<blockquote type=cite>x" * 9_900 + b"\r\n") * (n // 228_000),
    "closing tags": lambda n: HTML + b"</p>" * (n // 4),
    "formatting": lambda n: HTML + b"<b><i><a>" * (n // 9),
    "embedded images": lambda n: HTML + b"<img src=data:image/png;base64," + b"A" * n + b">",
    "half embedded images": lambda n: HTML + b"data:" * (n // 5),
    "styles": lambda n: HTML + b"<p style='" + b"display:" * (n // 8) + b"'>x",
    "classes": lambda n: HTML + b"<div class='" + b"gmail_quote " * (n // 12) + b"'>x</div>",
}  # fmt: skip

SMALL, LARGE = 250_000, 1_000_000


def seconds_for(raw: bytes) -> float:
    started = time.process_time()
    with contextlib.suppress(Unreadable):
        mail_arrival(raw, received=clock.now(), meta={})
        read_mail(
            raw,
            own_addresses=frozenset({"hello@demo.localhost"}),
            trusted_authserv_ids=frozenset(),
            allow_reply_to=True,
            meta={},
        )
    return time.process_time() - started


@pytest.mark.parametrize("kind", BOMBS)
def test_a_mail_costs_no_more_than_it_weighs(kind: str) -> None:
    """A second for a megabyte at most; where that is near, four times the size is not sixteen times the work."""
    made = BOMBS[kind]
    spent = seconds_for(made(LARGE))
    assert spent < 1.5 or spent < 8 * seconds_for(made(SMALL)) < 12, f"{spent:.2f} s"
    assert spent < 5, f"{spent:.2f} s"


@pytest.mark.hostile
@pytest.mark.parametrize("kind", BOMBS)
def test_a_mail_takes_a_few_times_its_size_of_memory(kind: str) -> None:
    raw = BOMBS[kind](8 * LARGE)
    tracemalloc.start()
    try:
        spent = seconds_for(raw)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 25 * len(raw), f"{most / len(raw):.0f} times"
    assert spent < 40  # measuring memory makes it several times slower
