"""How the built-in model answers: a list of rules, the first that has something to say decides."""

from collections.abc import Callable, Mapping

from dynaris.agents.builtin.booking import booking, choice
from dynaris.agents.builtin.concerns import LIKELY, concern_of
from dynaris.agents.builtin.days import asks_for_hours
from dynaris.agents.builtin.emergency import is_emergency
from dynaris.agents.builtin.following import search_for
from dynaris.agents.builtin.given import Given
from dynaris.agents.builtin.intents import is_only
from dynaris.agents.builtin.noise import is_circular, noise_in
from dynaris.agents.builtin.reasons import (
    A_PERSON,
    ASKED_AGAIN,
    DID_NOT_HELP,
    NO_QUESTION,
    QUESTION_MARKS,
    STILL_OPEN,
    UNKNOWN,
)
from dynaris.agents.builtin.situation import SURE, Call, Say, Situation, Step
from dynaris.agents.builtin.wishes import wishes

CLEAR = 2  # words that carry meaning
MANY_WORDS = 5  # of any kind


def respond(given: Given, tools: Mapping[str, frozenset[str]]) -> Step:
    situation = Situation(given, tools)
    for rule in RULES:
        step = rule(situation)
        if step is not None:
            return step
    raise AssertionError("the last rule always answers")


def woken(situation: Situation) -> Step | None:
    """Nobody wrote: one polite follow-up, never two."""
    given = situation.given
    if given.woken is None:
        return None
    if given.contact.get("status") == "do-not-contact":
        return Call("ignore", {"reason": "the contact does not want to be contacted"})
    if given.said and given.said[-1].author != "contact" and situation.just_said("follow_up"):
        return Call("ignore", {"reason": "the contact was reminded once and did not write"})
    return Say(situation.reply(situation.phrase("follow_up")))


def rejected(situation: Situation) -> Step | None:
    """A teammate did not like the draft: what is written down and nothing else, then a person."""
    if not situation.given.rejections:
        return None
    if situation.given.rejections == 1 and situation.answers:
        return Say(situation.answers[0].text)
    return situation.hand_on("a teammate rejected the draft", situation.phrase("passed_on"))


def note_details(situation: Situation) -> Step | None:
    given = situation.given
    known = situation.tools.get("update_contact")
    if known is None or "update_contact" in given.called or given.contact.get("identity") == "failed":
        return None
    fitting = {key: value for key, value in situation.typed.items() if key in known}
    return Call("update_contact", fitting) if fitting else None


def emergency(situation: Situation) -> Step | None:
    if not is_emergency(situation.given.text):
        return None
    return situation.hand_on("this may be an emergency", situation.phrase("emergency"), *situation.quotes_beside())


def for_a_person(situation: Situation) -> Step | None:
    """Asked for a person, or what a program should not settle; unless it is a question that is answered in writing."""
    if situation.wants_a_person:
        reason, phrase = A_PERSON, "person_asked"
    elif only_people_know := _only_people_know(situation):
        reason, phrase = only_people_know, "passed_on"
    elif (concern := situation.concern) and not situation.is_written_about(concern):
        reason, phrase = concern.reason, concern.phrase
    else:
        return None
    return situation.hand_on(reason, situation.phrase(phrase), *situation.quotes_beside())


def _only_people_know(situation: Situation) -> str | None:
    words = situation.words
    if situation.act == "own" and "list_bookings" not in situation.tools:
        return "the contact asks about a booking of theirs"
    if wishes("missing", words) and not wishes("asks_what_if", words):
        return "something has not arrived"
    if situation.reads("running_late") >= SURE:
        return "the contact comes late"
    return None


def noise(situation: Situation) -> Step | None:
    """What no customer wrote; someone who is one already is never taken for that."""
    given = situation.given
    if given.contact.get("status") == "customer" or not given.text:
        return None
    reason = noise_in(given.text, first=not given.last("agent"))
    if reason is None or is_emergency(given.text):
        return None
    return Call("ignore", {"reason": reason})


def no_more(situation: Situation) -> Step | None:
    """No more messages: what the law gives them, and a person does."""
    if not wishes("stop", situation.words) or is_circular(situation.given.text):
        return None
    return situation.hand_on("the contact does not want to be contacted", situation.phrase("stop"), answered=False)


def without_words(situation: Situation) -> Step | None:
    """An attachment alone, a thumbs-up, question marks."""
    given = situation.given
    if situation.words.strip():
        return None
    if "?" in given.text:
        return situation.hand_on(QUESTION_MARKS, situation.phrase("passed_on"))
    if given.text and given.last("agent"):
        return Call("ignore", {"reason": "a reaction without words"})
    return situation.hand_on("the message has no text", situation.phrase("passed_on"))


def about_itself(situation: Situation) -> Step | None:
    if not situation.means("bot") or situation.answers:
        return None
    return Say(situation.reply(situation.phrase("bot")))


def manners(situation: Situation) -> Step | None:
    if is_only(("help", "greeting"), situation.words):
        return Say(situation.reply(situation.phrase("how_can_i_help")))
    if is_only(("wellbeing", "greeting"), situation.words):
        return Say(situation.reply(situation.phrase("how_are_you")))
    if situation.is_praise:
        return Say(situation.reply(situation.phrase("glad")))
    said_plainly = is_only(("thanks", "goodbye", "greeting", "yes"), situation.courtesy)
    if not (said_plainly and situation.means("thanks", "goodbye")) and not situation.is_thanks:
        return None
    if situation.just_said("unanswered", "unanswered_part", "ask_details"):
        return None
    if situation.given.last("agent") and (situation.is_mail or situation.just_said("welcome", "glad")):
        return Call("ignore", {"reason": "a thank-you or goodbye needs no answer"})
    if situation.just_said("does_that_help"):
        return Say(situation.phrase("glad"))
    return Say(situation.reply(situation.phrase("welcome")))


def yes_or_no(situation: Situation) -> Step | None:
    """Answers to what we asked, or to the word that a person has it now."""
    if situation.just_said("answer_here", "answer_when_open") and is_only(("yes", "no"), situation.words):
        return Call("ignore", {"reason": "a person has this already"})
    if situation.just_said("unanswered", "unanswered_part") and is_only(("yes", "thanks"), situation.words):
        return situation.hand_on(STILL_OPEN, situation.phrase("person_asked"))
    if not situation.just_said("does_that_help"):
        return None
    if is_only(("no", "thanks"), situation.words):
        return situation.hand_on(DID_NOT_HELP, situation.phrase("unknown"))
    if is_only(("yes", "thanks"), situation.words):
        return Say(situation.phrase("glad"))
    return None


def pending_request(situation: Situation) -> Step | None:
    """We asked for name and address to pass a request on: now it goes, with or without them."""
    if not situation.just_said("ask_details"):
        return None
    thanks = situation.phrase("thanks_details", name=_comma_name(situation)) if situation.typed else ""
    return situation.hand_on(
        "the contact asks for something that a person confirms",
        *situation.quotes(),
        thanks,
        situation.phrase("request"),
    )


def only_details(situation: Situation) -> Step | None:
    if not situation.is_details_only or situation.act or situation.reads("callback") >= SURE:
        return None
    thanks = situation.phrase("thanks_details", name=_comma_name(situation))
    follow = "" if situation.just_said("leave_email") else situation.phrase("anything_else")
    return Say(situation.reply(f"{thanks} {follow}".strip()))


def request(situation: Situation) -> Step | None:
    """Book, cancel, move, or a call: what is written about it, and a person who does it."""
    if situation.act is None and situation.reads("callback") < SURE:
        return None
    quotes = situation.quotes()
    if not situation.is_reachable and not situation.is_mail:
        return Say(situation.reply(*quotes, situation.phrase("ask_details")))
    return situation.hand_on(
        "the contact asks for something that a person confirms", *quotes, situation.phrase("request")
    )


def special_hours(situation: Situation) -> Step | None:
    """Open on a day on which other hours hold? What was set for that day goes before what is written down."""
    if not situation.asks_for_a_special_day:
        return None
    parts = situation.parts
    others = [
        situation.quote("quote", passage)
        for passage in situation.answers
        if passage.part < len(parts) and not asks_for_hours(parts[passage.part].text)
    ]
    return Say(situation.reply(*map(situation.hours_of, situation.special_days), *others))


def look_again(situation: Situation) -> Step | None:
    """ "How much?" is about what was said before, or about what was offered or booked: search with both."""
    given = situation.given
    if "search_knowledge" not in situation.tools or "search_knowledge" in given.called:
        return None
    service = situation.service_talked_of
    query = search_for(
        given.text,
        asked=situation.parts,
        earlier=service or given.last("contact"),
        replied="" if service else given.last("agent"),
        answered=bool(situation.answers),
    )
    return Call("search_knowledge", {"query": query}) if query else None


def answer(situation: Situation) -> Step | None:
    if not situation.answers or situation.repeats_itself:
        return None
    special = map(situation.hours_of, situation.special_days)
    return Say(situation.reply(*situation.quotes(), *special, *situation.left_open()))


def unknown(situation: Situation) -> Step:
    """A clear question that nothing answers is a person's; in a chat what is unclear is asked about, once."""
    if situation.repeats_itself:
        return situation.hand_on(ASKED_AGAIN, situation.phrase("passed_on"))
    if situation.has_asked():
        return situation.hand_on(UNKNOWN, situation.phrase("unknown"), situation.how_to_reach())
    if concern := concern_of(situation.given.text, LIKELY):
        return situation.hand_on(concern.reason, situation.phrase(concern.phrase))
    asks = any(part.asks for part in situation.parts)
    if situation.closest and asks:
        quote = situation.quote("closest", situation.closest)
        if situation.closest.score >= situation.given.floor and not situation.is_mail:
            return Say(situation.reply(quote, situation.phrase("does_that_help")))
        return situation.hand_on(UNKNOWN, quote, situation.phrase("passed_on"))
    if not situation.is_mail and not _says_enough(situation):
        return Say(situation.reply(situation.phrase("ask_more")))
    if not asks:
        return situation.hand_on(NO_QUESTION, situation.phrase("passed_on"))
    return situation.hand_on(UNKNOWN, situation.phrase("unknown"))


def _says_enough(situation: Situation) -> bool:
    """ "And you?" may mean anything; what has words of its own is clear, and where we do not know them, a person does:
    better a glance of theirs too many than a complaint that is asked to be put otherwise."""
    is_long = situation.words.count(" ") > MANY_WORDS and not situation.means("thanks", "goodbye")
    return is_long or sum(len(part.terms) for part in situation.parts) >= CLEAR


def _comma_name(situation: Situation) -> str:
    name = situation.typed.get("name") or situation.given.contact.get("name")
    return f", {name}" if name else ""


RULES: tuple[Callable[[Situation], Step | None], ...] = (
    woken,
    rejected,
    noise,
    note_details,
    without_words,
    emergency,
    no_more,
    choice,
    for_a_person,
    booking,
    about_itself,
    manners,
    yes_or_no,
    pending_request,
    only_details,
    request,
    special_hours,
    look_again,
    answer,
    unknown,
)
