"""Signing in: one answer for every wrong guess, slow for strangers, open for the person's own browser."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from pwdlib import PasswordHash

from dynaris.core.db import Database
from dynaris.core.errors import TooManyRequests
from dynaris.people import passwords
from dynaris.people.passwords import Hashing, hashing
from dynaris.workspaces.cookies import SESSION_COOKIE
from tests.people.conftest import OTHER_PASSWORD, PASSWORD, House, Person, new_address


async def test_known_and_unknown_addresses_are_answered_alike_and_cost_the_same(house: House, ada: Person) -> None:
    answers, costs = [], []
    for email in (ada.email, new_address()):
        before = hashing.computed
        answer = await house.sign_in(email, OTHER_PASSWORD)
        costs.append(hashing.computed - before)
        answers.append((answer.status_code, answer.text, sorted(set(answer.headers.items()) - _own(answer))))
    assert answers[0] == answers[1]
    assert answers[0][0] == 401
    assert costs == [1, 1]


def _own(answer: httpx.Response) -> set[tuple[str, str]]:
    return {(name, value) for name, value in answer.headers.items() if name == "x-request-id"}


async def test_the_password_may_be_composed_differently(house: House) -> None:
    ada = await house.person(password="cafe\u0301 au lait noir")
    assert (await house.sign_in(ada.email, "caf\u00e9 au lait noir")).status_code == 200


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House, ada: Person) -> None:
    cookies = (await house.sign_in(ada.email)).headers.get_list("set-cookie")
    session = next(cookie for cookie in cookies if cookie.startswith(f"{SESSION_COOKIE}=")).lower()
    assert "httponly" in session
    assert "samesite=lax" in session


async def test_behind_https_cookies_belong_to_this_host_alone(db: Database, tmp_path: Path, ada: Person) -> None:
    async with AsyncExitStack() as stack:
        https = House(db, tmp_path, stack, public_url="https://dynaris.example")
        browser = await https.browser()
        answer = await browser.post("/api/auth/sign-in", json={"email": ada.email, "password": PASSWORD})
        for cookie in answer.headers.get_list("set-cookie"):
            if "max-age=0" not in cookie.lower():
                assert cookie.startswith("__Host-dynaris_")
                assert {"secure", "path=/"} <= {part.strip().lower() for part in cookie.split(";")}
        assert (await browser.get("/api/me")).status_code == 200
        plain = await https.browser()
        plain.cookies.set(SESSION_COOKIE, browser.cookies[f"__Host-{SESSION_COOKIE}"])
        assert (await plain.get("/api/me")).status_code == 401


async def test_signing_in_again_ends_the_browsers_earlier_session(house: House, ada: Person) -> None:
    earlier = ada.browser.cookies[SESSION_COOKIE]
    await ada.browser.post("/api/auth/sign-in", json={"email": ada.email, "password": PASSWORD})
    assert ada.browser.cookies[SESSION_COOKIE] != earlier
    thief = await house.browser()
    thief.cookies.set(SESSION_COOKIE, earlier)
    assert (await thief.get("/api/me")).status_code == 401


async def test_a_guessing_stranger_is_stopped_and_others_go_on(house: House, ada: Person) -> None:
    codes = [(await house.sign_in(ada.email, "wrong", ip="192.0.2.7")).status_code for _ in range(12)]
    assert codes == [401] * 10 + [429] * 2
    stopped = await house.sign_in(ada.email, PASSWORD, ip="192.0.2.7")
    assert (stopped.status_code, stopped.json()["code"]) == (429, "too_many_requests")
    assert int(stopped.headers["retry-after"]) >= 1
    assert (await house.sign_in(ada.email, ip="192.0.2.8")).status_code == 200


async def test_an_ipv6_network_guesses_as_one(house: House, ada: Person) -> None:
    codes = [(await house.sign_in(ada.email, "wrong", ip=f"2001:db8:7::{n:x}")).status_code for n in range(1, 12)]
    assert codes == [401] * 10 + [429]


async def test_strangers_everywhere_cannot_shut_a_person_out_of_their_browser(
    house: House, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dynaris.people import sign_in, throttle

    few = throttle.Rate("sign-in of an address", 3, 3_600)
    monkeypatch.setattr(sign_in.throttle, "SIGN_IN_ADDRESS", few)
    for _ in range(3):
        await house.sign_in(ada.email, "wrong")
    codes = [(await house.sign_in(ada.email, "wrong", ip=f"192.0.2.{n}")).status_code for n in range(4)]
    assert codes == [401] * 3 + [429]
    assert (await house.sign_in(ada.email, ip="198.51.100.9")).status_code == 200
    known = await ada.browser.post("/api/auth/sign-in", json={"email": ada.email, "password": PASSWORD})
    assert known.status_code == 200


async def test_while_an_address_is_guessed_at_from_everywhere_a_provider_of_many_networks_is_one(
    house: House, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dynaris.people import sign_in, throttle

    monkeypatch.setattr(sign_in.throttle, "SIGN_IN_ADDRESS", throttle.Rate("sign-in of an address", 1, 3_600))
    monkeypatch.setattr(sign_in.throttle, "SIGN_IN_REGION", throttle.Rate("region", 5, 3_600))
    await house.sign_in(ada.email, "wrong")
    codes = [(await house.sign_in(ada.email, "wrong", ip=f"2001:db8:{n}::1")).status_code for n in range(7)]
    assert codes == [401] * 5 + [429] * 2


async def test_a_known_browser_may_not_guess_without_end_either(house: House, ada: Person) -> None:
    body = {"email": ada.email, "password": "wrong"}
    codes = [(await ada.browser.post("/api/auth/sign-in", json=body)).status_code for _ in range(21)]
    assert codes == [401] * 20 + [429]


async def test_a_flood_of_passwords_waits_a_few_at_a_time_and_the_rest_is_sent_away() -> None:
    narrow = Hashing(at_once=2, most_waiting=3)
    running, most = 0, 0

    def work() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        asyncio.run(asyncio.sleep(0.01))
        running -= 1

    results = await asyncio.gather(*(narrow._run(work) for _ in range(12)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, TooManyRequests)]
    assert (len(refused), most) == (7, 2)
    assert refused[0].extra["retry_after"] >= 1


async def test_a_hash_of_older_parameters_is_renewed_at_sign_in(
    house: House, ada: Person, real_hashes: PasswordHash
) -> None:
    from pwdlib.hashers.argon2 import Argon2Hasher

    weak = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    async with house.db.system() as connection:
        row = await (await connection.execute("SELECT * FROM person_by_email(%s)", (ada.email,))).fetchone()
        assert row
        await connection.execute("SELECT set_password(%s, %s)", (row["id"], weak))
    assert (await house.sign_in(ada.email)).status_code == 200
    async with house.db.system() as connection:
        row = await (await connection.execute("SELECT * FROM person_by_email(%s)", (ada.email,))).fetchone()
    assert row
    assert row["password_hash"].startswith("$argon2id$v=19$m=47104,")


def test_what_an_unknown_address_is_checked_against_costs_what_a_real_one_does(
    real_hashes: PasswordHash, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    assert not real_hashes.current_hasher.check_needs_rehash(passwords.NOBODY)


async def test_pages_sign_in_and_say_what_was_wrong(house: House, ada: Person) -> None:
    browser = await house.browser()
    assert "Password forgotten?" in (await browser.get("/sign-in")).text
    wrong = await browser.post("/sign-in", data={"email": ada.email, "password": "wrong"})
    assert (wrong.status_code, "the address or the password is wrong" in wrong.text) == (401, True)
    assert f'value="{ada.email}"' in wrong.text
    right = await browser.post("/sign-in", data={"email": ada.email, "password": PASSWORD})
    assert (right.status_code, right.headers["location"]) == (303, "/")
    assert (await browser.get("/api/me")).status_code == 200


async def test_no_password_or_token_is_kept_in_the_clear(house: House, ada: Person, database_url: str) -> None:
    import psycopg

    token = ada.browser.cookies[SESSION_COOKIE]
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        for table in ("session", "credential", "ticket", "known_device", "throttle"):
            rows = str(await (await owner.execute(f"SELECT * FROM {table}")).fetchall())  # type: ignore[arg-type]
            for secret in (token, PASSWORD, ada.browser.cookies["dynaris_device"]):
                assert secret not in rows, table


def reset_while_it_is_checked(
    house: House, email: str, new: str, monkeypatch: pytest.MonkeyPatch, *, rehash: bool
) -> None:
    """The next password that is checked is reset in the meantime."""
    check = hashing.verify

    async def slow(password: str, stored: str | None) -> tuple[bool, str | None]:
        right, _ = await check(password, stored)
        monkeypatch.setattr(hashing, "verify", check)
        owner = await house.browser()
        await owner.post("/api/auth/password/reset", json={"email": email})
        body = {"token": await house.token(email, "/reset"), "password": new}
        assert (await owner.post("/api/auth/password/reset/confirm", json=body)).status_code == 204
        return right, stored if rehash else None

    monkeypatch.setattr(hashing, "verify", slow)


async def test_a_password_that_is_reset_while_it_is_checked_lets_nobody_in(
    house: House, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    reset_while_it_is_checked(house, ada.email, OTHER_PASSWORD, monkeypatch, rehash=True)
    assert (await house.sign_in(ada.email)).status_code == 401
    assert (await house.sign_in(ada.email, OTHER_PASSWORD)).status_code == 200, "the rehash did not bring it back"


async def test_a_password_that_is_reset_while_another_changes_it_stays_as_it_was_reset(
    house: House, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    reset_while_it_is_checked(house, ada.email, OTHER_PASSWORD, monkeypatch, rehash=False)
    change = {"password": PASSWORD, "new_password": "nine loud drums below"}
    assert (await ada.browser.post("/api/auth/password", json=change)).status_code == 403
    assert (await house.sign_in(ada.email, OTHER_PASSWORD)).status_code == 200


async def test_a_clock_that_is_set_back_shuts_nobody_out(house: House, ada: Person, database_url: str) -> None:
    import psycopg

    for _ in range(3):
        assert (await house.sign_in(ada.email, "wrong", ip="192.0.2.44")).status_code == 401
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
        await owner.execute("UPDATE throttle SET until = until + interval '1 hour'")
    codes = [(await house.sign_in(ada.email, "wrong", ip="192.0.2.44")).status_code for _ in range(11)]
    assert codes == [401] * 10 + [429]
