"""What mails about bookings say, in the languages that they can be in."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal, get_args

from dynaris.core.greeting import greeting
from dynaris.workspaces.opening_hours import zone

Language = Literal["en", "de", "es", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
News = Literal["confirmed", "pending", "rescheduled", "cancelled", "lapsed", "reminder"]
ENDED: tuple[News, ...] = ("cancelled", "lapsed")

_DAYS: Mapping[Language, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
}
_MONTHS: Mapping[Language, str] = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}
_DATE: Mapping[Language, str] = {
    "en": "{day}, {number} {month} {year}",
    "de": "{day}, {number}. {month} {year}",
    "es": "{day}, {number} de {month} de {year}",
    "fr": "{day} {number} {month} {year}",
}
_SHORT: Mapping[Language, str] = {
    "en": "{number} {name}",
    "de": "{number}.{month}.",
    "es": "{number}/{month}",
    "fr": "{number}/{month}",
}
_SUBJECTS: Mapping[Language, Mapping[News, str]] = {
    "en": {
        "confirmed": "Booked: {service}, {when}",
        "pending": "Your request: {service}, {when}",
        "rescheduled": "New time: {service}, {when}",
        "cancelled": "Cancelled: {service}, {when}",
        "lapsed": "Not confirmed: {service}, {when}",
        "reminder": "Reminder: {service}, {when}",
    },
    "de": {
        "confirmed": "Gebucht: {service}, {when}",
        "pending": "Ihre Anfrage: {service}, {when}",
        "rescheduled": "Neuer Termin: {service}, {when}",
        "cancelled": "Abgesagt: {service}, {when}",
        "lapsed": "Nicht bestätigt: {service}, {when}",
        "reminder": "Erinnerung: {service}, {when}",
    },
    "es": {
        "confirmed": "Reservado: {service}, {when}",
        "pending": "Su solicitud: {service}, {when}",
        "rescheduled": "Nueva hora: {service}, {when}",
        "cancelled": "Cancelado: {service}, {when}",
        "lapsed": "Sin confirmar: {service}, {when}",
        "reminder": "Recordatorio: {service}, {when}",
    },
    "fr": {
        "confirmed": "Réservé : {service}, {when}",
        "pending": "Votre demande : {service}, {when}",
        "rescheduled": "Nouvel horaire : {service}, {when}",
        "cancelled": "Annulé : {service}, {when}",
        "lapsed": "Non confirmé : {service}, {when}",
        "reminder": "Rappel : {service}, {when}",
    },
}
_OPENINGS: Mapping[Language, Mapping[News, str]] = {
    "en": {
        "confirmed": "your appointment is booked:",
        "pending": "we have your request and will confirm it:",
        "rescheduled": "your appointment has a new time:",
        "cancelled": "this appointment is cancelled:",
        "lapsed": "we are sorry: we did not confirm your request in time. This appointment does not take place:",
        "reminder": "we look forward to seeing you:",
    },
    "de": {
        "confirmed": "Ihr Termin ist gebucht:",
        "pending": "wir haben Ihre Anfrage und bestätigen sie noch:",
        "rescheduled": "Ihr Termin hat eine neue Zeit:",
        "cancelled": "dieser Termin ist abgesagt:",
        "lapsed": "wir haben Ihre Anfrage leider nicht rechtzeitig bestätigt. Dieser Termin findet nicht statt:",
        "reminder": "wir freuen uns auf Ihren Besuch:",
    },
    "es": {
        "confirmed": "su cita está reservada:",
        "pending": "tenemos su solicitud y se la confirmaremos:",
        "rescheduled": "su cita tiene una nueva hora:",
        "cancelled": "esta cita queda cancelada:",
        "lapsed": "lo sentimos: no hemos podido confirmar su solicitud a tiempo. Esta cita no tendrá lugar:",
        "reminder": "le esperamos:",
    },
    "fr": {
        "confirmed": "votre rendez-vous est réservé :",
        "pending": "nous avons votre demande et allons la confirmer :",
        "rescheduled": "votre rendez-vous a un nouvel horaire :",
        "cancelled": "ce rendez-vous est annulé :",
        "lapsed": "désolés, nous n'avons pas confirmé votre demande à temps. Ce rendez-vous n'a pas lieu :",
        "reminder": "nous vous attendons :",
    },
}
_CHANGE: Mapping[Language, str] = {
    "en": "To move or cancel it:",
    "de": "Zum Verschieben oder Absagen:",
    "es": "Para cambiarla o cancelarla:",
    "fr": "Pour le déplacer ou l'annuler :",
}
_WITH: Mapping[Language, str] = {"en": "with {staff}", "de": "mit {staff}", "es": "con {staff}", "fr": "avec {staff}"}


def language_of(*wanted: str | None) -> Language:
    """The first that mails can be in."""
    for tag in wanted:
        base = (tag or "").partition("-")[0].lower()
        for language in LANGUAGES:
            if base == language:
                return language
    return "en"


def date_in_words(day: datetime, language: Language) -> str:
    return _DATE[language].format(
        day=_DAYS[language][day.weekday()],
        number=day.day,
        month=_MONTHS[language].split()[day.month - 1],
        year=day.year,
    )


def weekday_in_words(day: date, language: Language) -> str:
    return _DAYS[language][day.weekday()].capitalize()


def short_date(day: date, language: Language) -> str:
    return _SHORT[language].format(number=day.day, month=day.month, name=_MONTHS[language].split()[day.month - 1][:3])


def when_in_words(moment: datetime, timezone: str, language: Language) -> str:
    local = moment.astimezone(zone(timezone))
    return f"{date_in_words(local, language)}, {local:%H:%M}"


def subject_of(news: News, *, service: str, when: str, language: Language) -> str:
    return _SUBJECTS[language][news].format_map({"service": service, "when": when})


def letter(
    news: News,
    *,
    language: Language,
    name: str | None,
    service: str,
    staff: str,
    when: str,
    timezone: str,
    business: str,
    place: str,
    link: str,
) -> str:
    """The mail's text. `name` is left out where nobody proved whose the address is."""
    about = [f"{service} {_WITH[language].format_map({'staff': staff})}", f"{when} ({timezone})"]
    parts = [greeting(language, name), _OPENINGS[language][news], "\n".join([*about, *([place] if place else [])])]
    if link and news not in ENDED:
        parts.append(f"{_CHANGE[language]}\n{link}")
    parts.append(business)
    return "\n\n".join(parts)
