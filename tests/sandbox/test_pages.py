"""The mailbox in a browser: what is shown, that nothing from a mail is ever live, and the fault routes."""

import smtplib
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from dynaris.core.errors import DynarisError
from dynaris.sandbox.mail_view import harmless_html
from dynaris.sandbox.mailbox import Mailbox
from dynaris.sandbox.pages import mailbox_pages
from dynaris.sandbox.process import RunningSandbox
from tests.sandbox.conftest import new_mail, off_loop, send
from tests.sandbox.test_mailbox import HOSTILE

ROOT = "/sandbox/mail"
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path)


@pytest.fixture
async def browser(mailbox: Mailbox) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(mailbox_pages(mailbox))

    @app.exception_handler(DynarisError)
    async def problem(_request: Request, error: DynarisError) -> JSONResponse:
        return JSONResponse({"detail": error.detail}, error.status)

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        yield client


def deliver(mailbox: Mailbox, mail: EmailMessage, address: str = "bob@example.com") -> None:
    mailbox.deliver(address, mail.as_bytes())


async def test_lists_mailboxes_and_their_newest_mails_first(mailbox: Mailbox, browser: httpx.AsyncClient) -> None:
    deliver(mailbox, new_mail(Subject="older"))
    deliver(mailbox, new_mail(Subject="Grüße"))
    assert '<a href="/sandbox/mail/bob@example.com">' in (await browser.get(ROOT)).text
    page = (await browser.get(f"{ROOT}/bob@example.com")).text
    assert page.index("Grüße") < page.index("older")
    assert '<meta http-equiv="refresh"' in page
    assert (await browser.get(f"{ROOT}/Bob@Example.com/1")).status_code == 200


async def test_the_same_as_json(mailbox: Mailbox, browser: httpx.AsyncClient) -> None:
    deliver(mailbox, new_mail(Subject="Your code", text="The code is 123456.\r\n"))
    (listed,) = await read_json(browser, ".json")
    assert (listed["address"], listed["mails"], listed["unseen"]) == ("bob@example.com", 1, 1)
    (mail,) = (await read_json(browser, "/bob@example.com.json"))["mails"]
    assert (mail["uid"], mail["from"], mail["subject"]) == (1, "Ann <ann@example.com>", "Your code")
    whole = await read_json(browser, "/bob@example.com/1.json")
    assert "The code is 123456." in whole["text"]


async def read_json(browser: httpx.AsyncClient, path: str) -> Any:
    answer = await browser.get(ROOT + path)
    assert answer.status_code == 200
    return answer.json()


async def test_everything_from_outside_is_escaped(mailbox: Mailbox, browser: httpx.AsyncClient) -> None:
    mail = new_mail(Subject=EVIL, From=f'"{EVIL}" <e@example.com>', text=EVIL)
    mail.add_attachment(b"x", maintype="text", subtype="html", filename=EVIL)
    deliver(mailbox, mail, f'{EVIL}"@example.com')
    (address,) = mailbox.addresses()
    link = (await browser.get(ROOT)).text.partition('href="/sandbox/mail')[2].partition('"')[0]
    for path in ("", link, f"{link}/1"):
        page = await browser.get(ROOT + path)
        assert page.status_code == 200
        assert "<script" not in page.text
        assert "alert(1)" in page.text
        assert "script-src" not in page.headers["content-security-policy"]
        assert "default-src 'none'" in page.headers["content-security-policy"]
    assert address == f'{EVIL}"@example.com'


async def test_html_is_cleaned_and_framed_without_scripts_or_our_origin(
    mailbox: Mailbox, browser: httpx.AsyncClient
) -> None:
    mail = new_mail()
    mail.add_alternative(
        f'{EVIL}<p onclick="x()" style="color:red">Hello</p><a href="javascript:x()">bad</a>'
        '<a href="https://example.com/verify">verify</a><form action="/x"><input></form>"></iframe><b>out</b>',
        subtype="html",
    )
    deliver(mailbox, mail)
    page = (await browser.get(f"{ROOT}/bob@example.com/1")).text
    frame = page.partition("<iframe")[2].partition("></iframe>")[0]
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame
    assert "https://example.com/verify" in frame
    assert "style=&quot;color:red&quot;" in frame
    for gone in ("alert(1)", "onclick", "javascript:", "<form", "&lt;form", "&lt;input"):
        assert gone not in frame
    assert page.count("</iframe>") == 1


async def test_attachments_are_downloads_and_nothing_else(mailbox: Mailbox, browser: httpx.AsyncClient) -> None:
    mail = new_mail()
    mail.add_attachment(b"<script>x</script>", maintype="text", subtype="html", filename='a"\r\n;ü/../.html')
    deliver(mailbox, mail)
    for path, content in (("attachments/1", b"<script>x</script>"), ("source", mail.as_bytes())):
        answer = await browser.get(f"{ROOT}/bob@example.com/1/{path}")
        assert answer.content == content
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
        assert "sandbox" in answer.headers["content-security-policy"]
    assert (await browser.get(f"{ROOT}/bob@example.com/1/attachments/2")).status_code == 404


@pytest.mark.parametrize("address", HOSTILE)
async def test_hostile_addresses_have_pages(mailbox: Mailbox, browser: httpx.AsyncClient, address: str) -> None:
    mailbox.deliver(address, b"Subject: \xff\xed\xa0\x80\0\r\nContent-Type: \xff\r\n\r\n\xff\0")
    listing = await browser.get(ROOT)
    assert listing.status_code == 200
    link = listing.text.partition('href="/sandbox/mail')[2].partition('"')[0]
    if address != "faults":  # the one name that the fault routes have taken
        for path in (link, f"{link}/1", f"{link}.json", f"{link}/1.json"):
            assert (await browser.get(ROOT + path)).status_code == 200


async def test_unknown_mailboxes_and_mails_are_not_found_and_not_created(
    mailbox: Mailbox, browser: httpx.AsyncClient
) -> None:
    deliver(mailbox, new_mail())
    for path in ("/carol@example.com", "/carol@example.com.json", "/bob@example.com/7", "/bob@example.com/7/source"):
        assert (await browser.get(ROOT + path)).status_code == 404
    assert mailbox.addresses() == ["bob@example.com"]


async def test_faults_are_planned_listed_and_forgotten_over_http(
    sandbox: RunningSandbox, browser: httpx.AsyncClient
) -> None:
    planned = await browser.post(f"{ROOT}/faults", json={"kind": "refused", "times": 2})
    assert planned.status_code == 201
    assert [fault["kind"] for fault in planned.json()] == ["refused", "refused"]
    with pytest.raises(smtplib.SMTPDataError):
        await off_loop(send, sandbox, new_mail())
    assert len((await browser.get(f"{ROOT}/faults")).json()) == 1
    assert (await browser.delete(f"{ROOT}/faults")).status_code == 204
    await off_loop(send, sandbox, new_mail())


@pytest.mark.parametrize(
    "body", [{"kind": "explode"}, {"kind": "slow", "seconds": 1e9}, {"kind": "refused", "times": 0}]
)
async def test_impossible_faults_are_refused(browser: httpx.AsyncClient, body: dict[str, object]) -> None:
    assert (await browser.post(f"{ROOT}/faults", json=body)).status_code == 422


async def test_another_site_cannot_plan_faults_with_a_form(browser: httpx.AsyncClient) -> None:
    answer = await browser.post(
        f"{ROOT}/faults", content=b'{"kind": "refused"}', headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 422


async def test_uid_validity_can_be_renewed_over_http(mailbox: Mailbox, browser: httpx.AsyncClient) -> None:
    deliver(mailbox, new_mail())
    before = mailbox.inbox("bob@example.com").uid_validity()
    answer = await browser.post(f"{ROOT}/bob@example.com/uid-validity")
    assert answer.json()["uid_validity"] > before


class PanicException(BaseException):
    """As the sanitiser's own, which no known HTML brings about any more."""


def test_html_that_makes_the_sanitiser_panic_is_said_to_be_unshowable(monkeypatch: pytest.MonkeyPatch) -> None:
    def panicking(*_: object, **__: object) -> str:
        raise PanicException

    monkeypatch.setattr("dynaris.sandbox.mail_view.nh3.clean", panicking)
    assert "cannot be shown" in harmless_html("<p>Hello</p>")
