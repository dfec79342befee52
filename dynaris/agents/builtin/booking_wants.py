"""What somebody wants of the calendar, told by how their sentences read."""

# ruff: noqa: E501 - a pattern is read better in one line

import re
from typing import Literal

from dynaris.agents.builtin.days import MONTH_NAMES
from dynaris.agents.builtin.intents import is_title, plain
from dynaris.classifier import read, sentences

Want = Literal["book", "move", "cancel", "own"]

_ACTS = frozenset({"wants_booking", "wants_cancel", "wants_move", "own_booking", "picks_time"})
_TOLD = frozenset({"chatter", "greeting", "thanks", "praise"})  # what stands beside a wish and asks for nothing
_TOLD_WITH_AN_OFFER = frozenset({"price", "long"})  # so that it is answered, too
_LEAST = 0.45  # share of a sentence that wants something of the calendar
_DATED = 0.25  # the same where it names a day or a time
_FEW_WORDS = 3
_SAID_SO = 0.3  # what a word for it adds
_SURE = 0.6  # of a change, where nothing was booked in this conversation

_CANCEL = re.compile(
    r" (?:cancel\w*|call off|absag\w*|stornier\w*|streich\w*|sage?n?(?: \w+){0,5} ab|cancel[aoe]\w*|anul\w+|annul\w+) "
)
_NOT_CANCEL = re.compile(
    r" (?:not|don t|dont|never|nicht|no|ne|n)(?: \w+)? (?:to )?(?:cancel\w*|absag\w*|stornier\w*|anul\w+|annul\w+) | sagen?(?: \w+){1,4} nicht ab "
)
_MOVE = re.compile(
    r" (?:reschedul\w*|postpone\w*|(?:move|change|shift|switch|push)(?: \w+){0,4} (?:appointment|booking|session|it|slot|visit|time|to)"
    r"|verschieb\w*|verschoben|verleg\w*|umbuch\w*|umzubuchen|(?:cambi|mov|aplaz|pospo|adelant|mud)\w*(?: \w+){0,3} (?:cita|reserva|hora|sesión)"
    r"|(?:cambiar|mover|aplazar|pasar|correr)l[ao]|(?:déplac|report|décal|repouss|avanc|chang)\w*(?: \w+){0,4} (?:rendez vous|rdv|séance|réservation)"
    r"|l[ae] (?:déplacer|reporter|décaler)) "
)
_WEEKDAYS = (
    r"to-?day|tonight|tom+or+ow|tues|thurs|(?!birthday|holiday|everyday|someday)\w{3,7}days?|heute|(?:über)?morgen"
    r"|(?:mon|diens|don+ers|frei|sams|sonn)tag\w*|mittwochs?|hoy|mañana|lunes"
    r"|martes|miércoles|miercoles|jueves|viernes|sábado|aujourd'hui|demain|lundi|mardi|mercredi|jeudi|vendredi|samedi"
)
_GREETING = re.compile(
    r"\b(?:guten (?:morgen|abend|tag)|good (?:morning|afternoon|evening)|buen[oa]s (?:días|dias|tardes|noches))\b",
    re.IGNORECASE,
)
_NAMES_A_DAY = re.compile(
    rf"\d{{1,2}}(?:[:.]\d\d\b|\s?(?:am|pm|uhr|h|o'clock)\b|\.\s?\d{{1,2}}\.|/\d{{1,2}}\b|(?:st|nd|rd|th)\b(?! time)"
    rf"|\.?\s?(?:de )?(?:{MONTH_NAMES})\b)|\b(?:{_WEEKDAYS}|week\w*|morning|afternoon|evening|noon|soon|woche\w*|semana|tarde|semaine"
    r"|matin|midi|soir|(?:vor|nach)?mittags?|abends?|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6} \d{1,2})\b",
    re.IGNORECASE,
)
_UNTIL_WHEN = re.compile(
    r" (?:(?:un)?till? (?:when|what time)|how late|(?:bis|von|ab) wann|wie lange|hasta (?:cuándo|cuando|qué hora|que hora)|jusqu à (?:quand|quelle heure)) "
)
# Said right after a booking: another time for it.
INSTEAD = re.compile(
    r" (?:instead|rather|actually|after all|doch|lieber|stattdessen|mejor|en cambio|plutôt|finalement|en fait) "
)


def says_cancel(text: str) -> bool:
    """In so many words; who only cannot come may want another time."""
    words = plain(text)
    return _CANCEL.search(words) is not None and not _NOT_CANCEL.search(words)


def may_want_a_time(text: str) -> bool:
    """For every message, without a calendar: whether somebody asks for an appointment or about theirs."""
    return act_of(text) is not None


def act_of(text: str, *, dated: bool = True, booked: bool = False) -> Want | None:
    """What the sentence wants that says so most clearly, unless the others ask for something else. `dated`: the text
    may name a time; `booked`: something was booked in this conversation, so that it may well be about that."""
    dated = dated and _NAMES_A_DAY.search(text) is not None
    said = [_Said(sentence, dated, booked) for sentence in sentences(_GREETING.sub(" ", text))]
    clearest = max(said, key=lambda one: one.total, default=None)
    if clearest is None or not clearest.is_clear:
        return None
    asking = [one for one in said if one is clearest or not one.is_title]
    rule = max(one.of_rules for one in asking)
    asked = max((one.other for one in asking if one is not clearest), default=0)
    weak = clearest.total < _LEAST or clearest.is_brief
    if rule > clearest.total or (weak and asked > clearest.total):
        return None
    return clearest.want


class _Said:
    """A sentence, weighed by what it wants of the calendar and by what else it may be."""

    def __init__(self, sentence: str, dated: bool, booked: bool) -> None:
        shares, words = read(sentence).shares, plain(sentence)
        self.is_brief = words.count(" ") <= _FEW_WORDS
        self.is_title = is_title(sentence)
        self.names_a_day = dated and _NAMES_A_DAY.search(sentence) is not None
        picks = shares.get("picks_time", 0) / 2 if dated and not booked else 0
        says_so = _SAID_SO * 2 if booked else _SAID_SO
        self.weights: dict[Want, float] = {
            "book": shares.get("wants_booking", 0) + picks + (shares.get("book", 0) if self.names_a_day else 0),
            "cancel": shares.get("wants_cancel", 0) + (says_so if _CANCEL.search(words) else 0),
            "move": shares.get("wants_move", 0) + (says_so if _MOVE.search(words) else 0),
            "own": shares.get("own_booking", 0),
        }
        self.total = 0 if self.names_a_day and _UNTIL_WHEN.search(words) else sum(self.weights.values())
        self.of_rules = shares.get("cancel", 0) + (0 if self.names_a_day else shares.get("book", 0))
        told = _ACTS | _TOLD | ({"book"} | _TOLD_WITH_AN_OFFER if self.names_a_day else set())
        self.other = max((share for label, share in shares.items() if label not in told), default=0.0)
        self.want: Want | None = self._want(booked)

    def _want(self, booked: bool) -> Want | None:
        best: Want = max(self.weights, key=self.weights.__getitem__)
        if best == "book" or booked or self.weights[best] >= _SURE:
            return best
        return "book" if self.names_a_day else None

    @property
    def is_clear(self) -> bool:
        return self.total >= (_DATED if self.names_a_day else _LEAST) and self.total >= self.other


def is_of_the_calendar(sentence: str) -> bool:
    """Whether it belongs to a wish for an appointment, so that it is no question of its own."""
    said = _Said(sentence, dated=True, booked=False)
    return said.is_clear or (said.names_a_day and said.other < _LEAST)
