"""Where a browser goes after it signed in: to the page that it came for, never to another host."""

from html import unescape
from re import findall
from urllib.parse import urljoin, urlsplit
from uuid import UUID

import pytest

from dynaris.workspaces.actions import create_sign_in_link
from dynaris.workspaces.onward import onward, with_next
from tests.people.conftest import PASSWORD, House, Person
from tests.web import ADDRESS

DEEP = "/inbox/team?q=a%20b&open=1#last"
ELSEWHERE = (
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    "",
    "/\x7f",
    "/a\r\nset-cookie: x=1",
    "/\u202e",
    "/" + "a" * 2_000,
)


@pytest.mark.parametrize("path", ELSEWHERE)
async def test_nothing_but_a_path_of_ours_is_gone_to(house: House, ada: Person, path: str) -> None:
    assert onward(path) == "/"
    browser = await house.browser()
    answer = await browser.post("/sign-in", params={"next": path}, data={"email": ada.email, "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize("path", ["/", DEEP, "/a//b", "/.//evil.example", "/?next=//evil.example", "/:@evil.example"])
def test_a_path_of_ours_stays_on_our_host_however_browsers_read_it(path: str) -> None:
    assert onward(path) == path
    assert urlsplit(urljoin(ADDRESS, onward(path))).netloc == urlsplit(ADDRESS).netloc


async def test_who_is_led_to_the_sign_in_page_and_is_signed_in_goes_on(house: House, ada: Person) -> None:
    """In another tab, meanwhile, or where a request was under way as the session got a new token."""
    led = with_next("/sign-in", DEEP)
    answer = await ada.browser.get(led)
    assert (answer.status_code, answer.headers["location"]) == (303, DEEP)
    assert (await ada.browser.get("/sign-in")).status_code == 200
    assert (await (await house.browser()).get(led)).status_code == 200


async def test_a_deep_link_survives_a_wrong_password_and_the_second_step(house: House, ada: Person) -> None:
    _, codes = await ada.totp()
    browser = await house.browser()
    shown = await browser.get(with_next("/sign-in", DEEP))
    wrong = await browser.post(_action(shown.text), data={"email": ada.email, "password": "wrong"})
    assert wrong.status_code == 401
    first = await browser.post(_action(wrong.text), data={"email": ada.email, "password": PASSWORD})
    code = await browser.get(first.headers["location"])
    assert (await browser.post(_action(code.text), data={"code": "nonsense"})).status_code == 401
    last = await browser.post(_action(code.text), data={"code": codes[0]})
    assert (last.status_code, last.headers["location"]) == (303, DEEP)


async def test_a_one_time_link_leads_on_too(house: House, ada: Person) -> None:
    workspace = UUID((await ada.me())["workspace"]["id"])
    person = UUID((await ada.browser.get("/api/auth/account")).json()["id"])
    for asked, reached in ((DEEP, DEEP), ("//evil.example", "/")):
        token = await create_sign_in_link(house.db, workspace, person_id=person)
        browser = await house.browser()
        page = await browser.get(f"/auth/link/{token}", params={"next": asked})
        answer = await browser.post(_action(page.text))
        assert (answer.status_code, answer.headers["location"]) == (303, reached)


async def test_an_invitation_is_accepted_after_signing_in(house: House, ada: Person) -> None:
    grace = await house.person()
    sent = await ada.browser.post("/api/invitations", json={"email": grace.email, "role": "teammate"})
    assert sent.status_code == 201
    browser = await house.browser()
    invitation = f"/invitation?token={await house.token(grace.email, '/invitation')}"
    [leave] = findall(r'href="(/sign-in\?[^"]*)"', (await browser.get(invitation)).text)
    page = await browser.get(unescape(leave))
    back = await browser.post(_action(page.text), data={"email": grace.email, "password": PASSWORD})
    assert back.headers["location"] == invitation
    assert "Accept" in (await browser.get(invitation)).text


def _action(page: str) -> str:
    return unescape(findall(r'<form method="post" action="([^"]*)"', page)[0])
