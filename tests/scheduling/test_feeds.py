"""Calendar feeds as programs read them: what they show, to whom, and until when."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from icalendar import Calendar

from dynaris.core import clock
from dynaris.scheduling.actions import cancel
from tests.scheduling.conftest import Clinic, at
from tests.web import client_of, new_key


@pytest.fixture
async def api(clinic: Clinic, app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    key = await new_key(clinic.db, clinic.id)
    with clock.stopped_at(clinic.now):
        async with client_of(app, authorization=f"Bearer {key}") as client:
            yield client


async def feed(api: httpx.AsyncClient, **body: object) -> str:
    made = await api.post("/api/calendar/feeds", json=body)
    assert made.status_code == 201, made.text
    return "/calendar/" + made.json()["url"].rpartition("/")[2]


async def events(api: httpx.AsyncClient, path: str) -> list[str]:
    answer = await api.get(path, headers={"authorization": ""})
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return [str(event["summary"]) for event in Calendar.from_ical(answer.content).walk("VEVENT")]


async def test_a_feed_shows_as_much_as_it_was_made_for(api: httpx.AsyncClient, clinic: Clinic) -> None:
    contact_id = await clinic.contact("Ada")
    await clinic.taken("Massage", at(24, 10), staff="Anna", contact_id=contact_id, note="Left knee")
    await clinic.taken("Massage", at(24, 10), staff="Tom", contact_id=contact_id)
    gone = await clinic.taken("Massage", at(25, 10), staff="Tom", contact_id=contact_id)
    await clinic.do(cancel, gone)
    await clinic.held("Massage", at(26, 10), staff="Tom", contact_id=contact_id)
    anna = str(clinic.people["Anna"])
    assert await events(api, await feed(api, staff_id=anna, shows="busy")) == ["Busy"]
    assert await events(api, await feed(api, staff_id=anna)) == ["Massage"]
    assert await events(api, await feed(api, shows="contact")) == ["Massage · Ada · Anna", "Massage · Ada · Tom"]
    plain = (await api.get(await feed(api, shows="service"))).text
    assert "Ada" not in plain
    assert "knee" not in plain


async def test_what_a_client_typed_is_no_link_in_a_feed(api: httpx.AsyncClient, clinic: Clinic) -> None:
    await clinic.taken("Massage", at(24, 10), contact_id=await clinic.contact("www.evil.example"), note="see evil.com")
    shown = (await api.get(await feed(api, shows="contact"))).text
    assert "www[.]evil[.]example" in shown
    assert "see evil[.]com" in shown


async def test_what_has_not_changed_is_not_sent_again(api: httpx.AsyncClient, clinic: Clinic) -> None:
    path = await feed(api)
    await clinic.taken("Massage", at(24, 10))
    first = await api.get(path)
    again = await api.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await clinic.taken("Massage", at(24, 12))
    changed = await api.get(path, headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200


async def test_a_new_address_ends_the_old_one_and_a_removed_feed_ends_too(
    api: httpx.AsyncClient, clinic: Clinic
) -> None:
    old = await feed(api)
    [listed] = (await api.get("/api/calendar/feeds")).json()["items"]
    assert "url" not in listed
    rotated = await api.post(f"/api/calendar/feeds/{listed['id']}/rotate")
    new = "/calendar/" + rotated.json()["url"].rpartition("/")[2]
    assert [(await api.get(path)).status_code for path in (old, new)] == [404, 200]
    assert (await api.get("/api/calendar/feeds")).json()["items"][0]["last_read_at"]
    assert (await api.delete(f"/api/calendar/feeds/{listed['id']}")).status_code == 204
    assert (await api.get(new)).status_code == 404
    [row] = await clinic.rows("SELECT count(*) AS n FROM calendar_feed WHERE workspace_id = %(ws)s")
    assert row["n"] == 0


@pytest.mark.parametrize("token", ["x", "A" * 56, "%00", "A" * 500, "..%2f..%2fetc", "ä" * 20])
async def test_a_made_up_address_leads_nowhere(api: httpx.AsyncClient, token: str) -> None:
    assert (await api.get(f"/calendar/{token}.ics")).status_code in (400, 404)


async def test_booking_settings_are_changed_one_by_one_and_checked(api: httpx.AsyncClient) -> None:
    changed = await api.patch("/api/settings/booking", json={"page": True, "reminders": [60, 1440, 60]})
    assert changed.json()["reminders"] == [1440, 60]
    changed = await api.patch("/api/settings/booking", json={"quiet_hours": None})
    assert (changed.json()["page"], changed.json()["quiet_hours"]) == (True, None)
    for wrong in (
        {"reminders": [5]},
        {"embed_on": ["*"]},
        {"embed_on": ["https://a.example; script-src *"]},
        {"quiet_hours": {"since": "25:00"}},
        {"declined": "ignore"},
        {"more": 1},
    ):
        assert (await api.patch("/api/settings/booking", json=wrong)).status_code == 422, wrong
