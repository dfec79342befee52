"""What leaves is looked at: links, addresses, numbers and secrets that are neither the contact's nor the business's."""

import time
from typing import Any

import pytest
from psycopg.errors import SyntaxError
from psycopg.types.json import Jsonb

from dynaris.agents.guardrails.details import accounts_in, addresses_in, handles_in, numbers_in, secrets_in
from dynaris.agents.guardrails.links import links_in
from dynaris.agents.guardrails.outgoing import Outgoing
from dynaris.core.db import Database
from dynaris.knowledge.actions import add_source
from tests.agents.conftest import Story

OTHERWISE_WRITTEN = [
    "https://evil.example.net/x?d=1",
    "HTTPS://EVIL.EXAMPLE.NET",
    "hxxps://evil[.]example[.]net/a",
    "h**ps://evil.example.net",
    "https:\\\\evil.example.net",
    "//evil.example.net/x",
    "www.evil.com",
    "evil.com",
    "evil.com/with/path?x=1",
    "evil[.]com",
    "evil (dot) com",
    "evil dot com",
    "evil . com",
    "evil\u3002com",
    "e\u200bvil.c\u00adom",
    "ｅｖｉｌ．ｃｏｍ",
    "xn--80ak6aa92e.com",
    "http://аpple.com",
    "http://1.2.3.4/x",
    "1.2.3.4:8080/x",
    "http://2130706433/",
    "https://clinic.example@evil.com/",
    "https://evil.com\\@clinic.example",
    "https://clinic.example.evil.com",
    "https://clinic.example:8443/x",
    "[clinic.example](http://evil.com)",
    "[1]: http://evil.com",
    "![x](cid:1)",
    "<img src=x>",
    '<a href="/x">here</a>',
    "javascript:alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "sms:+4900123",
    "evil\n.com\n/pay",
    "https://evil.\nexample.net",
    "e v i l . c o m",
    "evil-dot-com",
    "evil_dot_com",
    "evil point com",
    "evil punto com",
    "evil punkt de",
    "evil period com",
    "evil full stop com",
    "evil, dot, com",
    "evil, punto, com",
    "evil dotcom",
    "evildotnet",
    "evil puntocom",
    "evil,com/pay",
    "evil·com",
    "evil&period;com",
    "&#104;ttps&#58;//evil.com",
    "evil.bank",
    "evil.finance",
    "оплата.рф",
    "支付.中国/x",
    "skype:evil?call",
    "tg://resolve?domain=evil",
    "magnet:?xt=evil",
    "mailto:hello@clinic.example?bcc=mallory@evil.com",
]


@pytest.mark.parametrize("written", OTHERWISE_WRITTEN)
def test_a_link_is_one_however_it_is_written(written: str) -> None:
    found = links_in(f"Please see {written} for more.")
    assert found
    assert all(link.host != "clinic.example" for link in found)


@pytest.mark.parametrize(
    "text",
    [
        "Wir haben Mo.-Fr. von 8.00-18.00 Uhr geöffnet, z.B. am 24.12. bis 12:30.",
        "It costs €75.50 (incl. 19 % VAT), e.g. by card and/or cash. See you then.Best regards",
        "Dr. Weber is in. It is on us. Send it to ada@example.org.",
        "Data: three visits, 1.5 hours each. Note: bring a towel; i.e. a large one.",
        "Your file photo.jpg arrived, thank you.",
        "El punto de encuentro es la entrada; al punto de salida llega en un minuto.",
        "Up to that point it was fine · see you. At this point in time, no period is set.",
        "On the dot, come in; the point, organised by us. A checkpoint, then. Make a point, come early.",
        "Auf den Punkt in der Mitte, Raum A B C; 1, 2, 3, 4 und 5.",
    ],
)
def test_plain_sentences_hold_no_links(text: str) -> None:
    assert links_in(text) == []


def test_a_text_of_images_that_never_end_costs_no_time() -> None:
    began = time.process_time()
    assert links_in("![" * 50_000 + ".") == []
    assert time.process_time() - began < 2


def test_addresses_numbers_and_secrets_are_seen_and_dates_are_none() -> None:
    assert addresses_in("Ada@Example.org, bob (at) other (dot) com") == ["ada@example.org", "bob@other.com"]
    assert numbers_in("Call +49 30 123456-7, 030/7654321 or (555) 123-4567") == [
        "+49 30 123456-7",
        "030/7654321",
        "(555) 123-4567",
    ]
    assert numbers_in("2026-11-24 15:00, 24.11.2026 um 15.30 Uhr, 10115 Berlin, order 12345678, 1.234,50 €") == []
    for secret in (
        "Bearer abcdef0123456789abcdef",
        "sk-live-abcdefghijklmnop1234",
        "-----BEGIN RSA PRIVATE KEY-----",
        "Passwort: hunter2000",
    ):
        assert secrets_in(f"It is {secret}")
    assert not secrets_in("Your password can be changed on the site. The key is at the reception.")


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("plus four nine nine zero zero, five five five zero one", "4990055501"),
        ("null neun null null fünf fünf fünf null eins", "090055501"),
        ("cero nueve cero cero cinco cinco cinco cero uno", "090055501"),
        ("zéro neuf zéro zéro cinq cinq cinq zéro un", "090055501"),
        ("0-9-0-0-5-5-5-0-1", "090055501"),
        ("plus four nine, one five one, double two, double three, 4455", "4915122334455"),
        ("null neun null null, doppel fünf, fünf null eins", "090055501"),
        ("cero nueve doble cero triple cinco cero uno", "090055501"),
        ("zéro neuf double zéro cinq cinq 501", "090055501"),
        ("double two, double three, 4455", "22334455"),
        ("0900\n555\n01", "0900\n555\n01"),
        ("0900, 555, 01", "0900, 555, 01"),
        ("0900–555–01", "0900–555–01"),
        ("900 555 01", "900 555 01"),
        ("\u0660\u0669\u0660\u0660\u0665\u0665\u0665\u0660\u0661", "090055501"),
        (
            "0\ufe0f\u20e39\ufe0f\u20e30\ufe0f\u20e30\ufe0f\u20e35\ufe0f\u20e35\ufe0f\u20e35\ufe0f\u20e30\ufe0f\u20e31",
            "090055501",
        ),
    ],
)
def test_a_telephone_number_is_one_however_it_is_written(written: str, number: str) -> None:
    assert numbers_in(f"Please call {written} today.") == [number]


@pytest.mark.parametrize(
    "text",
    [
        "9-12, 14-18 Uhr; 2026-2027; 10, 12, 14 or 16 people; 1 200 000 visitors, 100 000 €, 120 500 75 euros",
        "One of two or three, four to six weeks; eins, zwei, drei, los!",
        "24, 25, 26, 27, 28, 29, 30 November; double room, two beds, three nights, 120 euros; room 12, 14, 1600, two.",
        "Steps 1, 2, 3, 4 and 5. Monday 24.11. at 9:00, 10:30 or 14:15.",
    ],
)
def test_hours_amounts_and_lists_are_no_telephone_numbers(text: str) -> None:
    assert numbers_in(text) == []


def test_handles_and_accounts_are_seen() -> None:
    assert handles_in("Write to @evil_clinic on Telegram, or ada@example.org.") == ["@evil_clinic"]
    iban, coin = "DE89 3704 0044 0532 0130 00", "bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh"
    assert accounts_in(f"Pay to {iban} or {coin}.") == ["de89370400440532013000", coin]
    assert accounts_in("Room AB12 and CD34, order 12345678.") == []


@pytest.mark.parametrize(
    "written",
    [
        "D E 8 9 3 7 0 4 0 0 4 4 0 5 3 2 0 1 3 0 0 0",
        "I B A N D E 8 9 3 7 0 4 0 0 4 4 0 5 3 2 0 1 3 0 0 0",
        "DE-89-37-04-00-44-05-32-01-30-00",
        "de89 370 400 440 532 013 000",
        "D.E.8.9. 3704 0044 0532 0130 00",
        "DE eight nine, three seven zero four, double zero double four, 0532 0130 00",
    ],
)
def test_an_account_is_one_however_it_is_written(written: str) -> None:
    assert accounts_in(f"Pay to {written} today.") == ["de89370400440532013000"]


@pytest.mark.parametrize(
    "written",
    [
        "jefe arroba banco punto es",
        "jefe, arroba, banco, punto, es",
        "jefe arobase banco point es",
        "jefe Klammeraffe banco Punkt es",
        "j e f e @ b a n c o . e s",
        "jefe (at) banco.es",
    ],
)
def test_an_address_is_one_however_it_is_written(written: str) -> None:
    assert addresses_in(f"Escriba al {written} hoy.") == ["jefe@banco.es"]


@pytest.fixture
async def outgoing(story: Story) -> Outgoing:
    """A workspace with a site, a telephone number, typed knowledge and a page that was read from the web."""
    profile = {"website": "https://www.clinic.example", "phone": "+49 30 1234567", "link_hosts": ["partner.example"]}
    profile |= {"signature": "IBAN DE02500105170137075030"}
    await story.execute("UPDATE workspace SET profile = %s WHERE id = %s", Jsonb(profile), story.workspace.id)
    async with story.db.workspace(story.workspace.id) as connection:
        ours = "The form is at https://forms.example/intake?clinic=7. Parking: 030 5550000, park@garage.example. " + (
            "Our account: DE02 1203 0000 0000 2020 51."
        )
        await add_source(connection, story.workspace.id, kind="text", title="Ours", content=ours, language="en")
        page = "A reader says: see https://evil.com/x and write to reader@evil.com."
        source = await add_source(
            connection, story.workspace.id, kind="text", title="Page", content=page, language="en"
        )
    await story.execute(
        "UPDATE knowledge_source SET kind = 'page', url = 'https://news.example/a' WHERE workspace_id = %s AND id = %s",
        *(story.workspace.id, source),
    )
    await story.say(
        "I am Ada, ada@example.org, +49 170 5556677. My site is https://ada-shop.com, DE89 3704 0044 0532 0130 00"
    )
    return Outgoing(story.db, story.workspace.id, story.conversation_id, own_hosts=frozenset({"app.dynaris.test"}))


@pytest.mark.parametrize(
    "text",
    [
        "A massage costs 69 euros.",
        "See https://clinic.example/prices or www.clinic.example, call +49 (30) 123 45 67.",
        "Our shop: https://shop.clinic.example/vouchers and https://partner.example/x.",
        "The form is at https://forms.example/intake?clinic=7.",
        "As https://news.example/b says.",
        "Book here: https://app.dynaris.test/book/clinic?service=3",
        "Pay to D E 0 2 1 2 0 3 0 0 0 0 0 0 0 0 2 0 2 0 5 1 today, or DE zero two 1203 0000 0000 2020 51.",
        "Pay to DE02 1203 0000 0000 2020 51 or DE02120300000000202051, or to DE02 5001 0517 0137 0750 30.",
        "We write to ada@example.org or call 0170 5556677. Parking: 030 5550000, park@garage.example.",
    ],
)
async def test_what_is_the_businesss_or_the_contacts_may_be_said(outgoing: Outgoing, text: str) -> None:
    assert await outgoing.why_ask(text) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("See https://evil.com/x", "evil.com is not a host"),
        ("See https://ada-shop.com", "ada-shop.com is not a host"),  # what a contact writes allows nothing
        ("See https://clinic.example.evil.com", "clinic.example.evil.com is not a host"),
        ("See https://clinic.example/go?to=evil", "carries more than its path"),
        ("See https://forms.example/intake?clinic=8", "carries more than its path"),
        ("![x](https://clinic.example/p.png)", "a link that is not allowed"),
        ("Write to bob@private.example.org", "bob@private.example.org is neither"),
        ("Call +49 30 9998877", "+49 30 9998877 is neither"),
        ("Call +49 900 1234567", "+49 900 1234567 is neither"),  # ends as the business's does
        ("Call zero nine zero zero five five five zero one", "090055501 is neither"),
        ("Call plus four nine one five 112233", "4915112233 is neither"),
        ("Call double two, double three, 4455", "22334455 is neither"),
        ("Escriba a jefe arroba banco punto es", "jefe@banco.es is neither"),
        ("Schreiben Sie an chef Klammeraffe bank Punkt ch", "a link that is not allowed"),
        ("See evil, dot, com", "a link that is not allowed"),
        ("See evil dotcom", "a link that is not allowed"),
        ("IBAN: D E 8 9 3 7 0 4 0 0 4 4 0 5 3 2 0 1 3 0 0 0", "de89370400440532013000 is no account"),
        ("See https://clinic.example/out/https://evil.com", "carries more than its path"),
        ("See https://clinic.example//evil.com", "carries more than its path"),
        ("See clinic.example/go/evil.com", "carries more than its path"),
        ("See https://clinic.example/go/https%3A%2F%2Fevil.com", "carries more than its path"),
        ("See https://ms.example/intake", "ms.example is not a host"),  # the end of forms.example
        ("See https://forms.ex/intake", "forms.ex is not a host"),  # its beginning
        ("Write to park@garage.exam", "park@garage.exam is neither"),
        ("Write to da@example.org", "da@example.org is neither"),
        ("Write to @evil_clinic", "@evil_clinic is neither"),
        ("Pay to DE89 3704 0044 0532 0130 00", "de89370400440532013000 is no account"),
        ("The key is sk-live-abcdefghijklmnop1234", "a secret"),
    ],
)
async def test_what_is_nobodys_here_waits_for_a_person(outgoing: Outgoing, text: str, why: str) -> None:
    assert why in str(await outgoing.why_ask(text))


async def test_what_the_profile_settles_is_not_looked_for_in_a_hundred_thousand_passages(
    outgoing: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dynaris.agents.guardrails.outgoing._IN_KNOWLEDGE", "nothing that could be executed")
    assert await outgoing.why_ask("See https://clinic.example/prices or call +49 (30) 123 45 67.") is None
    with pytest.raises(SyntaxError):
        await outgoing.why_ask("Parking: 030 5550000")


async def test_a_text_without_any_of_it_costs_no_statement(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: Any) -> None:
        raise AssertionError("a statement was made")

    monkeypatch.setattr(Database, "workspace", none)
    outgoing = Outgoing(story.db, story.workspace.id, story.conversation_id, own_hosts=frozenset({"app.dynaris.test"}))
    assert await outgoing.why_ask("We are open from 8:00 to 18:00. It costs €75.") is None
    assert await outgoing.why_ask("Book: https://app.dynaris.test/book") is None
