"""Staff visit a workspace for a while, with a reason; its audit log tells what they saw and changed."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.core import clock
from dynaris.people.mail import SYSTEM
from dynaris.people.staff import set_staff
from dynaris.workspaces.cookies import SESSION_COOKIE
from dynaris.workspaces.visits import MAY_CHANGE, SAFE_METHODS, TAKES_OUT
from tests.people.conftest import House, Person, new_address


@pytest.fixture
async def sam(house: House) -> Person:
    """Staff with two-step sign-in."""
    person = await house.person(name="Sam Staff", workspace="Support")
    await set_staff(house.db, person.email, True)
    await person.totp()
    return person


async def enter(sam: Person, workspace_id: str) -> Any:
    return await sam.browser.post(
        "/api/staff/enter", json={"workspace_id": workspace_id, "reason": "ticket 81: mails do not arrive"}
    )


async def audit(house: House, workspace_id: str) -> list[dict[str, Any]]:
    return await house.rows(
        workspace_id, "SELECT actor, action, detail FROM audit_entry WHERE actor LIKE 'staff:%' ORDER BY id"
    )


async def test_only_staff_with_two_steps_find_and_enter_workspaces(house: House, ada: Person) -> None:
    workspace = (await ada.me())["workspace"]["id"]
    plain = await house.person()
    assert (await plain.browser.get("/api/staff/workspaces")).status_code == 403
    assert (await enter(plain, workspace)).status_code == 403
    await set_staff(house.db, plain.email, True)
    refused = await enter(plain, workspace)
    assert (refused.status_code, "two-step" in refused.json()["detail"]) == (403, True)
    await plain.totp()
    assert (await enter(plain, workspace)).status_code == 200


async def test_a_visit_is_seen_by_the_owner(house: House, ada: Person, sam: Person) -> None:
    workspace = (await ada.me())["workspace"]["id"]
    found = (await sam.browser.get("/api/staff/workspaces", params={"search": workspace})).json()["items"]
    assert [(each["id"], each["members"]) for each in found] == [(workspace, 1)]
    before = sam.browser.cookies[SESSION_COOKIE]
    entered = await enter(sam, workspace)
    assert entered.json()["workspace_id"] == workspace
    assert sam.browser.cookies[SESSION_COOKIE] != before
    me = await sam.me()
    assert (me["workspace"]["id"], me["role"], me["member"]) == (workspace, "admin", None)
    assert me["actor"].startswith("staff:")
    for _ in range(3):
        await sam.browser.get("/api/members")
    assert (await sam.browser.get("/")).status_code != 303  # a screen of the workspace
    await sam.browser.patch("/api/settings/workspace", json={"name": "Renamed by staff"})
    assert (await sam.browser.post("/api/staff/leave")).status_code == 204
    assert (await sam.me())["workspace"]["name"] == "Support"
    rows = await audit(house, workspace)
    assert [(row["action"], row["detail"].get("path")) for row in rows] == [
        ("staff.entered", None),
        ("staff.looked", "/api/me"),
        ("staff.looked", "/api/members"),
        ("staff.looked", "/"),
        ("staff.changed", "/api/settings/workspace"),
        ("settings.changed", None),
        ("staff.left", None),
    ]
    assert rows[0]["detail"]["reason"] == "ticket 81: mails do not arrive"
    assert rows[0]["detail"]["email"] == sam.email
    assert {row["actor"] for row in rows} == {me["actor"]}


async def test_what_is_refused_to_staff_is_in_the_log_too(house: House, ada: Person, sam: Person) -> None:
    workspace = (await ada.me())["workspace"]["id"]
    member = (await ada.me())["member"]["id"]
    await enter(sam, workspace)
    for method, path, body in (
        ("POST", "/api/invitations", {"email": new_address()}),
        ("POST", "/api/api-keys", {"name": "for later"}),
        ("PATCH", f"/api/members/{member}", {"role": "teammate"}),
        ("DELETE", f"/api/members/{member}", None),
    ):
        assert (await sam.browser.request(method, path, json=body)).status_code == 403, path
    actions = [row["action"] for row in await audit(house, workspace)]
    assert actions == ["staff.entered", *["staff.changed"] * 4]
    assert [row["detail"].get("status") for row in await audit(house, workspace)][1:] == [403] * 4


async def test_an_entry_says_who_of_the_staff_and_what_was_answered(house: House, ada: Person, sam: Person) -> None:
    from dynaris.workspaces.audit import AuditFilter, entries

    workspace = UUID((await ada.me())["workspace"]["id"])
    await enter(sam, str(workspace))
    await sam.browser.patch("/api/settings/workspace", json={"plan": "trial"})
    await sam.browser.patch("/api/settings/workspace", json={"timezone": "Nowhere"})
    async with house.db.workspace(workspace) as connection:
        found = await entries(connection, workspace, AuditFilter(action="staff.changed"), before=None, limit=9)
    assert [row["detail"]["status"] for row in found] == [422, 200]
    assert {row["actor_name"] for row in found} == {"staff Sam Staff"}


# What belongs to the person, or to nobody; none of it acts in the visited workspace.
_NO_ACCESS = ("/api/auth/", "/api/staff/", "/api/workspaces", "/api/session/", "/api/chat-widget/")


async def on_a_visit(house: House, ada: Person) -> Person:
    """To Ada's workspace, with all routes of the product."""
    house.app = create_app(house.services, Host(house.services))
    sam = await house.person(name="Sam Staff")
    await set_staff(house.db, sam.email, True)
    await sam.totp()
    await enter(sam, (await ada.me())["workspace"]["id"])
    return sam


async def test_a_visit_changes_only_what_the_list_says(house: House, ada: Person) -> None:
    """Over every route of the product."""
    sam = await on_a_visit(house, ada)
    routes = {
        f"{method.upper()} {path}"
        for path, methods in house.app.openapi()["paths"].items()
        for method in methods
        if method.upper() not in SAFE_METHODS and path.startswith("/api/") and not path.startswith(_NO_ACCESS)
    }
    assert routes > MAY_CHANGE
    for route in sorted(routes - MAY_CHANGE):
        method, path = route.split(" ")
        answer = await sam.browser.request(method, re.sub(r"{\w+}", str(SYSTEM), path), json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), route
    trusting = {"profile": {"trusted_recipients": [sam.email]}}
    assert (await sam.browser.patch("/api/settings/workspace", json=trusting)).status_code == 403


async def test_a_visit_takes_nothing_out_as_a_whole(house: House, ada: Person) -> None:
    """Every route whose answer is a file; an attachment is looked at, one by one."""
    sam = await on_a_visit(house, ada)
    files = {
        f"GET {path}"
        for path, methods in house.app.openapi()["paths"].items()
        if path.startswith("/api/") and {"text/csv", "application/zip"} & _kinds(methods.get("get"))
    }
    assert files == TAKES_OUT
    for route in sorted(files):
        answer = await sam.browser.get(re.sub(r"{\w+}", str(SYSTEM), route.removeprefix("GET ")))
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), route
    assert (await sam.browser.get("/api/audit-log")).status_code == 200
    noted = await audit(house, (await ada.me())["workspace"]["id"])
    assert [row["detail"]["status"] for row in noted if row["action"] == "staff.looked"] == [*[403] * len(files), 200]


def _kinds(operation: dict[str, Any] | None) -> set[str]:
    return set((operation or {"responses": {}})["responses"].get("200", {}).get("content", {}))


async def test_a_visit_ends_after_an_hour(house: House, ada: Person, sam: Person) -> None:
    workspace = (await ada.me())["workspace"]["id"]
    await enter(sam, workspace)
    now = clock.now()
    clock.set_source(lambda: now + timedelta(minutes=61))
    try:
        refused = await sam.browser.get("/api/me")
    finally:
        clock.set_source(None)
    assert (refused.status_code, "visit has ended" in refused.json()["detail"]) == (401, True)


async def test_who_is_staff_no_more_is_out_at_once(house: House, ada: Person, sam: Person) -> None:
    await enter(sam, (await ada.me())["workspace"]["id"])
    await set_staff(house.db, sam.email, False)
    assert (await sam.browser.get("/api/me")).status_code == 401


async def test_a_visit_is_to_one_workspace(house: House, ada: Person, sam: Person) -> None:
    mine = (await sam.me())["workspace"]["id"]
    workspace = (await ada.me())["workspace"]["id"]
    await enter(sam, workspace)
    assert (await enter(sam, mine)).status_code == 409
    assert (await sam.browser.get("/api/me", headers={"X-Dynaris-Workspace": mine})).status_code == 404
    assert (await sam.browser.post("/api/session/workspace", json={"workspace_id": mine})).status_code == 409
    assert (await sam.browser.post("/api/workspaces", json={"name": "n"})).status_code == 409


async def test_nobody_visits_what_is_not_there(sam: Person) -> None:
    assert (await enter(sam, str(SYSTEM))).status_code == 404
    assert (await enter(sam, "01a00000-0000-7000-8000-000000000009")).status_code == 404
    short = {"workspace_id": str(SYSTEM), "reason": "x"}
    assert (await sam.browser.post("/api/staff/enter", json=short)).status_code == 422
    found = (await sam.browser.get("/api/staff/workspaces", params={"search": "system"})).json()["items"]
    assert str(SYSTEM) not in {each["id"] for each in found}


async def test_staff_on_a_visit_is_a_member_of_nothing_for_an_instant(house: House, ada: Person, sam: Person) -> None:
    """A token from before the visit is worthless, so two browsers cannot be mistaken for each other."""
    before = sam.browser.cookies[SESSION_COOKIE]
    await enter(sam, (await ada.me())["workspace"]["id"])
    other = await house.browser()
    other.cookies.set(SESSION_COOKIE, before)
    assert (await other.get("/api/me")).status_code == 401
