"""How the booking page looks: no scripts, nothing from elsewhere, everything escaped."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from html import escape
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse

from dynaris.core.ids import new_token
from dynaris.scheduling.booking_page.place import Days, Place
from dynaris.scheduling.booking_page.taking import Details
from dynaris.scheduling.invitation_words import date_in_words, short_date, weekday_in_words
from dynaris.scheduling.schemas import Booking, CalendarPerson, Service, Slot

_STYLE = """
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:0 auto;padding:1.5rem 1rem 3rem;color:#1c2430;
background:#fff;overflow-wrap:anywhere}
header{color:#475467;font-weight:600}h1{font-size:1.5rem;line-height:1.25;margin:.4rem 0 1rem}
h2{font-size:1.1rem;margin:1.8rem 0 .6rem}p{margin:.6rem 0}a{color:#0b5cad}
.cards{list-style:none;margin:0;padding:0}.cards a{display:block;border:1px solid #b6bfca;border-radius:10px;
padding:.9rem 1rem;margin:0 0 .7rem;text-decoration:none;color:inherit}.cards a:hover{border-color:#0b5cad}
.cards strong{display:block;color:#0b5cad}.cards span{color:#475467}
.choice{display:grid;grid-template-columns:repeat(auto-fill,minmax(6.2rem,1fr));gap:.5rem;list-style:none;margin:0;
padding:0}.choice.people{grid-template-columns:repeat(auto-fill,minmax(8rem,1fr))}
.choice a,.choice button{display:flex;flex-direction:column;align-items:center;justify-content:center;width:100%;
height:100%;min-height:2.9rem;padding:.45rem .3rem;text-align:center;font:inherit;
border:1px solid #b6bfca;border-radius:8px;background:#fff;color:#0b5cad;text-decoration:none;cursor:pointer}
.choice a:hover,.choice button:hover{border-color:#0b5cad;background:#eef5fc}
.choice a[aria-current]{background:#0b5cad;border-color:#0b5cad;color:#fff}.choice small{display:block;color:inherit}
dl{display:grid;grid-template-columns:auto 1fr;gap:.3rem 1rem;margin:1rem 0;padding:1rem;border:1px solid #d0d7de;
border-radius:10px}dt{color:#475467}dd{margin:0;font-weight:600;white-space:pre-line}
label{display:block;margin:1rem 0 .25rem;font-weight:600}input,textarea{font:inherit;width:100%;padding:.6rem .7rem;
border:1px solid #98a2b3;border-radius:8px;background:#fff;color:inherit}
.go{font:inherit;font-weight:600;margin:1.2rem 0 0;padding:.75rem 1.5rem;border:0;border-radius:8px;background:#0b5cad;
color:#fff;cursor:pointer;min-height:2.9rem;text-decoration:none;display:inline-block}
.quiet{font:inherit;background:none;border:0;padding:.6rem 0;color:#0b5cad;text-decoration:underline;cursor:pointer}
.danger{background:#b42318}.row{display:flex;flex-wrap:wrap;gap:.2rem 1.5rem;align-items:center;margin:.8rem 0}
.hint{color:#475467}.error{color:#b42318;font-weight:600}.kept{background:#eef5fc;border-radius:8px;padding:.6rem .8rem}
.late{visibility:hidden;height:0;overflow:hidden;margin:0}.unseen{position:absolute;left:-10000px}
:focus-visible{outline:3px solid #f79009;outline-offset:2px}
@media (prefers-color-scheme:dark){body{background:#14181f;color:#e4e7ec}a,.cards strong,.quiet{color:#7ab8f5}
header,.cards span,dt,.hint{color:#a6b0bf}.choice a,.choice button,input,textarea{background:#1c222b;
border-color:#465061;color:#7ab8f5}input,textarea{color:inherit}.choice a:hover,.choice button:hover,.kept{
background:#22304a}.choice a[aria-current]{background:#0b5cad;color:#fff}.cards a,dl{border-color:#465061}
.error{color:#f97066}}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def frame(
    place: Place | None, title: str, body: str, *, status: int = 200, language: str = "en", expires: int | None = None
) -> HTMLResponse:
    """`body` is HTML. `expires`: in so many seconds what has the class `late` appears."""
    late, styles = "", f"'sha256-{_STYLE_HASH}'"
    if expires is not None:
        nonce = new_token()
        styles += f" 'nonce-{nonce}'"
        late = (
            f'<style nonce="{nonce}">@keyframes late{{to{{visibility:visible;height:auto;overflow:visible}}}}'
            f".late{{animation:late 0s {max(expires, 0)}s forwards}}</style>"
        )
    around = " ".join(["'self'", *(place.settings.embed_on if place else ())])
    header = f"<header>{escape(place.name)}</header>" if place else ""
    named = f" · {escape(place.name)}" if place else ""
    return HTMLResponse(
        f'<!doctype html><html lang="{place.language if place else language}"><head><meta charset="utf-8">'
        f'<title>{escape(title)}{named}</title><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex"><style>{_STYLE}</style>{late}</head>'
        f"<body>{header}<main><h1>{escape(title)}</h1>{body}</main></body></html>",
        status,
        headers={
            "Content-Security-Policy": f"default-src 'none'; style-src {styles}; form-action 'self'; base-uri 'none'; "
            f"frame-ancestors {around}",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
        },
    )


def service_list(place: Place, services: Iterable[Service]) -> str:
    cards = "".join(
        f'<li><a href="/book/{escape(place.slug)}/{service.id}"><strong>{escape(service.name)}</strong>'
        f"<span>{escape(_facts(place, service))}</span>"
        f"{f'<br>{escape(service.description)}' if service.description else ''}</a></li>"
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
    """Of one day; each time is a button of one form."""
    items = "".join(
        f'<li><button name="starts_at" value="{slot.starts_at:%Y-%m-%dT%H:%M:%S}Z">'
        f"{slot.starts_at.astimezone(place.zone):%H:%M}</button></li>"
        for slot in slots
    )
    day = date_in_words(slots[0].starts_at.astimezone(place.zone), place.language)
    heading = f'<h2 id="times">{place.words["choose_time"]}: {day}</h2>'
    zone = f'<p class="hint">{place.words["zone"].format(zone=escape(place.timezone))}</p>'
    return (
        f'{heading}<form method="post" action="{action}">{"".join(fields)}<ul class="choice">{items}</ul></form>{zone}'
    )


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
