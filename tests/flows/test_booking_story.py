"""Appointments over the whole product, with the built-in model: from a wish in free text to a booking."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from dynaris.agents import scheduling_tools
from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.channels.email.smtp_in import listening
from dynaris.channels.registry import channels
from dynaris.core import clock
from dynaris.sandbox.process import sandbox_mailbox
from dynaris.scheduling.catalogue import add_person, add_service
from tests.flows.conftest import Sink, World
from tests.flows.test_chat_story import Visitor, add
from tests.flows.test_crashes import Crash, crash_after, crash_before
from tests.flows.test_mail_story import answers, forward, mail_account, question
from tests.web import client_of

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # 10:00 in Berlin
WEEK = {day: ["08:00-18:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    clock.set_source(lambda: MONDAY)
    yield
    clock.set_source(None)


@dataclass
class Clinic:
    world: World
    sink: Sink

    async def hears(self, text: str, *, email: str = "ada@example.com", name: str = "Ada Lovelace") -> str:
        """What the clinic answers, or what became of the message."""
        before = len(self.sink.got)
        accepted = await self.world.say(text, reply_url=self.sink.url, email=email, name=name)
        await self.world.settle()
        if len(self.sink.got) > before:
            return self.sink.texts[-1]
        event = await self.world.event(accepted.event_id)
        return f"{event['outcome'] or event['status']}: {event['reason']}"

    async def bookings(self) -> list[tuple[str, str, str]]:
        rows = await self.world.rows(
            """SELECT b.status, s.name, to_char(b.starts_at AT TIME ZONE 'Europe/Berlin', 'FMDD.FMMM. HH24:MI') AS at
               FROM booking b JOIN service s ON s.workspace_id = b.workspace_id AND s.id = b.service_id
               WHERE b.workspace_id = %s ORDER BY b.starts_at, b.id"""
        )
        return [(row["status"], row["name"], row["at"]) for row in rows]


async def make_bookable(world: World) -> None:
    await world.rows(
        """UPDATE workspace SET timezone = 'Europe/Berlin', business_hours = %(week)s WHERE id = %(ws)s RETURNING id""",
        week=Jsonb(WEEK),
    )
    async with world.services.db.workspace(world.workspace.id) as connection:
        for name, minutes, price in (("First assessment", 45, "75.00"), ("Sports massage", 60, "69.00")):
            fields = {"name": name, "duration_minutes": minutes, "price": price, "currency": "EUR", "step_minutes": 30}
            await add_service(connection, world.workspace.id, fields=fields, by="system")
        await add_person(connection, world.workspace.id, fields={"name": "Anna Weber"}, by="system")


@pytest.fixture
async def clinic(world: World, sink: Sink) -> Clinic:
    await make_bookable(world)
    return Clinic(world, sink)


def numbered(text: str) -> list[str]:
    return [line[3:] for line in text.splitlines() if line[:3] in ("1. ", "2. ", "3. ")]


async def test_a_wish_in_free_text_is_offered_chosen_and_booked(clinic: Clinic) -> None:
    offer = await clinic.hears("can I come in next Tuesday after three?")
    assert numbered(offer) == [f"Tuesday, 24 November 2026, {hour}:00" for hour in (15, 16, 17)]
    assert "First assessment" in offer
    assert "Sports massage" in offer, "nobody said which, so the other one can be asked for"
    booked = await clinic.hears("the second one")
    assert "Your appointment is booked: First assessment, Tuesday, 24 November 2026, 16:00, with Anna Weber." in booked
    assert "Price: 75.00 EUR" in booked
    assert await clinic.bookings() == [("confirmed", "First assessment", "24.11. 16:00")]


async def test_a_second_person_who_wants_the_same_time_gets_others(clinic: Clinic) -> None:
    bob = {"email": "bob@example.com", "name": "Bob"}
    wish = "A sports massage on Tuesday at 15:00, please"
    assert numbered(await clinic.hears(wish)) == ["Tuesday, 24 November 2026, 15:00"]
    assert numbered(await clinic.hears(wish, **bob)) == ["Tuesday, 24 November 2026, 15:00"]
    assert "is booked" in await clinic.hears("yes please")
    lost = await clinic.hears("yes please", **bob)
    assert "has just been taken by somebody else" in lost
    assert len(numbered(lost)) == 3
    assert "is booked" in await clinic.hears("1", **bob)
    assert [status for status, _, _ in await clinic.bookings()] == ["confirmed", "confirmed"]
    carol = await clinic.hears(wish, email="carol@example.com", name="Carol")
    assert "not free" in carol
    assert "Tuesday, 24 November 2026, 15:00" not in numbered(carol)


@pytest.mark.parametrize(
    ("wish", "choice", "at"),
    [
        ("Ich hätte gern eine Massage, Donnerstag nachmittags", "passt, 15 Uhr bitte", "26.11. 15:00"),
        ("Quisiera un masaje el miércoles por la mañana", "la segunda", "25.11. 10:00"),
        ("Je voudrais un massage vendredi après 16h", "oui, la première", "27.11. 16:00"),
        ("I'd like a massage next week", "Wednesday is fine, thanks", "2.12. 11:00"),
        ("a massage on Thursday at 9?", "perfect, book it", "26.11. 09:00"),
        ("sports masage tomorow after 3 or Thursday morning", "3", "26.11. 08:00"),
        ("Massage bitte am Mittwoch", "keiner davon, Donnerstag um 10 Uhr", "26.11. 10:00"),
        ("a massage tomorrow afternoon", "none of these. 27.11. at 9:00 would be good", "27.11. 09:00"),
        (
            "massage on Friday please",
            "Second one.\n\nOn Mon, 23 Nov 2026, Clinic wrote:\n> 1. x\n> 3. y",
            "27.11. 13:00",
        ),
    ],
)
async def test_a_choice_is_understood_however_it_is_said(
    clinic: Clinic, wish: str, choice: str, at: str | None
) -> None:
    assert numbered(await clinic.hears(wish))
    answer = await clinic.hears(choice)
    if at is None:
        assert "je peux vous proposer" in answer, "still in French, and a new offer"
        return
    assert await clinic.bookings() == [("confirmed", "Sports massage", at)]


async def test_a_refusal_a_doubt_or_a_question_after_an_offer_books_nothing(clinic: Clinic) -> None:
    await clinic.hears("A sports massage on Thursday, please")
    assert numbered(await clinic.hears("The first one is too early, is there anything on Friday?"))
    assert "when you know" in await clinic.hears(
        "I am not sure yet, let me ask my wife and I get back to you tomorrow."
    )
    assert numbered(await clinic.hears("Can you do Thursday at 16:00?")) == ["Thursday, 26 November 2026, 16:00"]
    assert await clinic.bookings() == []


@pytest.mark.parametrize(
    ("wish", "choice", "at"),
    [
        ("A massage on Wednesday at 15:00 or on Thursday at 8:00", "Thursday rather, the first one", "26.11. 08:00"),
        ("Une massage jeudi à 15h ou vendredi à 9h", "vendredi plutôt, le premier", "27.11. 09:00"),
    ],
)
async def test_the_first_one_on_a_day_is_never_one_of_another_day(
    clinic: Clinic, wish: str, choice: str, at: str
) -> None:
    assert len(numbered(await clinic.hears(wish))) == 2
    await clinic.hears(choice)
    assert await clinic.bookings() == [("confirmed", "Sports massage", at)]


@pytest.mark.parametrize("wish", ["Massage Friday 14:00?", "Massage Freitag 14 Uhr"])
async def test_a_short_wish_that_can_be_met_is_not_called_taken(clinic: Clinic, wish: str) -> None:
    offer = await clinic.hears(wish)
    assert len(numbered(offer)) == 1
    assert "not free" not in offer
    assert "nicht frei" not in offer


async def test_somebody_may_be_named_in_few_words(clinic: Clinic) -> None:
    assert numbered(await clinic.hears("Massage Friday, Anna?"))[0].endswith(", Anna Weber")


async def test_an_appointment_is_told_moved_and_cancelled_by_who_booked_it_here(clinic: Clinic) -> None:
    await clinic.hears("Eine Massage am Donnerstag um 10 Uhr bitte")
    await clinic.hears("ja gerne")
    assert "Donnerstag, 26. November 2026, 10:00" in await clinic.hears("Wann ist mein Termin?")
    offer = await clinic.hears("Kann ich den Termin von Donnerstag auf Freitag Vormittag verschieben?")
    assert all("Freitag, 27. November" in line for line in numbered(offer))
    assert "Termin ist verschoben" in await clinic.hears("der letzte")
    assert await clinic.bookings() == [("confirmed", "Sports massage", "27.11. 11:00")]
    assert "abgesagt" in await clinic.hears("Bitte sagen Sie meinen Termin ab")
    assert await clinic.bookings() == [("cancelled", "Sports massage", "27.11. 11:00")]


@pytest.mark.parametrize(
    ("moving", "keeping", "cancelling"),
    [
        (
            "Je voudrais décaler à vendredi matin",
            "Non finalement laissez comme c'est",
            "Je dois annuler mon rendez-vous",
        ),
        ("Can I move it to Friday morning?", "no, keep it", "Please cancel my appointment"),
        ("Kann ich auf Freitag Vormittag verschieben?", "nein, es bleibt dabei", "Ich muss den Termin leider absagen"),
    ],
)
async def test_while_a_move_is_open_it_can_be_left_alone_or_cancelled(
    clinic: Clinic, moving: str, keeping: str, cancelling: str
) -> None:
    await clinic.hears("A massage on Tuesday at 10:00, please")
    await clinic.hears("yes please")
    assert numbered(await clinic.hears(moving))
    kept = await clinic.hears(keeping)
    assert "?" not in kept, "nothing is asked of somebody who wants nothing"
    assert numbered(await clinic.hears(moving))
    await clinic.hears(cancelling)
    assert await clinic.bookings() == [("cancelled", "Sports massage", "24.11. 10:00")]


@pytest.mark.parametrize(
    ("answer", "became"),
    [
        ("yes please", ("cancelled", "24.11. 10:00")),
        ("Yes, cancel Tuesday please", ("cancelled", "24.11. 10:00")),
        ("no, keep it", ("confirmed", "24.11. 10:00")),
        ("please don't cancel it, leave it", ("confirmed", "24.11. 10:00")),
        ("No, I'd rather move it", ("confirmed", "24.11. 10:00")),
    ],
)
async def test_who_cannot_come_is_asked_before_anything_is_cancelled(
    clinic: Clinic, answer: str, became: tuple[str, str]
) -> None:
    await clinic.hears("A massage on Tuesday at 10:00, please")
    await clinic.hears("yes please")
    assert "Shall I cancel your appointment" in await clinic.hears("I can't make it on Tuesday")
    await clinic.hears(answer)
    assert [(status, at) for status, _, at in await clinic.bookings()] == [became]


@pytest.mark.parametrize(
    ("wish", "refusal", "told"),
    [
        ("A massage on Tuesday at 10:00", "No thanks, forget it, I found another clinic", "then I book nothing"),
        ("Massage am Dienstag um 10 Uhr", "hat sich erledigt", "dann buche ich nichts"),
        ("Un masaje el martes a las 10", "ya no la necesito", "no reservo nada"),
        ("Un massage mardi à 10h", "laissez tomber, j'ai trouvé ailleurs", "je ne réserve donc rien"),
    ],
)
async def test_who_wants_no_appointment_any_more_is_asked_for_no_other_day(
    clinic: Clinic, wish: str, refusal: str, told: str
) -> None:
    assert numbered(await clinic.hears(wish))
    assert told in await clinic.hears(refusal)
    assert await clinic.bookings() == []


async def test_a_time_without_a_day_is_one_of_the_day_that_was_offered(clinic: Clinic) -> None:
    await clinic.hears("A massage on Wednesday at 16:00 please")
    offer = numbered(await clinic.hears("Not the 16:00! Something before noon on the same day"))
    assert offer
    assert all("25 November" in line for line in offer)


async def test_another_time_for_what_is_not_booked_yet_is_no_move(clinic: Clinic) -> None:
    await clinic.hears("Je voudrais un massage mardi à 10h")
    await clinic.hears("Finalement plutôt jeudi à 11h")
    assert await clinic.bookings() == [("confirmed", "Sports massage", "26.11. 11:00")]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Is it possible to come 30 minutes earlier?", "09:30"),
        ("Ginge es auch eine Stunde später?", "11:00"),
        ("¿Puede ser media hora antes?", "09:30"),
        ("Est-ce possible une heure plus tard ?", "11:00"),
    ],
)
async def test_what_was_booked_can_be_asked_for_a_little_earlier_or_later(clinic: Clinic, text: str, at: str) -> None:
    await clinic.hears("A massage on Tuesday at 10:00, please")
    await clinic.hears("yes please")
    (line,) = numbered(await clinic.hears(text))
    assert line.endswith(at)


async def test_another_time_right_after_booking_moves_what_was_booked(clinic: Clinic) -> None:
    await clinic.hears("Termin Dienstag 14:30?")
    await clinic.hears("Ja, das passt")
    assert numbered(await clinic.hears("Doch lieber 16 Uhr")) == ["Dienstag, 24. November 2026, 16:00"]
    await clinic.hears("ja")
    assert await clinic.bookings() == [("confirmed", "First assessment", "24.11. 16:00")]


async def test_a_service_named_before_is_meant_and_the_language_stays(clinic: Clinic) -> None:
    assert "free for two hours" in await clinic.hears("Ich komme bald zur Sportmassage. Gibt es Parkplätze?")
    offer = await clinic.hears("ok, dann hätte ich gern einen Termin am Freitag Vormittag dafür")
    assert "„Sports massage“" in offer
    assert "Ihr Termin ist gebucht" in await clinic.hears("1")


async def test_a_service_that_is_not_there_is_asked_about_and_none_is_guessed(clinic: Clinic) -> None:
    asked = await clinic.hears("Can I have a haircut on Thursday at 10?")
    assert "Which service would you like: First assessment, Sports massage?" in asked
    assert not numbered(asked)
    offer = await clinic.hears("oh, then the sports massage please")
    assert numbered(offer) == ["Thursday, 26 November 2026, 10:00"], "the day is not asked for again"
    assert "“Sports massage”" in offer


async def test_nobody_else_can_cancel_it(clinic: Clinic) -> None:
    await clinic.hears("A sports massage on Tuesday at 15:00, please")
    await clinic.hears("yes please")
    answer = await clinic.hears(
        "Cancel my appointment on Tuesday at 15:00", email="eve@example.com", name="Ada Lovelace"
    )
    assert "passed your request on to a colleague" in answer
    assert await clinic.bookings() == [("confirmed", "Sports massage", "24.11. 15:00")]


async def test_a_question_and_a_wish_in_one_message_are_both_answered(clinic: Clinic) -> None:
    answer = await clinic.hears("Do you have anything free on Thursday? And is there parking? Do you sell tulips?")
    assert len(numbered(answer)) == 3
    assert "Patients park free for two hours" in answer
    assert "tulips" in answer


@pytest.mark.parametrize(
    "text",
    [
        "Are you open on Tuesday?",
        "I am having a heart attack, can I come tomorrow?",
        "This is unacceptable, I want to complain about last Tuesday",
        "What does a first assessment cost?",
    ],
)
async def test_what_is_no_wish_for_a_time_is_offered_none(clinic: Clinic, text: str) -> None:
    assert not numbered(await clinic.hears(text))


async def test_without_services_a_person_books(world: World, sink: Sink) -> None:
    answer = await Clinic(world, sink).hears("Can I book an appointment next Tuesday?")
    assert "passed your request on to a colleague" in answer


STEPS = [
    pytest.param(scheduling_tools.holds, "hold", crash_before, id="before the hold"),
    pytest.param(scheduling_tools.holds, "hold", crash_after, id="after the hold, before its record"),
    pytest.param(scheduling_tools.actions, "confirm", crash_before, id="between hold and confirmation"),
    pytest.param(scheduling_tools.actions, "confirm", crash_after, id="after the confirmation, before its record"),
]


@pytest.mark.parametrize(("module", "name", "crash"), STEPS)
async def test_a_crash_while_booking_books_once(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, crash: Any
) -> None:
    await clinic.hears("A sports massage on Tuesday at 15:00, please")
    with monkeypatch.context() as patch:
        patch.setattr(module, name, crash(getattr(module, name)))
        with pytest.raises(Crash):
            await clinic.hears("yes please")
    await clinic.world.settle()
    assert "is booked" in clinic.sink.texts[-1]
    assert len(clinic.sink.got) == 2
    assert await clinic.bookings() == [("confirmed", "Sports massage", "24.11. 15:00")]


async def test_a_mail_is_answered_with_times_and_its_reply_books(world: World, tmp_path: Path) -> None:
    await make_bookable(world)
    async with (
        sandbox_mailbox(tmp_path / "sandbox") as sandbox,
        listening(Host(world.services), "127.0.0.1", 0) as port,
    ):
        account = await mail_account(world, sandbox)
        await asyncio.to_thread(forward, port, question(account.address, "can I come in next Tuesday after three?"))
        await world.settle()
        (offer,) = answers(sandbox)
        text = offer.get_body(("plain",)).get_content()
        assert len(numbered(text)) == 3
        reply = question(
            account.address,
            "15:00 works for me.\n\nOn Monday Test clinic wrote:\n> " + text.replace("\n", "\n> "),
            Message_ID="<q2@example.com>",
            Subject="Re: A question",
            In_Reply_To=str(offer["Message-ID"]),
        )
        await asyncio.to_thread(forward, port, reply)
        await world.settle()
        assert "is booked: First assessment, Tuesday, 24 November 2026, 15:00" in " ".join(
            " ".join(mail.get_body(("plain",)).get_content().split()) for mail in answers(sandbox)
        )
        await channels()["email"].close()  # type: ignore[attr-defined] - its pooled connections
    rows = await world.rows("SELECT status FROM booking WHERE workspace_id = %s")
    assert [row["status"] for row in rows] == ["confirmed"]


async def test_the_mail_about_a_booking_is_in_the_language_it_was_talked_about_in(world: World, tmp_path: Path) -> None:
    await make_bookable(world)
    async with (
        sandbox_mailbox(tmp_path / "sandbox") as sandbox,
        listening(Host(world.services), "127.0.0.1", 0) as port,
    ):
        account = await mail_account(world, sandbox)
        wish = "Guten Tag, kann ich am Dienstag nach drei kommen?"
        await asyncio.to_thread(forward, port, question(account.address, wish))
        await world.settle()
        told = ("Der zweite passt, danke.", "Können wir auf Donnerstag um 10 Uhr verschieben?", "ja, bitte")
        for number, text in enumerate((*told, "Ich muss den Termin leider absagen.")):
            mail = question(
                account.address,
                text,
                Message_ID=f"<g{number}@example.com>",
                In_Reply_To=str(answers(sandbox)[-1]["Message-ID"]),
            )
            await asyncio.to_thread(forward, port, mail)
            await world.settle()
        await channels()["email"].close()  # type: ignore[attr-defined] - its pooled connections
    sent = await world.rows(
        """SELECT content->>'subject' AS subject FROM outbox
           WHERE workspace_id = %s AND dedupe_key LIKE 'booking:%%' ORDER BY id"""
    )
    assert [row["subject"] for row in sent] == [
        "Gebucht: First assessment, Dienstag, 24. November 2026, 16:00",
        "Neuer Termin: First assessment, Donnerstag, 26. November 2026, 10:00",
        "Abgesagt: First assessment, Donnerstag, 26. November 2026, 10:00",
    ]


async def test_in_a_chat_the_time_is_kept_while_who_comes_is_asked(world: World) -> None:
    await make_bookable(world)
    key = f"key-{world.workspace.id.hex[-12:]}"
    await add(world, "webchat", key, {})
    app = create_app(world.services, Host(world.services))
    async with client_of(app, **{"x-api-key": key}) as page:
        visitor = Visitor(page, world)
        [offer] = await visitor.says("Haben Sie am Donnerstag um 10 Uhr eine Massage frei?")
        assert numbered(offer) == ["Donnerstag, 26. November 2026, 10:00"]
        [asked] = await visitor.says("ja bitte")
        assert "Wie heißen Sie" in asked
        held = await world.rows("SELECT status FROM booking WHERE workspace_id = %s")
        assert [row["status"] for row in held] == ["held"]
        told = await visitor.says("Ada Lovelace, ada@example.com")
        assert any("Ihr Termin ist gebucht: Sports massage" in text for text in told)
        rows = await world.rows("SELECT status FROM booking WHERE workspace_id = %s")
        assert [row["status"] for row in rows] == ["confirmed"]
        moved = await visitor.says("Doch lieber um 11 Uhr")  # after the word that a code was sent
        assert numbered(moved[-1]) == ["Donnerstag, 26. November 2026, 11:00"]


async def test_whoever_books_is_told_the_services_and_the_contacts_own_bookings(clinic: Clinic) -> None:
    await clinic.hears("A sports massage on Tuesday at 15:00, please")
    await clinic.hears("yes please")
    await clinic.hears("A first assessment on Tuesday, please", email="bob@example.com", name="Bob")
    prompts = await clinic.world.rows(
        "SELECT prompt->>'instructions' AS told FROM run WHERE workspace_id = %s ORDER BY id"
    )
    assert all('<service id="' in prompt["told"] and 'price="69.00 EUR"' in prompt["told"] for prompt in prompts)
    await clinic.hears("Can I move my appointment?")
    last = await clinic.world.rows(
        "SELECT prompt->>'instructions' AS told FROM run WHERE workspace_id = %s ORDER BY id DESC LIMIT 1"
    )
    assert 'starts_at="2026-11-24T15:00+01:00"' in last[0]["told"]
    assert not any("<booking " in prompt["told"] for prompt in prompts), "nobody else's, and none before it was made"
