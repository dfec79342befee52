"""The frame of the booking page: its style, the business's name, how far one has come, and what the browser may do."""

from html import escape

from fastapi.responses import HTMLResponse

from dynaris.core.ids import new_token
from dynaris.core.look import ELEMENTS, PALETTE, VIEWPORT, source_of
from dynaris.scheduling.booking_page.brand import style_of
from dynaris.scheduling.booking_page.place import Place

STEPS = ("step_service", "step_time", "step_details", "step_done")

_STYLE = f"""{PALETTE}{ELEMENTS}
body{{padding:clamp(1rem,5vh,3rem) .75rem 3rem}}
header{{display:flex;align-items:center;gap:.65rem;max-width:40rem;margin:0 auto 1rem;
font-weight:600;font-size:1.02rem}}
.mark{{flex:none;display:grid;place-items:center;width:2.1rem;height:2.1rem;border-radius:9px;font-weight:700;
background:var(--accent);color:var(--on-accent)}}
main{{max-width:40rem;margin:0 auto;padding:1.6rem clamp(1.1rem,4vw,2rem) 1.8rem;background:var(--card);
border:1px solid var(--line);border-radius:16px;box-shadow:var(--shadow)}}main>:last-child{{margin-bottom:0}}
h2{{margin:1.7rem 0 .6rem}}h3{{font-size:.82rem;font-weight:500;color:var(--soft);margin:1rem 0 .45rem}}
.steps{{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;list-style:none;margin:0 0 1.2rem;padding:0;font-size:.85rem;
color:var(--soft)}}.steps li{{display:flex;align-items:center;gap:.4rem}}
.steps li::before{{content:"";width:.5rem;height:.5rem;border-radius:50%;border:1px solid var(--field)}}
.steps .past::before,.steps [aria-current]::before{{background:var(--accent-text);border-color:var(--accent-text)}}
.steps [aria-current]{{color:var(--text);font-weight:600}}
.cards{{list-style:none;margin:0;padding:0;display:grid;gap:.65rem}}
.cards a{{display:block;border:1px solid var(--line);border-radius:12px;padding:.9rem 1rem;
text-decoration:none;color:inherit}}
.cards a:hover{{border-color:var(--accent-text);background:var(--tint)}}.cards strong{{display:block}}
.cards span,.cards p{{color:var(--soft);font-size:.92rem;margin:.25rem 0 0}}
.choice{{display:grid;grid-template-columns:repeat(auto-fill,minmax(5.6rem,1fr));gap:.5rem;list-style:none;margin:0;
padding:0}}.choice.people{{grid-template-columns:repeat(auto-fill,minmax(8.5rem,1fr))}}
.choice a,.choice button{{display:flex;flex-direction:column;align-items:center;justify-content:center;width:100%;
height:100%;min-height:2.9rem;margin:0;padding:.45rem .3rem;text-align:center;font:inherit;font-weight:500;
border:1px solid var(--field);border-radius:10px;background:none;color:var(--accent-text);text-decoration:none}}
.choice a:hover,.choice button:hover{{border-color:var(--accent-text);background:var(--tint);filter:none}}
.choice a[aria-current]{{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}}
.choice small,.choice button small{{display:block;color:inherit;font-size:.8rem}}
dl{{display:grid;grid-template-columns:auto 1fr;gap:.4rem 1.2rem;margin:1rem 0;padding:1rem 1.1rem;
background:var(--page);border-radius:12px}}dt{{color:var(--soft)}}dd{{margin:0;font-weight:600;white-space:pre-line}}
.quiet{{background:none;border:0;min-height:0;padding:.6rem 0;color:var(--accent-text);text-decoration:underline;
font-weight:400;margin:.4rem 0 0}}.danger{{background:#b42318;color:#fff}}
.row{{display:flex;flex-wrap:wrap;gap:.2rem 1.5rem;align-items:center;margin:.8rem 0}}
.kept{{background:var(--tint);border-radius:10px;padding:.6rem .8rem}}
.late{{visibility:hidden;height:0;overflow:hidden;margin:0;padding:0}}.unseen{{position:absolute;left:-10000px}}
@media(max-width:32rem){{.go{{width:100%}}}}
"""


def frame(
    place: Place | None,
    title: str,
    body: str,
    *,
    step: str | None = None,
    status: int = 200,
    language: str = "en",
    expires: int | None = None,
) -> HTMLResponse:
    """`body` is HTML. `expires`: in so many seconds what has the class `late` appears."""
    own = style_of(place.settings.colour) if place else ""
    styles = [source_of(_STYLE), *([source_of(own)] if own else [])]
    late = ""
    if expires is not None:
        nonce = new_token()
        styles.append(f"'nonce-{nonce}'")
        late = (
            f'<style nonce="{nonce}">@keyframes late{{to{{visibility:visible;height:auto;overflow:visible;'
            f"padding:.6rem .8rem}}}}.late{{animation:late 0s {max(expires, 0)}s forwards}}</style>"
        )
    around = " ".join(["'self'", *(place.settings.embed_on if place else ())])
    named = f" · {escape(place.name)}" if place else ""
    branded = f"<style>{own}</style>" if own else ""
    return HTMLResponse(
        f'<!doctype html><html lang="{place.language if place else language}"><head><meta charset="utf-8">'
        f"<title>{escape(title)}{named}</title>{VIEWPORT}"
        f'<meta name="robots" content="noindex"><style>{_STYLE}</style>{branded}{late}</head>'
        f"<body>{_header(place)}<main>{_steps(place, step)}<h1>{escape(title)}</h1>{body}</main></body></html>",
        status,
        headers={
            "Content-Security-Policy": f"default-src 'none'; style-src {' '.join(styles)}; form-action 'self'; "
            f"base-uri 'none'; frame-ancestors {around}",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
        },
    )


def _header(place: Place | None) -> str:
    if place is None:
        return ""
    initial = next((sign for sign in place.name if sign.isalnum()), "•").upper()
    return f'<header><span class="mark" aria-hidden="true">{escape(initial)}</span>{escape(place.name)}</header>'


def _steps(place: Place | None, step: str | None) -> str:
    if place is None or step is None:
        return ""
    now = STEPS.index(step)
    items = "".join(f"<li{_state(number - now)}>{escape(place.words[name])}</li>" for number, name in enumerate(STEPS))
    return f'<ol class="steps">{items}</ol>'


def _state(ahead: int) -> str:
    return ' class="past"' if ahead < 0 else "" if ahead else ' aria-current="step"'
