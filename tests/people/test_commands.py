"""What an operator does for people who cannot help themselves, from the command line."""

import asyncio
from typing import Any

import pytest
from typer.testing import CliRunner

from dynaris.app import cli
from dynaris.core.ids import new_id
from tests.people.conftest import OTHER_PASSWORD, House, Person, new_address


@pytest.fixture
def run(house: House, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A command in this house's services, in a loop of the test's own."""
    from dynaris.app.commands import people

    kept: list[Any] = []
    monkeypatch.setattr(people, "with_services", lambda _home, body: kept.append(body))

    async def command(*words: str) -> str:
        invoked = await asyncio.to_thread(CliRunner().invoke, cli.app, list(words), catch_exceptions=False)
        assert invoked.exit_code == 0, invoked.output
        said: list[str] = []
        monkeypatch.setattr(people.typer, "echo", said.append)
        await kept.pop()(house.services)
        return "\n".join(said)

    return command


async def test_a_workspace_is_made_for_an_owner_who_then_signs_in_by_link(house: House, run: Any) -> None:
    slug, email = f"w-{new_id().hex}", new_address()
    link = await run("workspace", "create", "--slug", slug, "--name", "Made", "--owner-email", email.upper())
    browser = await house.browser()
    await browser.post(link.removeprefix("http://dynaris.test"))
    me = (await browser.get("/api/me")).json()
    assert (me["workspace"]["slug"], me["role"], me["member"]["email"]) == (slug, "owner", email)


async def test_a_reset_link_is_printed_and_proves_no_address(house: House, ada: Person, run: Any) -> None:
    link = await run("person", "password", ada.email)
    browser = await house.browser()
    page = await browser.get(link.removeprefix("http://dynaris.test"))
    assert "New password" in page.text
    token = link.partition("token=")[2]
    assert (await browser.post("/reset", data={"token": token, "password": OTHER_PASSWORD})).status_code == 200
    assert (await house.sign_in(ada.email, OTHER_PASSWORD)).status_code == 200


async def test_staff_are_named_listed_and_removed(house: House, ada: Person, run: Any) -> None:
    await run("staff", "add", ada.email)
    assert f"{ada.email}  Ada Lovelace  (two-step sign-in is off)" in await run("staff", "list")
    assert (await ada.browser.get("/api/auth/account")).json()["staff"] is True
    await run("staff", "remove", ada.email)
    assert ada.email not in await run("staff", "list")


async def test_a_lost_second_step_is_switched_off_and_sessions_end(house: House, ada: Person, run: Any) -> None:
    await ada.totp()
    assert (await house.sign_in(ada.email)).json() == {"totp_required": True}
    await run("person", "second-step-off", ada.email)
    assert (await ada.browser.get("/api/me")).status_code == 401
    assert (await house.sign_in(ada.email)).json() == {"totp_required": False}
