"""Sign-up: nothing exists before the address is proved, and a link makes one workspace however often it is pressed."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from dynaris.app.system_mail import ensure_system_mail
from dynaris.core.db import Database
from dynaris.people.mail import SYSTEM
from dynaris.people.passwords import hashing
from tests.people.conftest import OTHER_PASSWORD, PASSWORD, House, Person, new_address


async def test_a_person_signs_up_verifies_and_owns_a_workspace(house: House) -> None:
    email, browser = new_address(), await house.browser()
    answer = await house.sign_up(browser, email.upper())
    assert answer.status_code == 202
    assert (await browser.get("/api/me")).status_code == 401
    token = await house.token(email, "/verify")
    verified = await browser.post("/api/auth/verify", json={"token": token})
    assert verified.json() == {"totp_required": False}
    me = (await browser.get("/api/me")).json()
    assert (me["role"], me["workspace"]["name"], me["member"]["email"]) == ("owner", "Ada's clinic", email)
    assert me["workspace"]["slug"].startswith("ada-s-clinic")
    entries = await house.rows(me["workspace"]["id"], "SELECT action, actor FROM audit_entry")
    assert entries == [{"action": "workspace.created", "actor": f"member:{me['member']['id']}"}]


async def test_opening_the_link_uses_nothing_up_and_the_button_does(house: House) -> None:
    email, browser = new_address(), await house.browser()
    await house.sign_up(browser, email)
    token = await house.token(email, "/verify")
    scanner = await house.browser()
    for _ in range(3):
        page = await scanner.get(f"/verify?token={token}")
        assert page.status_code == 200
        assert "set-cookie" not in page.headers
    assert (await browser.post("/verify", data={"token": token})).headers["location"] == "/"
    again = await browser.post("/api/auth/verify", json={"token": token})
    assert (again.status_code, again.json()["code"]) == (410, "gone")
    assert "used already" in (await browser.get(f"/verify?token={token}")).text


async def test_two_tabs_make_one_workspace(house: House) -> None:
    email, browser = new_address(), await house.browser()
    await house.sign_up(browser, email)
    await house.sign_up(browser, email)
    token = await house.token(email, "/verify")
    answers = await asyncio.gather(*(browser.post("/api/auth/verify", json={"token": token}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 410, 410, 410]
    mine = (await (await _signed_in(house, email)).browser.get("/api/workspaces")).json()["items"]
    assert len(mine) == 1


async def test_two_sign_ups_of_one_address_make_one_account(house: House) -> None:
    """Each with a link of its own, pressed at the same moment."""
    email, first, second = new_address(), await house.browser(), await house.browser()
    await house.sign_up(first, email)
    one = await house.token(email, "/verify")
    await house.sign_up(second, email, password=OTHER_PASSWORD)
    two = await house.token(email, "/verify")
    answers = await asyncio.gather(
        first.post("/api/auth/verify", json={"token": one}), second.post("/api/auth/verify", json={"token": two})
    )
    assert sorted(answer.status_code for answer in answers) == [200, 410]


async def test_who_gets_the_mail_does_not_end_up_with_a_strangers_password(house: House) -> None:
    email, stranger, owner = new_address(), await house.browser(), await house.browser()
    await house.sign_up(stranger, email)
    token = await house.token(email, "/verify")
    refused = await owner.post("/api/auth/verify", json={"token": token})
    assert (refused.status_code, refused.json()["password"]) == (403, True)
    wrong = await owner.post("/api/auth/verify", json={"token": token, "password": "not it"})
    assert (wrong.status_code, wrong.json()["detail"]) == (403, "the password is not the one of the sign-up")
    assert 'name="password"' in (await owner.get(f"/verify?token={token}")).text
    right = await owner.post("/api/auth/verify", json={"token": token, "password": PASSWORD})
    assert right.status_code == 200


async def test_an_address_that_has_an_account_is_answered_alike_and_costs_the_same(house: House, ada: Person) -> None:
    answers, costs = [], []
    for email in (ada.email, new_address()):
        before = hashing.computed
        answer = await house.sign_up(await house.browser(), email, password=OTHER_PASSWORD)
        costs.append(hashing.computed - before)
        answers.append((answer.status_code, answer.text.replace(email, ""), sorted(answer.headers)))
    assert answers[0] == answers[1]
    assert costs == [1, 1]
    assert (await house.mails(ada.email))[-1]["subject"] == "You already have a Dynaris account"
    assert (await house.sign_in(ada.email, OTHER_PASSWORD)).status_code == 401


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "short"),
        ("password", "Password123!"),
        ("password", "1234567890"),
        ("password", "aaaaaaaaaaaa"),
        ("password", "qwertyuiop12345"),
        ("password", "x" * 201),
        ("email", "not an address"),
        ("workspace", "see http://evil.example"),
        ("name", "line\nbreak"),
        ("role", "owner"),
    ],
)
async def test_what_could_not_be_kept_is_refused_in_words(house: House, field: str, value: str) -> None:
    answer = await house.sign_up(await house.browser(), new_address(), **{field: value})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert value not in answer.text or field == "role"


async def test_the_own_address_is_no_password(house: House) -> None:
    email = new_address()
    answer = await house.sign_up(await house.browser(), email, password=f"my {email}")
    assert answer.status_code == 422


async def test_a_closed_installation_takes_invited_people_only(db: Database, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        closed = House(db, tmp_path, stack, sign_up="closed")
        await ensure_system_mail(closed.services)
        browser = await closed.browser()
        refused = await closed.sign_up(browser, new_address())
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert "invitation" in (await browser.get("/sign-up")).text
        assert (await browser.get("/api/auth/options")).json() == {"sign_up": "closed", "provider": None}


async def test_a_stranger_sends_an_address_few_mails_and_its_owner_still_gets_one(house: House) -> None:
    email, stranger = new_address(), "192.0.2.200"
    codes = [(await house.sign_up(await house.browser(stranger), email)).status_code for _ in range(7)]
    assert codes == [202] * 7
    assert len(await house.mails(email)) == 3
    owner = await house.browser()
    await house.sign_up(owner, email, password=OTHER_PASSWORD)
    verified = await owner.post("/api/auth/verify", json={"token": await house.token(email, "/verify")})
    assert verified.status_code == 200


async def test_many_strangers_together_send_an_address_few_mails(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from dynaris.people import throttle

    monkeypatch.setattr(throttle, "SIGN_UP_ADDRESS", throttle.Rate("mails of sign-up to an address", 4, 3_600))
    email = new_address()
    codes = {(await house.sign_up(await house.browser(), email)).status_code for _ in range(6)}
    assert (codes, len(await house.mails(email))) == ({202}, 4)


async def test_a_page_keeps_what_was_typed_and_says_in_words_what_is_missing(house: House) -> None:
    browser = await house.browser()
    given = {"workspace": "Ada's clinic", "email": "ada@clinic.example", "password": PASSWORD}
    page = await browser.post("/sign-up", data=given)
    assert (page.status_code, "name: this is required" in page.text) == (422, True)
    assert 'value="Ada&#x27;s clinic"' in page.text
    assert 'value="ada@clinic.example"' in page.text
    assert PASSWORD not in page.text


@pytest.mark.parametrize(
    "name",
    [
        "PayPal. Confirm: https://evil.example",
        "evil.example/login",
        "Www.evil.example",
        "evil.example?login",
        "evil.example:8080",
        "evil\uff0eexample\uff0flogin",
        "evil\u3002example/login",
        "http:\\\\evil.example",
        "203.0.113.9",
        "Clinic \u202egnp.exe",
        "Clinic\u2066",
        "two\u2028lines",
        "x\u0085y",
    ],
)
async def test_no_name_that_mails_show_holds_a_link_or_turns_the_text_around(
    house: House, ada: Person, name: str
) -> None:
    assert (await house.sign_up(await house.browser(), new_address(), workspace=name)).status_code == 422
    assert (await house.sign_up(await house.browser(), new_address(), name=name)).status_code == 422
    assert (await ada.browser.post("/api/workspaces", json={"name": name})).status_code == 422
    assert (await ada.browser.patch("/api/settings/workspace", json={"name": name})).status_code == 422


@pytest.mark.parametrize(
    "name", ["booking.com GmbH", "Dr. Müller & Söhne", "A/S Nordlys", "24/7 Care", "می\u200cخواهم", "St. Mary's, No. 5"]
)
async def test_names_of_real_businesses_pass(ada: Person, name: str) -> None:
    changed = await ada.browser.patch("/api/settings/workspace", json={"name": name})
    assert (changed.status_code, changed.json()["name"]) == (200, name)


async def test_the_systems_workspace_is_in_no_list(house: House) -> None:
    async with house.db.system() as connection:
        rows = await (await connection.execute("SELECT workspace_ids() AS id")).fetchall()
    assert SYSTEM not in {row["id"] for row in rows}


async def test_other_sites_cannot_sign_a_browser_up_or_in(house: House) -> None:
    foreign = await house.browser(origin="http://evil.example")
    assert (await house.sign_up(foreign, new_address())).status_code == 403
    body = {"email": new_address(), "password": PASSWORD}
    assert (await foreign.post("/api/auth/sign-in", json=body)).status_code == 403
    assert (await foreign.post("/sign-in", data=body)).status_code == 403


async def _signed_in(house: House, email: str) -> Person:
    browser = await house.browser()
    answer = await browser.post("/api/auth/sign-in", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return Person(email, browser)
