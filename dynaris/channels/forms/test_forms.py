"""What a form's address answers: to programs and to browsers, to sites that may and may not, to too many at once."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from dynaris.channels.contract import Account, Embeddable, Routed
from dynaris.channels.forms import channel
from dynaris.channels.forms.settings import FormSettings
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from tests.fakes.host import FakeHost
from tests.web import ADDRESS, web_app

SITE = "https://clinic.example"
LEAD = {"email": "ann@example.com", "message": "Hello"}
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def form(**settings: Any) -> Account[FormSettings]:
    return Account(new_id(), new_id(), "forms", "contact", FormSettings(**settings))


class Form:
    """A form's address, without the product behind it."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.host = FakeHost(form(**settings))
        assert isinstance(channel, Routed)
        self.app = web_app(Database("postgresql:///never-opened"), folder, [channel.routes(self.host)])

    async def ask(self, method: str, path: str = "/forms/contact", *, client: str = "198.51.100.7", **more: Any):
        transport = httpx.ASGITransport(self.app, client=(client, 1))
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as http:
            return await http.request(method, path, **more)

    async def post(self, **more: Any) -> httpx.Response:
        return await self.ask("POST", **more)


@pytest.fixture
def contact(tmp_path: Path) -> Form:
    return Form(tmp_path)


async def test_a_program_gets_the_event_and_a_browser_the_page_of_thanks(contact: Form) -> None:
    program = await contact.post(json=LEAD)
    assert program.status_code == 202
    assert program.json() == {"event_id": str(next(iter(contact.host.events.values()))), "duplicate": False}
    browser = await contact.post(data={**LEAD, "message": "Hello again"}, headers=BROWSER)
    assert (browser.status_code, browser.headers["location"]) == (303, "contact/thanks")
    thanks = await contact.ask("GET", "/forms/contact/thanks")
    assert "Thank you" in thanks.text
    assert "<script" not in thanks.text


async def test_the_raw_body_is_kept_as_it_came(contact: Form) -> None:
    body = b"email=ann%40example.com&message=H%E9llo"
    await contact.post(content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    [arrival] = await contact.host.until_arrived(1)
    assert arrival.raw == body
    assert arrival.meta["content_type"] == "application/x-www-form-urlencoded"
    assert channel.read(arrival, contact.host.known[0]).text == "Héllo", "an old page's own encoding"


async def test_of_the_page_only_its_address_is_kept(contact: Form) -> None:
    await contact.post(json=LEAD, headers={"referer": f"{SITE}/contact?visitor=7#form"})
    [arrival] = await contact.host.until_arrived(1)
    assert arrival.meta["page"] == f"{SITE}/contact"


@pytest.mark.parametrize("sent", [{"data": LEAD}, {"files": {"message": (None, "Hello")}}, {"json": LEAD}], ids=str)
async def test_a_program_that_asks_for_nothing_is_told_what_became_of_it(contact: Form, sent: dict[str, Any]) -> None:
    taken = await contact.post(**sent, headers={"accept": "*/*"})
    assert (taken.status_code, taken.json()["duplicate"]) == (202, False)


async def test_a_form_without_fields_is_empty(contact: Form) -> None:
    answer = await contact.post()
    assert (answer.status_code, answer.json()["detail"]) == (422, "message: the form is empty")
    unnamed = await contact.post(content=b"a=1")
    assert unnamed.json()["detail"].endswith("and no Content-Type came")


async def test_a_number_that_is_required_has_to_be_one(tmp_path: Path) -> None:
    strict = Form(tmp_path, required=["phone"], country="DE")
    for wrong in ("abc", "12", "call me"):
        answer = await strict.post(json={"Telefon": wrong})
        assert answer.json()["errors"] == [{"field": "Telefon", "message": "this is no telephone number"}]
    assert (await strict.post(json={"Telefon": "030 1234567"})).status_code == 202
    unsure = Form(tmp_path, required=["phone"])
    assert (await unsure.post(json={"phone": "030 1234567"})).status_code == 202, "in whichever country"


async def test_nothing_is_taken_while_it_cannot_be_stored(contact: Form) -> None:
    contact.host.is_down = True
    assert (await contact.post(json=LEAD)).status_code == 503
    page = await contact.post(data=LEAD, headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")


async def test_what_must_be_mended_is_named_as_it_is_asked_for(tmp_path: Path) -> None:
    strict = Form(tmp_path, required=["message", "name"])
    answer = await strict.post(json={"email": "no address", "<b>x": "1"})
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == ["message", "name", "email"]
    page = await strict.post(data={"email": "no address"}, headers=BROWSER)
    assert page.status_code == 422
    assert "<b>name</b>: this is required" in page.text
    assert strict.host.arrivals == []


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("https://clinic.example/done?a=1", "https://clinic.example/done?a=1"),
        ("https://other.example/", "https://clinic.example/thanks"),
        ("https://clinic.example.evil.example/", "https://clinic.example/thanks"),
        ("https://clinic.example@evil.example/", "https://clinic.example/thanks"),
        ("//evil.example", "https://clinic.example/thanks"),
        ("https:\\\\evil.example", "https://clinic.example/thanks"),
        ("javascript:alert(1)", "https://clinic.example/thanks"),
        ("https://clinic.example\r\nSet-Cookie: a=b", "https://clinic.example/thanks"),
        ("", "https://clinic.example/thanks"),
    ],
)
async def test_a_form_leads_only_to_sites_that_its_settings_name(tmp_path: Path, wanted: str, goes_to: str) -> None:
    redirecting = Form(tmp_path, redirect="https://clinic.example/thanks")
    answer = await redirecting.post(data={**LEAD, "_next": wanted}, headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (303, goes_to)


async def test_any_site_may_send_a_form_but_none_may_choose_where_it_leads(contact: Form) -> None:
    answer = await contact.post(data={**LEAD, "_next": SITE}, headers={**BROWSER, "origin": SITE})
    assert answer.headers["location"] == "contact/thanks"


async def test_only_the_named_sites_and_our_own_page_may_send_the_form(tmp_path: Path) -> None:
    named = Form(tmp_path, origins=[SITE])
    asked = await named.ask("OPTIONS", headers={"origin": SITE, "access-control-request-method": "POST"})
    assert asked.headers["access-control-allow-origin"] == SITE
    assert "idempotency-key" in asked.headers["access-control-allow-headers"]
    for origin, status in ((SITE, 202), (ADDRESS, 202), ("https://evil.example", 403), ("null", 403)):
        answer = await named.post(json={**LEAD, "message": origin}, headers={"origin": origin})
        assert answer.status_code == status, origin
        assert answer.headers["access-control-allow-origin"] == origin, "the page may read why"
    for odd in ("http://[", "//", "http://[::1", "\u00bd"):
        answer = await named.post(json=LEAD, headers=[("origin", odd.encode())])
        assert answer.status_code == 403, odd


async def test_too_many_submissions_are_told_when_to_come_back(tmp_path: Path) -> None:
    slow = Form(tmp_path, per_address=2, total=3)
    statuses = [(await slow.post(json=LEAD)).status_code for _ in range(3)]
    assert statuses == [202, 202, 429]
    page = await slow.post(data=LEAD, headers=BROWSER)
    assert page.status_code == 429
    assert 0 < int(page.headers["retry-after"]) <= 600
    assert page.headers["content-type"].startswith("text/html")
    assert (await slow.post(json=LEAD, client="203.0.113.9")).status_code == 202
    assert (await slow.post(json=LEAD, client="203.0.113.10")).status_code == 429, "all together"


async def test_the_same_words_from_another_place_or_another_day_are_another_lead(
    contact: Form, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def is_new(**more: Any) -> bool:
        return not (await contact.post(data=LEAD, headers={"accept": "application/json"}, **more)).json()["duplicate"]

    assert [await is_new(), await is_new(), await is_new(client="203.0.113.9")] == [True, False, True]
    import time

    tomorrow = time.time() + 86_400
    monkeypatch.setattr(time, "time", lambda: tomorrow)
    assert await is_new()


async def test_a_double_click_with_files_is_one_lead(contact: Form) -> None:
    """Each click has a multipart boundary of its own."""
    for _ in range(2):
        await contact.post(data=LEAD, files={"file": ("a.txt", b"1")}, headers=BROWSER)
    await contact.post(data=LEAD, files={"file": ("a.txt", b"2")}, headers=BROWSER)
    assert (len(contact.host.arrivals), contact.host.duplicates) == (2, 1)


async def test_a_key_names_the_submission_wherever_it_stands(contact: Form) -> None:
    await contact.post(json=LEAD, headers={"idempotency-key": "k-1"})
    again = await contact.post(json={**LEAD, "_idempotency_key": "k-1", "message": "changed"})
    assert again.json()["duplicate"]
    assert (await contact.post(json=LEAD, headers={"idempotency-key": "k" * 300})).status_code == 422


async def test_the_form_can_be_tried_without_scripts(tmp_path: Path) -> None:
    shown = await Form(
        tmp_path, redirect=f"{SITE}/thanks", consent_field="ok", consent_text="I <agree>", language="de"
    ).ask("GET", "/forms/contact")
    assert shown.status_code == 200
    assert all(f'name="{name}"' in shown.text for name in ("email", "message", "website_url_2", "ok", "files"))
    assert "I &lt;agree&gt;" in shown.text
    assert "<script" not in shown.text
    assert f"form-action 'self' {SITE};" in shown.headers["content-security-policy"]


async def test_an_unknown_form_is_not_found(contact: Form) -> None:
    for path in ("/forms/other", "/forms/" + "x" * 5_000, "/forms/%FF%ED%A0%80", "/forms/%0A", "/forms/..%2Fcontact"):
        assert (await contact.ask("GET", path)).status_code == 404
        assert (await contact.ask("POST", path, json=LEAD)).status_code == 404


def test_the_snippet_posts_to_the_public_address_and_hides_the_trap() -> None:
    assert isinstance(channel, Embeddable)
    given = channel.snippet(form(fields={'a"b': "email"}, required=["email"]), "https://app.example/x")
    assert 'action="https://app.example/x/forms/contact"' in given["html"]
    assert 'name="a&quot;b" type="email" autocomplete="email" required' in given["html"]
    assert 'aria-hidden="true"' in given["html"]
    assert given["html"].count("<br>") == 2, "each field, and the files, on a line of its own"
    assert 'tabindex="-1"' in given["html"]
    assert "https://app.example/x/forms/contact" in given["fetch"]


@pytest.mark.parametrize(
    "settings",
    [
        {"redirect": "javascript:alert(1)"},
        {"redirect": "/thanks"},
        {"origins": ["clinic.example"]},
        {"fields": {"a": "Not a name"}},
        {"country": "Germany"},
        {"answer": "fax"},
        {"orgins": [SITE]},
    ],
)
def test_settings_that_could_never_work_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        FormSettings(**settings)
