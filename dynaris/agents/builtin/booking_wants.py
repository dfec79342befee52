"""What somebody wants of the calendar, told by their words in four languages."""

# ruff: noqa: E501 - a pattern is read better in one line

import re
from typing import Literal

from dynaris.agents.builtin.days import asks_for_hours
from dynaris.agents.builtin.intents import means, plain
from dynaris.agents.builtin.wishes import wishes
from dynaris.scheduling.dates import Wish

Want = Literal["book", "move", "cancel", "own"]

_CANCEL = re.compile(
    r" (?:cancel\w*|call off|absag\w*|stornier\w*|sage?n?(?: \w+){0,5} ab|cancel[aoe]\w*|anul\w+|annul\w+) "
)
_MOVE = re.compile(
    r" (?:reschedul\w*|postpone\w*|(?:move|change|shift|switch|push)(?: \w+){0,4} (?:appointment|booking|session|it|slot|visit|time|to)"
    r"|verschieb\w*|verschoben|verleg\w*|umbuch\w*|umzubuchen|(?:cambi|mov|aplaz|pospo|adelant|mud)\w*(?: \w+){0,3} (?:cita|reserva|hora|sesión)"
    r"|cambiarl[ao]|moverl[ao]|aplazarl[ao]|(?:déplac|report|décal|repouss|avanc|chang)\w*(?: \w+){0,4} (?:rendez vous|rdv|séance|réservation)"
    r"|l[ae] (?:déplacer|reporter|décaler)|(?:le|la) (?:déplacer|reporter)"
    r"|(?:can t|cannot|can not|won t be able to) (?:make|come to|attend|keep)(?: \w+){0,2} (?:it|appointment|booking|session)"
    r"|kann (?:\w+ ){0,3}termin (?:\w+ ){0,4}nicht (?:wahrnehmen|einhalten)) "
)
_THINGS = re.compile(
    r" (?:my|our|the|an|it|mein\w*|den|unser\w*|termin\w*|buchung|sitzung|mi|la|cita|reserva|mon|ma|le|rendez vous|rdv"
    r"|appointment\w*|booking\w*|session|visit|réservation|séance) "
)
_FREE = re.compile(
    r" (?:(?:free|available|open) (?:slot|slots|time|times|appointment|appointments)|(?:any|an) (?:opening|openings|availability)"
    r"|do you have (?:\w+ ){0,3}(?:free|available|time|slots?|appointments?|openings?)|(?:are|is) (?:you|there) (?:\w+ ){0,3}(?:free|available|availability)"
    r"|(?:what|which|any|earliest|next|first) (?:\w+ )?(?:times?|slots?|appointments?|openings?)(?: \w+){0,3}"
    r"|fit me in|squeeze me in|see me|freie\w* (?:\w+ )?(?:termin\w*|zeit\w*|platz)|(?:noch )?(?:etwas|was|termine?|zeit|platz) (?:\w+ )?frei"
    r"|(?:haben|hätten|habt) (?:sie|ihr) (?:\w+ ){0,4}(?:termin\w*|zeit|frei\w*|platz)|hueco\w*|disponib\w+|hora libre|(?:tienen|hay|tenéis) (?:\w+ ){0,3}(?:citas?|horas?|sitio|libre)"
    r"|disponib\w*|créneau\w*|de la place|une place|(?:avez|auriez) vous (?:\w+ ){0,4}(?:place|dispo\w*|créneau\w*|rendez vous|rdv|libre)) "
)
_COME = re.compile(
    r" (?:(?:can|could|may|shall) (?:i|we|my \w+)(?: \w+)? (?:come|visit|drop|get|have|see|book|be)|come (?:in|by|over|round)"
    r"|i (?:d|would) like (?:to (?:come|see|have|book|get)|an?)|i want (?:to (?:come|see|book)|an?)|i need (?:to (?:come|see)|an?)|put me (?:in|down)|sign me up"
    r"|(?:kann|könnte|dürfte|darf) (?:ich|wir|mein\w*)|vorbeikommen|vorbei kommen|(?:möchte|würde|hätte|brauche)(?: \w+){0,4} (?:termin|kommen|gern\w*)|bräuchte|(?:geht|ginge|passt|ging)(?: es| das)?"
    r"|(?:puedo|podría|podríamos|podemos|puede)(?: \w+)? (?:ir|venir|pasar|tener|reservar|ver|ser)|quisiera|quiero|me gustaría|necesito"
    r"|puis je|pourrais je|peut on|pouvons nous|est ce que je peux|est ce possible|c est possible|je voudrais|j aimerais|je souhaite|il me faut"
    r"|passer|venir)(?= )"
)
_QUESTION = re.compile(
    r"\W*(?:how|what|where|why|which|who|do|does|is|are|will|did|wie|was|wo|warum|welche\w*|gibt|ist|sind|wer|cómo|qué|cuál|dónde|hay|es"
    r"|comment|quel\w*|où|est-ce que (?:vous|le|la)|y a-t-il|pourquoi|qui)\b",
    re.IGNORECASE,
)
_STATES = re.compile(
    r"\W*(?:(?:hi|hello|hallo|hola|bonjour)\W+)?(?:i|we|my|our|the|it|he|she|they|your|you|ich|wir|mein\w*|das|der|die|es|ihr\w*|yo|mi|mis|el|la|los|su"
    r"|je|j'|mon|ma|mes|nous|le|les|votre|vos)\b",
    re.IGNORECASE,
)
_PLEASE = re.compile(
    r" (?:please|would|works? for me|suits?|prefer\w*|how about|what about|possible|bitte|gern\w*|am liebsten|wie wäre|wäre|möglich|lieber"
    r"|por favor|prefier\w*|qué tal|posible|mejor|s il vous plaît|svp|plutôt|préfér\w*|possible) "
)
_FAREWELL = re.compile(
    r"\b(?:see you|until then|till then|bis (?:dann|bald|montag|dienstag|mittwoch|donnerstag|freitag|morgen)|nos vemos|hasta (?:el|luego|mañana|pronto)"
    r"|à (?:lundi|mardi|mercredi|jeudi|vendredi|demain|bientôt))\b",
    re.IGNORECASE,
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
_NAMES_A_WEEKDAY = re.compile(rf"\b(?:{_WEEKDAYS})\b", re.IGNORECASE)
_NAMES_A_DAY = re.compile(
    rf"\d{{1,2}}(?:[:.]\d\d\b|\s?(?:am|pm|uhr|h|o'clock)\b|\.\s?\d{{1,2}}\.|/\d{{1,2}}\b|(?:st|nd|rd|th)\b)|\b(?:{_WEEKDAYS}|week\w*|morning|afternoon|evening|noon|soon|woche\w*|semana|tarde|semaine"
    r"|matin|midi|soir|(?:vor|nach)?mittags?|abends?)\b",
    re.IGNORECASE,
)


def may_want_a_time(text: str) -> bool:
    """Cheap, for every message: whether somebody asks for an appointment without calling it one."""
    text = _GREETING.sub("", text)
    words = plain(text)
    if asks_for_hours(text) or _FAREWELL.search(text):
        return False
    return bool(_FREE.search(words) or (_NAMES_A_DAY.search(text) and _is_a_wish(text, words)))


def _is_a_wish(text: str, words: str) -> bool:
    """Beside a day or a time: "could I come", "… please", "…?", or hardly more than what is wanted and when."""
    if _COME.search(words):
        return True
    if _QUESTION.match(text) or len(text) > 300:
        return False
    if _PLEASE.search(words) or "?" in text:
        return True
    return len(text) < 90 and not _STATES.match(text) and bool(_NAMES_A_WEEKDAY.search(text))


# The rule for cancelling or moving, and no wish to do it.
RULE = re.compile(
    r" (?:bis wann|wie lange vorher|wie spät|was kostet|kostenlos|gebühr\w*|frist\w*|kann man|how late|how long before|until when"
    r"|what happens if|policy|fees?|free of charge|for free|hasta cuándo|qué pasa si|gratis|sin coste|se puede|jusqu à quand|sans frais"
    r"|gratuit\w*|que se passe|peut on) "
)
_SOMEBODYS = re.compile(r" (?:has|hat|tiene|a) (?:an?|einen|una|un) (?:appointment|termin|cita|rendez vous|rdv) ")
LATE = re.compile(
    r" (?:im stau|stuck in traffic|minut\w+ (?:später|late|later|tarde|de retard)|(?:running|be|bin|komme) (?:\w+ )?(?:late|zu spät)) "
)
INSTEAD = re.compile(
    r" (?:instead|rather|actually|after all|doch|lieber|stattdessen|mejor|en cambio|plutôt|finalement|en fait) "
)


def want_of(text: str, wish: Wish, *, wanted_words: str, for_scheduling: bool) -> Want | None:
    """`wanted_words`: the text without the clauses that say what is not wanted. `for_scheduling`: the supervisor found
    that it is about an appointment, so a date alone will do."""
    words = plain(text)
    if wishes("own_booking", words):
        return "own"
    if _MOVE.search(words):
        return "move"
    if _CANCEL.search(words) and (_THINGS.search(words) or len(words) < 60):
        return "cancel"
    if _SOMEBODYS.search(words):
        return None
    dated = bool(wish.windows or wish.soonest or wish.avoided)
    if means("booking", wanted_words) or _FREE.search(words):
        return "book"
    if not dated or _FAREWELL.search(text) or asks_for_hours(text):
        return None
    asks = _COME.search(words) or means("scheduling", wanted_words)
    return "book" if asks or (for_scheduling and _is_a_wish(text, words)) else None


def wants_a_time(text: str, wish: Wish) -> bool:
    """Whether this part of a text belongs to the wish for an appointment, so that it is no question of its own."""
    return want_of(text, wish, wanted_words=plain(text), for_scheduling=True) is not None or bool(wish.windows)
