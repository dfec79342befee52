"""Signing in with an OpenID provider: a real one on loopback, honest and hostile."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from dynaris.app.system_mail import ensure_system_mail
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.workspaces.cookies import SESSION_COOKIE
from tests.fakes.oidc import CLIENT, SECRET, FakeProvider, fake_provider
from tests.people.conftest import PASSWORD, House, new_address


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with fake_provider() as running:
        running.email, running.subject = new_address(), new_id().hex
        yield running


@pytest.fixture
async def house(db: Database, tmp_path: Path, provider: FakeProvider) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        made = with_provider(db, tmp_path, stack, provider)
        await ensure_system_mail(made.services)
        yield made


def with_provider(db: Database, folder: Path, stack: AsyncExitStack, provider: FakeProvider, **settings: Any) -> House:
    chosen = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "oidc_name": "Acme",
    }
    return House(db, folder, stack, **{**chosen, **settings})


async def leave(browser: httpx.AsyncClient, way: str = "/auth/oidc") -> str:
    """To the provider, which sends the browser back: where to."""
    left = await browser.get(way)
    assert left.status_code == 303, left.text
    async with httpx.AsyncClient() as outside:
        back = urlsplit((await outside.get(left.headers["location"])).headers["location"])
    return f"{back.path}?{back.query}"


async def sign_in(house: House, browser: httpx.AsyncClient | None = None) -> httpx.Response:
    browser = browser or await house.browser()
    return await browser.get(await leave(browser))


async def test_a_new_person_signs_in_and_makes_a_workspace(house: House, provider: FakeProvider) -> None:
    browser = await house.browser()
    assert "Sign in with Acme" in (await browser.get("/sign-in")).text
    options = (await browser.get("/api/auth/options")).json()
    assert options["provider"] == {"name": "Acme", "url": "/auth/oidc"}
    assert (await sign_in(house, browser)).headers["location"] == "/"
    account = (await browser.get("/api/auth/account")).json()
    assert (account["email"], account["has_password"]) == (provider.email, False)
    refused = await browser.get("/api/me")
    assert (refused.status_code, refused.json()["code"]) == (403, "no_workspace")
    assert "POST /api/workspaces" in refused.json()["detail"]
    assert (await browser.get("/")).headers["location"] == "/account"
    assert (await browser.post("/api/workspaces", json={"name": "New"})).status_code == 201
    assert (await browser.get("/api/me")).json()["role"] == "owner"
    (asked,) = provider.asked
    assert len(asked["code_verifier"]) >= 43


async def test_a_person_is_known_again_even_when_the_address_changed(house: House, provider: FakeProvider) -> None:
    first, second = await house.browser(), await house.browser()
    await sign_in(house, first)
    provider.email = new_address()
    await sign_in(house, second)
    ids = [(await browser.get("/api/auth/account")).json()["id"] for browser in (first, second)]
    assert ids[0] == ids[1]


async def test_a_verified_address_links_to_the_account_that_has_it(house: House, provider: FakeProvider) -> None:
    ada = await house.person(email=provider.email)
    browser = await house.browser()
    await sign_in(house, browser)
    assert (await browser.get("/api/me")).json()["member"]["email"] == ada.email


@pytest.mark.parametrize("verified", [False, None, "false", "yes", 1])
async def test_an_address_the_provider_did_not_verify_opens_no_account(
    house: House, provider: FakeProvider, verified: Any
) -> None:
    await house.person(email=provider.email)
    provider.verified = verified
    browser = await house.browser()
    refused = await sign_in(house, browser)
    assert (refused.status_code, "has not verified" in refused.text) == (403, True)
    assert (await browser.get("/api/auth/account")).status_code == 401


async def test_an_account_whose_address_was_never_verified_is_not_taken_over(
    house: House, provider: FakeProvider
) -> None:
    async with house.db.system() as connection:
        await connection.execute("SELECT upsert_person(%s, %s, 'Named by an operator')", (new_id(), provider.email))
    refused = await sign_in(house)
    assert (refused.status_code, "never verified" in refused.text) == (403, True)


async def test_two_step_sign_in_is_asked_for_here_too(house: House, provider: FakeProvider) -> None:
    ada = await house.person(email=provider.email)
    await ada.totp()
    browser = await house.browser()
    assert (await sign_in(house, browser)).headers["location"] == "/sign-in/code"
    assert (await browser.get("/api/me")).status_code == 401


async def test_where_sign_up_is_closed_a_provider_opens_nothing_new(
    db: Database, tmp_path: Path, provider: FakeProvider
) -> None:
    async with AsyncExitStack() as stack:
        closed = with_provider(db, tmp_path, stack, provider, sign_up="closed")
        refused = await sign_in(closed)
    assert (refused.status_code, "closed" in refused.text) == (403, True)


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"nonce": "another"}, "another sign-in"),
        ({"aud": "another-client"}, "another client"),
        ({"aud": [CLIENT, "another"], "azp": "another"}, "another client"),
        ({"iss": "https://evil.example"}, "another issuer"),
        ({"exp": 1_000_000_000}, "expired"),
        ({"exp": "never"}, "expired"),
        ({"iat": 99_999_999_999}, "from the future"),
        ({"sub": ""}, "names nobody"),
        ({"sub": ["a"]}, "names nobody"),
    ],
)
async def test_a_token_for_something_else_is_refused(
    house: House, provider: FakeProvider, claims: dict[str, Any], said: str
) -> None:
    provider.claims = claims
    refused = await sign_in(house)
    assert (refused.status_code, said in refused.text) == (403, True), refused.text


@pytest.mark.parametrize("claim", ["nonce", "aud", "iss", "exp", "iat", "sub"])
async def test_a_token_that_leaves_something_out_is_refused(house: House, provider: FakeProvider, claim: str) -> None:
    provider.left_out = {claim}
    assert (await sign_in(house)).status_code == 403


async def test_an_unsigned_token_is_refused(house: House, provider: FakeProvider) -> None:
    provider.unsigned = True
    refused = await sign_in(house)
    assert (refused.status_code, "not signed with its keys" in refused.text) == (403, True)


async def test_a_token_signed_by_a_stranger_is_refused(house: House, provider: FakeProvider) -> None:
    provider.stranger = RSAKey.generate_key(2048, {"kid": provider.key.kid or ""})
    assert (await sign_in(house)).status_code == 403


async def test_new_keys_of_the_provider_are_fetched(house: House, provider: FakeProvider) -> None:
    assert (await sign_in(house)).status_code == 303
    provider.rotate()
    assert (await sign_in(house)).status_code == 303
    assert provider.keys_asked == 2


async def test_a_state_works_once(house: House, provider: FakeProvider) -> None:
    browser = await house.browser()
    path = await leave(browser)
    assert (await browser.get(path)).status_code == 303
    cookie = "dynaris_provider=x"
    again = await browser.get(path, headers={"cookie": cookie})
    assert again.status_code in (403, 410)
    assert len(provider.asked) == 1


async def test_a_replayed_state_is_refused_in_its_own_browser_too(house: House, provider: FakeProvider) -> None:
    browser = await house.browser()
    path = await leave(browser)
    kept = browser.cookies["dynaris_provider"]
    assert (await browser.get(path)).status_code == 303
    browser.cookies.set("dynaris_provider", kept)
    assert (await browser.get(path)).status_code == 410
    assert len(provider.asked) == 1


async def test_another_browser_cannot_finish_a_sign_in(house: House, provider: FakeProvider) -> None:
    path = await leave(await house.browser())
    victim = await house.browser()
    refused = await victim.get(path)
    assert (refused.status_code, "another browser" in refused.text) == (403, True)
    await leave(victim)
    assert (await victim.get(path)).status_code == 403
    assert provider.asked == []


async def test_a_provider_that_calls_itself_otherwise_is_not_used(house: House, provider: FakeProvider) -> None:
    provider.calls_itself = "https://evil.example"
    refused = await (await house.browser()).get("/auth/oidc")
    assert refused.status_code == 503


async def test_a_provider_that_is_away_is_said_to_be(db: Database, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        away = House(db, tmp_path, stack, oidc_issuer="http://127.0.0.1:9", oidc_client_id=CLIENT)
        refused = await (await away.browser()).get("/auth/oidc")
    assert (refused.status_code, "does not answer" in refused.text) == (503, True)


async def test_an_error_of_the_provider_is_shown_and_not_just_anybodys_words(house: House) -> None:
    browser = await house.browser()
    assert "access_denied" in (await browser.get("/auth/oidc/callback?error=access_denied&state=x")).text
    for words in ("<script>", "Call 0900 1234 to go on"):
        refused = await browser.get("/auth/oidc/callback", params={"error": words, "state": "x"})
        assert (refused.status_code, words in refused.text) == (403, False)


@pytest.mark.parametrize("name", ["See https://evil.example", "Ada \u202egnp.exe", "", "  "])
async def test_a_name_that_mails_may_not_show_is_not_taken_from_the_provider(
    house: House, provider: FakeProvider, name: str
) -> None:
    provider.claims = {"name": name}
    browser = await house.browser()
    await sign_in(house, browser)
    shown = (await browser.get("/api/auth/account")).json()["name"]
    assert shown in (provider.email, provider.email.partition("@")[0])


async def test_an_address_that_is_none_opens_no_account(house: House, provider: FakeProvider) -> None:
    for address in ("nobody", "a\x00b@people.example", "two@people.example, three@people.example"):
        provider.email, provider.subject = address, new_id().hex
        refused = await sign_in(house)
        assert (refused.status_code, "is none" in refused.text) == (403, True)


async def test_an_address_may_come_from_userinfo(house: House, provider: FakeProvider) -> None:
    provider.left_out = {"email", "email_verified", "name"}
    browser = await house.browser()
    assert (await sign_in(house, browser)).status_code == 303
    assert (await browser.get("/api/auth/account")).json()["email"] == provider.email


async def test_without_a_provider_there_is_no_such_way_in(db: Database, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        plain = House(db, tmp_path, stack)
        assert (await (await plain.browser()).get("/auth/oidc")).status_code == 404


async def test_a_person_without_a_password_chooses_one_by_mail(house: House, provider: FakeProvider) -> None:
    browser = await house.browser()
    await sign_in(house, browser)
    refused = await browser.post("/api/auth/totp", json={"password": PASSWORD})
    assert (refused.status_code, "/forgotten" in refused.json()["detail"]) == (409, True)
    await browser.post("/api/auth/password/reset", json={"email": provider.email})
    body = {"token": await house.token(provider.email, "/reset"), "password": PASSWORD}
    assert (await browser.post("/api/auth/password/reset/confirm", json=body)).status_code == 204
    assert (await house.sign_in(provider.email)).status_code == 200


async def test_the_browsers_earlier_session_ends_here_too(house: House, provider: FakeProvider) -> None:
    bob = await house.person()
    earlier = bob.browser.cookies[SESSION_COOKIE]
    assert (await sign_in(house, bob.browser)).headers["location"] == "/"
    thief = await house.browser()
    thief.cookies.set(SESSION_COOKIE, earlier)
    assert (await thief.get("/api/auth/account")).status_code == 401
    assert (await bob.browser.get("/api/auth/account")).json()["email"] == provider.email


async def test_who_came_for_a_page_is_led_there_after_the_provider(house: House, provider: FakeProvider) -> None:
    for asked, reached in (("/inbox/team?open=1", "/inbox/team?open=1"), ("//evil.example", "/")):
        browser = await house.browser()
        back = await leave(browser, "/auth/oidc?" + urlencode({"next": asked}))
        assert (await browser.get(back)).headers["location"] == reached
