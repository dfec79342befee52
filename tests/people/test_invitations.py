"""Invitations and roles: who may let whom in, and the owner that a workspace always keeps."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from dynaris.core.errors import Forbidden
from dynaris.people import members
from dynaris.people.mail import SYSTEM
from dynaris.workspaces.access import Access
from tests.people.conftest import PASSWORD, House, Person, new_address


async def invite(by: Person, email: str, role: str = "teammate") -> Any:
    return await by.browser.post("/api/invitations", json={"email": email, "role": role})


async def accept(house: House, token: str, **changed: Any) -> Any:
    body = {"token": token, "name": "Grace", "password": PASSWORD, **changed}
    return await (await house.browser()).post("/api/auth/invitation/accept", json=body)


async def test_a_new_person_accepts_and_works_there(house: House, ada: Person) -> None:
    email = new_address()
    sent = await invite(ada, email, "admin")
    assert (sent.status_code, sent.json()["email"]) == (201, email)
    token = await house.token(email, "/invitation")
    mail = (await house.mails(email))[-1]
    assert "Ada Lovelace invites you" in mail["text"]
    browser = await house.browser()
    look = (await browser.post("/api/auth/invitation", json={"token": token})).json()
    assert (look["workspace"], look["role"], look["has_account"]) == ("Ada's clinic", "admin", False)
    page = await browser.get(f"/invitation?token={token}")
    assert "Invitation to Ada&#x27;s clinic" in page.text
    accepted = await browser.post("/invitation", data={"token": token, "name": "Grace", "password": PASSWORD})
    assert accepted.status_code == 303
    me = (await browser.get("/api/me")).json()
    assert (me["role"], me["member"]["name"], me["member"]["email"]) == ("admin", "Grace", email)
    assert (await house.sign_in(email)).status_code == 200
    assert (await accept(house, token)).status_code == 410
    assert (await ada.browser.get("/api/invitations")).json()["items"] == []


async def test_somebody_with_an_account_accepts_signed_in(house: House, ada: Person) -> None:
    bob = await house.person(workspace="Bob's")
    await invite(ada, bob.email)
    token = await house.token(bob.email, "/invitation")
    assert (await accept(house, token)).status_code == 401
    assert (await ada.browser.post("/api/auth/invitation/accept", json={"token": token})).status_code == 403
    page = (await ada.browser.get(f"/invitation?token={token}")).text
    assert f"you are signed in as {ada.email}" in page
    assert 'action="/auth/sign-out"' in page
    before = (await bob.me())["workspace"]["name"]
    assert (await bob.browser.post("/api/auth/invitation/accept", json={"token": token})).status_code == 200
    assert (before, (await bob.me())["workspace"]["name"]) == ("Bob's", "Ada's clinic")
    names = [each["name"] for each in (await bob.browser.get("/api/workspaces")).json()["items"]]
    assert names == ["Ada's clinic", "Bob's"]


async def test_two_who_accept_at_once_are_one_member(house: House, ada: Person) -> None:
    email = new_address()
    await invite(ada, email)
    token = await house.token(email, "/invitation")
    answers = await asyncio.gather(*(accept(house, token) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) in ([200, 401, 401], [200, 401, 410], [200, 410, 410])
    members = (await ada.browser.get("/api/members")).json()["items"]
    assert [member["email"] for member in members].count(email) == 1


async def test_an_invitation_taken_back_or_expired_or_replaced_says_so(house: House, ada: Person) -> None:
    email = new_address()
    invitation = (await invite(ada, email)).json()["id"]
    first = await house.token(email, "/invitation")
    assert (await invite(ada, email)).status_code == 409
    assert (await ada.browser.post(f"/api/invitations/{invitation}/resend")).json()["sent"] == 2
    replaced = await accept(house, first)
    assert (replaced.status_code, "replaced" in replaced.json()["detail"]) == (410, True)
    second = await house.token(email, "/invitation")
    workspace = (await ada.me())["workspace"]["id"]
    await house.rows(workspace, "UPDATE invitation SET expires_at = now() - interval '1 second' RETURNING id")
    assert "expired" in (await accept(house, second)).json()["detail"]
    assert (await invite(ada, email)).status_code == 201
    third = await house.token(email, "/invitation")
    assert (await ada.browser.delete(f"/api/invitations/{invitation}")).status_code == 204
    assert "taken back" in (await accept(house, third)).json()["detail"]
    assert (await ada.browser.delete(f"/api/invitations/{invitation}")).status_code == 409


async def test_what_others_sent_to_an_address_costs_only_the_mail(
    house: House, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dynaris.people import throttle

    monkeypatch.setattr(throttle, "INVITE_ADDRESS", throttle.Rate("mails of invitations to an address", 1, 86_400))
    monkeypatch.setattr(throttle, "INVITE_HERE", throttle.Rate("invitations of a workspace", 2, 86_400))
    email, bob = new_address(), await house.person()
    assert (await invite(bob, email)).json()["sent"] == 1
    unsent = (await invite(ada, email)).json()
    assert (unsent["sent"], len(await house.mails(email))) == (0, 1)
    again = f"/api/invitations/{unsent['id']}/resend"
    assert (await ada.browser.post(again)).json()["sent"] == 0
    assert (await ada.browser.post(again)).status_code == 429


async def test_who_works_here_is_not_invited(house: House, ada: Person) -> None:
    assert (await invite(ada, ada.email)).status_code == 409


@pytest.mark.parametrize(
    ("role", "gives", "status"), [("teammate", "teammate", 403), ("admin", "admin", 201), ("admin", "owner", 403)]
)
async def test_a_role_limits_whom_one_invites(house: House, ada: Person, role: str, gives: str, status: int) -> None:
    colleague = await house.invited(ada, role)
    assert (await invite(colleague, new_address(), gives)).status_code == status


async def test_another_workspaces_invitations_are_not_found(house: House, ada: Person) -> None:
    invitation = (await invite(ada, new_address())).json()["id"]
    bob = await house.person()
    assert (await bob.browser.delete(f"/api/invitations/{invitation}")).status_code == 404
    assert (await bob.browser.post(f"/api/invitations/{invitation}/resend")).status_code == 404
    assert (await bob.browser.get("/api/invitations")).json()["items"] == []


async def test_invitations_and_roles_are_in_the_audit_log_without_the_link(house: House, ada: Person) -> None:
    grace = await house.invited(ada)
    me = await ada.me()
    rows = await house.rows(me["workspace"]["id"], "SELECT actor, action, detail FROM audit_entry ORDER BY id")
    assert [row["action"] for row in rows] == ["workspace.created", "invitation.sent", "invitation.accepted"]
    assert rows[1]["detail"] == {"email": grace.email, "role": "teammate"}


async def member_id(person: Person) -> str:
    return (await person.me())["member"]["id"]


async def test_roles_are_changed_by_those_who_may(house: House, ada: Person) -> None:
    admin, grace = await house.invited(ada, "admin"), await house.invited(ada)
    path = f"/api/members/{await member_id(grace)}"
    assert (await grace.browser.patch(path, json={"role": "admin"})).status_code == 403
    assert (await admin.browser.patch(path, json={"role": "owner"})).status_code == 403
    assert (await admin.browser.patch(path, json={"role": "admin"})).json()["role"] == "admin"
    assert (await grace.me())["role"] == "admin"
    owner = f"/api/members/{await member_id(ada)}"
    assert (await admin.browser.patch(owner, json={"role": "teammate"})).status_code == 403
    assert (await admin.browser.delete(owner)).status_code == 403
    assert (await ada.browser.patch(path, json={"role": "owner"})).json()["role"] == "owner"
    assert (await grace.browser.patch(owner, json={"role": "teammate"})).status_code == 200


async def test_who_is_removed_is_out_at_once_and_may_come_back(house: House, ada: Person) -> None:
    grace = await house.invited(ada)
    path = f"/api/members/{await member_id(grace)}"
    assert (await ada.browser.delete(path)).status_code == 204
    assert (await grace.browser.get("/api/me")).status_code == 401
    assert (await ada.browser.delete(path)).status_code == 404
    assert (await invite(ada, grace.email, "admin")).status_code == 201
    token = await house.token(grace.email, "/invitation")
    browser = await house.browser()
    await browser.post("/api/auth/sign-in", json={"email": grace.email, "password": PASSWORD})
    assert (await browser.post("/api/auth/invitation/accept", json={"token": token})).status_code == 200
    assert (await browser.get("/api/me")).json()["role"] == "admin"


@pytest.mark.parametrize("how", ["removed", "demoted", "left"])
async def test_who_is_no_admin_any_more_leaves_no_way_back(house: House, ada: Person, how: str) -> None:
    admin = await house.invited(ada, "admin")
    own, path = new_address(), f"/api/members/{await member_id(admin)}"
    assert (await invite(admin, own, "admin")).status_code == 201
    token = await house.token(own, "/invitation")
    key = (await admin.browser.post("/api/api-keys", json={"name": "back door"})).json()
    program = await house.browser(authorization=f"Bearer {key['key']}")
    assert (await program.get("/api/me")).status_code == 200
    kept = (await ada.browser.post("/api/api-keys", json={"name": "kept"})).json()
    await invite(ada, other := new_address())
    if how == "demoted":
        await ada.browser.patch(path, json={"role": "teammate"})
    else:
        await (ada if how == "removed" else admin).browser.delete(path)
    assert (await program.get("/api/me")).status_code == 401
    assert (await accept(house, token)).status_code == 410
    left = (await ada.browser.get("/api/api-keys")).json()["items"]
    assert [(each["id"], each["created_by_name"]) for each in left] == [(kept["id"], "Ada Lovelace")]
    assert (await accept(house, await house.token(other, "/invitation"))).status_code == 200
    rows = await house.rows((await ada.me())["workspace"]["id"], "SELECT action FROM audit_entry")
    how_told = {"removed": "member.removed", "demoted": "member.role_changed", "left": "member.left"}[how]
    expected = {"api_key.created", how_told, "invitation.revoked", "api_key.revoked"}
    assert expected <= {row["action"] for row in rows}


async def test_an_owner_who_becomes_an_admin_takes_back_what_admins_may_not_give(house: House, ada: Person) -> None:
    grace = await house.invited(ada, "owner")
    await invite(grace, owner := new_address(), "owner")
    await invite(grace, teammate := new_address())
    await ada.browser.patch(f"/api/members/{await member_id(grace)}", json={"role": "admin"})
    assert (await accept(house, await house.token(owner, "/invitation"))).status_code == 410
    assert (await accept(house, await house.token(teammate, "/invitation"))).status_code == 200


async def test_an_invitation_by_who_is_removed_at_that_moment_lets_nobody_in(house: House, ada: Person) -> None:
    for _ in range(3):
        admin, email = await house.invited(ada, "admin"), new_address()
        path = f"/api/members/{await member_id(admin)}"
        await asyncio.gather(invite(admin, email, "admin"), ada.browser.delete(path))
        waiting = (await ada.browser.get("/api/invitations")).json()["items"]
        assert email not in {each["email"] for each in waiting}


async def test_the_last_owner_neither_leaves_nor_steps_down(house: House, ada: Person) -> None:
    path = f"/api/members/{await member_id(ada)}"
    assert (await ada.browser.patch(path, json={"role": "admin"})).status_code == 409
    assert (await ada.browser.delete(path)).status_code == 409
    grace = await house.invited(ada, "owner")
    assert (await ada.browser.delete(path)).status_code == 204
    assert (await grace.browser.delete(f"/api/members/{await member_id(grace)}")).status_code == 409


async def test_of_two_owners_who_step_down_at_once_one_stays(house: House, ada: Person) -> None:
    for _ in range(3):
        grace = await house.invited(ada, "owner")
        people = {await member_id(person): person for person in (ada, grace)}
        answers = await asyncio.gather(
            *(person.browser.patch(f"/api/members/{id}", json={"role": "admin"}) for id, person in people.items())
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        owners = [each for each in (await ada.browser.get("/api/members")).json()["items"] if each["role"] == "owner"]
        assert len(owners) == 1
        stayed = people[owners[0]["id"]]
        await stayed.browser.patch(f"/api/members/{await member_id(ada)}", json={"role": "owner"})
        if stayed is grace:
            await grace.browser.patch(f"/api/members/{await member_id(grace)}", json={"role": "admin"})


async def test_old_mails_of_the_installation_are_forgotten(house: House, ada: Person) -> None:
    """They hold links and addresses, and nobody needs them after a few days."""
    old = "01000000-0000-7000-8000-000000000001"
    async with house.db.workspace(SYSTEM) as connection:
        await connection.execute(
            """INSERT INTO outbox
                   (workspace_id, id, audience, channel, account_id, recipient, dedupe_key, content, status)
               SELECT workspace_id, %s, 'system', channel, id, 'x@y.example', %s, '{}', 'sent' FROM account
               WHERE workspace_id = %s""",
            (old, old, SYSTEM),
        )
    await invite(ada, new_address())
    assert await house.mails("x@y.example") == []


async def test_who_was_an_owner_when_the_request_came_and_is_none_now_changes_no_owner(
    house: House, ada: Person
) -> None:
    grace, eve = await house.invited(ada, "owner"), await house.invited(ada, "owner")
    workspace, gone = UUID((await ada.me())["workspace"]["id"]), UUID(await member_id(grace))
    late = Access(workspace, f"member:{gone}", gone, "owner")
    await ada.browser.patch(f"/api/members/{gone}", json={"role": "admin"})
    with pytest.raises(Forbidden):
        await members.change_role(house.db, late, UUID(await member_id(eve)), "teammate")
    with pytest.raises(Forbidden):
        await members.remove(house.db, late, UUID(await member_id(eve)))
    await ada.browser.delete(f"/api/members/{gone}")
    with pytest.raises(Forbidden):
        await members.remove(house.db, late, UUID(await member_id(eve)))
    assert (await eve.me())["role"] == "owner"


async def test_an_invitation_gives_no_other_role_to_who_works_there_already(house: House, ada: Person) -> None:
    """Of somebody whom the workspace knows by another spelling."""
    me = await ada.me()
    update = f"UPDATE member SET email = upper(email) WHERE id = '{me['member']['id']}' RETURNING id"
    await house.rows(me["workspace"]["id"], update)
    assert (await invite(ada, ada.email, "teammate")).status_code == 201
    body = {"token": await house.token(ada.email, "/invitation")}
    assert (await ada.browser.post("/api/auth/invitation/accept", json=body)).status_code == 409
    assert (await ada.me())["role"] == "owner"
