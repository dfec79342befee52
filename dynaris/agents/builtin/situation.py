"""One message in its conversation, understood: language, intents, what the passages answer, what was said before."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from dynaris.agents.builtin.booking_choice import quoted_in
from dynaris.agents.builtin.booking_wants import Want, act_of
from dynaris.agents.builtin.concerns import Concern, asks_for_a_person, concern_of, is_written_about
from dynaris.agents.builtin.days import SpecialDay, asked_about, asks_for_hours, in_words, names_a_day, soon
from dynaris.agents.builtin.details import OWN_ADDRESS, details, without
from dynaris.agents.builtin.given import Given, Passage
from dynaris.agents.builtin.intents import is_title, means, plain
from dynaris.agents.builtin.phrases import PHRASES, said
from dynaris.agents.builtin.reasons import because
from dynaris.agents.builtin.wishes import wants_no_bot, wishes, without_declined
from dynaris.classifier import Reading, read, readings, sentences
from dynaris.core.language import detect
from dynaris.knowledge.questions import Part, parts
from dynaris.knowledge.topics import CERTAIN, KINDS

SURE = 0.5  # share of a reading
CLOSEST = 0.4  # one that covers less is not even shown
MOST_QUOTES = 6
_TELLING_LINES = 3  # of what the contact wrote before, as to their language
LONGEST_QUOTE = 700
_MAY_BE_ASKED = 0.12  # share of what may be written down; little suffices, as a person answers as well

_NUMBER = re.compile(r"\b\w*\d\w*")
_SIGNED = re.compile(r"\n([A-ZÀ-ÖØ-Þ][\w'’-]{1,30}(?: [A-ZÀ-ÖØ-Þ][\w'’-]{1,30}){0,2})\s{0,9}\Z")
_WANTS_NO_PERSON = re.compile(
    r" (?:don t|do not|not|nicht|ohne|no quiero|sin|ne|sans)(?: \w+){0,4} "
    r"(?:talk|speak|human|person|menschen|hablar|humano|parler|humain|conseiller) "
)
_WANTS_TO_KNOW = re.compile(
    r"\W*(?:how|what|where|why|which|do you|does|is|are|wie|was|wo|warum|welche\w*|gibt|ist|sind|cómo|como|qué"
    r"|que|cuál|cual|dónde|donde|cu[áa]nt\w+"
    r"|hay|comment|quel\w*|où|est-ce|y a-t-il|pourquoi)\b",
    re.IGNORECASE,
)
# A sentence about themselves, which is no question and no wish.
_STORY = re.compile(
    r"(?:(?:hi|hello|hallo|hola|bonjour),? )?(?:i|my|we|our|ich|mein\w*|wir|yo|mi|tengo|je|j['’]|mon|ma|nous)\b"
    r"(?!.*\b(?:want|like|need|looking|know|ask|question|interest\w*|wonder\w*|möchte\w*|brauch\w*|frage\w*|wissen|hätte"
    r"|quiero|quisiera|necesito|saber|gustaría|veux|voudrais|aimerais|besoin|savoir|cancel|move|can['’]?t|cannot)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Say:
    """A reply in plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A tool, or a decision that is one."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


Step = Say | Call


class Situation:
    """Computed when first asked for: most messages need little of it."""

    def __init__(self, given: Given, tools: Mapping[str, frozenset[str]]) -> None:
        self.given = given
        self.tools = tools  # what may be called, with the names of its arguments

    @cached_property
    def words(self) -> str:
        """Without the name that somebody gives: Mrs Sauer (German for angry) does not complain."""
        name = self.details.get("name")
        return plain(self.given.text.replace(name, " ") if name else self.given.text)

    @cached_property
    def parts(self) -> list[Part]:
        return parts(self.given.text)

    @cached_property
    def readings(self) -> list[Reading]:
        return readings(self.given.text)

    def reads(self, *labels: str) -> float:
        """How sure it is that one of the sentences is about one of these."""
        return max((reading.of(*labels) for reading in self.readings), default=0)

    @cached_property
    def act(self) -> Want | None:
        """What they want of the calendar; "I do not want an appointment" wants nothing."""
        return act_of(without_declined(self.given.text))

    @cached_property
    def service_talked_of(self) -> str:
        """What was offered last, where our latest words are about an appointment."""
        about = ("offer", "move_offer", "booking_details", "booked", "requested", "moved")
        if not self.just_said(*about):
            return ""
        ours = [line.text for line in reversed(self.given.said) if line.author == "agent"]
        offer = next((text for text in ours if said("offer", text)), "")
        return quoted_in(offer) or ""

    @cached_property
    def language(self) -> str:
        """Of the contact's text, else of what they wrote before, else what is recorded; one that we speak."""
        before = detect(" ".join(list(self.given.every("contact"))[-_TELLING_LINES:]))
        found = [detect(self.given.text), before]
        if before and self.is_details_only:
            found.reverse()  # a name and an address tell no language
        for candidate in (*found, self.given.contact.get("language")):
            if candidate in PHRASES:
                return str(candidate)
        return "en"

    @cached_property
    def courtesy(self) -> str:
        """The words without the names in them, with which letters begin and end."""
        words = self.words
        for name in plain(self.given.contact.get("name", "")).split():
            words = words.replace(f" {name} ", " ")
        signed = _SIGNED.search(self.given.text) if self.is_mail else None
        return words.removesuffix(plain(signed[1]).lstrip()) + " " if signed else words

    def means(self, *intents: str) -> bool:
        return any(means(intent, self.words) for intent in intents)

    @property
    def is_praise(self) -> bool:
        """A kind word and nothing else."""
        if not wishes("praise", self.words) or self.act or self.reads("callback") >= SURE:
            return False
        return len(self.parts) <= 1 and not any(part.asks for part in self.parts)

    @property
    def is_thanks(self) -> bool:
        """Thanks or a goodbye in words of their own, and nothing else: "Merci, à mardi !" """
        if self.act or any(part.asks for part in self.parts):
            return False
        told = [sentence for sentence in sentences(self.given.text) if not is_title(sentence)]
        return bool(told) and all(read(sentence).of("thanks", "greeting") >= CERTAIN for sentence in told)

    @property
    def wants_a_person(self) -> bool:
        asked = asks_for_a_person(without_declined(self.given.text))
        return (asked and not _WANTS_NO_PERSON.search(self.wanted_words)) or wants_no_bot(self.given.text)

    @cached_property
    def concern(self) -> Concern | None:
        """What a person has to settle, whatever else the text asks."""
        text = without(self.given.text, self.details) if self.details else self.given.text
        if found := concern_of(text):  # "I do not need a refund" asks for none
            wanted = without_declined(text)
            return concern_of(wanted) if wanted.strip(" .\n") else found
        return None

    def is_written_about(self, concern: Concern) -> bool:
        """A question about the matter that our information answers."""
        if not self.wants_to_know and not any(part.asks for part in self.parts):
            return False
        return any(is_written_about(concern, f"{passage.heading} {passage.text}") for passage in self.answers)

    @cached_property
    def wanted_words(self) -> str:
        name = self.details.get("name")
        return plain(without_declined(self.given.text.replace(name, " ") if name else self.given.text))

    @property
    def wants_to_know(self) -> bool:
        """A question that what is written may answer."""
        return _WANTS_TO_KNOW.match(self.given.text) is not None

    def phrase(self, key: str, **values: str) -> str:
        return PHRASES[self.language][key].format(**values)

    @cached_property
    def is_mail(self) -> bool:
        return self.given.channel.get("salutation") == "true"

    @cached_property
    def is_spoken(self) -> bool:
        """On a call, which began with a greeting that said who answers."""
        return self.given.channel.get("spoken") == "true"

    @cached_property
    def is_introduced(self) -> bool:
        return any(said(key, text) for text in self.given.every("agent") for key in ("intro", "intro_as"))

    def just_said(self, *keys: str) -> bool:
        return any(said(key, self.given.replied) for key in keys)

    def has_asked(self) -> bool:
        return any(
            said(key, text)
            for text in self.given.every("agent")
            for key in ("ask_more", "does_that_help", "unanswered", "unanswered_part")
        )

    @cached_property
    def details(self) -> dict[str, str]:
        asked = self.just_said("ask_details", "leave_email", "booking_details")
        return details(self.given.text, asked=asked, known=self.given.contact.get("email"))

    @cached_property
    def typed(self) -> dict[str, str]:
        """Contact details in the text that the record does not have yet, or has otherwise: a mistyped address."""
        known = self.given.contact
        return {key: value for key, value in self.details.items() if not known.get(key) or self._corrects(key, value)}

    def _corrects(self, key: str, value: str) -> bool:
        """Another address than the known one, said to be their own: one to copy something to is none."""
        if key == "name" or not (self.is_details_only or OWN_ADDRESS.search(self.given.text)):
            return False
        return _compared(key, value) != _compared(key, self.given.contact[key])

    @cached_property
    def is_details_only(self) -> bool:
        return self._gives_details(self.given.text)

    def _gives_details(self, text: str) -> bool:
        """Contact details and hardly anything else: "My address is …" asks for nobody's address."""
        if not any(value in text for value in self.details.values()):
            return False
        left = parts(without(text, self.details))
        terms = [term for part in left for term in part.terms]
        return len(terms) <= 2 and not any(part.asks for part in left) and not any(term.alike for term in terms)

    @cached_property
    def is_reachable(self) -> bool:
        known = {**self.given.contact, **self.typed}
        return bool(known.get("email") or known.get("phone"))

    @cached_property
    def answers(self) -> list[Passage]:
        """What answers each part of the text, where it covers enough of it; one passage or several that go together."""
        chosen: dict[int, list[Passage]] = {}
        for passage in self.given.passages:
            if passage.part in self._given_away | self._told_only or passage.score < self.given.floor:
                continue
            together = chosen.setdefault(passage.part, [])
            if not together or together[0].score == passage.score:
                together.append(passage)
        if self._only_stories(chosen):
            return []
        return _no_text_twice([passage for number in sorted(chosen) for passage in chosen[number]])[:MOST_QUOTES]

    def _only_stories(self, answered: Iterable[int]) -> bool:
        """What is told beside questions has its passages, and none of the questions has one."""
        asked = {number for number, part in enumerate(self.parts) if part.asks}
        return bool(asked) and not self.given.searched_again and asked.isdisjoint(answered)

    @cached_property
    def special_days(self) -> list[SpecialDay]:
        """Of the days on which other hours hold, those that the text asks about; without a day in it, the next ones."""
        given = self.given
        if not given.special_days or given.today is None or not asks_for_hours(given.text):
            return []
        asked = asked_about(given.text, given.special_days, given.today)
        if asked or names_a_day(given.text, given.today):
            return asked[:MOST_QUOTES]
        return soon(given.special_days, given.today)[:MOST_QUOTES]

    @cached_property
    def asks_for_a_special_day(self) -> bool:
        given = self.given
        return bool(self.special_days and given.today and asked_about(given.text, self.special_days, given.today))

    def hours_of(self, day: SpecialDay) -> str:
        note = f" ({day.note})" if day.note else ""
        said = in_words(day.day, self.language)
        if day.is_closed:
            return self.phrase("day_closed", day=said, note=note)
        return self.phrase("day_open", day=said, hours=day.hours.replace(" and ", ", "), note=note)

    @cached_property
    def _given_away(self) -> frozenset[int]:
        """The parts of the text that are no questions but contact details."""
        if not self.details or self.given.searched_again:
            return frozenset()
        return frozenset(n for n, part in enumerate(self.parts) if not part.asks and self._gives_details(part.text))

    @cached_property
    def _told_only(self) -> frozenset[int]:
        """The parts of the text that say what is not wanted, or how somebody is, beside one that asks."""
        if self.given.searched_again or not any(part.asks for part in self.parts):
            return frozenset()
        return frozenset(
            n
            for n, part in enumerate(self.parts)
            if not part.asks and (wishes("declined", plain(part.text)) or _STORY.match(part.text))
        )

    @cached_property
    def closest(self) -> Passage | None:
        return next((passage for passage in self.given.passages if passage.score >= CLOSEST), None)

    @cached_property
    def repeats_itself(self) -> bool:
        """The same question for the third time, and the same answer to it: once more would not help."""
        told = [said.text for said in self.given.said if said.author == "agent"]
        given = [text for text in told if all(shortened(passage.text) in text for passage in self.answers)]
        if not self.answers or len(given) < 2 or given[-1] != told[-1]:
            return False
        earlier = self.given.last("contact")
        if not _numbers(self.given.text) <= _numbers(earlier):  # the same of another order
            return False
        before = {term.word for part in parts(earlier) for term in part.terms}
        return all(term.word in before for part in self.parts for term in part.terms)

    def how_to_reach(self) -> str:
        return "" if self.is_mail or self.given.contact.get("email") else self.phrase("leave_email")

    @cached_property
    def unanswered(self) -> int | None:
        """The first question of several that no passage covers, as the text's part."""
        if self.given.searched_again:
            return None
        answered = {passage.part for passage in self.given.passages if passage.score >= self.given.floor}
        return next((n for n, part in enumerate(self.parts) if part.asks and n not in answered), None)

    def left_open(self) -> list[str]:
        """What is said about a question that the answers leave open."""
        number = self.unanswered
        if number is None:
            return []
        near = [passage for passage in self.given.passages if passage.part == number and passage.score >= CLOSEST]
        if near and near[0].text not in [passage.text for passage in self.answers]:
            return [self.quote("closest", near[0]), self.phrase("does_that_help")]
        return [self.not_known(self.parts[number].text)]

    def not_known(self, question: str) -> str:
        if self.given.channel.get("typed_address"):
            return self.phrase("unanswered_part")
        return self.phrase("unanswered", question=shortened(question, 200))

    def quotes(self) -> list[str]:
        return [self.quote("quote", passage) for passage in self.answers]

    def quotes_beside(self) -> list[str]:
        """What is asked beside a matter for a person, and answered in writing: nobody has to wait for that, and where
        it was no such matter, nothing is missing."""
        asked = {n for n, part in enumerate(self.parts) if part.asks and read(part.text).of(*KINDS) >= _MAY_BE_ASKED}
        return [self.quote("quote", passage) for passage in self.answers if passage.part in asked]

    def quote(self, key: str, passage: Passage) -> str:
        if self.is_spoken and key == "quote":  # nobody says where they read it
            return shortened(passage.text)
        return self.phrase(key, heading=passage.heading.rstrip(), text=shortened(passage.text))

    def reply(self, *paragraphs: str) -> str:
        """The paragraphs as one message: greeted on mail, and once in a conversation said who writes."""
        return "\n\n".join([*self._opening(), *(paragraph for paragraph in paragraphs if paragraph)])

    def _opening(self) -> list[str]:
        name = self.given.contact.get("name") if self.given.contact.get("identity") != "failed" else None
        opening: list[str] = []
        if self.is_mail:
            opening.append(self.phrase("greeting_named", name=name) if name else self.phrase("greeting"))
        if not (self.is_introduced or self.is_spoken):
            opening.append(self._intro() if self.is_mail else f"{self.phrase('hello')} {self._intro()}")
        return opening

    def _intro(self) -> str:
        """By the name that the business gave its agents, and always as what this is."""
        business, agent = (self.given.business.get(name) for name in ("name", "agent_name"))
        if business and agent:
            return self.phrase("intro_as", agent=agent, business=business)
        return self.phrase("intro", business=business) if business else self.phrase("intro_unnamed")

    def hand_on(self, reason: str, *paragraphs: str, answered: bool = True) -> Step:
        """To a person, and the contact is told so; `answered`: and that an answer comes."""
        closed = self.given.business.get("open_now") == "false"
        where = "answer_when_open" if closed else "answer_here"
        if self.is_spoken:
            where = "put_through" if self.given.channel.get("transfers") == "true" else "call_back"
        if where == "put_through":  # nothing was passed on: they will say it themselves
            said = {self.phrase("passed_on"), self.phrase("person_asked")}
            paragraphs = tuple(paragraph for paragraph in paragraphs if paragraph not in said)
        comes = self.phrase(where) if answered else ""
        told = self.reply(*paragraphs, comes)
        return Call(
            "escalate",
            {
                "reason": reason,
                "because": because(reason),
                "summary": self._summary(),
                "message": told,
                "text": told,
            },
        )

    def _summary(self) -> str:
        who = self.given.contact.get("name") or "The contact"
        wrote = shortened(" ".join(self.given.text.split()), 300)
        if not wrote:
            return f"{who} wrote nothing in words"
        found = ", ".join(passage.heading for passage in self.answers)
        return f"{who} wrote: {wrote}" + (f" (our information on this: {found})" if found else "")


def _compared(key: str, value: str) -> str:
    return value.lower() if key == "email" else "".join(filter(str.isdigit, value))[-9:]


def _no_text_twice(passages: list[Passage]) -> list[Passage]:
    return list({passage.text: passage for passage in reversed(passages)}.values())[::-1]


def shortened(text: str, longest: int = LONGEST_QUOTE) -> str:
    """Cut at the end of a sentence, or else of a word."""
    text = text.strip()
    if len(text) <= longest:
        return text
    head = text[:longest]
    end = max(head.rfind(mark) for mark in (". ", "! ", "? ", "\n"))
    if end < longest // 3:
        return head[: head.rfind(" ") if " " in head else longest].rstrip() + " …"
    return head[: end + 1].rstrip() + " …"


def _numbers(text: str) -> set[str]:
    return set(_NUMBER.findall(text.lower()))
