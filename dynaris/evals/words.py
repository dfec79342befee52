"""Words of four languages that facts are made of: months, weekdays, numbers, units, and who takes over."""

import re

_MONTHS = (
    "january januar januari enero janvier jan jän",
    "february februar febrero février fevrier feb fév",
    "march märz maerz marzo mars mar mär",
    "april abril avril apr abr avr",
    "may mai mayo",
    "june juni junio juin jun",
    "july juli julio juillet jul juil",
    "august agosto août aout aug ago",
    "september septiembre septembre sep sept",
    "october oktober octubre octobre oct okt",
    "november noviembre novembre nov",
    "december dezember diciembre décembre decembre dec dez dic déc",
)
_WEEKDAYS = (
    "monday montag lunes lundi",
    "tuesday dienstag martes mardi",
    "wednesday mittwoch miércoles miercoles mercredi",
    "thursday donnerstag jueves jeudi",
    "friday freitag viernes vendredi",
    "saturday samstag sonnabend sábado sabado samedi",
    "sunday sonntag domingo dimanche",
)
_NUMBERS = (
    "zero null cero zéro",
    "one ein eine einen einer eins uno una un une",
    "two zwei dos deux",
    "three drei tres trois",
    "four vier cuatro quatre",
    "five fünf cinco cinq",
    "six sechs seis",
    "seven sieben siete sept",
    "eight acht ocho huit",
    "nine neun nueve neuf",
    "ten zehn diez dix",
    "eleven elf once onze",
    "twelve zwölf doce douze",
)
_UNITS = {
    1: "minute minutes min mins minuten minuto minutos",
    60: "hour hours stunde stunden std hora horas heure heures",
    1440: "day days tag tage tagen día días dia dias jour jours",
    10080: "week weeks woche wochen semana semanas semaine semaines",
    43200: "month months monat monate monaten mes meses mois",
    525600: "year years jahr jahre jahren año años an ans année années",
}


def _numbered(groups: tuple[str, ...], first: int) -> dict[str, int]:
    return {word: number for number, group in enumerate(groups, first) for word in group.split()}


MONTHS = _numbered(_MONTHS, 1)
WEEKDAYS = _numbered(_WEEKDAYS, 0)
NUMBERS = _numbered(_NUMBERS, 0)
MINUTES = {word: minutes for minutes, group in _UNITS.items() for word in group.split()}

# Treatments that a clinic like the demo's may have: named in a reply, they must be known from somewhere.
TREATMENTS = re.compile(
    r"\b(acup[uo]n[ck]t\w*|akupunktur|osteopat\w*|ostéopat\w*|chiropra\w*|chiroprakti\w*|pilates|yoga|dry needling"
    r"|lymph\w*|linf\w*|drainage|ultrasound|ultraschall\w*|ultrasonido\w*|laser\w*|láser|shock ?wave|stoßwelle\w*"
    r"|hot stone\w*|aromather\w*|ergother\w*|logop\w*|hydrother\w*|taping|kinesi\w*tape|botox|x-ray exam\w*"
    r"|home visit\w*|hausbesuch\w*|video consult\w*|gift vouchers?|gutscheine?|thai[- ]massage\w*)\b",
    re.IGNORECASE,
)

# A person takes over: somebody, and that they do something with it, in one sentence.
PERSON = re.compile(
    r"\b(colleagues?|a person|a human|team|somebody|someone|kolleg\w+|mitarbeiter\w*|ein mensch\w*|jemand\w*"
    r"|persönlich|compañer\w+|colega|persona|equipo|alguien|collègues?|personne|équipe|quelqu.un)\b",
    re.IGNORECASE,
)
HANDS_ON = re.compile(
    r"\b(pass(ed|ing)?|forward\w*|hand(s|ed|ing)?|tak(e|es|ing) (it |this )?over|get back|reply|contact|call you|answer"
    r"|see to|look into|weiter\w*|übernimmt|übernehm\w*|kümmer\w*|melde\w*|antwort\w*|prüf\w*|bestätig\w*|pasado|paso"
    r"|pasaré|encarg\w*|contact\w*|respond\w*|transmit\w*|atender\w*|traslad\w*|hará cargo|transmis\w*|transmets"
    r"|prend(ra|re)? (le relais|en charge)|répond\w*|recontact\w*|rappel\w*|occup\w*|confié\w*)\b",
    re.IGNORECASE,
)
