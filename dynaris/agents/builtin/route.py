"""How the built-in model classifies for the supervisor: who answers, how urgent it is, in which language."""

import re

from dynaris.agents.builtin.booking_wants import may_want_a_time
from dynaris.agents.builtin.concerns import Concern, concern_of
from dynaris.agents.builtin.emergency import is_emergency
from dynaris.agents.builtin.given import Given
from dynaris.agents.builtin.intents import is_only, means, plain
from dynaris.agents.builtin.noise import noise_in
from dynaris.classifier import readings
from dynaris.core.language import detect

_CHANNEL = re.compile(r"Channel: (\S+)\s*")  # the first line of what the supervisor is asked

_PRESSING = ("injury", "legal", "money_dispute", "complaint")
_CALLED_BACK = ("human", "money_dispute", "documents", "lost", "job")
_CLEAR = 0.35  # share of what a sentence most likely is


def route(given: Given) -> dict[str, str]:
    named = _CHANNEL.match(given.text)
    channel = named[1] if named else given.channel.get("name", "")
    text = given.text[named.end() :] if named else given.text
    words = plain(text)
    agent, reason = _agent(channel, words, text)
    return {
        "agent": agent,
        "reason": reason,
        "priority": _priority(text, words),
        "language": detect(text) or given.contact.get("language", "en"),
    }


def plainly_for(text: str) -> str | None:
    """The specialist whom the words themselves name; `None`: they could be anyone's."""
    named = _named(plain(text), text)
    return named[0] if named else None


def urgency(text: str) -> str:
    return _priority(text, plain(text))


def _named(words: str, text: str) -> tuple[str, str] | None:
    """In this order; who asks to be called about an appointment wants the call."""
    if noise_in(text, first=True):
        return None
    called = _asks_for("callback", text)
    if concern := concern_of(text):
        return _for_a_person(concern, called)
    if called:
        return "voice", "the message asks for a call"
    if may_want_a_time(text):
        return "scheduling", "the message is about an appointment"
    if _asks_for("quote", text):
        return "email_sales", "the message asks for an offer"
    return ("research", "the message asks for something to be looked into") if means("research", words) else None


def _for_a_person(concern: Concern, called: bool) -> tuple[str, str] | None:
    """Whom it comes to first; no calendar is asked."""
    if concern.name == "offer":
        return "email_sales", f"the message {concern.reason}"
    return ("voice", "the message asks for a call") if called and concern.name in _CALLED_BACK else None


def _asks_for(label: str, text: str) -> bool:
    return any(reading.label == label and reading.share >= _CLEAR for reading in readings(text))


def _agent(channel: str, words: str, text: str) -> tuple[str, str]:
    if named := _named(words, text):
        return named
    if "mail" in channel:
        return "email_sales", "a letter about nothing in particular"
    return "chat", "a general question"


def _priority(text: str, words: str) -> str:
    concern = concern_of(text)
    name = concern.name if concern else ""
    if name == "emergency" or is_emergency(text):
        return "urgent"
    if name in _PRESSING or means("urgent", words):
        return "high"
    return "low" if is_only(("thanks", "goodbye", "greeting"), words) else "normal"
