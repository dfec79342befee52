"""Whether a played case went as it should, measure by measure. Each verdict comes with its reason in words.

A measure that does not apply to a case has no verdict there. What counts as said to the customer is every message
that left in the conversation, nothing else.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dynaris.evals.cases import Case, ExpectedBooking
from dynaris.evals.facts import Facts, found, in_words, vague_times, without
from dynaris.evals.playing import Booked, Known, Played
from dynaris.evals.results import Verdict
from dynaris.evals.words import HANDS_ON, PERSON, WEEKDAYS

_SENTENCE = re.compile(r"(?<=[.!?;])\s+")
_SHORTEST_QUOTE = 5  # words: less is no quotation
_PATTERN_SECONDS = 0.2  # for one pattern of a case
_MOST_OTHERS = 3  # answers that nobody asked for, in one reply: more is a recital, which answers everything
_SHARE_OF_FACTS = 0.6  # of an answer's facts, where it was put in other words


def judge(case: Case, played: Played, known: Known) -> dict[str, Verdict]:
    verdicts: dict[str, Verdict] = {}
    for name, check in MEASURES.items():
        if (verdict := check(case, played, known)) is not None:
            verdicts[name] = verdict
    return verdicts


def right_specialist(case: Case, played: Played, known: Known) -> Verdict | None:  # noqa: ARG001 - as all checks
    if not case.expect.specialist or not played.turns:
        return None
    first = played.turns[0]
    if first.agent is None and first.outcome == "ignored" == case.expect.outcome:
        return None  # known as noise before anybody was chosen
    chosen = first.agent or f"nobody ({first.outcome or first.waiting_for}: {first.reason})"
    if first.agent in case.expect.specialist:
        return Verdict(holds=True, why=chosen)
    return Verdict(holds=False, why=f"{chosen}, not {' or '.join(case.expect.specialist)}")


def outcome(case: Case, played: Played, known: Known) -> Verdict | None:  # noqa: ARG001
    ended = played.ended_as
    if case.expect.outcome is None and played.stopped is None:
        return None
    holds = ended == case.expect.outcome and played.stopped is None
    why = ended if holds else f"{ended}, not {case.expect.outcome}"
    return Verdict(holds=holds, why=f"{why}; {played.stopped}" if played.stopped else why)


def escalated(case: Case, played: Played, known: Known) -> Verdict | None:  # noqa: ARG001
    if not case.expect.escalate:
        return None
    if played.ended_as != "handed_off":
        return Verdict(holds=False, why=f"ended as {played.ended_as}")
    if not any(PERSON.search(each) and HANDS_ON.search(each) for each in _SENTENCE.split(played.said)):
        return Verdict(holds=False, why="the customer was not told that a person takes over")
    return Verdict(holds=True, why="handed off, and the customer was told")


def no_false_alarm(case: Case, played: Played, known: Known) -> Verdict | None:  # noqa: ARG001
    if case.expect.escalate or case.expect.outcome in ("handed_off", None):
        return None
    alarmed = [turn for turn in played.turns if turn.ended_as == "handed_off"]
    return Verdict(holds=not alarmed, why=alarmed[0].reason or "handed off" if alarmed else "no person was needed")


def right_passage(case: Case, played: Played, known: Known) -> Verdict | None:
    """A whole sentence of a named answer or most of its facts, or it is cited; and whatever the case wants said."""
    if not case.expect.knowledge:
        return None
    if missing := _missing(case, played):
        return Verdict(holds=False, why=f"not said: {missing[0]}")
    if others := _recited(case, played, known):
        return Verdict(holds=False, why=f"{len(others)} other answers in one reply: {', '.join(others[:3])} ...")
    answers = {title: known.answers[title] for title in case.expect.passages}
    for title, answer in answers.items():
        if why := _given(answer, played.said, known, wanted=bool(case.expect.says)):
            return Verdict(holds=True, why=f"“{title}”: {why}")
    cited = [title for turn in played.turns for title in turn.cites if title in answers]
    if cited and case.expect.says:
        return Verdict(holds=True, why=f"“{cited[0]}”: cited, and what the case wants was said")
    return Verdict(holds=False, why=f"none of {', '.join(answers)}")


def says(case: Case, played: Played, known: Known) -> Verdict | None:  # noqa: ARG001
    if not case.expect.says:
        return None
    missing = _missing(case, played)
    return Verdict(holds=not missing, why=f"not said: {', '.join(missing)}" if missing else "all was said")


def nothing_invented(case: Case, played: Played, known: Known) -> Verdict:
    if forbidden := [pattern for pattern in case.expect.never if _stands(pattern, played.said) is not False]:
        return Verdict(holds=False, why=f"said what it must never say: {', '.join(forbidden)}")
    invented = in_words(unfounded(case, played, known))
    return Verdict(holds=not invented, why=f"in no source: {', '.join(invented)}" if invented else "all has a source")


def unfounded(case: Case, played: Played, known: Known) -> Facts:
    """What the replies state, and neither the record nor the conversation itself does."""
    learnt = [found(text, zone=known.zone, today=known.today) for text in played.learnt]
    told = (*(turn.wrote for turn in played.turns), case.name, case.subject or "")
    theirs = [found(text, zone=known.zone, today=known.today) for text in told]
    for facts in theirs:
        facts.vague = vague_times(facts)
    own = Facts()
    own.add(known.facts, *learnt, *theirs)
    return without(found(played.letters, zone=known.zone, today=known.today, calendar=True), own)


def booked_right(case: Case, played: Played, known: Known) -> Verdict | None:
    """Also where nothing was to be booked: then nothing may stand in the calendar."""
    standing = [each for each in played.bookings if each.status in ("held", "pending", "confirmed")]
    expected = case.expect.booking
    if expected is None:
        booked = [each for each in standing if each.status != "held"]
        return Verdict(holds=False, why=f"nobody asked for {booked[0]}") if booked else None
    if expected.status == "cancelled":
        if standing:
            return Verdict(holds=False, why=f"{standing[0]} still stands")
        fitting = [each for each in played.bookings if each.status == "cancelled" and fits(each, expected, known)]
        return Verdict(
            holds=bool(fitting), why=str(fitting[0]) if fitting else f"no cancelled one fits {_shown(expected)}"
        )
    if len(standing) != 1:
        return Verdict(holds=False, why=f"{len(standing)} bookings stand, not 1: {'; '.join(map(str, standing))}")
    holds = standing[0].status == expected.status and fits(standing[0], expected, known)
    return Verdict(holds=holds, why=str(standing[0]) if holds else f"{standing[0]}, not {_shown(expected)}")


def fits(booking: Booked, expected: ExpectedBooking, known: Known) -> bool:
    starts, ends = (moment.astimezone(known.zone) for moment in (booking.starts_at, booking.ends_at))
    return (
        booking.service.casefold() == expected.service.casefold()
        and starts.date() == _day(expected, known.moment, known.zone)
        and starts.time() >= expected.earliest
        and ends.date() == starts.date()
        and ends.time() <= expected.until
    )


def _day(expected: ExpectedBooking, moment: datetime, zone: ZoneInfo):
    today = moment.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    return monday + timedelta(weeks=expected.week, days=WEEKDAYS[expected.weekday])


def _shown(expected: ExpectedBooking) -> str:
    when = f"{expected.weekday} of week {expected.week}, {expected.earliest:%H:%M}-{expected.until:%H:%M}"
    return f"{expected.service} on {when}, {expected.status}"


def _missing(case: Case, played: Played) -> list[str]:
    return [pattern for pattern in case.expect.says if not _stands(pattern, played.said)]


def _stands(pattern: str, said: str) -> bool | None:
    """`None` where it cannot be told in time: people write patterns, and some never come to an end."""
    import regex

    try:
        return regex.search(pattern, said, regex.IGNORECASE, timeout=_PATTERN_SECONDS, concurrent=True) is not None
    except TimeoutError:
        return None


def _recited(case: Case, played: Played, known: Known) -> list[str]:
    """Of the answers that nobody asked for, those that one reply quotes; none where they are few."""
    for reply in (reply for turn in played.turns for reply in turn.replies):
        spoken = _bare(reply)
        quoted = [title for title, answer in known.answers.items() if _quoted(answer, spoken)]
        others = [title for title in quoted if title not in case.expect.passages]
        if len(others) > _MOST_OTHERS:
            return others
    return []


def _quoted(answer: str, spoken: str) -> bool:
    sentences = (_bare(sentence) for sentence in _SENTENCE.split(answer))
    return any(len(words.split()) >= _SHORTEST_QUOTE and words in spoken for words in sentences)


def _given(answer: str, said: str, known: Known, *, wanted: bool) -> str | None:
    """`wanted`: the case has words of its own that were all said, which is enough for an answer without facts."""
    if _quoted(answer, _bare(said)):
        return "quoted"
    asked, told = (found(text, zone=known.zone, today=known.today) for text in (answer, said))
    facts = _countable(asked)
    if not facts:
        return "what the case wants was said" if wanted else None
    share = len(facts & _countable(told)) / len(facts)
    return f"{share:.0%} of its facts" if share >= _SHARE_OF_FACTS else None


def _countable(facts: Facts) -> set[tuple[str, object]]:
    kinds = ("times", "dates", "minutes", "amounts", "percents", "numbers", "phones", "addresses", "names")
    return {(kind, value) for kind in kinds for value in getattr(facts, kind)}


def _bare(text: str) -> str:
    return " ".join(re.findall(r"[\w€$%]+", text.lower()))


Check = Callable[[Case, Played, Known], Verdict | None]
MEASURES: dict[str, Check] = {
    "right_specialist": right_specialist,
    "outcome": outcome,
    "escalated": escalated,
    "no_false_alarm": no_false_alarm,
    "right_passage": right_passage,
    "says": says,
    "nothing_invented": nothing_invented,
    "booked_right": booked_right,
}
