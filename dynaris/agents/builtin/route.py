"""How the built-in model classifies for the supervisor: who answers, how urgent it is, in which language."""

import re

from dynaris.agents.builtin.booking_wants import may_want_a_time
from dynaris.agents.builtin.concerns import Concern, concern_of
from dynaris.agents.builtin.emergency import is_emergency
from dynaris.agents.builtin.given import Given
from dynaris.agents.builtin.intents import is_only, means, plain
from dynaris.agents.builtin.noise import noise_in
from dynaris.agents.builtin.wishes import wishes
from dynaris.core.language import detect

_CHANNEL = re.compile(r"Channel: (\S+)\s*")  # the first line of what the supervisor is asked

_WITH_THE_CALENDAR = ("others",)  # somebody else's appointment is the calendar's matter too
_PRESSING = ("injury", "legal", "money_dispute", "complaint")
_CALLED_BACK = ("human", "money_dispute", "documents", "lost", "job")
# In this order; who asks to be called about an appointment wants the call.
_SPECIALISTS = (
    ("scheduling", ("booking", "scheduling"), "is about an appointment"),
    ("email_sales", ("sales",), "is about buying or an offer"),
    ("research", ("research",), "asks for something to be looked into"),
)


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
    if noise_in(text, first=True):
        return None
    if (concern := concern_of(text)) and concern.name not in _WITH_THE_CALENDAR:
        return _for_a_person(concern, words)
    if _asks_to_be_called(words):
        return "voice", "the message asks for a call"
    for agent, intents, reason in _SPECIALISTS:
        if any(means(intent, words) for intent in intents):
            return agent, f"the message {reason}"
    return ("scheduling", "the message asks for a time") if may_want_a_time(text) else None


def _for_a_person(concern: Concern, words: str) -> tuple[str, str] | None:
    """Whom it comes to first; no calendar is asked."""
    if concern.name == "offer":
        return "email_sales", f"the message {concern.reason}"
    if concern.name in _CALLED_BACK and _asks_to_be_called(words):
        return "voice", "the message asks for a call"
    return None


def _asks_to_be_called(words: str) -> bool:
    return means("voice", words) and not wishes("calls_us", words)


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
