"""Two-step sign-in: no session before the code, each code once, recovery codes for a lost device."""

import asyncio
import re
from typing import Any

import httpx
import pytest
from pyotp.totp import TOTP

from dynaris.core import clock
from dynaris.workspaces.cookies import SESSION_COOKIE
from tests.people.conftest import OTHER_PASSWORD, PASSWORD, House, Person


def later(app: TOTP, steps: int = 1) -> str:
    """The code of a step to come: those before it are used up."""
    return app.at(int(clock.now().timestamp()) + 30 * steps)


async def half(house: House, person: Person) -> httpx.AsyncClient:
    browser = await house.browser()
    answer = await browser.post("/api/auth/sign-in", json={"email": person.email, "password": PASSWORD})
    assert answer.json() == {"totp_required": True}
    return browser


async def code(browser: httpx.AsyncClient, text: str) -> Any:
    return await browser.post("/api/auth/sign-in/code", json={"code": text})


async def test_it_is_on_only_after_a_right_code(house: House, ada: Person) -> None:
    begun = (await ada.browser.post("/api/auth/totp", json={"password": PASSWORD})).json()
    assert begun["uri"].startswith("otpauth://totp/Dynaris:")
    assert begun["qr"].startswith("<svg")
    assert (await ada.browser.post("/api/auth/totp/confirm", json={"code": "000000"})).status_code in (422, 200)
    assert (await ada.browser.get("/api/auth/account")).json()["totp"] is False
    assert (await house.sign_in(ada.email)).json() == {"totp_required": False}


async def test_the_password_alone_is_half_a_session(house: House, ada: Person) -> None:
    app, _ = await ada.totp()
    browser = await half(house, ada)
    assert SESSION_COOKIE not in browser.cookies
    assert (await browser.get("/api/me")).status_code == 401
    assert (await code(browser, later(app))).json() == {"totp_required": False}
    assert (await browser.get("/api/me")).status_code == 200


async def test_a_code_works_once_also_for_two_at_the_same_moment(house: House, ada: Person) -> None:
    app, _ = await ada.totp()
    text = later(app)
    browsers = [await half(house, ada) for _ in range(3)]
    answers = await asyncio.gather(*(code(browser, text) for browser in browsers))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401]
    assert (await code(await half(house, ada), app.now())).status_code == 401


async def test_a_half_session_ends_after_five_wrong_codes(house: House, ada: Person) -> None:
    app, _ = await ada.totp()
    browser = await half(house, ada)
    for _ in range(5):
        assert (await code(browser, "wrong")).status_code == 401
    assert (await code(browser, later(app))).status_code == 401
    assert (await code(await half(house, ada), later(app))).status_code == 200


async def test_codes_cannot_be_guessed_over_many_half_sessions(house: House, ada: Person) -> None:
    await ada.totp()
    codes = []
    for _ in range(3):
        browser = await house.browser("192.0.2.77")
        await browser.post("/api/auth/sign-in", json={"email": ada.email, "password": PASSWORD})
        codes += [(await code(browser, "000000")).status_code for _ in range(4)]
    assert codes[-2:] == [429, 429]


async def test_who_knows_the_password_cannot_spend_the_owners_recovery_codes(
    house: House, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dynaris.people import throttle

    monkeypatch.setattr(throttle, "CODE_PERSON", throttle.Rate("code of a person", 2, 3_600))
    _, codes = await ada.totp()
    assert [(await code(await half(house, ada), "000000")).status_code for _ in range(3)] == [401, 401, 429]
    assert (await code(await half(house, ada), codes[0])).status_code == 200
    body = {"password": PASSWORD, "code": codes[1]}
    assert (await ada.browser.post("/api/auth/totp/disable", json=body)).status_code == 204


async def test_a_wrong_first_code_keeps_the_secret_on_the_page(house: House, ada: Person) -> None:
    begun = await ada.browser.post("/account/totp", data={"password": PASSWORD})
    secret = begun.text.partition('name="secret" value="')[2].partition('"')[0]
    wrong = await ada.browser.post("/account/totp/confirm", data={"code": "nonsense", "secret": secret})
    assert (wrong.status_code, wrong.text.count(secret) >= 2, "<svg" in wrong.text) == (422, True, True)
    guessed = await ada.browser.post("/account/totp/confirm", data={"code": "nonsense", "secret": "A" * 32})
    assert (secret in guessed.text, "<svg" in guessed.text) == (False, False)
    right = await ada.browser.post("/account/totp/confirm", data={"code": TOTP(secret).now(), "secret": secret})
    assert "Two-step sign-in is on" in right.text


async def test_a_recovery_code_works_once(house: House, ada: Person) -> None:
    _, codes = await ada.totp()
    assert len(set(codes)) == 10
    assert (await code(await half(house, ada), codes[0].upper())).status_code == 200
    assert (await code(await half(house, ada), codes[0])).status_code == 401
    assert (await ada.browser.get("/api/auth/account")).json()["recovery_codes_left"] == 9


async def test_new_recovery_codes_replace_the_old(house: House, ada: Person) -> None:
    app, codes = await ada.totp()
    body = {"password": PASSWORD, "code": later(app)}
    renewed = (await ada.browser.post("/api/auth/totp/recovery-codes", json=body)).json()["recovery_codes"]
    assert (await code(await half(house, ada), codes[0])).status_code == 401
    assert (await code(await half(house, ada), renewed[0])).status_code == 200


async def test_switching_it_off_takes_password_and_code(house: House, ada: Person) -> None:
    app, codes = await ada.totp()
    for body in ({"password": "wrong", "code": later(app)}, {"password": PASSWORD, "code": "000000"}):
        assert (await ada.browser.post("/api/auth/totp/disable", json=body)).status_code == 403
    body = {"password": PASSWORD, "code": codes[3]}
    assert (await ada.browser.post("/api/auth/totp/disable", json=body)).status_code == 204
    assert (await house.sign_in(ada.email)).json() == {"totp_required": False}
    assert (await house.mails(ada.email))[-1]["subject"] == "Two-step sign-in was switched off"


async def test_it_cannot_be_begun_again_while_it_is_on(house: House, ada: Person) -> None:
    await ada.totp()
    assert (await ada.browser.post("/api/auth/totp", json={"password": PASSWORD})).status_code == 409


async def test_a_new_password_ends_half_sessions_and_leaves_the_second_step_on(house: House, ada: Person) -> None:
    app, _ = await ada.totp()
    thief = await half(house, ada)
    body = {"password": PASSWORD, "new_password": OTHER_PASSWORD}
    assert (await ada.browser.post("/api/auth/password", json=body)).status_code == 204
    assert (await code(thief, later(app))).status_code == 401
    assert (await house.sign_in(ada.email, OTHER_PASSWORD)).json() == {"totp_required": True}


async def test_the_secret_is_sealed(house: House, ada: Person, database_url: str) -> None:
    import psycopg

    app, codes = await ada.totp()
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        kept = str(await (await owner.execute("SELECT * FROM credential")).fetchall())
        kept += str(await (await owner.execute("SELECT * FROM recovery_code")).fetchall())
    assert app.secret not in kept
    assert codes[0].replace("-", "") not in kept


async def test_pages_ask_for_the_code(house: House, ada: Person) -> None:
    _, codes = await ada.totp()
    browser = await house.browser()
    first = await browser.post("/sign-in", data={"email": ada.email, "password": PASSWORD})
    assert first.headers["location"] == "/sign-in/code"
    assert "recovery code" in (await browser.get("/sign-in/code")).text
    assert (await browser.post("/sign-in/code", data={"code": "nonsense"})).status_code == 401
    assert (await browser.post("/sign-in/code", data={"code": codes[0]})).headers["location"] == "/"
    assert (await browser.get("/api/me")).status_code == 200


async def test_a_reset_by_mail_gives_no_way_to_guess_codes_from_network_to_network(
    house: House, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dynaris.people import throttle

    monkeypatch.setattr(throttle, "CODE_BROWSER", throttle.Rate("code of a person from a known browser", 3, 900))
    await ada.totp()
    thief = await house.browser()
    await thief.post("/api/auth/password/reset", json={"email": ada.email})
    body = {"token": await house.token(ada.email, "/reset"), "password": OTHER_PASSWORD}
    assert (await thief.post("/api/auth/password/reset/confirm", json=body)).status_code == 204
    codes = []
    for _ in range(4):
        elsewhere = await house.browser()
        elsewhere.cookies.set("dynaris_device", thief.cookies["dynaris_device"])
        await elsewhere.post("/api/auth/sign-in", json={"email": ada.email, "password": OTHER_PASSWORD})
        codes.append((await code(elsewhere, "000000")).status_code)
    assert codes == [401, 401, 401, 429]


async def test_beginning_again_at_the_moment_of_the_first_code_does_not_switch_it_off(
    house: House, ada: Person
) -> None:
    for _ in range(3):
        person = await house.person()
        app = TOTP((await person.browser.post("/api/auth/totp", json={"password": PASSWORD})).json()["secret"])
        other = await house.browser()
        other.cookies.update(person.browser.cookies)
        confirmed, _ = await asyncio.gather(
            person.browser.post("/api/auth/totp/confirm", json={"code": app.now()}),
            other.post("/api/auth/totp", json={"password": PASSWORD}),
        )
        on = (await person.browser.get("/api/auth/account")).json()["totp"]
        assert on is (confirmed.status_code == 200)


async def test_the_page_gives_new_recovery_codes(house: House, ada: Person) -> None:
    app, codes = await ada.totp()
    assert "New recovery codes" in (await ada.browser.get("/account")).text
    wrong = await ada.browser.post("/account/totp/recovery-codes", data={"password": PASSWORD, "code": "000000"})
    assert (wrong.status_code, "<li>" in wrong.text) == (403, False)
    given = {"password": PASSWORD, "code": later(app)}
    renewed = re.findall(
        r"<li><code>([\w-]+)</code>", (await ada.browser.post("/account/totp/recovery-codes", data=given)).text
    )
    assert len(renewed) == 10
    assert (await code(await half(house, ada), codes[0])).status_code == 401
    assert (await code(await half(house, ada), renewed[0])).status_code == 200


async def test_of_two_recovery_codes_at_the_same_moment_one_is_kept(house: House, ada: Person) -> None:
    _, codes = await ada.totp()
    browser = await half(house, ada)
    answers = await asyncio.gather(*(code(browser, text) for text in codes[:4]))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
    assert (await ada.browser.get("/api/auth/account")).json()["recovery_codes_left"] == 9
