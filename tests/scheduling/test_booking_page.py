"""The public booking page, as a browser without scripts goes through it."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from dynaris.core import clock
from dynaris.core.colours import LEGIBLE, contrast, rgb_of
from dynaris.core.look import source_of
from dynaris.core.pace import Pace
from dynaris.pipeline.services import Services
from dynaris.sandbox.process import RunningSandbox
from dynaris.scheduling import links
from dynaris.scheduling.booking_page import asking, taking
from tests.scheduling.conftest import Clinic, at, new_clinic
from tests.scheduling.mailed import Post, calendar_of, event_of, posted
from tests.web import client_of

ADA = {"name": "Ada Lovelace", "email": "Ada@Example.com", "phone": "030 901820", "note": "Left knee"}


@pytest.fixture
async def post(
    clinic: Clinic, services: Services, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Post]:
    await clinic.set(booking={"page": True})
    monkeypatch.setattr(asking, "_pace", Pace(asking.WINDOW_SECONDS))  # all tests come from one network
    with clock.stopped_at(clinic.now):
        async with posted(clinic, services, sandbox) as post:
            yield post


@pytest.fixture
async def visitor(post: Post, app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    assert post.services is app.state.services
    async with client_of(app, **{"content-type": "application/x-www-form-urlencoded"}) as client:
        yield client


async def page_of(clinic: Clinic) -> str:
    [row] = await clinic.rows("SELECT slug FROM workspace WHERE id = %(ws)s")
    return f"/book/{row['slug']}"


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


async def keep(visitor: httpx.AsyncClient, clinic: Clinic, starts_at: str = "2026-11-24T09:00:00Z", **more: str) -> str:
    """The address of the page that asks for details."""
    path = f"{await page_of(clinic)}/{clinic.services['Massage']}"
    page = (await visitor.get(path)).text
    answer = await visitor.post(path, data={**hidden(page), "starts_at": starts_at, **more})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def book(visitor: httpx.AsyncClient, clinic: Clinic, starts_at: str = "2026-11-24T09:00:00Z") -> str:
    """The booking's private address."""
    answer = await visitor.post(await keep(visitor, clinic, starts_at), data=ADA)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def bookings(clinic: Clinic) -> list[dict[str, Any]]:
    return await clinic.rows("SELECT * FROM booking WHERE workspace_id = %(ws)s ORDER BY id")


async def test_somebody_books_moves_and_cancels_on_the_page(post: Post, visitor: httpx.AsyncClient) -> None:
    clinic = post.clinic
    start = await visitor.get(await page_of(clinic))
    assert "Massage" in start.text
    assert "69.00 EUR" in start.text
    times = await visitor.get(f"{await page_of(clinic)}/{clinic.services['Massage']}?day=2026-11-24")
    assert 'value="2026-11-24T09:00:00Z">10:00<' in times.text
    details = await keep(visitor, clinic)
    form = await visitor.get(details)
    assert "This time is kept for you until 10:10." in form.text
    [held] = await bookings(clinic)
    assert held["status"] == "held"
    yours = (await visitor.post(details, data=ADA)).headers["location"]
    shown = await visitor.get(yours)
    assert "Your appointment is booked" in shown.text
    assert "ad…@example.com" in shown.text
    [booked] = await bookings(clinic)
    assert (booked["status"], booked["note"]) == ("confirmed", "Left knee")
    [mail] = await post.read("ada@example.com")
    assert (str(calendar_of(mail)["method"]), event_of(mail)["sequence"]) == ("REQUEST", 0)
    [link] = re.findall(r"https://dynaris.example(/\S+)", mail.get_body(("plain",)).get_content())
    assert link == yours

    moved = await visitor.get(f"{link}/move?day=2026-11-25")
    assert 'value="2026-11-25T13:00:00Z">14:00<' in moved.text
    answer = await visitor.post(f"{link}/move", data={"starts_at": "2026-11-25T13:00:00Z"})
    assert answer.headers["location"] == yours
    [_, update] = await post.read("ada@example.com")
    assert (event_of(update)["sequence"], event_of(update)["dtstart"].dt) == (1, at(25, 14))

    assert (await visitor.get(f"{link}/cancel")).status_code == 200
    assert (await bookings(clinic))[0]["status"] == "confirmed"  # a link that is only opened changes nothing
    await visitor.post(f"{link}/cancel")
    await visitor.post(f"{link}/cancel")
    [_, _, ended] = await post.read("ada@example.com")
    assert (str(calendar_of(ended)["method"]), event_of(ended)["sequence"]) == ("CANCEL", 2)
    assert "This appointment is cancelled" in (await visitor.get(yours)).text
    told = await clinic.rows("SELECT title FROM notification WHERE workspace_id = %(ws)s ORDER BY id")
    assert [row["title"] for row in told] == [
        "Ada Lovelace booked Massage, 2026-11-24 10:00 Europe/Berlin",
        "Ada Lovelace moved Massage to 2026-11-25 14:00 Europe/Berlin",
        "Ada Lovelace cancelled Massage on 2026-11-25 14:00 Europe/Berlin",
    ]


async def test_of_very_many_kept_times_the_oldest_is_free_again_and_can_be_booked_if_nobody_took_it(
    post: Post, visitor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = post.clinic
    monkeypatch.setattr(taking, "MOST_HELD", 2)
    asked_by_us = await clinic.held("Massage", at(24, 9))
    first, *_ = [await keep(visitor, clinic, f"2026-11-24T{hour}:00:00Z") for hour in ("09", "10", "11", "12")]
    assert [one["status"] for one in await bookings(clinic)] == ["held", "expired", "expired", "held", "held"]
    assert (await clinic.booking(asked_by_us)).status == "held", "only what strangers keep gives way"
    assert (await visitor.post(first, data=ADA)).status_code == 303
    assert [one["status"] for one in await bookings(clinic)] == ["held", "confirmed", "expired", "held", "held"]


async def test_a_booking_lands_on_the_contact_of_its_address_and_the_team_is_told(
    post: Post, visitor: httpx.AsyncClient
) -> None:
    clinic = post.clinic
    await book(visitor, clinic)
    await book(visitor, clinic, "2026-11-25T09:00:00Z")
    contacts = await clinic.rows("SELECT id, name FROM contact WHERE workspace_id = %(ws)s")
    [contact] = contacts
    assert contact["name"] == "Ada Lovelace"
    assert {row["contact_id"] for row in await bookings(clinic)} == {contact["id"]}
    known = await clinic.rows("SELECT kind, value, holds FROM address WHERE workspace_id = %(ws)s ORDER BY kind")
    assert [(row["kind"], row["value"]) for row in known] == [("email", "ada@example.com"), ("phone", "+4930901820")]
    told = await clinic.rows("SELECT title FROM notification WHERE workspace_id = %(ws)s ORDER BY id")
    assert told[0]["title"].startswith("Ada Lovelace booked Massage, ")
    changes = await clinic.rows("SELECT what FROM booking_change WHERE workspace_id = %(ws)s")
    assert [row["what"] for row in changes] == ["confirmed", "confirmed"]


async def test_the_same_form_sent_twice_or_at_once_is_one_booking_and_one_mail(
    post: Post, visitor: httpx.AsyncClient
) -> None:
    clinic = post.clinic
    path = f"{await page_of(clinic)}/{clinic.services['Massage']}"
    chosen = {**hidden((await visitor.get(path)).text), "starts_at": "2026-11-24T09:00:00Z"}
    kept = await asyncio.gather(*(visitor.post(path, data=chosen) for _ in range(3)))
    [details] = {answer.headers["location"] for answer in kept}
    booked = await asyncio.gather(*(visitor.post(details, data=ADA) for _ in range(3)))
    booked.append(await visitor.post(details, data=ADA))
    assert len({answer.headers["location"] for answer in booked}) == 1
    assert len(await bookings(clinic)) == 1
    assert len(await post.read("ada@example.com")) == 1
    assert (await visitor.get(details)).headers["location"] == booked[0].headers["location"]


async def test_who_was_slower_is_shown_other_times_and_books_one_with_what_was_typed(
    post: Post, visitor: httpx.AsyncClient
) -> None:
    clinic = post.clinic
    details = await keep(visitor, clinic, staff=str(clinic.people["Anna"]))
    late = clinic.now + timedelta(minutes=11)
    with clock.stopped_at(late):
        clinic.now = late
        for staff in ("Anna", "Tom"):
            await clinic.taken("Massage", at(24, 10), staff=staff)
        refused = await visitor.post(details, data=ADA)
        assert refused.status_code == 409
        assert "Somebody was faster" in refused.text
        [other, *_] = re.findall(r'name="starts_at" value="([^"]+)"', refused.text)
        again = {key: unescape(value) for key, value in hidden(refused.text).items()}
        first = await visitor.post(details, data={**again, "starts_at": other})
        second = await visitor.post(details, data={**again, "starts_at": other})
        assert first.headers["location"] == second.headers["location"]
    mine = [row for row in await bookings(clinic) if row["created_by"] == "visitor" and row["status"] == "confirmed"]
    assert [row["note"] for row in mine] == ["Left knee"]


async def test_who_may_book_no_more_is_still_shown_the_time_that_is_kept(
    post: Post, visitor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "MOST_AHEAD", 0)
    details = await keep(visitor, post.clinic)
    refused = await visitor.post(details, data={**ADA, "starts_at": "2026-11-24T13:00:00Z"})
    assert refused.status_code == 422
    assert "10:00-11:00" in refused.text


async def test_a_hold_whose_time_is_over_is_booked_if_nobody_took_it(post: Post, visitor: httpx.AsyncClient) -> None:
    clinic = post.clinic
    details = await keep(visitor, clinic)
    with clock.stopped_at(clinic.now + timedelta(minutes=30)):
        form = await visitor.get(details)
        assert "animation:late 0s 0s forwards" in form.text
        assert (await visitor.post(details, data=ADA)).status_code == 303
    assert [row["status"] for row in await bookings(clinic)] == ["confirmed"]


async def test_another_time_is_chosen_and_the_first_is_free_again(post: Post, visitor: httpx.AsyncClient) -> None:
    clinic = post.clinic
    details = await keep(visitor, clinic)
    await visitor.post(f"{details}/release")
    assert [row["status"] for row in await bookings(clinic)] == ["cancelled"]
    assert await post.read("ada@example.com") == []
    back = await visitor.get(details)  # by the browser's button
    assert (back.status_code, back.headers["location"]) == (
        303,
        details.split("/details/")[0] + f"/{clinic.services['Massage']}",
    )


async def test_what_is_missing_is_said_and_what_was_typed_stays(post: Post, visitor: httpx.AsyncClient) -> None:
    details = await keep(visitor, post.clinic)
    wrong = await visitor.post(details, data={"name": '"><script>', "email": "nobody", "note": "</textarea><b>"})
    assert wrong.status_code == 422
    assert "an e-mail address like" in wrong.text
    assert "<script>" not in wrong.text
    assert "&lt;/textarea&gt;&lt;b&gt;" in wrong.text
    robot = await visitor.post(details, data={**ADA, "website": "http://spam.example"})
    assert robot.status_code == 422
    assert [row["status"] for row in await bookings(post.clinic)] == ["held"]


async def test_nobody_changes_a_booking_too_late_or_without_its_address(post: Post, visitor: httpx.AsyncClient) -> None:
    clinic = post.clinic
    await clinic.set(booking={"page": True, "cancel_notice_minutes": 1440})
    yours = await book(visitor, clinic)
    with clock.stopped_at(at(23, 10) + timedelta(minutes=1)):
        assert "can no longer be changed" in (await visitor.get(yours)).text
        assert (await visitor.post(f"{yours}/cancel")).status_code == 409
        assert (await visitor.post(f"{yours}/move", data={"starts_at": "2026-11-26T09:00:00Z"})).status_code == 409
    for forged in (yours[:-2] + "AA", yours[:-30], yours + "A", f"{yours}=", yours.rpartition("/")[0] + "/x"):
        assert (await visitor.get(forged)).status_code == 404
        assert (await visitor.post(f"{forged}/cancel")).status_code == 404
    assert [row["status"] for row in await bookings(clinic)] == ["confirmed"]


async def test_a_booking_with_somebody_who_has_left_is_moved_to_who_is_there(
    post: Post, visitor: httpx.AsyncClient
) -> None:
    clinic = post.clinic
    yours = await book(visitor, clinic)
    await clinic.rows(
        "UPDATE calendar_person SET enabled = false WHERE workspace_id = %(ws)s AND id = %(id)s",
        id=(await bookings(clinic))[0]["staff_id"],
    )
    times = await visitor.get(f"{yours}/move?day=2026-11-25")
    assert 'value="2026-11-25T13:00:00Z">14:00<' in times.text
    assert (await visitor.post(f"{yours}/move", data={"starts_at": "2026-11-25T13:00:00Z"})).status_code == 303
    [moved] = await bookings(clinic)
    assert moved["starts_at"] == at(25, 14)
    assert moved["staff_id"] == clinic.people["Tom"]


async def test_a_page_that_is_switched_off_shows_nothing_but_bookings_keep_their_address(
    post: Post, visitor: httpx.AsyncClient
) -> None:
    clinic = post.clinic
    yours = await book(visitor, clinic)
    await clinic.set(booking={"page": False})
    assert (await visitor.get(await page_of(clinic))).status_code == 404
    assert (await visitor.get("/book/no-such-business")).status_code == 404
    assert (await visitor.get(yours)).status_code == 200
    file = await visitor.get(f"{yours}/calendar.ics")
    assert file.headers["content-type"] == "text/calendar; charset=utf-8"
    assert "METHOD:PUBLISH" in file.text


@pytest.mark.parametrize(
    ("accepted", "language", "title"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de", "Termin buchen"),
        ("pt,fr;q=0.8", "fr", "Prendre rendez-vous"),
        ("it;q=1,es;q=0.2", "es", "Reservar una cita"),
        ("ja", "en", "Book an appointment"),
        (";q=x,,;q=", "en", "Book an appointment"),
    ],
)
async def test_the_page_speaks_the_visitors_language(
    post: Post, visitor: httpx.AsyncClient, accepted: str, language: str, title: str
) -> None:
    page = await visitor.get(await page_of(post.clinic), headers={"accept-language": accepted})
    assert f'<html lang="{language}">' in page.text
    assert f"<h1>{title}</h1>" in page.text


async def test_the_page_is_framed_by_the_sites_that_the_business_named_alone(
    post: Post, visitor: httpx.AsyncClient
) -> None:
    path = await page_of(post.clinic)
    policy = (await visitor.get(path)).headers["content-security-policy"]
    assert policy.endswith("frame-ancestors 'self'")
    assert "default-src 'none'" in policy
    await post.clinic.set(booking={"page": True, "embed_on": ["https://clinic.example"]})
    policy = (await visitor.get(path)).headers["content-security-policy"]
    assert policy.endswith("frame-ancestors 'self' https://clinic.example")


async def test_one_network_holds_few_times(post: Post, visitor: httpx.AsyncClient) -> None:
    clinic = post.clinic
    path = f"{await page_of(clinic)}/{clinic.services['Massage']}"
    answers = [
        await visitor.post(path, data={"starts_at": f"2026-11-{24 + n % 4}T{9 + n % 6:02}:00:00Z"}) for n in range(25)
    ]
    assert [answer.status_code for answer in answers].count(429) == 5
    assert answers[-1].headers["retry-after"]


async def test_one_address_books_five_times_by_itself(post: Post, visitor: httpx.AsyncClient) -> None:
    for hour in range(8, 13):
        await book(visitor, post.clinic, f"2026-11-24T{hour:02}:00:00Z")
    sixth = await visitor.post(await keep(visitor, post.clinic, "2026-11-25T09:00:00Z"), data=ADA)
    assert sixth.status_code == 422
    assert "5 appointments" in sixth.text


@pytest.mark.parametrize("given", ["", "soon", "2026-11-24T09:00:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
async def test_no_time_is_kept_that_is_none(post: Post, visitor: httpx.AsyncClient, given: str) -> None:
    path = f"{await page_of(post.clinic)}/{post.clinic.services['Massage']}"
    answer = await visitor.post(path, data={"starts_at": given, "staff": "x"})
    assert answer.status_code == 404
    assert await bookings(post.clinic) == []


async def test_an_address_works_in_its_own_workspace_alone(post: Post, visitor: httpx.AsyncClient) -> None:
    yours = await book(visitor, post.clinic)
    other = await new_clinic(post.clinic.db)
    await other.set(booking={"page": True})
    elsewhere = f"{await page_of(other)}/yours/{yours.rpartition('/')[2]}"
    for path in (elsewhere, f"{elsewhere}/calendar.ics", f"{elsewhere}/move", f"{elsewhere}/cancel"):
        assert (await visitor.get(path)).status_code == 404
    assert (await visitor.post(f"{elsewhere}/cancel")).status_code == 404
    foreign = f"{await page_of(other)}/{post.clinic.services['Massage']}"
    assert (await visitor.get(foreign)).status_code == 404
    assert (await visitor.post(foreign, data={"starts_at": "2026-11-24T09:00:00Z"})).status_code in (404, 409)
    assert await bookings(other) == []


async def test_nobody_confirms_what_an_agent_holds_for_somebody(post: Post, visitor: httpx.AsyncClient) -> None:
    held = await post.clinic.held("Massage", at(24, 10))
    token = links.token_of(post.services.accounts.vault, post.clinic.id, held.id)
    answer = await visitor.post(f"{await page_of(post.clinic)}/details/{token}", data=ADA)
    assert answer.status_code == 404
    assert (await post.clinic.booking(held)).status == "held"


@pytest.mark.parametrize("colour", ["#0f766e", "#ffff00", "#000000", "#ffffff", "#ff0000", "#7f7f7f"])
async def test_the_business_has_its_own_colour_on_the_page_and_everything_stays_readable(
    post: Post, visitor: httpx.AsyncClient, colour: str
) -> None:
    await post.clinic.set(booking={"page": True, "colour": colour})
    page = await visitor.get(await page_of(post.clinic))
    [own] = re.findall(r"<style>(:root\{--accent.*?)</style>", page.text)
    assert source_of(own) in page.headers["content-security-policy"]
    for behind, shades in zip(("#ffffff", "#181b22"), re.findall(r":root\{(.*?)\}", own), strict=True):
        named = {name: rgb_of(value) for name, value in re.findall(r"--([a-z-]+):(#[0-9a-f]{6})", shades)}
        assert contrast(named["accent-text"], rgb_of(behind)) >= LEGIBLE
        assert contrast(named["accent-text"], named["tint"]) >= LEGIBLE
        assert contrast(named["on-accent"], named["accent"]) >= LEGIBLE


async def test_a_page_shows_how_far_one_has_come_and_times_by_the_part_of_the_day(
    post: Post, visitor: httpx.AsyncClient
) -> None:
    path = f"{await page_of(post.clinic)}/{post.clinic.services['Massage']}?day=2026-11-24"
    page = (await visitor.get(path, headers={"accept-language": "de"})).text
    assert re.findall(r"<li([^>]*)>(Leistung|Zeit|Angaben|Fertig)</li>", page) == [
        (' class="past"', "Leistung"),
        (' aria-current="step"', "Zeit"),
        ("", "Angaben"),
        ("", "Fertig"),
    ]
    assert re.findall(r"<h3>(.*?)</h3>", page) == ["Vormittag", "Nachmittag", "Abend"]
