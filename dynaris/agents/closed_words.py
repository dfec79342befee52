"""What a contact who needs a person is told while nobody is there: when somebody is."""

from collections.abc import Mapping
from datetime import datetime

from dynaris.core.language import detect

_WORDS: Mapping[str, str] = {
    "en": "We are back on {day}, {number} {month}, at {time}.",
    "de": "Ab {day}, {number}. {month}, {time} Uhr sind wir wieder da.",
    "es": "Volvemos el {day} {number} de {month} a las {time}.",
    "fr": "Nous serons de retour le {day} {number} {month} à {time}.",
    "it": "Torniamo {day} {number} {month} alle {time}.",
    "pt": "Voltamos: {day}, {number} de {month}, às {time}.",
    "nl": "We zijn er weer op {day} {number} {month} om {time}.",
}
_DAYS: Mapping[str, str] = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "it": "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    "pt": "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
}
_MONTHS: Mapping[str, str] = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
}


def closed_until(opens: datetime, text: str, routed: str | None = None) -> str:
    """`opens` is in the business's zone. In the language of what the contact wrote, else `routed`, else in English."""
    known = (language for language in (detect(text), routed) if language in _WORDS)
    language = next(known, None) or "en"
    return _WORDS[language].format(
        day=_DAYS[language].split()[opens.weekday()],
        number=opens.day,
        month=_MONTHS[language].split()[opens.month - 1],
        time=f"{opens.hour}:{opens.minute:02d}",
    )
