"""What an admin does first, on pages without scripts: mailbox, web form, answers, colleagues, keys."""

import re
from typing import Any

import httpx
import pytest

from dynaris.channels.registry import channels
from dynaris.core.settings import Settings
from tests.people.conftest import House, Person, new_address

PAGES = ("/connect", "/answers", "/team", "/keys")
FORMS = (
    "/connect",
    "/answers",
    "/team/invite",
    "/team/resend",
    "/team/take-back",
    "/team/role",
    "/team/remove",
    "/keys",
)


async def actions(house: House, person: Person) -> list[dict[str, Any]]:
    workspace = (await person.me())["workspace"]["id"]
    return await house.rows(workspace, "SELECT actor, action FROM audit_entry ORDER BY id")


async def test_setting_up_needs_no_script(house: House, ada: Person) -> None:
    for path in PAGES:
        shown = await ada.browser.get(path)
        assert (shown.status_code, "<script" in shown.text) == (200, False)


async def test_strangers_sign_in_first_teammates_and_other_sites_are_refused(house: House, ada: Person) -> None:
    teammate, stranger = await house.invited(ada), await house.browser()
    foreign = {"origin": "http://evil.example"}
    for path in PAGES:
        assert (await stranger.get(path)).headers["location"] == f"/sign-in?next=%2F{path[1:]}"
        assert (await teammate.browser.get(path)).status_code == 403
    for path in FORMS:
        assert (await stranger.post(path, data={})).headers["location"] == "/sign-in"
        assert (await teammate.browser.post(path, data={})).status_code == 403
        assert (await ada.browser.post(path, data={}, headers=foreign)).status_code == 403
        assert (await ada.browser.post(path, data={})).status_code == 422


async def test_a_mailbox_is_connected_and_its_address_proved(house: House, ada: Person) -> None:
    address = new_address()
    wrong = await ada.browser.post("/connect", data={"channel": "email", "address": address, "imap_url": "nonsense"})
    assert (wrong.status_code, f'value="{address}"' in wrong.text) == (422, True)
    made = await ada.browser.post("/connect", data={"channel": "email", "address": address})
    assert made.status_code == 303
    place = made.headers["location"]
    assert "not proved" in (await ada.browser.get(place)).text
    assert (await ada.browser.post(f"{place}/code")).status_code == 303
    code = re.search(r"\b\d{8}\b", (await house.mails(address))[-1]["text"])
    assert code
    assert (await ada.browser.post(f"{place}/prove", data={"code": "x"})).status_code >= 400
    assert (await ada.browser.post(f"{place}/prove", data={"code": code[0]})).status_code == 303
    assert "not proved" not in (await ada.browser.get("/connect")).text
    told = [row["action"] for row in await actions(house, ada)]
    assert told == ["workspace.created", "account.connected", "account.proof_asked", "account.proved"]
    bob = await house.person()
    assert (await bob.browser.get(place)).status_code == 404
    assert (await bob.browser.post(f"{place}/code")).status_code == 404


async def test_a_mail_server_in_a_private_network_is_refused_here_too(house: House, ada: Person) -> None:
    email: Any = channels()["email"]
    email.configure(Settings())
    given = {"channel": "email", "address": new_address(), "imap_url": "imaps://user:secret@10.0.0.5/INBOX"}
    refused = await ada.browser.post("/connect", data=given)
    assert (refused.status_code, "imap_url" in refused.text, "secret" in refused.text) == (422, True, False)
    assert await house.rows((await ada.me())["workspace"]["id"], "SELECT id FROM account") == []


async def test_a_web_form_is_made_with_what_to_paste(house: House, ada: Person) -> None:
    made = await ada.browser.post("/connect", data={"channel": "forms"})
    shown = (await ada.browser.get(made.headers["location"])).text
    assert "&lt;form action=&quot;http://dynaris.test/forms/" in shown
    assert (await ada.browser.post("/connect", data={"channel": "generic"})).status_code == 422


async def test_an_answer_is_added_and_escaped(house: House, ada: Person) -> None:
    given = {"question": "Do you open on <b>Sundays</b>?", "answer": "No, never."}
    assert (await ada.browser.post("/answers", data=given)).status_code == 303
    assert "&lt;b&gt;Sundays&lt;/b&gt;" in (await ada.browser.get("/answers")).text
    missing = await ada.browser.post("/answers", data={"answer": "Kept <as> typed"})
    assert (missing.status_code, "Kept &lt;as&gt; typed" in missing.text) == (422, True)
    me = await ada.me()
    assert (await actions(house, ada))[-1]["actor"] == me["actor"]


async def test_colleagues_are_invited_changed_and_removed(house: House, ada: Person) -> None:
    email = new_address()
    assert (await ada.browser.post("/team/invite", data={"email": email, "role": "admin"})).status_code == 303
    assert (await house.mails(email))[-1]["subject"].startswith("You are invited")
    waiting = (await ada.browser.get("/api/invitations")).json()["items"][0]["id"]
    assert email in (await ada.browser.get("/team")).text
    assert (await ada.browser.post("/team/resend", data={"id": waiting})).status_code == 303
    assert len(await house.mails(email)) == 2
    assert (await ada.browser.post("/team/take-back", data={"id": waiting})).status_code == 303
    assert email not in (await ada.browser.get("/team")).text
    grace = await house.invited(ada)
    whom = (await grace.me())["member"]["id"]
    assert (await ada.browser.post("/team/role", data={"id": whom, "role": "admin"})).status_code == 303
    assert (await grace.me())["role"] == "admin"
    owner = (await ada.me())["member"]["id"]
    refused = await grace.browser.post("/team/remove", data={"id": owner})
    assert (refused.status_code, "only owners" in refused.text) == (403, True)
    assert (await ada.browser.post("/team/remove", data={"id": whom})).status_code == 303
    assert (await grace.browser.get("/api/me")).status_code == 401


async def test_a_key_is_shown_once_listed_with_its_maker_and_revoked(house: House, ada: Person) -> None:
    made = await ada.browser.post("/keys", data={"name": "shop <1>"})
    key = re.search(r"dyn_[\w-]+", made.text)
    assert (made.status_code, bool(key)) == (201, True)
    assert key
    program = await house.browser(authorization=f"Bearer {key[0]}")
    assert (await program.get("/api/me")).status_code == 200
    listed = (await ada.browser.get("/keys")).text
    assert "shop &lt;1&gt;" in listed
    assert "Ada Lovelace" in listed
    assert key[0] not in listed
    identity = (await ada.browser.get("/api/api-keys")).json()["items"][0]["id"]
    assert (await ada.browser.post("/keys/revoke", data={"id": identity})).status_code == 303
    assert (await program.get("/api/me")).status_code == 401


@pytest.mark.parametrize("path", ["/api/invitations", "/api/api-keys"])
async def test_an_api_key_lets_nobody_in(house: House, ada: Person, path: str) -> None:
    key = (await ada.browser.post("/api/api-keys", json={"name": "n"})).json()["key"]
    program: httpx.AsyncClient = await house.browser(authorization=f"Bearer {key}")
    body = {"email": new_address(), "role": "admin"} if path == "/api/invitations" else {"name": "another"}
    assert (await program.post(path, json=body)).status_code == 403
    member = (await ada.me())["member"]["id"]
    assert (await program.patch(f"/api/members/{member}", json={"role": "teammate"})).status_code == 403
    assert (await program.delete(f"/api/members/{member}")).status_code == 403


async def test_a_script_with_the_cookie_is_told_what_to_send(house: House, ada: Person) -> None:
    del ada.browser.headers["origin"]
    refused = await ada.browser.post("/api/api-keys", json={"name": "n"})
    assert (refused.status_code, "`Origin: http://dynaris.test`" in refused.json()["detail"]) == (403, True)
