"""The built-in model: who somebody says they are, and what they ask for that a person confirms."""

import pytest
from pydantic_ai.messages import (
    ModelRequest,
    ModelResponse,
    ToolCallPart,
    ToolReturnPart,
)

from tests.agents.asked import HOURS, INTRODUCED, calls, replied, says, step, told, wrote


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "My name is Anna Smith, my email is anna.smith@example.com",
            {"name": "Anna Smith", "email": "anna.smith@example.com"},
        ),
        ("Ich heiße Jörg Müller. Telefon 030 1234567", {"name": "Jörg Müller", "phone": "030 1234567"}),
        ("Me llamo Lucía Gómez, mi teléfono es +34 612 345 678", {"name": "Lucía Gómez", "phone": "+34 612 345 678"}),
        ("Je m'appelle Zoé Martin", {"name": "Zoé Martin"}),
        ("Hi, I'm Anna. When are you open?", {"name": "Anna"}),
        ("Please write to bob@example.org.", {"email": "bob@example.org"}),
    ],
)
def test_name_and_contact_details_are_noted_before_anything_is_said(text: str, expected: dict[str, str]) -> None:
    assert calls(told(), wrote(text)) == ("update_contact", expected)


@pytest.mark.parametrize(
    "text",
    [
        "I am interested in a massage",
        "My order number is 123456789",
        "I am German. Do you speak German?",
        "Is 2026-01-15 at 10:00 free?",
        "I'm Sorry",
        "This is Terrible weather",
    ],
)
def test_what_is_no_contact_detail_is_not_noted(text: str) -> None:
    part = step(told(), wrote(text))
    assert not (isinstance(part, ToolCallPart) and part.tool_name == "update_contact"), part


def test_details_that_are_known_or_already_noted_in_this_turn_are_not_noted_again() -> None:
    known = told(contact={"identity": "verified", "name": "Anna Smith", "email": "anna@example.com"}, passages=(HOURS,))
    text = "I'm Anna Smith, anna@example.com. When are you open?"
    assert HOURS[1] in says(known, wrote(text))
    call = step(told(passages=(HOURS,)), wrote(text))
    assert isinstance(call, ToolCallPart)
    noted = ModelRequest(parts=[ToolReturnPart(call.tool_name, {"kept": ["name"]}, tool_call_id=call.tool_call_id)])
    assert HOURS[1] in says(told(passages=(HOURS,)), wrote(text), ModelResponse(parts=[call]), noted)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sorry, I mistyped. My email is good@example.com", {"email": "good@example.com"}),
        ("I meant good@example.com, not bad@example.com", {"email": "good@example.com"}),
        ("bad@example.com was a typo, it is good@example.com", {"email": "good@example.com"}),
        ("Ich habe mich vertippt: good@example.com", {"email": "good@example.com"}),
        ("Mi correo es good@example.com", {"email": "good@example.com"}),
        ("Mon adresse est good@example.com", {"email": "good@example.com"}),
        ("My number is +49 30 7654321", {"phone": "+49 30 7654321"}),
    ],
)
def test_an_address_given_anew_is_noted_in_place_of_the_known_one(text: str, expected: dict[str, str]) -> None:
    known = told(contact={"identity": "claimed", "email": "bad@example.com", "phone": "+49 30 1234567"})
    assert calls(known, *INTRODUCED, wrote(text)) == ("update_contact", expected)


@pytest.mark.parametrize(
    "text", ["My email is Bad@example.com", "Could you send my invoice to accounting@example.org? When are you open?"]
)
def test_the_known_address_and_somebody_elses_are_not_noted_again(text: str) -> None:
    known = told(contact={"identity": "claimed", "email": "bad@example.com"}, passages=(HOURS,))
    part = step(known, *INTRODUCED, wrote(text))
    assert not (isinstance(part, ToolCallPart) and part.tool_name == "update_contact"), part


def test_a_request_without_details_is_asked_for_them_once_and_then_passed_on() -> None:
    text = "I'd like to book an appointment for Tuesday"
    question = says(told(), *INTRODUCED, wrote(text))
    assert "your name and an e-mail address" in question
    history = [*INTRODUCED, wrote(text), replied(question)]
    call = step(told(), *history, wrote("anna smith, anna@example.com"))
    assert isinstance(call, ToolCallPart)
    assert call.args_as_dict() == {"name": "Anna Smith", "email": "anna@example.com"}
    noted = ModelRequest(parts=[ToolReturnPart(call.tool_name, "ok", tool_call_id=call.tool_call_id)])
    name, arguments = calls(told(), *history, wrote("anna smith, anna@example.com"), ModelResponse(parts=[call]), noted)
    assert name == "escalate"
    assert "Thank you, Anna Smith" in arguments["message"]
    assert calls(told(), *history, wrote("I would rather not say"))[0] == "escalate"


def test_a_question_for_a_free_time_that_nothing_answers_is_a_request() -> None:
    text = "Do you have an appointment free next Tuesday at 3pm?"
    assert "your name and an e-mail address" in says(told(), *INTRODUCED, wrote(text))


def test_a_call_back_with_a_number_is_noted_and_passed_on() -> None:
    text = "Please call me back at +49 170 1234567"
    call = step(told(), *INTRODUCED, wrote(text))
    assert isinstance(call, ToolCallPart)
    assert call.args_as_dict() == {"phone": "+49 170 1234567"}
    noted = ModelRequest(parts=[ToolReturnPart(call.tool_name, "ok", tool_call_id=call.tool_call_id)])
    assert calls(told(), *INTRODUCED, wrote(text), ModelResponse(parts=[call]), noted)[0] == "escalate"


def test_a_request_from_somebody_who_can_be_reached_is_passed_on_at_once() -> None:
    contact = {"identity": "verified", "name": "Anna", "email": "anna@example.com"}
    name, arguments = calls(told(contact=contact), *INTRODUCED, wrote("Please cancel my appointment tomorrow"))
    assert name == "escalate"
    assert "confirm" in arguments["message"]
