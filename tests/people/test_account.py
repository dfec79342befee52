"""The own account: forgotten password, new password, new address, sessions, workspaces."""

import asyncio
from datetime import timedelta

import pytest

from dynaris.core import clock
from dynaris.core.ids import new_id
from dynaris.people.passwords import hashing
from dynaris.workspaces.actions import create_workspace
from dynaris.workspaces.cookies import SESSION_COOKIE
from tests.people.conftest import OTHER_PASSWORD, PASSWORD, House, Person, new_address


async def test_a_forgotten_password_is_replaced_and_every_session_ends(house: House, ada: Person) -> None:
    browser = await house.browser()
    assert (await browser.post("/api/auth/password/reset", json={"email": ada.email})).status_code == 202
    token = await house.token(ada.email, "/reset")
    assert (await browser.get(f"/reset?token={token}")).status_code == 200
    body = {"token": token, "password": OTHER_PASSWORD}
    assert (await browser.post("/api/auth/password/reset/confirm", json=body)).status_code == 204
    assert (await ada.browser.get("/api/me")).status_code == 401
    assert (await house.sign_in(ada.email)).status_code == 401
    assert (await house.sign_in(ada.email, OTHER_PASSWORD)).status_code == 200
    assert (await browser.post("/api/auth/password/reset/confirm", json=body)).status_code == 410
    assert (await house.mails(ada.email))[-1]["subject"] == "Your Dynaris password was changed"


async def test_a_link_is_used_by_one_of_two_and_makes_the_others_worthless(house: House, ada: Person) -> None:
    browser = await house.browser()
    tokens = []
    for _ in range(2):
        await browser.post("/api/auth/password/reset", json={"email": ada.email})
        tokens.append(await house.token(ada.email, "/reset"))
    answers = await asyncio.gather(
        *(
            browser.post("/api/auth/password/reset/confirm", json={"token": tokens[1], "password": OTHER_PASSWORD})
            for _ in range(2)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [204, 410]
    body = {"token": tokens[0], "password": PASSWORD}
    assert (await browser.post("/api/auth/password/reset/confirm", json=body)).status_code == 410


async def test_a_reset_link_expires(house: House, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = await house.browser()
    now = clock.now()
    clock.set_source(lambda: now - timedelta(hours=1, seconds=1))
    try:
        await browser.post("/api/auth/password/reset", json={"email": ada.email})
    finally:
        clock.set_source(None)
    body = {"token": await house.token(ada.email, "/reset"), "password": OTHER_PASSWORD}
    refused = await browser.post("/api/auth/password/reset/confirm", json=body)
    assert (refused.status_code, "expired" in refused.json()["detail"]) == (410, True)


async def test_asking_for_a_reset_tells_nobody_who_has_an_account(house: House, ada: Person) -> None:
    answers = []
    for email in (ada.email, stranger := new_address()):
        before = hashing.computed
        answer = await (await house.browser()).post("/api/auth/password/reset", json={"email": email})
        answers.append((answer.status_code, answer.text.replace(email, ""), hashing.computed - before))
    assert answers[0] == answers[1]
    (mail,) = await house.mails(stranger)
    assert "There is no Dynaris account" in mail["subject"]
    assert "token" not in mail["text"]


async def test_a_new_password_ends_the_other_sessions_and_renews_this_one(house: House, ada: Person) -> None:
    other, before = await house.browser(), ada.browser.cookies[SESSION_COOKIE]
    await other.post("/api/auth/sign-in", json={"email": ada.email, "password": PASSWORD})
    body = {"password": PASSWORD, "new_password": OTHER_PASSWORD}
    wrong = await ada.browser.post("/api/auth/password", json={**body, "password": "wrong"})
    assert (wrong.status_code, (await other.get("/api/me")).status_code) == (403, 200)
    assert (await ada.browser.post("/api/auth/password", json=body)).status_code == 204
    assert (await other.get("/api/me")).status_code == 401
    assert (await ada.browser.get("/api/me")).status_code == 200
    assert ada.browser.cookies[SESSION_COOKIE] != before


async def test_a_thief_with_the_session_cannot_guess_the_password_for_long(house: House, ada: Person) -> None:
    body = {"password": "wrong", "new_password": OTHER_PASSWORD}
    codes = [(await ada.browser.post("/api/auth/password", json=body)).status_code for _ in range(11)]
    assert codes == [403] * 10 + [429]


async def test_the_address_changes_when_the_new_one_says_so_and_the_old_one_is_told(house: House, ada: Person) -> None:
    new, browser = new_address(), await house.browser()
    asked = await ada.browser.post("/api/auth/email", json={"email": new, "password": PASSWORD})
    assert asked.status_code == 202
    assert new in (await house.mails(ada.email))[-1]["text"]
    assert (await ada.me())["member"]["email"] == ada.email
    await browser.post("/api/auth/password/reset", json={"email": ada.email})
    to_the_old = await house.token(ada.email, "/reset")
    token = await house.token(new, "/address")
    assert "Use this address" in (await ada.browser.get(f"/address?token={token}")).text
    confirmed = await ada.browser.post("/api/auth/email/confirm", json={"token": token})
    assert confirmed.json() == {"email": new}
    assert (await ada.me())["member"]["email"] == new
    assert (await house.sign_in(new)).status_code == 200
    assert (await house.sign_in(ada.email)).status_code == 401
    assert new in (await house.mails(ada.email))[-1]["text"]
    body = {"token": to_the_old, "password": OTHER_PASSWORD}
    assert (await browser.post("/api/auth/password/reset/confirm", json=body)).status_code == 410


async def test_the_owner_of_an_address_cannot_give_it_to_a_stranger_by_pressing_the_button(
    house: House, ada: Person
) -> None:
    victim = new_address()
    await ada.browser.post("/api/auth/email", json={"email": victim, "password": PASSWORD})
    mail = (await house.mails(victim))[-1]["text"]
    assert ada.email in mail
    assert "If you are not" in mail
    token = await house.token(victim, "/address")
    bob = await house.person()
    for browser in (await house.browser(), bob.browser):
        opened = await browser.get(f"/address?token={token}")
        assert (opened.status_code, "<button" in opened.text) == (403, False)
        assert (await browser.post("/address", data={"token": token})).status_code == 403
        assert (await browser.post("/api/auth/email/confirm", json={"token": token})).status_code == 403
    assert (await ada.me())["member"]["email"] == ada.email
    assert (await house.person(email=victim)).email == victim


async def test_a_new_address_ends_other_sessions_and_links_to_a_provider(house: House, ada: Person) -> None:
    new, other = new_address(), await house.browser()
    await other.post("/api/auth/sign-in", json={"email": ada.email, "password": PASSWORD})
    person = (await ada.browser.get("/api/auth/account")).json()["id"]
    async with house.db.system() as connection:
        await connection.execute("SELECT link_oidc('https://provider.example', %s, %s)", (new, person))
    await ada.browser.post("/api/auth/email", json={"email": new, "password": PASSWORD})
    body = {"token": await house.token(new, "/address")}
    assert (await ada.browser.post("/api/auth/email/confirm", json=body)).status_code == 200
    assert ((await ada.browser.get("/api/me")).status_code, (await other.get("/api/me")).status_code) == (200, 401)
    async with house.db.system() as connection:
        cursor = await connection.execute("SELECT person_by_oidc('https://provider.example', %s) AS id", (new,))
        assert await cursor.fetchone() == {"id": None}


async def test_changes_of_address_are_no_way_to_mail_strangers(house: House, ada: Person) -> None:
    strangers = [new_address() for _ in range(6)]
    bodies = [{"email": stranger, "password": PASSWORD} for stranger in strangers]
    codes = [(await ada.browser.post("/api/auth/email", json=body)).status_code for body in bodies]
    assert codes == [202] * 5 + [429]
    assert await house.mails(strangers[-1]) == []


async def test_nobody_can_keep_a_person_from_a_new_password(house: House, ada: Person) -> None:
    """Sign-ups with their address use up nothing of theirs, and even resets asked for by others leave them a link."""
    for _ in range(5):
        assert (await house.sign_up(await house.browser(), ada.email)).status_code == 202
    assert "/reset?token=" in (await house.mails(ada.email))[-1]["text"]
    sent = len(await house.mails(ada.email))
    body = {"email": ada.email}
    for _ in range(6):
        assert (await (await house.browser()).post("/api/auth/password/reset", json=body)).status_code == 202
    assert len(await house.mails(ada.email)) == sent + 3
    chosen = {"token": await house.token(ada.email, "/reset"), "password": OTHER_PASSWORD}
    browser = await house.browser()
    assert (await browser.post("/api/auth/password/reset/confirm", json=chosen)).status_code == 204
    used = await browser.get(f"/reset?token={chosen['token']}")
    assert (used.status_code, "/forgotten" in used.text, "<form" in used.text) == (410, True, False)
    again = await browser.post("/reset", data=chosen)
    assert (again.status_code, "/forgotten" in again.text, "<form" in again.text) == (410, True, False)


async def test_nobody_takes_an_address_that_is_anothers(house: House, ada: Person) -> None:
    bob = await house.person()
    asked = await ada.browser.post("/api/auth/email", json={"email": bob.email, "password": PASSWORD})
    free = await ada.browser.post("/api/auth/email", json={"email": new_address(), "password": PASSWORD})
    assert (asked.status_code, list(asked.json())) == (free.status_code, list(free.json()))
    assert "already" in (await house.mails(bob.email))[-1]["subject"]


async def test_an_address_that_was_taken_meanwhile_is_not_taken_over(house: House, ada: Person) -> None:
    new = new_address()
    await ada.browser.post("/api/auth/email", json={"email": new, "password": PASSWORD})
    token = await house.token(new, "/address")
    await house.person(email=new)
    assert (await ada.browser.post("/api/auth/email/confirm", json={"token": token})).status_code == 410
    assert (await ada.me())["member"]["email"] == ada.email


async def test_a_new_password_stops_a_change_of_address_under_way(house: House, ada: Person) -> None:
    new = new_address()
    await ada.browser.post("/api/auth/email", json={"email": new, "password": PASSWORD})
    token = await house.token(new, "/address")
    await ada.browser.post("/api/auth/password", json={"password": PASSWORD, "new_password": OTHER_PASSWORD})
    assert (await ada.browser.post("/api/auth/email/confirm", json={"token": token})).status_code == 410


async def test_sessions_are_listed_and_ended_one_by_one_or_all(house: House, ada: Person) -> None:
    phone = await house.browser(**{"user-agent": "Mozilla/5.0 (iPhone) Version/19 Safari/605"})
    await phone.post("/api/auth/sign-in", json={"email": ada.email, "password": PASSWORD})
    items = (await ada.browser.get("/api/auth/sessions")).json()["items"]
    assert {(item["device"], item["current"]) for item in items} == {
        ("Safari on iPhone", False),
        ("Firefox on Linux", True),
    }
    other = next(item["id"] for item in items if not item["current"])
    bob = await house.person()
    assert (await bob.browser.delete(f"/api/auth/sessions/{other}")).status_code == 404
    assert (await ada.browser.delete(f"/api/auth/sessions/{other}")).status_code == 204
    assert (await phone.get("/api/me")).status_code == 401
    await phone.post("/api/auth/sign-in", json={"email": ada.email, "password": PASSWORD})
    assert (await ada.browser.post("/api/auth/sign-out-everywhere")).json() == {"ended": 2}
    assert (await phone.get("/api/me")).status_code == 401
    assert (await ada.browser.get("/api/me")).status_code == 401


async def test_an_idle_session_ends_after_a_week_and_any_after_thirty_days(
    house: House, ada: Person, database_url: str
) -> None:
    import psycopg

    for column, passed in (("last_seen_at", "8 days"), ("expires_at", "31 days")):
        browser = await house.browser()
        await browser.post("/api/auth/sign-in", json={"email": ada.email, "password": PASSWORD})
        session = (await browser.get("/api/auth/sessions")).json()["items"][0]["id"]
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
            await owner.execute(
                f"UPDATE session SET {column} = {column} - interval '{passed}' WHERE id = %s",  # type: ignore[arg-type]
                (session,),
            )
        assert (await browser.get("/api/me")).status_code == 401


async def test_a_person_works_in_several_workspaces(house: House, ada: Person) -> None:
    first = (await ada.me())["workspace"]["id"]
    before = ada.browser.cookies[SESSION_COOKIE]
    made = await ada.browser.post("/api/workspaces", json={"name": "Ada's clinic"})
    assert (made.status_code, made.json()["role"], made.json()["current"]) == (201, "owner", True)
    second = made.json()["id"]
    assert ada.browser.cookies[SESSION_COOKIE] != before
    assert (await ada.me())["workspace"]["id"] == second
    there = await ada.browser.get("/api/me", headers={"X-Dynaris-Workspace": first})
    assert there.json()["workspace"]["id"] == first
    chosen = await ada.browser.post("/api/session/workspace", json={"workspace_id": first})
    assert chosen.status_code == 204
    assert (await ada.me())["workspace"]["id"] == first
    names = [(item["id"], item["current"]) for item in (await ada.browser.get("/api/workspaces")).json()["items"]]
    assert sorted(names) == sorted([(first, True), (second, False)])


async def test_another_persons_workspace_is_not_found(house: House, ada: Person) -> None:
    other = await create_workspace(house.db, slug=new_id().hex, name="Other", owner_email=new_address(), owner_name="O")
    headers = {"X-Dynaris-Workspace": str(other.id)}
    assert (await ada.browser.get("/api/me", headers=headers)).status_code == 404
    body = {"workspace_id": str(other.id)}
    assert (await ada.browser.post("/api/session/workspace", json=body)).status_code == 404
    assert (await ada.browser.get("/api/me", headers={"X-Dynaris-Workspace": "x"})).status_code == 422


async def test_the_account_page_does_all_of_it_without_scripts(house: House, ada: Person) -> None:
    page = (await ada.browser.get("/account")).text
    for part in ("Workspaces", "Password", "E-mail address", "Two-step sign-in", "Firefox on Linux", "this one"):
        assert part in page
    assert "<script" not in page
    changed = {"password": PASSWORD, "new_password": "short"}
    refused = await ada.browser.post("/account/password", data=changed)
    assert (refused.status_code, "10 to 200 characters" in refused.text) == (422, True)
    begun = await ada.browser.post("/account/totp", data={"password": PASSWORD})
    assert "<svg" in begun.text
    made = await ada.browser.post("/account/workspaces", data={"name": "Second"})
    assert made.status_code == 303
    assert (await ada.me())["workspace"]["name"] == "Second"
    stranger = await house.browser()
    asked, sent = await stranger.get("/account"), await stranger.post("/account/email", data={})
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=%2Faccount")
    assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in")


async def test_an_api_key_has_no_account(house: House, ada: Person) -> None:
    made = await ada.browser.post("/api/api-keys", json={"name": "n"})
    stranger = await house.browser(authorization=f"Bearer {made.json()['key']}")
    assert (await stranger.get("/api/auth/sessions")).status_code == 403
    other = {"X-Dynaris-Workspace": str(new_id())}
    assert (await stranger.get("/api/me", headers=other)).status_code == 404
