"""What is said beside an appointment: answers to what was asked with it."""

import re
from collections.abc import Callable
from dataclasses import replace

from dynaris.agents.builtin.given import Passage
from dynaris.agents.builtin.situation import SURE, Situation
from dynaris.classifier import read
from dynaris.knowledge.questions import Part

_SHORTEST = 12  # characters of a question: less is an abbreviation's rest
_LONGEST_REQUEST = 60  # characters of one for a word of confirmation, which the reply itself is
_TO_CONFIRM = re.compile(r"\b(?:confirm\w*|bestätig\w*)\b", re.IGNORECASE)


def side_answers(situation: Situation, text: str, *, told_elsewhere: Callable[[str], bool]) -> list[str]:
    """What the text asks besides: answered from knowledge, or said that it is open. `told_elsewhere`: whether a part is
    about the appointment itself."""
    given = situation.given
    asked = Situation(
        replace(given, text=text, passages=given.told_passages, searched_again=False),
        situation.tools,
    )
    found: list[str] = []
    for number, part in enumerate(asked.parts):
        if not part.asks or len(part.text) < _SHORTEST or _asks_to_confirm(part.text) or told_elsewhere(part.text):
            continue
        answers = [passage for passage in asked.answers if passage.part == number]
        answers = answers or [passage for passage in asked.answers if _is_about(passage, part)]
        found += [asked.quote("quote", passage) for passage in answers[:1]]
        if not answers and read(part.text).of("price", "long") < SURE:  # an offer and a booking tell both
            found.append(asked.not_known(part.text))
    return found


def _asks_to_confirm(question: str) -> bool:
    return len(question) <= _LONGEST_REQUEST and _TO_CONFIRM.search(question) is not None


def _is_about(passage: Passage, part: Part) -> bool:
    """A passage counts for the part that it covers best, which may be the wish ("anything free" parks free, too)."""
    text = f"{passage.heading} {passage.text}".lower()
    telling = [term for term in part.terms if term.weight >= 1]
    return bool(telling) and all(any(word in text for word in (term.word, *term.alike.split())) for term in telling)
