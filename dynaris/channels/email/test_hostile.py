"""Broken, huge and hostile mails: no exception but `Unreadable`, and no more than moments of work."""

import base64
import contextlib
import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynaris.channels.contract import Inbound, Unreadable
from dynaris.channels.email.html import sanitise
from dynaris.channels.email.mime import MAX_DEPTH, MAX_PARTS, parse
from dynaris.channels.email.quick import glance
from dynaris.channels.email.read import read_mail

SEEDS = [path.read_bytes() for path in sorted((Path(__file__).parent / "fixtures").glob("*.eml"))]
HEAD = b"From: a@b.example\r\nTo: hello@demo.localhost\r\nSubject: Re: x\r\nMessage-ID: <1@b.example>\r\n"
SPICE = [
    b"\x00",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"=?utf-8?q?",
    b"?=",
    b"\r\n\r\n",
    b"--b",
    b"<",
    b'"',
    b"(",
    b"boundary=",
    b"\n",
]


def read(raw: bytes) -> Inbound:
    return read_mail(
        raw,
        own_addresses=frozenset({"hello@demo.localhost"}),
        trusted_authserv_ids=frozenset({"mx.dynaris.example"}),
        allow_reply_to=True,
        meta={"mail_from": "envelope@b.example"},
    )


def check(raw: bytes) -> None:
    glance(raw)
    inbound = None
    with contextlib.suppress(Unreadable):
        inbound = read(raw)
    if inbound is None:
        return
    stored = json.dumps(inbound.model_dump(mode="json", exclude={"attachments"}), ensure_ascii=False)
    assert "\\u0000" not in stored.replace("\\\\", "")
    stored.encode("utf-8")
    assert inbound.text.strip()
    for part in inbound.attachments:
        assert part.filename
        assert not set("/\\\0\n") & set(part.filename)


bounded = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
    derandomize=True,
    database=None,
)


@bounded
@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_refused_with_a_reason(raw: bytes) -> None:
    check(raw)


@bounded
@given(st.sampled_from(SEEDS), st.integers(0, 2**32), st.integers(1, 12))
def test_damaged_mails_are_read_or_refused_with_a_reason(seed: bytes, chance: int, times: int) -> None:
    luck = random.Random(chance)
    raw = bytearray(seed)
    for _ in range(times):
        at, length = luck.randrange(len(raw)), luck.randrange(40)
        match luck.randrange(4):
            case 0:
                raw[at : at + length] = b""
            case 1:
                raw[at:at] = luck.choice(SPICE)
            case 2:
                raw[at] = luck.randrange(256)
            case _:
                other = luck.choice(SEEDS)
                start = luck.randrange(len(other))
                raw[at : at + length] = other[start : start + luck.randrange(200)]
        raw = raw or bytearray(seed)
    check(bytes(raw))


fields = st.text(st.characters(codec=None, exclude_categories=()), max_size=80)


@bounded
@given(
    st.lists(st.tuples(st.sampled_from(["From", "Subject", "Content-Type", "References", "Reply-To"]), fields)), fields
)
def test_any_header_values_are_read_or_refused_with_a_reason(headers: list[tuple[str, str]], body: str) -> None:
    lines = [f"{name}: {value}" for name, value in headers]
    check("\r\n".join(["From: a@b.example", *lines, "", body]).encode("utf-8", "surrogatepass"))


def nested(depth: int) -> bytes:
    return HEAD + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(depth)
    )


HUGE = {
    "one attachment": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n--b\r\n"
    b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(bytes(18_000_000)) + b"\r\n--b--",
    "text": lambda: HEAD + b"\r\n" + b"hello world of text\r\n" * 1_200_000,
    "one line": lambda: HEAD + b"\r\n" + b"x" * 25_000_000,
    "newlines": lambda: b"\n" * 25_000_000,
    "no blank line": lambda: HEAD + b"words without a colon\r\n" * 1_000_000,
    "headers": lambda: HEAD + b"X-Header: value\r\n" * 1_000_000,
    "nested": lambda: nested(10_000) + b"\r\nx",
    "nested and large": lambda: nested(25) + b"\r\n" + b"hello world\r\n" * 1_500_000,
    "parts": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 100_000,
    "nearly boundaries": lambda: HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"\n--bX" * 4_000_000,
    "padding": lambda: HEAD + b"Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"QQ==" * 5_000_000,
    "flowed": lambda: HEAD + b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"word \r\n" * 1_000_000,
    "encoded words": lambda: HEAD + b"X-A: 1\r\nSubject: " + b"=?utf-8?q?a" * 100_000 + b"\r\n\r\nx",
    "comments": lambda: b"From: " + b"(" * 1_000_000 + b"\r\n" + HEAD + b"\r\nx",
    "results": lambda: b"Authentication-Results: mx.dynaris.example; spf=pass (a)\r\n" * 3_000 + HEAD + b"\r\nx",
    "tags": lambda: HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 58_000,
    "images": lambda: HEAD + b"Content-Type: text/html\r\n\r\n" + b"<img " * 58_000,
    "attributes": lambda: HEAD + b"Content-Type: text/html\r\n\r\n<p " + b"a1 " * 95_000,
    "comments in html": lambda: HEAD + b"Content-Type: text/html\r\n\r\n" + b"<!--" * 70_000,
}  # fmt: skip


@pytest.mark.parametrize("kind", HUGE)
def test_huge_mail_takes_moments(kind: str) -> None:
    raw = HUGE[kind]()
    started = time.process_time()
    check(raw)
    assert time.process_time() - started < 6  # a second at most on an idle machine


def test_mail_of_25_megabytes_is_read_within_two_seconds() -> None:
    raw = HUGE["one attachment"]()
    started = time.process_time()
    inbound = read(raw)
    assert time.process_time() - started < 2
    assert len(inbound.attachments[0].content) == 18_000_000


def test_parts_and_depth_are_bounded_and_the_rest_is_noted() -> None:
    root, notes = parse(HUGE["parts"]())
    assert len(list(root.walk())) == MAX_PARTS + 1
    assert notes == [
        f"{100_000 - MAX_PARTS} parts were left out: at most 1000 of a mail, attachments included, are read"
    ]
    root, notes = parse(HUGE["nested"]())
    assert len(list(root.walk())) <= MAX_DEPTH + 2
    assert f"parts nested deeper than {MAX_DEPTH} were not read" in read(HUGE["nested"]()).data["notes"]


def many(count: int, *, ending: bytes) -> bytes:
    """A mail with a text and so many attachments."""
    file = b"\r\n--b%s\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=%d.csv\r\n\r\n1"
    files = b"".join(file % (b" " * (number % 3), number) for number in range(count))
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nOur figures" + files + ending


@pytest.mark.parametrize("ending", [b"", b"\r\n", b"\r\n--b--\r\n", b"\r\n--b--\r\nbye\r\n--b\r\n\r\nx"])
def test_attachments_that_are_left_out_are_counted_in_the_message(ending: bytes) -> None:
    inbound = read(many(5_000, ending=ending))
    assert len(inbound.attachments) == MAX_PARTS - 1
    said = "4001 parts were left out: at most 1000 of a mail, attachments included, are read"
    assert inbound.text == f"Our figures\n\n[{said}]"
    assert inbound.data["notes"] == [said]


def test_a_mail_that_is_read_as_a_whole_says_nothing_of_it() -> None:
    inbound = read(many(MAX_PARTS - 1, ending=b"\r\n--b--"))
    assert (len(inbound.attachments), inbound.text, "notes" in inbound.data) == (MAX_PARTS - 1, "Our figures", False)
    assert "[1 part was left out:" in read(many(MAX_PARTS, ending=b"\r\n--b--")).text


def test_left_out_parts_are_counted_on_every_level() -> None:
    inner = many(MAX_PARTS, ending=b"\r\n--b--").replace(b"boundary=b", b"boundary=in").replace(b"--b", b"--in")
    inner = inner[inner.index(b"Content-Type: multipart") :]
    outer = b"Content-Type: multipart/mixed; boundary=out\r\n\r\n--out\r\n" + inner
    assert "[4 parts were left out:" in read(HEAD + outer + b"\r\n--out\r\n\r\nx" * 2 + b"\r\n--out--").text


ACTIVE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<form action=/x><input name=y><button>z</button></form>",
    "<iframe src=//x></iframe>",
    "<svg onload=alert(1)><script>1</script></svg>",
    "<p style='background:url(//x)'>y</p>",
    "<style>p{background:url(//x)}</style>",
    "<img alt='>' src='//x/y.png'>",
    "<img data-src='javascript:alert(1)'>",
    "<body background=//x><table background=//x><tr><td>",
    "<link rel=stylesheet href=//x><base href=//x><meta http-equiv=refresh content=0>",
    "<video poster=//x src=//y></video><audio src=//x></audio><img srcset=//x>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
]


@pytest.mark.parametrize("content", ["text/html; charset", "charset=", "charset=\n", "text/html; charset \n"])
def test_declaration_that_makes_the_sanitiser_panic_is_read(content: str) -> None:
    assert sanitise(f'<META http-equiv="content-type" content="{content}"><p>Hello</p>') == "<p>Hello</p>"


FORBIDDEN = ["<script", "onerror=a", "onload=", "javascript:", "<form", "<input", "<iframe", "<svg", "style=", "<style"]
FORBIDDEN += [" src=", "srcset", "background", "<link", "<base", "<meta", "<video", "poster"]


@pytest.mark.parametrize("html", ACTIVE)
def test_nothing_active_or_remote_is_left_in_html(html: str) -> None:
    left = str(sanitise(html)).replace("&lt;", "").replace("data-src=", "")
    for word in FORBIDDEN:
        assert word not in left.split("title=")[0]
