"""How many chats one network address, and all together, may begin: whoever chats already goes on."""

import secrets
from pathlib import Path

import httpx
import pytest

from dynaris.channels.webchat.adapter import session_key
from dynaris.channels.webchat.pace import Opening
from dynaris.channels.webchat.test_webchat import SITE, app_over, widget
from dynaris.core.errors import TooManyRequests
from dynaris.core.pace import Limit, Pace, network_of
from tests.fakes.host import FakeHost
from tests.web import ADDRESS

OFFICE, HOME = "198.51.100.7", "203.0.113.9"


class Site:
    """A widget's page, opened from anywhere."""

    def __init__(self, host: FakeHost, folder: Path) -> None:
        self._app = app_over(host, folder)

    async def say(self, client: str, session: str | None = None, path: str = "message", **more: str) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, client=(client, 1))
        headers = {"x-api-key": "demo", "origin": SITE, **more}
        body = {"session_id": session or secrets.token_urlsafe(16), "message": "Hello", "code": "123456"}
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers=headers) as page:
            return await page.post(f"/api/chat-widget/{path}", json=body)


@pytest.fixture
def host() -> FakeHost:
    return FakeHost(widget(new_chats_per_address=2, new_chats=5))


async def test_one_address_begins_so_many_chats_and_no_more(host: FakeHost, tmp_path: Path) -> None:
    site, mine = Site(host, tmp_path), secrets.token_urlsafe(16)
    assert [(await site.say(OFFICE, each)).status_code for each in (mine, None)] == [202, 202]
    for path in ("message", "contact", "verify"):
        refused = await site.say(OFFICE, path=path)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert 0 < int(refused.headers["retry-after"]) <= 600
        assert refused.headers["access-control-allow-origin"] == SITE
    assert (await site.say(OFFICE, mine)).status_code == 202
    assert (await site.say(HOME)).status_code == 202
    assert len(host.arrivals) == 4


async def test_all_addresses_together_begin_so_many_chats(host: FakeHost, tmp_path: Path) -> None:
    site = Site(host, tmp_path)
    assert [(await site.say(f"198.51.100.{number}")).status_code for number in range(7)] == [202] * 5 + [429] * 2


async def test_by_default_sixty_sessions_are_not_let_in_from_one_address(tmp_path: Path) -> None:
    site = Site(FakeHost(widget()), tmp_path)
    statuses = [(await site.say(OFFICE)).status_code for _ in range(60)]
    assert statuses == [202] * 30 + [429] * 30


async def test_what_a_client_says_about_its_address_is_not_believed(host: FakeHost, tmp_path: Path) -> None:
    site = Site(host, tmp_path)
    addresses = [{"x-forwarded-for": f"192.0.2.{number}", "x-real-ip": f"192.0.2.{number}"} for number in range(3)]
    assert [(await site.say(OFFICE, **each)).status_code for each in addresses] == [202, 202, 429]


async def test_a_chat_that_has_messages_goes_on_after_a_restart(host: FakeHost, tmp_path: Path) -> None:
    sessions = [secrets.token_urlsafe(16) for _ in range(9)]
    for session in sessions:
        await host.say(host.known[0], session_key(session), "Hello", "inbound")
    site = Site(host, tmp_path)
    assert {(await site.say(OFFICE, session)).status_code for session in sessions} == {202}
    assert (await site.say(OFFICE)).status_code == 202


async def test_a_refused_chat_costs_nobody_a_place(host: FakeHost, tmp_path: Path) -> None:
    site = Site(host, tmp_path)
    for _ in range(9):
        await site.say(OFFICE)
    assert [(await site.say(HOME)).status_code for _ in range(2)] == [202, 202]


async def test_the_next_window_begins_from_nothing(host: FakeHost) -> None:
    now = 0.5
    opening = Opening(host, lambda: now)
    for _ in range(2):
        await opening.check(host.known[0], secrets.token_hex(), OFFICE)
    with pytest.raises(TooManyRequests) as refused:
        await opening.check(host.known[0], secrets.token_hex(), OFFICE)
    now += refused.value.extra["retry_after"]
    await opening.check(host.known[0], secrets.token_hex(), OFFICE)


def test_each_visitor_has_a_pace_of_their_own() -> None:
    pace = Pace(60, lambda: 0)
    pace.check(Limit("one", 1, "messages"))
    pace.check(Limit("other", 1, "messages"))
    with pytest.raises(TooManyRequests):
        pace.check(Limit("one", 1, "messages"))


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("no address", "no address"),
        ("x" * 5_000, "x" * 100),
    ],
)
def test_a_household_counts_as_one(client: str, network: str) -> None:
    assert network_of(client) == network
