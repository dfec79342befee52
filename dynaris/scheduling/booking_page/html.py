"""What the pages of a booking show: no scripts, nothing from elsewhere, everything escaped."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from html import escape
from itertools import groupby
from urllib.parse import urlencode

from dynaris.scheduling.booking_page.place import Days, Place
from dynaris.scheduling.booking_page.taking import Details
from dynaris.scheduling.invitation_words import date_in_words, short_date, weekday_in_words
from dynaris.scheduling.schemas import Booking, CalendarPerson, Service, Slot

_NOON, _EVENING = 12, 17


def service_list(place: Place, services: Iterable[Service]) -> str:
    cards = "".join(
        f'<li><a href="/book/{escape(place.slug)}/{service.id}"><strong>{escape(service.name)}</strong>'
        f"<span>{escape(_facts(place, service))}</span>"
        f"{f'<p>{escape(service.description)}</p>' if service.description else ''}</a></li>"
        for service in services
    )
    said = f"<p>{_lines(place.settings.introduction)}</p>" if place.settings.introduction else ""
    if not cards:
        return f"{said}<p>{place.words['nothing']}</p>"
    return f'{said}<h2>{place.words["choose_service"]}</h2><ul class="cards">{cards}</ul>'


def _facts(place: Place, service: Service) -> str:
    minutes = place.words["minutes"].format(minutes=service.duration_minutes)
    return f"{minutes} · {price_in_words(service)}" if service.price is not None else minutes


def price_in_words(priced: Service | Booking) -> str:
    return f"{priced.model_dump(mode='json')['price']} {priced.currency}"


def people_choice(place: Place, path: str, people: Sequence[CalendarPerson], chosen: str | None) -> str:
    if len(people) < 2:
        return ""
    options = [("", place.words["anyone"]), *((str(person.id), person.name) for person in people)]
    items = "".join(
        f'<li><a href="{path}{f"?staff={key}" if key else ""}"{_current(key == (chosen or ""))}>{escape(name)}</a></li>'
        for key, name in options
    )
    return f'<h2>{place.words["choose_person"]}</h2><ul class="choice people">{items}</ul>'


def day_choice(
    place: Place, path: str, days: Days, *, chosen: date | None, keep: dict[str, str], since: date | None
) -> str:
    def link(**more: str) -> str:
        return escape(f"{path}?{urlencode({**keep, **more})}")

    asked = {"since": since.isoformat()} if since else {}
    items = "".join(
        f'<li><a href="{link(day=day.isoformat(), **asked)}#times"{_current(day == chosen)}>{_short(place, day)}</a>'
        "</li>"
        for day in days.times
    )
    listed = f'<ul class="choice">{items}</ul>' if items else f"<p>{place.words['no_times']}</p>"
    around = [
        f'<a href="{link(since=day.isoformat())}">{place.words[name]}</a>'
        for name, day in (("earlier", days.earlier), ("later", days.later))
        if day
    ]
    more = f'<p class="row">{"".join(around)}</p>' if around else ""
    return f"<h2>{place.words['choose_day']}</h2>{listed}{more}"


def _short(place: Place, day: date) -> str:
    return f"<small>{weekday_in_words(day, place.language)}</small>{short_date(day, place.language)}"


def time_choice(place: Place, action: str, slots: Sequence[Slot], *fields: str) -> str:
    """Of one day, by the part of it; each time is a button of one form."""
    listed = "".join(
        f'<h3>{place.words[part]}</h3><ul class="choice">{"".join(_time(place, slot) for slot in some)}</ul>'
        for part, some in groupby(slots, lambda slot: _part_of_day(slot.starts_at.astimezone(place.zone).hour))
    )
    day = date_in_words(slots[0].starts_at.astimezone(place.zone), place.language)
    heading = f'<h2 id="times">{place.words["choose_time"]}: {day}</h2>'
    zone = f'<p class="hint">{place.words["zone"].format(zone=escape(place.timezone))}</p>'
    return f'{heading}<form method="post" action="{action}">{"".join(fields)}{listed}</form>{zone}'


def _time(place: Place, slot: Slot) -> str:
    local = slot.starts_at.astimezone(place.zone)
    return f'<li><button name="starts_at" value="{slot.starts_at:%Y-%m-%dT%H:%M:%S}Z">{local:%H:%M}</button></li>'


def _part_of_day(hour: int) -> str:
    return "morning" if hour < _NOON else "afternoon" if hour < _EVENING else "evening"


def other_times(place: Place, action: str, slots: Sequence[Slot], *fields: str) -> str:
    """Of several days, in words."""
    items = "".join(
        f'<li><button name="starts_at" value="{slot.starts_at:%Y-%m-%dT%H:%M:%S}Z">'
        f"<small>{escape(date_in_words(slot.starts_at.astimezone(place.zone), place.language))}</small>"
        f"{slot.starts_at.astimezone(place.zone):%H:%M}</button></li>"
        for slot in slots
    )
    return f'<form method="post" action="{action}">{"".join(fields)}<ul class="choice people">{items}</ul></form>'


def summary(place: Place, booking: Booking, *, status: bool = False) -> str:
    words, local = place.words, booking.starts_at.astimezone(place.zone)
    until = booking.ends_at.astimezone(place.zone)
    rows = [
        (words["service"], booking.service),
        (words["with"], booking.staff),
        (words["when"], f"{date_in_words(local, place.language)}\n{local:%H:%M}-{until:%H:%M} ({place.timezone})"),
    ]
    if address := place.profile.get("postal_address"):
        rows.append((words["where"], address))
    if booking.price is not None:
        rows.append((words["price"], price_in_words(booking)))
    if status and booking.status in ("pending", "confirmed"):
        rows.append((words["status"], words["waits" if booking.status == "pending" else "stands"]))
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in rows) + "</dl>"


def details_form(place: Place, action: str, given: Details | None, *, asks: bool) -> str:
    words = place.words

    def field(name: str, kind: str, complete: str, most: int, *, needed: bool = True) -> str:
        value = escape(getattr(given, name)) if given else ""
        wanted = " required" if needed else ""
        return (
            f'<label for="{name}">{words[name]}</label><input id="{name}" name="{name}" type="{kind}" value="{value}" '
            f'autocomplete="{complete}" maxlength="{most}"{wanted}>'
        )

    note = escape(given.note) if given else ""
    return (
        f'<form method="post" action="{action}"><h2>{words["your_details"]}</h2>'
        f"{field('name', 'text', 'name', 100)}{field('email', 'email', 'email', 254)}"
        f"{field('phone', 'tel', 'tel', 40, needed=False)}"
        f'<label for="note">{words["note"]}</label><textarea id="note" name="note" rows="4" maxlength="2000">\n{note}'
        f'</textarea><div class="unseen" aria-hidden="true"><label for="website">{words["leave_empty"]}</label>'
        '<input id="website" name="website" tabindex="-1" autocomplete="off"></div>'
        f'<button class="go">{words["ask" if asks else "confirm"]}</button></form>'
    )


def kept(place: Place, until: datetime) -> str:
    words = place.words
    return (
        f'<p class="kept" role="status">{words["kept_until"].format(time=f"{until.astimezone(place.zone):%H:%M}")}</p>'
        f'<p class="late error" role="status">{words["kept_over"]}</p>'
    )


def hidden(**fields: str) -> str:
    return "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items())


def button(action: str, text: str, *, look: str = "quiet", fields: str = "") -> str:
    return f'<form method="post" action="{action}">{fields}<button class="{look}">{text}</button></form>'


def _current(is_it: bool) -> str:
    return ' aria-current="true"' if is_it else ""


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def seconds_until(moment: datetime, now: datetime) -> int:
    return max(int((moment - now) / timedelta(seconds=1)), 0)
