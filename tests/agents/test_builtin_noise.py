"""The built-in model and mail that nobody has to answer: ignored with a reason, while a customer never is."""

import pytest
from pydantic_ai.messages import ToolCallPart

from dynaris.agents.builtin.noise import noise_in
from tests.agents.asked import HOURS, INTRODUCED, calls, replied, says, step, told, wrote
from tests.agents.noise_samples import CUSTOMERS, SPAM, THANKS
from tests.agents.sentences_for_people import FOR_A_PERSON, NOT_FOR_A_PERSON

ANSWERED = [wrote("how can I pay?"), replied("Hello! I am the basic assistant of Demo Clinic.\n\nBy card.")]


@pytest.mark.parametrize("text", SPAM)
@pytest.mark.parametrize("mail", [True, False])
def test_what_no_customer_wrote_is_ignored_for_a_reason(text: str, mail: bool) -> None:
    name, arguments = calls(told(passages=(HOURS,), mail=mail), wrote(text))
    assert name == "ignore"
    assert arguments["reason"] in (
        "advertising for somebody's services",
        "a newsletter",
        "an automatic reply",
        "this looks like a fraud",
    )


@pytest.mark.parametrize("text", CUSTOMERS)
def test_a_customer_is_not_taken_for_spam(text: str) -> None:
    part = step(told(passages=(HOURS,), mail=True), wrote(text))
    assert not isinstance(part, ToolCallPart) or part.tool_name != "ignore"


def test_no_ordinary_sentence_is_noise() -> None:
    sentences = [*FOR_A_PERSON, *NOT_FOR_A_PERSON]
    assert [text for text in sentences if noise_in(text, first=True)] == []


def test_who_is_a_customer_or_answers_us_is_not_taken_for_spam() -> None:
    customer = told(contact={"status": "customer", "identity": "claimed"}, mail=True)
    assert calls(customer, wrote(SPAM[0]))[0] == "escalate"
    part = step(told(mail=True), *INTRODUCED, wrote(SPAM[0]))
    assert not isinstance(part, ToolCallPart) or part.tool_name != "ignore"


@pytest.mark.parametrize(("language", "text"), [(name, text) for name, texts in THANKS.items() for text in texts])
def test_thanks_are_answered_once_in_a_chat_and_end_a_letter(language: str, text: str) -> None:
    welcome = {"en": "You are welcome!", "de": "Gern geschehen!", "es": "¡De nada!", "fr": "Je vous en prie !"}
    first = says(told(), *ANSWERED, wrote(text))
    assert first in (*welcome.values(),), language
    again = calls(told(), *ANSWERED, wrote(text), replied(first), wrote(text))
    assert again == ("ignore", {"reason": "a thank-you or goodbye needs no answer"})
    contact = {"name": "Roger Kent", "identity": "claimed"}
    for signed in (f"{text}\n\nRoger", f"{text}\nKent", f"{text}\n\nRoger Kent", text):
        assert calls(told(contact=contact, mail=True), *ANSWERED, wrote(signed))[0] == "ignore", signed


def test_thanks_before_a_question_do_not_hide_it() -> None:
    for text in ("Thanks! And when are you open?", "danke, und wann haben Sie auf?\nRoger"):
        assert HOURS[1] in says(told(passages=(HOURS,), mail=True), *ANSWERED, wrote(text))


def test_a_circulars_footer_is_no_wish_to_be_left_alone() -> None:
    footer = "You get this because you came to our stand at the fair. To unsubscribe from this list, click here."
    text = f"Our autumn letter is about chairs, tables and lamps, and about the people who make them for us. {footer}"
    part = step(told(passages=(HOURS,), mail=True), wrote(text))
    assert not isinstance(part, ToolCallPart) or "not want to be contacted" not in part.args_as_dict()["reason"]
    assert calls(told(), wrote("please unsubscribe me"))[1]["reason"] == "the contact does not want to be contacted"
