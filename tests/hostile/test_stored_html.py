"""Text from outside is stored as it came and shown so that nothing in it runs, loads or leads astray."""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
from aiohttp import web
from lxml import html as lxml_html

from dynaris.channels.email.html import sanitise
from dynaris.conversations.downloads import download
from dynaris.conversations.images import with_images
from dynaris.sandbox.mail_view import harmless_html
from dynaris.sandbox.mailbox import Mailbox
from dynaris.sandbox.pages import mailbox_pages
from tests.hostile.vectors import vectors

ALL = sorted(set(vectors()))
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

_ELEMENTS = """
script style iframe frame frameset object embed applet form input button select textarea svg math link meta base
template noscript xmp plaintext video audio source track portal dialog title picture image body html head bgsound
slot isindex
"""
_GONE = set(_ELEMENTS.split())
_LOADING = {"src", "srcset", "background", "poster", "style", "action", "formaction", "data", "ping", "xlink:href"}
_LOADING |= {"lowsrc", "dynsrc", "srcdoc", "class", "id", "name", "autofocus", "contenteditable", "http-equiv"}


_SCHEME = re.compile(r"(?!https?:|mailto:|tel:|data:image/(png|jpeg|gif|webp)[;,])[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def _as_browsers_do(address: str) -> str:
    return re.sub(r"[\t\n\r]", "", address).lstrip("".join(map(chr, range(0x21))))


def faults(html: str, *, styled: bool = False, images: bool = False) -> list[str]:
    """What a parser finds in it that could run, load or leave."""
    found = []
    for element in lxml_html.fragments_fromstring(f"<div>{html}</div>")[0].iter():
        if not isinstance(element.tag, str):
            found.append(f"a comment or instruction {element!r}")
            continue
        if element.tag in _GONE:
            found.append(element.tag)
        for name, value in element.attrib.items():
            allowed = (styled and name == "style") or (name == "src" and (images or styled) and element.tag == "img")
            if name.startswith("on") or (name in _LOADING and not allowed):
                found.append(f"{element.tag} {name}")
            if name in ("href", "src") and _SCHEME.match(_as_browsers_do(value)):
                found.append(f"{element.tag} {name}={value}")
    return found


def test_there_are_very_many_ways() -> None:
    assert len(ALL) > 2_000


@pytest.mark.parametrize("start", range(0, len(ALL), 250))
def test_no_vector_is_left_in_a_mails_html(start: int) -> None:
    for vector in ALL[start : start + 250]:
        shown = sanitise(vector)
        assert shown is not None
        assert not faults(shown), (vector, shown)
        again = sanitise(shown.replace("data-src", "src"))
        assert not faults(again or ""), (vector, again)  # reading twice finds nothing that the first time hid


def test_no_vector_is_left_where_images_are_asked_for() -> None:
    for vector in ALL:
        shown, _ = with_images(sanitise(vector) or "", [], "remote")
        assert not faults(shown, images=True), (vector, shown)


def test_no_vector_is_left_in_the_sandbox_mailbox() -> None:
    for vector in ALL:
        shown = harmless_html(vector)
        wrong = [fault for fault in faults(shown, styled=True) if not fault.startswith(("img src", "a class"))]
        assert not wrong, (vector, shown)


OWN = {"id": UUID("0193b2c4-7a11-7000-8000-00000000abcd"), "content_id": "logo@x"}
QUIET = 'referrerpolicy="no-referrer"'


@pytest.mark.parametrize(
    ("images", "html", "expected", "blocked"),
    [
        ("blocked", '<img src="http://x/a.png" alt="a">', '<img alt="a" data-src="http://x/a.png">', 1),
        ("remote", '<img src="http://x/a.png?a=1&b=2">', '<img src="http://x/a.png?a=1&amp;b=2" ' + QUIET + ">", 0),
        ("blocked", '<img src="cid:logo%40x">', f'<img src="/api/attachments/{OWN["id"]}" {QUIET}>', 0),
        ("blocked", '<img src="cid:other">', "<img>", 0),
        ("blocked", '<p>&lt;img data-src="http://x"&gt;</p>', '<p>&lt;img data-src="http://x"&gt;</p>', 0),
        ("remote", '<p title="<img data-src=&quot;x&quot;>">y</p>', '<p title="<img data-src=&quot;x&quot;>">y</p>', 0),
    ],
)  # fmt: skip
def test_images_from_elsewhere_wait_until_they_are_asked_for(
    images: Any, html: str, expected: str, blocked: int
) -> None:
    shown, left_out = with_images(sanitise(html) or "", [OWN], images)
    assert _ordered(shown) == _ordered(expected)
    assert left_out == blocked


def _ordered(html: str) -> list[str]:
    """Attributes stand in any order; how an angle bracket is written inside one does not matter."""
    return sorted(re.findall(r"[^\s<>]+", html.replace("&lt;", "<").replace("&gt;", ">")))


NAMES = [
    "../../etc/passwd",
    'a".html',
    "a\r\nSet-Cookie: x=1",
    "\u202egpj.exe",
    "é.pdf",
    "a;b.txt",
    "",
    "x" * 900,
    "\x00",
]


@pytest.mark.parametrize("name", [*NAMES, "<img src=x onerror=1>.svg"])
@pytest.mark.parametrize(
    "kind", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "image/png", "x", "a/b\r\nc: d"]
)
def test_a_file_is_kept_and_never_run(name: str, kind: str) -> None:
    headers = download(b"<script>", filename=name, mime_type=kind).headers
    assert headers["content-type"] == (kind if kind == "image/png" else "application/octet-stream")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("sandbox;")
    assert headers["cross-origin-resource-policy"] == "same-origin"
    disposition = headers["content-disposition"]
    assert re.fullmatch(r"attachment; filename=\"[^\"\\\r\n/]{1,150}\"; filename\*=UTF-8''[\w.~%!$&+-]+", disposition)
    assert not set("/\\\r\n\x00\u202e") & set(unquote(disposition.rpartition("''")[2]))


async def test_the_sandbox_mailbox_shows_vectors_as_text(tmp_path: Path) -> None:
    """In names, subjects and file names; HTML only in a frame without scripts and without our origin."""
    mailbox = Mailbox(tmp_path)
    vector = "\"><img src=x onerror=canary(1)>'</title></pre><script>canary(1)</script>"
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = vector, '"<script>canary(1)</script>" <a@b.example>', "ann@example.com"
    mail.set_content(vector)
    mail.add_alternative("<p>Hello</p>" + "".join(ALL[::50]), subtype="html")
    mail.add_attachment(b"x", maintype="text", subtype="html", filename=vector.replace("/", "|"))
    mailbox.deliver("ann@example.com", bytes(mail))
    router = mailbox_pages(mailbox)
    from fastapi import FastAPI

    from tests.web import client_of

    app = FastAPI()
    app.include_router(router)
    async with client_of(app) as client:
        for path in ("/sandbox/mail", "/sandbox/mail/ann@example.com", "/sandbox/mail/ann@example.com/1"):
            answer = await client.get(path)
            assert answer.status_code == 200
            assert "script-src" not in answer.headers["content-security-policy"]
            page = lxml_html.document_fromstring(answer.text)
            assert not page.xpath("//script | //img | //object | //embed")
            assert not [name for one in page.iter() for name in one.attrib if str(name).startswith("on")]
        (frame,) = page.xpath("//iframe")
        assert not {"allow-scripts", "allow-same-origin"} & set(frame.get("sandbox").split())


@pytest.fixture
async def beacon() -> AsyncIterator[tuple[str, list[str]]]:
    """An address, and what was loaded from it."""
    hits: list[str] = []

    async def note(request: web.Request) -> web.Response:
        hits.append(request.path)
        return web.Response(body=b"")

    application = web.Application()
    application.router.add_route("*", "/{any:.*}", note)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", hits
    await runner.cleanup()


async def shown_in_a_browser(folder: Path, pieces: list[str]) -> str:
    """The page after each piece was parsed with it, and once more as a page's script would put it in."""
    again = json.dumps(pieces).replace("<", "\\u003c")
    page = f"""<!doctype html><meta charset=utf-8><title>page</title><body>
        <script>function canary(n) {{ document.documentElement.setAttribute("data-fired", n) }}
        window.alert = canary; window.onerror = null</script>
        {"".join(f"<div>{piece}</div>" for piece in pieces)}<div id=later></div>
        <script>for (const piece of {again}) {{
          const place = document.createElement("div"); document.getElementById("later").append(place);
          place.innerHTML = piece; const copy = place.innerHTML; place.innerHTML = copy }}
        for (const one of document.querySelectorAll("*")) {{ try {{ one.focus && one.focus() }} catch {{}}
          if (one.id == "" && one.tagName != "A") one.dispatchEvent(new MouseEvent("mouseover", {{bubbles: true}})) }}
        </script>"""
    file = folder / "page.html"
    file.write_text(page, "utf-8", "surrogatepass")
    assert CHROMIUM is not None
    process = await asyncio.create_subprocess_exec(
        *(CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
        *("--disable-background-networking", f"--user-data-dir={folder}/profile", "--virtual-time-budget=4000"),
        *("--dump-dom", file.as_uri()),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(90):
            out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert out
    return out.decode("utf-8", "replace")


@pytest.mark.hostile
@pytest.mark.skipif(CHROMIUM is None, reason="NO BROWSER: install chromium to see the vectors rendered")
async def test_nothing_runs_or_loads_in_a_real_browser(tmp_path: Path, beacon: tuple[str, list[str]]) -> None:
    address, hits = beacon
    raw = await shown_in_a_browser(tmp_path, ["<img src=x onerror=canary(1)>", f"<img src='{address}/raw'>"])
    assert "<html data-fired" in raw  # else the canary would prove nothing
    assert "/raw" in hits
    hits.clear()
    pieces = sorted({sanitise(vector) or "" for vector in vectors(beacon=f"{address}/beacon")})
    blocked = [with_images(piece, [], "blocked")[0] for piece in pieces]
    assert "<html data-fired" not in await shown_in_a_browser(tmp_path, blocked)
    assert hits == []
    remote = [with_images(piece, [], "remote")[0] for piece in pieces]
    assert "<html data-fired" not in await shown_in_a_browser(tmp_path, remote)
    assert hits  # asked for, images are loaded
