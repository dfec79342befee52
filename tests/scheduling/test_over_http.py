"""Services, calendars, free slots and bookings over HTTP, and what a booking leaves with its contact."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from dynaris.contacts import routes as contacts
from dynaris.contacts.merge import perform, undo
from dynaris.conversations import routes as conversations
from dynaris.core import clock
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.privacy.places import PLACES
from dynaris.scheduling import calendar_routes, catalogue_routes, routes
from tests.scheduling.conftest import MONDAY, WEEK, Clinic, at, new_clinic
from tests.web import client_of, new_key, web_app


@pytest.fixture
async def api(db: Database, tmp_path: Path) -> AsyncIterator["Desk"]:
    clinic = await new_clinic(db)
    app = web_app(
        db, tmp_path, [each.router for each in (routes, catalogue_routes, calendar_routes, conversations, contacts)]
    )
    clock.set_source(lambda: clinic.now)
    async with client_of(app, authorization=f"Bearer {await new_key(db, clinic.id)}") as client:
        yield Desk(clinic, client)
    clock.set_source(None)


class Desk:
    def __init__(self, clinic: Clinic, client: httpx.AsyncClient) -> None:
        self.clinic, self.client = clinic, client

    async def ask(self, method: str, path: str, status: int = 200, **body: Any) -> Any:
        answer = await self.client.request(method, f"/api{path}", json=body or None)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def opened(self) -> dict[str, Any]:
        """Two people and a service, and the body of a booking."""
        for name in ("Anna", "Tom"):
            await self.ask("POST", "/calendar/people", 201, name=name)
        service = await self.ask(
            "POST", "/services", 201, name="Massage", duration_minutes=60, price="69", currency="EUR"
        )
        ada = await self.clinic.contact()
        return {"service_id": service["id"], "contact_id": str(ada), "starts_at": at(24, 10).isoformat()}


async def test_a_service_and_its_people_are_set_up_and_changed(api: Desk) -> None:
    anna = await api.ask("POST", "/calendar/people", 201, name="Anna", timezone="Asia/Kolkata", hours=WEEK)
    service = await api.ask("POST", "/services", 201, name="Massage", duration_minutes=60, price="69.5", currency="EUR")
    assert (service["price"], service["staff_ids"]) == ("69.50", [anna["id"]])
    tom = await api.ask("POST", "/calendar/people", 201, name="Tom", service_ids=[])
    assert tom["service_ids"] == []
    changed = await api.ask("PATCH", f"/services/{service['id']}", staff_ids=[tom["id"]], description="Hot stones")
    assert (changed["staff_ids"], changed["duration_minutes"], changed["price"]) == ([tom["id"]], 60, "69.50")
    off = [{"date": "2026-12-24", "hours": [], "note": "Off"}]
    changed = await api.ask("PATCH", f"/calendar/people/{tom['id']}", exceptions=off, hours=None)
    assert (changed["exceptions"], changed["hours"]) == (off, None)
    await api.ask("POST", "/services", 409, name="massage", duration_minutes=30)
    await api.ask("POST", "/services", 422, name="Laser", duration_minutes=30, price="3")
    await api.ask("PATCH", f"/services/{service['id']}", 404, staff_ids=[str(new_id())])
    await api.ask("PATCH", f"/services/{service['id']}", enabled=False)
    assert (await api.ask("GET", "/services"))["items"] == []
    assert len((await api.ask("GET", "/services?all=true"))["items"]) == 1
    await api.ask("DELETE", f"/services/{service['id']}", 204)
    await api.ask("DELETE", f"/calendar/people/{anna['id']}", 204)


async def test_free_slots_are_asked_for_and_one_is_booked(api: Desk) -> None:
    body = await api.opened()
    asked = httpx.QueryParams({"service_id": body["service_id"], "from": at(24, 0).isoformat(), "limit": 500})
    slots = (await api.ask("GET", f"/availability?{asked}"))["items"]
    tuesday = [slot for slot in slots if slot["starts_at"].startswith("2026-11-24")]
    assert (len(tuesday), tuesday[0]["starts_at"]) == (37, "2026-11-24T07:00:00Z")
    booked = await api.ask("POST", "/bookings", 201, **body)
    assert (booked["status"], booked["price"], booked["timezone"]) == ("confirmed", "69.00", "Europe/Berlin")
    await api.ask("DELETE", f"/services/{body['service_id']}", 409)
    moved = await api.ask("POST", f"/bookings/{booked['id']}/reschedule", starts_at=at(25, 10).isoformat())
    assert moved["sequence"] == 1
    await api.ask("POST", f"/bookings/{booked['id']}/complete", 409)
    cancelled = await api.ask("POST", f"/bookings/{booked['id']}/cancel", reason="ill")
    assert (cancelled["status"], cancelled["reason"]) == ("cancelled", "ill")
    whole = await api.ask("GET", f"/bookings/{booked['id']}")
    assert [change["what"] for change in whole["changes"] if change["what"] != "not_told"] == [
        *("confirmed", "rescheduled", "cancelled")
    ]


async def test_fifty_requests_for_one_time_are_answered_201_once_and_409_otherwise(api: Desk) -> None:
    body = await api.opened()
    people = (await api.ask("GET", "/calendar/people"))["items"]
    body["staff_id"] = people[0]["id"]
    answers = await asyncio.gather(*(api.client.post("/api/bookings", json=body) for _ in range(50)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 49}
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "slot_taken"
    assert "2026-11-24 10:00 Europe/Berlin" in refused.json()["detail"]


async def test_the_same_request_again_is_answered_with_the_same_booking(api: Desk) -> None:
    body = await api.opened()
    key = {"Idempotency-Key": "order-17"}
    answers = [await api.client.post("/api/bookings", json=body, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert (await api.ask("POST", "/bookings", 201, **body, key="order-17"))["id"] == answers[0].json()["id"]


async def test_a_hold_over_http_is_confirmed_or_given_back(api: Desk) -> None:
    body = await api.opened()
    held = await api.ask("POST", "/bookings", 201, **body, hold_minutes=5)
    assert (held["status"], held["held_until"]) == ("held", "2026-11-23T09:05:00Z")
    assert (await api.ask("POST", f"/bookings/{held['id']}/confirm"))["status"] == "confirmed"
    other = await api.ask("POST", "/bookings", 201, **body, hold_minutes=5)
    assert (await api.ask("POST", f"/bookings/{other['id']}/cancel"))["status"] == "cancelled"


async def test_bookings_are_listed_by_time_and_by_filter_in_pages(api: Desk) -> None:
    body = await api.opened()
    for hour in (12, 9, 15):
        await api.ask("POST", "/bookings", 201, **{**body, "starts_at": at(24, hour).isoformat()})
    first = await api.ask("GET", "/bookings?limit=2")
    rest = await api.ask("GET", f"/bookings?limit=2&cursor={first['next_cursor']}")
    found = [one["starts_at"] for one in first["items"] + rest["items"]]
    assert found == sorted(found)
    assert len(found) == 3
    for query, count in (
        (f"service_id={body['service_id']}", 3),
        (f"contact_id={new_id()}", 0),
        ("status=confirmed", 3),
        ("status=cancelled", 0),
        (f"from={at(24, 10).isoformat().replace('+', '%2B')}", 2),
        (f"until={at(24, 12).isoformat().replace('+', '%2B')}", 1),
        (f"staff_id={first['items'][0]['staff_id']}", 1),
    ):
        assert len((await api.ask("GET", f"/bookings?{query}"))["items"]) == count, query


@pytest.mark.parametrize(
    "wrong",
    [
        {"starts_at": "2026-11-24T10:00:00"},
        {"starts_at": "9999-12-31T23:59:59Z"},
        {"starts_at": "0001-01-01T00:00:00Z"},
        {"timezone": "Mars"},
        {"hold_minutes": 0},
        {"key": ""},
        {"note": "\x00"},
    ],
)
async def test_what_makes_no_sense_is_refused_with_a_reason(api: Desk, wrong: dict[str, Any]) -> None:
    answer = await api.client.post("/api/bookings", json={**await api.opened(), **wrong})
    assert answer.status_code in (400, 422), answer.text


async def test_a_contacts_timeline_tells_what_became_of_an_appointment(api: Desk) -> None:
    body = await api.opened()
    booked = await api.ask("POST", "/bookings", 201, **body, note="first time")
    await api.ask("POST", f"/bookings/{booked['id']}/reschedule", starts_at=at(25, 11).isoformat())
    await api.ask("POST", f"/bookings/{booked['id']}/cancel", reason="ill")
    items = (await api.ask("GET", f"/contacts/{body['contact_id']}/timeline"))["items"]
    texts = [item["text"] for item in items if item["kind"] == "booking" and item["data"]["what"] != "not_told"]
    assert texts == [
        f"Cancelled: Massage with {booked['staff']}, Wednesday, 25 November 2026, 11:00 (Europe/Berlin). ill",
        f"Moved to: Massage with {booked['staff']}, Wednesday, 25 November 2026, 11:00 (Europe/Berlin)",
        f"Booked: Massage with {booked['staff']}, Tuesday, 24 November 2026, 10:00 (Europe/Berlin)",
    ]


async def test_bookings_move_with_a_merged_contact_and_come_back(clinic: Clinic) -> None:
    keep, drop = await clinic.contact(), await clinic.contact()
    booked = await clinic.taken("Massage", at(24, 10), contact_id=drop)
    async with clinic.db.workspace(clinic.id) as connection:
        merge = await perform(connection, clinic.id, keep, drop, reason="same", by="system")
    assert (await clinic.booking(booked)).contact_id == keep
    again = await clinic.taken("Massage", at(24, 12), contact_id=drop)
    assert again.contact_id == keep, "who asks for the contact that was is answered with the one that is"
    async with clinic.db.workspace(clinic.id) as connection:
        await undo(connection, clinic.id, merge.id, by="system")
    assert (await clinic.booking(booked)).contact_id == drop
    assert (await clinic.booking(again)).contact_id == keep


async def test_an_erased_persons_appointment_to_come_is_off_and_names_nobody(clinic: Clinic) -> None:
    ada = await clinic.contact()
    coming = clock.now() + timedelta(days=2)
    clinic.now = clock.now()
    future = await clinic.taken("Massage", coming, contact_id=ada, note="Ada's knee", overrule=True)
    past = await clinic.taken("Massage", MONDAY - timedelta(days=700), contact_id=ada, overrule=True, note="knee")
    [place] = [place for place in PLACES if place.table == "booking"]
    assert isinstance(place.erase, dict)
    changes = ", ".join(f"{name} = {value}" for name, value in place.erase.items())
    await clinic.rows(f"UPDATE booking SET {changes} WHERE workspace_id = %(ws)s AND {place.rows}", contacts=[ada])
    off, was = await clinic.booking(future), await clinic.booking(past)
    assert (off.status, off.note) == ("cancelled", "")
    assert (was.status, was.note, was.price) == ("confirmed", "", past.price)


async def test_a_calendar_shows_when_everybody_works_and_what_is_booked_of_several_states(api: Desk) -> None:
    body = await api.opened()
    people = (await api.ask("GET", "/calendar/people"))["items"]
    off = [{"date": "2026-11-24", "hours": []}]
    await api.ask("PATCH", f"/calendar/people/{people[1]['id']}", exceptions=off)
    await api.ask("PATCH", f"/calendar/people/{people[0]['id']}", hours={"tuesday": ["22:00-24:00"]}, timezone="UTC")
    day = {"from": at(24, 0).isoformat(), "until": at(25, 0).isoformat()}
    work = (await api.ask("GET", f"/calendar/hours?{httpx.QueryParams(day)}"))["items"]
    assert [one["staff_id"] for one in work] == [person["id"] for person in people]
    assert [[span["starts_at"], span["ends_at"]] for span in work[0]["spans"]] == [
        ["2026-11-24T22:00:00Z", "2026-11-24T23:00:00Z"]  # cut where the day ends, which is in Berlin
    ]
    assert work[1]["spans"] == []
    await api.ask("GET", f"/calendar/hours?{httpx.QueryParams({**day, 'until': at(23, 0).isoformat()})}", 422)

    await api.ask("PATCH", f"/calendar/people/{people[0]['id']}", hours=None, timezone=None)
    ids = []
    for hour in (10, 12, 14):
        booked = await api.ask("POST", "/bookings", 201, **{**body, "starts_at": at(24, hour).isoformat()})
        ids.append(booked["id"])
    await api.ask("POST", f"/bookings/{ids[1]}/cancel")
    several = (await api.ask("GET", "/bookings?status=confirmed&status=cancelled"))["items"]
    assert [one["id"] for one in several] == ids
    first = await api.ask("GET", "/bookings?order=latest&limit=2")
    second = await api.ask("GET", f"/bookings?order=latest&limit=2&cursor={first['next_cursor']}")
    assert [one["id"] for one in first["items"] + second["items"]] == ids[::-1]
