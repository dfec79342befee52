"""What a business says of itself: profile, signature, exceptions of its hours, languages, plan, public addresses."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from dynaris.core.addresses import addresses
from dynaris.core.db import Database
from dynaris.core.settings import Settings
from dynaris.workspaces.actions import NewWorkspace, create_sign_in_link
from dynaris.workspaces.signature import rendered
from tests.web import ADDRESS, client_of, new_key, web_app

PROFILE = {
    "legal_name": "Example Clinic GmbH",
    "description": "Physiotherapy in the old town.",
    "phone": "+49 30 1234567",
    "email": "hello@clinic.example",
    "website": "https://clinic.example",
    "postal_address": "Main Street 1\n10115 Berlin",
    "agent_name": "Robin",
}


@pytest.fixture
def app(db: Database, tmp_path: Path) -> FastAPI:
    return web_app(db, tmp_path)


@pytest.fixture
async def client(app: FastAPI, db: Database, workspace: NewWorkspace) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, authorization=f"Bearer {await new_key(db, workspace.id)}") as client:
        yield client


async def changed(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    response = await client.patch("/api/settings/workspace", json=changes)
    assert response.status_code == 200, response.text
    return response.json()


async def refused(client: httpx.AsyncClient, **changes: Any) -> str:
    response = await client.patch("/api/settings/workspace", json=changes)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_input")
    return response.text


async def test_the_signature_is_made_from_the_profile_until_one_is_written(client: httpx.AsyncClient) -> None:
    assert (await changed(client, profile={"agent_name": "Robin"}))["signature"] == ""
    derived = "Test clinic\n+49 30 1234567\nhttps://clinic.example\nMain Street 1\n10115 Berlin"
    assert (await changed(client, profile=PROFILE))["signature"] == derived
    written = {"signature": "{agent} for {business} ({legal_name})\n{phone}\n{email}\nSigned at {app}, see {docs}"}
    said = (await changed(client, profile=written))["signature"]
    assert said.startswith("Robin for Test clinic (Example Clinic GmbH)\n+49 30 1234567\nhello@clinic.example\n")
    assert said.endswith(f"Signed at {ADDRESS}, see {ADDRESS}/api/docs")
    assert (await changed(client, name="New name"))["signature"].startswith("Robin for New name")
    assert (await changed(client, profile={"phone": None}))["signature"].count("\n") == 2
    assert (await changed(client, profile={"signature": ""}))["signature"] == ""


async def test_an_unknown_placeholder_is_refused_with_those_there_are(client: httpx.AsyncClient) -> None:
    said = await refused(client, profile={"signature": "{bussines}"})
    assert "bussines" in said
    assert "{business}" in said


def test_braces_in_an_older_signature_stay_as_they_are() -> None:
    assert rendered("{what} {business}", {"business": "B"}) == "{what} B"


@pytest.mark.parametrize(
    "profile",
    [
        {"website": "clinic.example"},
        {"website": "javascript:alert(1)"},
        {"phone": "call us"},
        {"email": "nobody"},
        {"legal_name": "a\nb"},
        {"postal_address": "a\u0007"},
        {"description": "x" * 2_001},
    ],
    ids=str,
)
async def test_a_wrong_fact_is_refused(client: httpx.AsyncClient, profile: dict[str, Any]) -> None:
    assert f"profile.{next(iter(profile))}" in await refused(client, profile=profile)


async def test_exceptions_of_the_hours_are_kept_by_date_and_beside_the_week(client: httpx.AsyncClient) -> None:
    week = {"monday": ["08:00-18:00"]}
    closed = {"date": "2026-12-25", "hours": []}
    short = {"date": "2026-12-24", "hours": ["09:00-12:00"], "note": "Christmas Eve"}
    await changed(client, business_hours=week, hours_exceptions=[closed, short])
    after = await changed(client, business_hours={"monday": ["09:00-18:00"]})
    assert after["hours_exceptions"] == [short, closed]
    assert (await changed(client, hours_exceptions=[]))["hours_exceptions"] == []


@pytest.mark.parametrize(
    ("exceptions", "said"),
    [
        ([{"date": "2026-12-24", "hours": []}, {"date": "2026-12-24", "hours": ["09:00-12:00"]}], "twice"),
        ([{"date": "24.12.2026", "hours": []}], "date"),
        ([{"date": "2026-12-24", "hours": ["12:00-12:00"]}], "closes when it opens"),
        ([{"date": "2026-12-24"}], "hours"),
    ],
    ids=["one day twice", "no date", "no time", "no hours"],
)
async def test_a_wrong_exception_is_refused(client: httpx.AsyncClient, exceptions: Any, said: str) -> None:
    assert said in await refused(client, hours_exceptions=exceptions)


async def test_the_first_language_offered_is_the_default(client: httpx.AsyncClient) -> None:
    before = (await client.get("/api/settings/workspace")).json()
    assert (before["language"], before["languages"]) == ("en", ["en"])
    after = await changed(client, languages=["de", "en", "fr"])
    assert (after["language"], after["languages"]) == ("de", ["de", "en", "fr"])
    assert (await changed(client, language="fr"))["languages"] == ["fr", "en"]
    assert "twice" in await refused(client, languages=["de", "de"])
    assert "first" in await refused(client, languages=["de", "en"], language="en")
    await refused(client, languages=[])


async def test_the_plan_is_noted_by_an_owner_and_by_nobody_below(
    client: httpx.AsyncClient, app: FastAPI, db: Database, workspace: NewWorkspace
) -> None:
    response = await client.patch("/api/settings/workspace", json={"plan": "Business"})
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    token = await create_sign_in_link(db, workspace.id, person_id=workspace.owner_person_id)
    async with client_of(app, **{"sec-fetch-site": "same-origin"}) as owner:
        assert (await owner.post(f"/auth/link/{token}")).status_code == 303
        after = await changed(owner, plan="Business", credits_note="1000 a month,\nagreed on 1 June")
    assert (after["plan"], after["credits_note"]) == ("Business", "1000 a month,\nagreed on 1 June")


async def test_whom_agents_may_write_to_stays_out_of_the_audit_log(client: httpx.AsyncClient) -> None:
    await changed(client, profile={"trusted_recipients": ["lab@example.com"], "tone": "warm"})
    [entry] = (await client.get("/api/audit-log", params={"action": "settings."})).json()["items"]
    assert entry["detail"]["profile_changed"] == ["tone", "trusted_recipients"]
    assert entry["detail"]["after"]["profile"] == {"tone": "warm"}
    assert "lab@" not in str(entry)


def test_addresses_derive_from_the_public_one_unless_they_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    derived = addresses(Settings(public_url="https://d.example/"))
    assert (derived.app, derived.auth, derived.gateway) == ("https://d.example",) * 3
    assert derived.docs == "https://d.example/api/docs"
    monkeypatch.setenv("AI_BACKEND_URL", "https://in.example/")
    own = addresses(
        Settings(public_url="https://d.example", auth_url="https://d.example:8443", docs_url="https://docs.example/")
    )
    assert own.callback("/api/process-events") == "https://in.example/api/process-events"
    assert own.sign_in("auth/link/x") == "https://d.example:8443/auth/link/x"
    assert own.docs == "https://docs.example"


async def test_the_addresses_say_what_other_systems_call(client: httpx.AsyncClient) -> None:
    await client.post("/api/accounts", json={"channel": "generic", "address": "booking"})
    form = (await client.post("/api/accounts", json={"channel": "forms"})).json()
    shown = (await client.get("/api/settings/addresses")).json()
    assert shown["gateway"] == {
        "url": ADDRESS,
        "setting": "AI_BACKEND_URL",
        "used_for": "events, forms, widgets, vendors' webhooks",
    }
    urls = {one["account"]: one["url"] for one in shown["callbacks"]}
    assert urls == {
        "booking": f"{ADDRESS}/api/process-events",
        form["address"]: f"{ADDRESS}/forms/{form['address']}",
    }


async def test_hosts_and_what_holds_for_a_channel_are_told_in_words_when_they_are_wrong(
    client: httpx.AsyncClient,
) -> None:
    kept = {"link_hosts": ["Partner.Example"], "read_hosts": ["clinic.example"], "signatures": {"webchat": "{agent}"}}
    assert (await changed(client, profile=kept))["profile"]["link_hosts"] == ["partner.example"]
    assert "a host is like clinic.example" in await refused(client, profile={"link_hosts": ["https://x.example/a"]})
    assert "a host is like clinic.example" in await refused(client, profile={"read_hosts": ["localhost"]})
    assert "is no placeholder" in await refused(client, profile={"signatures": {"webchat": "{secret}"}})
    assert "a channel like webchat" in await refused(client, profile={"tones": {"Web Chat": "x"}})
