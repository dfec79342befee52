"""Offers read back from what was written, and which of them an answer chooses: "the second", "3:30", "passt", "1"."""

# ruff: noqa: E501 - a pattern is read better in one line

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dynaris.agents.builtin.days import month_number
from dynaris.agents.builtin.intents import plain
from dynaris.scheduling.dates import Wish, find_dates
from dynaris.workspaces.opening_hours import is_zone, zone

_SHORT = 80  # characters

_LINE = re.compile(r"^[ \t>]*(\d)[.)][ \t]+(.+)$", re.MULTILINE)
_DATE = re.compile(
    r"(\d{1,2})\.?\s+(?:de\s+)?([^\W\d_]{3,12})\s+(?:de\s+)?(20\d\d),?\s+(\d{1,2}):(\d\d)(?:\s+\(([A-Za-z_]+/[\w/+-]+)\))?"
)
_QUOTED = re.compile(r"[“„«]\s?(.+?)\s?[”“»]")
_REPLY = re.compile(
    r"^[ \t]*(?:On\b.{5,200}\bwrote|Am\b.{5,200}\bschrieb\b[^:]{0,200}|El\b.{5,200}\bescribió|Le\b.{5,200}\ba écrit)\s?:[ \t]*$",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_NUMBER = re.compile(
    r"^\W*(?:(?:the|take|option|number|no|nr|nummer|termin|variante|opci[oó]n|número|numéro|option|choix|yes|ja|s[ií]|oui|ok|okay|then|dann|entonces|alors|vale|gerne?|please|bitte"
    r"|die|den|la|el|le|i(?:'ll)? take|ich nehme|je prends|#)\W*){0,4}([1-3])\b(?!\s*(?:pm|am|uhr|h\b|[:.]\d))(?=[^\d]*$)"
    r"(?!.*\b(?:o'?clock|pm|am|uhr|horas|heures)\b)",
    re.IGNORECASE,
)
_ORDINALS = (
    r"first|1st|earliest|soonest|früheste[nrs]?|erste[nrs]?|1\.|primer[oa]?|más temprano|más temprana|premi[eè]re?|plus tôt(?! possible)",
    r"second|2nd|zweite[nrs]?|2\.|segund[oa]|deuxi[eè]me|seconde",
    r"third|3rd|dritte[nrs]?|3\.|tercer[oa]?|troisi[eè]me",
    r"last|latest|letzte[nrs]?|späteste[nrs]?|últim[oa]|más tardí[oa]|derni[eè]re?|plus tard",
)
_NOT_CHOSEN = r"(?!\s*(?:thing|assessment|visit|time i|of\b|week|name|available|januar|feb|mar|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz]))"
_OF_TWO = (
    r"former|earlier|frühere[nrs]?|erstere[nrs]?",
    r"latter|later|spätere[nrs]?|letztere[nrs]?",
)
_ORDINAL, _ONE_OF_TWO = (
    tuple(
        re.compile(
            rf"(?:^\W*|\b(?:the|die|den|der|das|la|el|le|lo|option|take|zum|am liebsten|yes|ja|sí|oui|ok|okay)[\s,]+|l['’])"
            rf"(?:{words})(?!\w){_NOT_CHOSEN}",
            re.IGNORECASE,
        )
        for words in each
    )
    for each in (_ORDINALS, _OF_TWO)
)
_NO_DATE = re.compile(rf"\b[1-3](?:\.(?!\d)|(?:st|nd|rd)\b){_NOT_CHOSEN}", re.IGNORECASE)  # "the 2nd" of an offer
_PLACES = (0, 1, 2, -1)
_CLOCK = re.compile(
    r"(?<!after )(?<!from )(?<!before )(?<!until )(?<!till )(?<!nach )(?<!ab )(?<!vor )(?<!bis )(?<!de )(?<!après )(?<!avant )"
    r"(?<!partir de las )(?<!después de las )(?<!antes de las )\b(\d{1,2})[:.h](\d\d)\b",
    re.IGNORECASE,
)
_ACCEPTS = re.compile(
    r" (?:yes|yeah|yep|sure|ok|okay|perfect|great|fine|good|works|deal|lovely|book it|take it|go ahead|please do|confirm\w*"
    r"|agreed|ja|gern\w*|passt|perfekt|super|prima|klar|einverstanden|genau|nehme ich|nehm ich|gut|buchen|bitte buchen"
    r"|sí|si|vale|perfecto|claro|de acuerdo|me va bien|me viene bien|genial|bien|resérv\w+|adelante"
    r"|oui|d accord|parfait|ça me va|ca me va|c est bon|je prends|volontiers|entendu|réserv\w+|super) "
)
_DECLINES = re.compile(
    r" (?:no|not|none|neither|nope|(?:do|does|did|is|was|are|can|could|wo|would)n? t|cannot|too|anything but|any but|except|apart from|would have"
    r"|nein|nicht|kein\w*|leider|zu|außer|ausser|gewesen|hätte"
    r"|ningun[oa]?|ningún|tampoco|nunca|demasiado|muy|menos|salvo|excepto|hubiera|habría|non|aucun\w*|pas|ni|trop|sauf|aurait) "
)
_MINDS_NOTHING = re.compile(
    r" (?:no problem|why not|no worries|not bad|kein problem|warum nicht|nicht schlecht|no hay problema|por qué no|pas de (?:problème|souci)|pourquoi pas) "
)
_UNSURE = re.compile(
    r" (?:maybe|perhaps|not sure|unsure|let me|(?:have|need) to (?:ask|check|see)|get back to you|think about it|vielleicht|eventuell|nicht sicher"
    r"|überleg\w*|nachfragen|rücksprache|meld\w* mich|muss (?:\w+ ){0,4}(?:fragen|klären|schauen)|quizás?|tal vez|a lo mejor|no (?:lo )?sé|lo consulto"
    r"|tengo que (?:preguntar|consultar|mirar)|ya (?:le|te|os|les) (?:digo|aviso)|peut être|pas sûre?|réfléchi\w*|je dois (?:demander|voir|vérifier)"
    r"|je vous (?:redis|recontacte|tiens au courant)) "
)
# No appointment after all, or no longer.
LEAVES_IT = re.compile(
    r" (?:forget (?:it|about it|that)|never ?mind|(?:don t|do not|no longer) need (?:it|one|that|an appointment)(?: any ?more)?"
    r"|(?:found|went (?:to|with)|going (?:to|with)|booked|chose|chosen)(?: \w+){0,3} (?:somewhere else|elsewhere|another|someone else|other)"
    r"|changed my mind|not interested(?: any ?more)?|leave it|drop it|(?:hat|hätte) sich (?:schon |bereits |leider |inzwischen )?erledigt|hat sich das erledigt"
    r"|vergiss es|vergessen sie (?:es|das|den termin)|nicht mehr (?:nötig|notwendig|gebraucht|interessiert)"
    r"|brauche?n? (?:\w+ ){0,3}nicht mehr|(?:woanders|anderswo|anderweitig)(?: \w+){0,3} (?:gefunden|gebucht|bekommen)|(?:kein interesse|doch nicht nötig|anders überlegt)"
    r"|olvíd[ae]l[oa]|déj[ae]l[oa]|déj[ae]lo así|ya no (?:l[ao] |me )?(?:necesit\w+|hace falta|quiero|interesa\w*)|no hace falta"
    r"|encontr\w+ (?:otr[oa]|en otro)|he cambiado de (?:idea|opinión)|laisse[zr]? tomber|oublie[zr]?(?: ça| cela)?|n ai plus besoin|plus besoin|plus la peine"
    r"|(?:trouvé|réservé|pris)(?: \w+){0,3} (?:ailleurs|autre)|changé d avis|plus intéressée?) "
)
# Of what is booked: it is not to be changed.
KEEPS_IT = re.compile(
    r" (?:(?:keep|leave) (?:it|that|them|everything|things|my (?:appointment|booking|slot|time)|the (?:old|same|first|original|current|appointment|booking)\w*)"
    r"|(?:it|that|everything) (?:can |should )?stays?|stick with (?:it|the)|as (?:it is|planned|it was)|(?:lassen|lass|belassen) (?:sie |wir )?(?:es|ihn|alles|das|den)"
    r"|(?:bleibt|bleiben|bleibe)(?: \w+){0,3} (?:so|dabei|dabei|beim?|wie)|wie (?:gehabt|geplant|es ist|es war|bisher)|behalte\w*|déj[ae]l[oa](?: \w+)? como|(?:se queda|queda|dejamos|deje|dejar\w*|como)(?: \w+)? (?:como )?(?:está\w*|estaba)"
    r"|(?:mantener|mantengo|mantenga|mantenemos|conservar?)|laisse[zr]?(?: \w+)? (?:comme|tel\w*|ainsi)|(?:garde\w*|conserve\w*|maintien\w*|maintenir)|reste\w* comme|comme (?:c est|c était|prévu)) "
)
_CONDITION = re.compile(
    r" (?:if|unless|in case|suppose|wenn|falls|sofern|angenommen|au cas|si(?= (?:\w+ ){4}))(?! (?:possible|that|it s ok|möglich|es geht|geht|es posible|puede ser|c est possible)) "
)
_REQUEST = re.compile(
    r" (?:(?:can|could|may|might) (?:i|we) (?:\w+ )?(?:have|take|get|book|go for|choose)|i ll take|i d (?:like|take)|put me (?:down|in)|book (?:me|it)"
    r"|(?:kann|könnte|dürfte|darf) (?:ich|wir) (?:\w+ ){0,4}(?:haben|nehmen|bekommen|buchen)|(?:puedo|podría|podemos) (?:coger|tomar|tener|reservar)"
    r"|(?:puis je|je peux|on peut|je pourrais) (?:prendre|avoir|réserver)|please|pls|plz|bitte|por favor|porfa|svp|s il (?:vous|te) plaît) "
)
_SENTENCE = re.compile(r"(?<=[^\W\d][.!?…])\s+|(?<=:\d\d\.)\s+|(?<=[!?…])\s*(?=\w)|\n+")
_CLAUSE = re.compile(
    r"[,;:]\s+|\s[-–—]+\s+|(?<!any)(?<!thing)(?<!all)\s(?:but|aber|sondern|pero|sino|mais|though)\s", re.IGNORECASE
)
_LATER = re.compile(r" (?:later|später|más tarde|plus tard) ")
_EARLIER = re.compile(r" (?:earlier|sooner|früher|eher|antes|más temprano|plus tôt) ")


_RELATIVE = re.compile(
    r"\b(?:this|to-?day|tonight|tom+or+ow|in \w+ (?:days?|weeks?)|diese\w*|heute|(?:über)?morgen|in \w+ (?:tagen?|wochen?)"
    r"|est[ea]|hoy|mañana|(?:en|dentro de) \w+ (?:días?|semanas?)|ce(?:t|tte)?|aujourd|(?:après-)?demain|dans \w+"
    r"|soon|asap|bald|posible|possible|next week|nächste woche|semana que viene|próxima semana|semaine prochaine)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Option:
    number: int
    starts_at: datetime
    said: str  # as it was written, with whom if that was asked for


def own_words(text: str) -> str:
    """Without what is quoted from an earlier mail."""
    text = _REPLY.split(text, maxsplit=1)[0]
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(">")).strip()


def options_in(text: str, timezone: str) -> list[Option]:
    """Numbered lines with a full date and a time."""
    found = ((int(line[1]), moment_in(line[2], timezone), line[2]) for line in _LINE.finditer(text))
    return [Option(number, moment, said.strip()) for number, moment, said in found if moment]


def moment_in(text: str, timezone: str) -> datetime | None:
    """The first full date with a time, as it is written in offers."""
    match = _DATE.search(text)
    month = month_number(match[2]) if match else None
    if not match or not month:
        return None
    name = match[6] if match[6] and is_zone(match[6]) else timezone
    try:
        day, year, hour, minute = (int(match[group]) for group in (1, 3, 4, 5))
        return datetime(year, month, day, hour, minute, tzinfo=zone(name))
    except ValueError:
        return None


def quoted_in(text: str) -> str | None:
    """What stands between quotation marks first: the service of an offer."""
    match = _QUOTED.search(text)
    return match[1].strip() if match else None


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody wrote after an offer."""

    option: Option | None
    accepts: bool  # said yes, and not to what
    declines: bool
    later: bool
    earlier: bool
    unsure: bool  # has to ask or to think
    asks: bool  # names a time and says no clear yes to it
    wish: Wish


def answer_to_offer(text: str, options: Sequence[Option], *, now: datetime, timezone: str, language: str) -> Answer:
    """Only a clear yes chooses: what is declined, asked about, doubted or said on a condition does not."""
    words = plain(text)
    relative = _RELATIVE.search(text) is not None
    since = now if relative else max(now, _week_of(options, now))

    def dates(said: str, since: datetime = since) -> Wish:
        return find_dates(said, now=since, timezone=timezone, language=language, days_ahead=75)

    unsure = bool(_UNSURE.search(words))
    meant = "" if unsure else ", ".join(_meant(text))
    dated = _NO_DATE.sub(" ", meant)
    named, wish = dates(dated), dates(text)
    if named.windows and options and not relative and not _on_the_days(named, options):
        # "Wednesday": the first one since what was offered
        named = dates(dated, max(now, _evening_before(options[0].starts_at)))
    option = _chosen(meant, named, options)
    declines = bool(_DECLINES.search(_MINDS_NOTHING.sub(" ", words)))
    accepts = bool(_ACCEPTS.search(plain(meant))) and "?" not in text
    if option is None and accepts and not declines and len(options) == 1 and not wish.windows:
        option = options[0]
    return Answer(
        option=option,
        accepts=accepts,
        declines=declines,
        later=bool(_LATER.search(words)),
        earlier=bool(_EARLIER.search(words)),
        unsure=unsure,
        asks=not named.windows,
        wish=wish,
    )


def _meant(text: str) -> Iterator[str]:
    """The clauses that say what is wanted, clearly."""
    for sentence in _SENTENCE.split(text):
        clauses = [clause for clause in _CLAUSE.split(sentence) if clause.strip()]
        asks = sentence.rstrip().endswith("?")
        if _CONDITION.search(plain(sentence)):
            continue
        for number, clause in enumerate(clauses, 1):
            words = plain(clause)
            is_asked = asks and (number == len(clauses) or not _ACCEPTS.search(words)) and not _REQUEST.search(words)
            if not is_asked and not _DECLINES.search(_MINDS_NOTHING.sub(" ", words)):
                yield clause


def _week_of(options: Sequence[Option], now: datetime) -> datetime:
    """The evening before the week that was offered: "Wednesday" means the one of that week."""
    if not options:
        return now
    first = options[0].starts_at
    return _evening_before(first - timedelta(days=first.weekday()))


def _evening_before(moment: datetime) -> datetime:
    return moment.replace(hour=23, minute=59) - timedelta(days=1)


def _on_the_days(wish: Wish, options: Sequence[Option]) -> list[Option]:
    """Those on a day that is named; all where none is."""
    days = [(window.start.date(), (window.end - timedelta(microseconds=1)).date()) for window in wish.windows]
    return [one for one in options if not days or any(first <= one.starts_at.date() <= last for first, last in days)]


def _chosen(text: str, wish: Wish, options: Sequence[Option]) -> Option | None:
    numbered = _by_number(text, wish, options)
    if numbered is None:
        return _by_clock(text, wish, options) or _by_time(wish, options)
    return numbered[0] if len(numbered) == 1 else None


def _by_number(text: str, wish: Wish, options: Sequence[Option]) -> list[Option] | None:
    """Those that a number may mean, none of another day than the one that is named; `None`: no number is said."""
    there = _on_the_days(wish, options)
    for clause in text.split(", "):
        if len(clause) < _SHORT and (match := _NUMBER.match(clause)):
            return [option for option in there if option.number == int(match[1])]
    named = [*zip(_PLACES, _ORDINAL, strict=True)]
    if len(options) == 2:
        named += zip((0, -1), _ONE_OF_TWO, strict=True)
    places = {place for place, pattern in named if pattern.search(text)}
    if len(places) != 1:
        return None
    # "Thursday, the first one" is the first of that day; the second may be that day's or that of all.
    (place,) = places
    return list({one.number: one for among in (there, options) for one in among[place:][:1] if one in there}.values())


def _by_clock(text: str, wish: Wish, options: Sequence[Option]) -> Option | None:
    """The one that begins at the time which is written, on the day of the week which is named: "the 8:00 on Wednesday"."""
    named = {(int(hour), int(minute or 0)) for hour, minute in _CLOCK.findall(text)}
    fitting = [one for one in options if {(one.starts_at.hour, one.starts_at.minute), _afternoon(one)} & named]
    fitting = _on_the_days(wish, fitting)
    return fitting[0] if len(fitting) == 1 else None


def _afternoon(option: Option) -> tuple[int, int]:
    """As it is said without "in the afternoon"."""
    return (option.starts_at.hour - 12, option.starts_at.minute)


def _by_time(wish: Wish, options: Sequence[Option]) -> Option | None:
    inside = [
        option for option in options if any(window.start <= option.starts_at < window.end for window in wish.windows)
    ]
    return inside[0] if len(inside) == 1 and wish.understood else None
