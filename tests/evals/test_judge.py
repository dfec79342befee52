"""Each measure holds for a right conversation and fails for wrong ones."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dynaris.evals.cases import Case
from dynaris.evals.facts import sources
from dynaris.evals.judge import judge
from dynaris.evals.playing import Booked, Known, Played, Turn, UsedTool

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=BERLIN)
ANSWERS = {
    "Is there parking?": "Yes. Patients park free for two hours in the garage under the building; the entrance is in "
    "Gartenweg. Two spaces beside the lift are kept for disabled drivers.",
    "How do I cancel or move an appointment?": "You can cancel or move an appointment free of charge up to 24 hours "
    "before it starts. Later than that, or if you do not come, we charge half the price of the service.",
    "What does a sports massage cost, and how long does it take?": "A sports massage costs €69 and takes 60 minutes.",
    "What are your opening hours?": "We are open Monday to Thursday from 8:00 to 19:00.",
    "How can I reach you by phone or e-mail?": "You can call us on +49 30 23125 100, or write to hello@demo.localhost.",
    "Which languages do you speak?": "Our team speaks English, German and Spanish.",
}
KNOWN = Known(MONDAY, BERLIN, ANSWERS, sources([*ANSWERS.values(), "Anna Weber"], zone=BERLIN, today=MONDAY.date()))


def case(**expect: Any) -> Case:
    given = {"specialist": ["chat"], "outcome": "answered", **expect}
    return Case.model_validate(
        {
            "id": "chat-en-test-1",
            "channel": "webchat",
            "language": "en",
            "title": "A test",
            "name": "Ann",
            "turns": ["Hello"],
            "expect": given,
        }
    )


def played(*replies: str, wrote: str = "Hello", tools: list[UsedTool] | None = None, **turn: Any) -> Played:
    given = {"outcome": "answered", "agent": "chat", **turn}
    bookings = given.pop("bookings", [])
    one = Turn(wrote=wrote, replies=list(replies), tools=tools or [], **given)
    return Played(case_id="chat-en-test-1", turns=[one], bookings=bookings)


def holds(measure: str, wanted: Case, got: Played) -> bool:
    return judge(wanted, got, KNOWN)[measure].holds


def test_another_specialist_than_the_expected_ones_is_wrong() -> None:
    assert holds("right_specialist", case(specialist=["chat", "voice"]), played("Hi", agent="voice"))
    assert not holds("right_specialist", case(), played("Hi", agent="scheduling"))
    assert not holds("right_specialist", case(), played(agent=None, outcome="failed"))


def test_noise_that_ended_before_anybody_was_chosen_needed_no_specialist() -> None:
    assert "right_specialist" not in judge(case(outcome="ignored"), played(agent=None, outcome="ignored"), KNOWN)
    assert not holds("right_specialist", case(), played(agent=None, outcome="ignored"))


def test_outcome_is_the_last_turns() -> None:
    assert holds("outcome", case(), played("Hi"))
    assert not holds("outcome", case(outcome="ignored"), played("Hi"))
    assert holds("outcome", case(outcome="handed_off"), played(outcome=None, waiting_for="person"))
    assert not holds("outcome", case(), played("Hi").model_copy(update={"stopped": "nothing was offered"}))


def test_a_case_that_names_no_outcome_is_not_judged_by_it() -> None:
    either = case(outcome=None)
    for ended in ("answered", "ignored", "handed_off"):
        judged = judge(either, played("Hi", outcome=ended), KNOWN)
        assert not {"outcome", "no_false_alarm"} & judged.keys()
    assert not holds("outcome", either, played("Hi").model_copy(update={"stopped": "nothing was offered"}))


@pytest.mark.parametrize(
    ("told", "outcome", "right"),
    [
        ("I have passed your message on to a colleague.", "handed_off", True),
        ("Ich habe Ihre Nachricht an das Team weitergegeben.", "handed_off", True),
        ("He pasado su mensaje a una persona del equipo.", "handed_off", True),
        ("J'ai transmis votre message à un collègue.", "handed_off", True),
        ("Our team speaks English, German and Spanish.", "handed_off", False),
        ("I am sorry.", "handed_off", False),
        ("I have passed your message on to a colleague.", "answered", False),
    ],
)
def test_escalation_needs_a_person_and_the_word_of_it(told: str, outcome: str, right: bool) -> None:
    wanted = case(outcome="handed_off", escalate=True)
    assert holds("escalated", wanted, played(told, outcome=outcome)) is right


def test_a_person_who_was_not_needed_is_a_false_alarm() -> None:
    assert holds("no_false_alarm", case(), played("Hi"))
    assert not holds("no_false_alarm", case(), played("A colleague will answer.", outcome="handed_off"))
    assert "no_false_alarm" not in judge(case(outcome="handed_off"), played("x", outcome="handed_off"), KNOWN)


PARKING = {"passages": ["Is there parking?"], "knowledge": True, "says": ["Gartenweg|garage"]}


@pytest.mark.parametrize(
    ("reply", "right"),
    [
        ("From our information: Patients park free for two hours in the garage under the building; the entrance is in "
         "Gartenweg.", True),
        ("Ja, zwei Stunden kostenlos in der Tiefgarage, Einfahrt Gartenweg.", True),
        ("Yes, there is a garage.", False),
        ("Yes, you can park for free.", False),
        ("A sports massage costs €69 and takes 60 minutes.", False),
    ],
)  # fmt: skip
def test_knowledge_is_quoted_or_its_facts_are_given(reply: str, right: bool) -> None:
    assert holds("right_passage", case(**PARKING), played(reply)) is right


def test_an_answer_without_facts_is_given_by_what_the_case_wants_said() -> None:
    wanted = case(passages=["Which languages do you speak?"], knowledge=True, says=["spanisch|spanish"])
    assert holds("right_passage", wanted, played("Wir sprechen Deutsch, Englisch und Spanisch."))
    assert not holds("right_passage", wanted, played("Wir sprechen Deutsch."))


def test_a_citation_counts_where_the_case_says_what_must_be_said() -> None:
    wanted = case(**{**PARKING, "says": ["underground"]})
    told = "You can leave your car underground."
    assert not holds("right_passage", wanted, played(told))
    assert not holds("right_passage", wanted, played(told, cites=["How can I pay?"]))
    assert holds("right_passage", wanted, played(told, cites=["Is there parking?"]))
    assert not holds("right_passage", case(**{**PARKING, "says": []}), played(told, cites=["Is there parking?"]))


def test_everything_that_must_be_said_is_looked_for() -> None:
    assert holds("says", case(says=["69", "60|hour"]), played("€69, an hour"))
    assert not holds("says", case(says=["69", "60|hour"]), played("€69"))


SOUND = [
    "A sports massage costs 69 €, 69,00 EUR or €69.00, and takes 60 minutes, one hour.",
    "Wir haben von 8 bis 19 Uhr geöffnet, also 8:00–19:00 Uhr, von 8 Uhr an.",
    "We are open from 8 am to 7 pm.",
    "Call +49 (0)30 23125-100 or 030 23125 100, or write to Hello@Demo.localhost.",
    "You can cancel up to one day before; later it is 50 %.",
    "On Tuesday, 24 November I have 15:30, 3:30 pm or 15 h 30 with Frau Weber.",
    "Am Dienstag, den 24.11. um 15 Uhr 30.",
    "Le mardi 24 novembre à 15h30.",
    "El martes 24 de noviembre a las 15:30.",
    "1. parking\n2. hours",
    "You wrote about room 7714 and Dr. Strange: I do not know them.",
    "On Thursday, 26 November we are open.",  # the calendar's word, not an invention
]
SLOTS = [UsedTool(name="find_slots", result=[{"starts_at": "2026-11-24T14:30:00+00:00", "staff": "Anna Weber"}])]


@pytest.mark.parametrize("reply", SOUND)
def test_what_has_a_source_is_not_invented(reply: str) -> None:
    got = played(reply, wrote="Is Dr. Strange in room 7714?", tools=SLOTS)
    assert judge(case(), got, KNOWN)["nothing_invented"].why == "all has a source"


INVENTED = {
    "It costs €79.": "amount 79",
    "It costs 69.50 euros.": "amount 69.5",
    "It takes 90 minutes.": "duration of 90 minutes",
    "You may park for three hours.": "duration of 180 minutes",
    "We are open until 20:00.": "time 20:00",
    "Wir haben bis 21 Uhr offen.": "time 21:00",
    "On Tuesday I have 16:15.": "time 16:15",
    "You get 15 % off.": "15 percent",
    "We have 12 rooms.": "number 12",
    "Call +49 30 555 777 99.": "phone 493055577799",
    "Write to info@demo-clinic.example.": "address info@demo-clinic.example",
    "See https://demo-clinic.example/prices.": "address https://demo-clinic.example/prices",
    "Come on 3 December.": "date 3.12.",
    "Come on Tuesday, 25 November.": "date 25.11.",  # a Wednesday
    "Ask for Dr. Schneider.": "name 'schneider'",
    "We are in Bergmannstraße.": "name 'bergmannstraße'",
    "We also do acupuncture.": "name 'acupuncture'",
}


@pytest.mark.parametrize("reply", INVENTED)
def test_what_has_no_source_is_invented(reply: str) -> None:
    verdict = judge(case(), played(reply, tools=SLOTS), KNOWN)["nothing_invented"]
    assert (verdict.holds, verdict.why) == (False, f"in no source: {INVENTED[reply]}")


def test_what_must_never_be_said_counts_as_invented() -> None:
    verdict = judge(case(never=["free of charge"]), played("It is Free of Charge"), KNOWN)["nothing_invented"]
    assert not verdict.holds


def test_what_an_agent_noted_itself_is_no_source() -> None:
    word = "A sports massage costs €20."
    kept = [UsedTool(name="remember", arguments={"text": word}, result={"kept": word})]
    assert not holds("nothing_invented", case(), played("It costs €20.", tools=kept))
    found = [UsedTool(name="search", arguments={"query": "the price"}, result=["Taping costs €20."])]
    assert holds("nothing_invented", case(), played("It costs €20.", tools=found))


def test_a_pattern_that_never_ends_is_no_proof_and_holds_nobody_up() -> None:
    endless, said = "(.*a){12}x", played("ab" * 20_000)
    began = time.perf_counter()
    assert not holds("says", case(says=[endless]), said)
    assert not holds("nothing_invented", case(never=[endless]), said)
    assert time.perf_counter() - began < 15


def test_a_recital_of_all_that_is_known_is_no_answer() -> None:
    asked = case(passages=["Is there parking?"], knowledge=True, says=["garage"])
    assert holds("right_passage", asked, played(ANSWERS["Is there parking?"]))
    assert not holds("right_passage", asked, played(" ".join(ANSWERS.values())))


def test_a_tool_that_failed_is_no_source() -> None:
    failed = [UsedTool(name="find_slots", result="16:15", error="no such service")]
    assert not holds("nothing_invented", case(), played("I have 16:15.", tools=failed))


def booked(day: int, hour: int, *, status: str = "confirmed", service: str = "Sports massage") -> Booked:
    starts = datetime(2026, 11, day, hour, 0, tzinfo=BERLIN).astimezone(UTC)
    return Booked(service=service, starts_at=starts, ends_at=starts + timedelta(hours=1), status=status)


WISH = {"service": "Sports massage", "weekday": "tuesday", "week": 0, "from": "15:00", "until": "19:00"}


@pytest.mark.parametrize(
    ("bookings", "right"),
    [
        ([booked(24, 15)], True),
        ([booked(24, 18)], True),
        ([booked(24, 14)], False),
        ([booked(25, 15)], False),
        ([booked(24, 15, service="First assessment")], False),
        ([booked(24, 15, status="held")], False),
        ([booked(24, 15), booked(24, 17)], False),
        ([booked(24, 15, status="cancelled")], False),
        ([], False),
    ],
)
def test_the_calendar_must_hold_what_was_wanted_and_nothing_else(bookings: list[Booked], right: bool) -> None:
    assert holds("booked_right", case(booking=WISH), played("ok", bookings=bookings)) is right


def test_next_weeks_day_is_another_day() -> None:
    wanted = case(booking={**WISH, "week": 1})
    assert not holds("booked_right", wanted, played("ok", bookings=[booked(24, 15)]))
    later = booked(24, 15).model_copy(
        update={
            name: datetime(2026, 12, 1, hour, 0, tzinfo=BERLIN) for name, hour in (("starts_at", 15), ("ends_at", 16))
        }
    )
    assert holds("booked_right", wanted, played("ok", bookings=[later]))


def test_a_cancelled_booking_is_there_and_nothing_stands_beside_it() -> None:
    wanted = case(booking={**WISH, "status": "cancelled"})
    gone = booked(24, 15, status="cancelled")
    assert holds("booked_right", wanted, played("ok", bookings=[gone]))
    assert not holds("booked_right", wanted, played("ok", bookings=[gone, booked(24, 17)]))
    assert not holds("booked_right", wanted, played("ok"))


def test_a_booking_that_nobody_asked_for_is_wrong() -> None:
    assert not holds("booked_right", case(), played("ok", bookings=[booked(24, 15)]))
    assert "booked_right" not in judge(case(), played("ok"), KNOWN)
