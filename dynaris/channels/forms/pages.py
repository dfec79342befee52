"""A form's own few pages: the form to try, the thanks, and what is to be mended. No scripts; everything escaped."""

from collections.abc import Sequence
from html import escape

from fastapi.responses import HTMLResponse

from dynaris.channels.contract import Account
from dynaris.channels.forms.lead import Fault
from dynaris.channels.forms.settings import FormSettings, origin_of
from dynaris.channels.forms.snippet import fields_html
from dynaris.channels.forms.words import CONTACT_US, NOT_SENT, THANKS
from dynaris.core.look import ELEMENTS, PALETTE, VIEWPORT, source_of

_STYLE = f"""{PALETTE}{ELEMENTS}
main{{max-width:32rem;margin:clamp(1rem,7vh,4rem) auto;padding:1.8rem;background:var(--card);
border:1px solid var(--line);border-radius:14px;box-shadow:var(--shadow)}}.unseen{{position:absolute;left:-10000px}}
@media(max-width:32rem){{main{{margin:.75rem;padding:1.3rem 1.1rem}}}}
"""


def form_page(account: Account[FormSettings]) -> HTMLResponse:
    """`action` is this page's own address."""
    settings = account.settings
    fields = fields_html(settings, hide='class="unseen"')
    encoding = ' enctype="multipart/form-data"' if settings.most_files else ""
    body = f'<form method="post"{encoding}>\n{fields}\n</form>'
    # A browser holds the redirect after a form to the page's own rule, too.
    after = origin_of(settings.redirect or "")
    return _page(settings, CONTACT_US[settings.language], body, form_action=f"'self' {after}" if after else "'self'")


def thanks_page(settings: FormSettings) -> HTMLResponse:
    title, text = THANKS[settings.language]
    return _page(settings, title, f"<p>{escape(text)}</p>")


def faults_page(settings: FormSettings, faults: Sequence[Fault], status: int, retry_after: str | None) -> HTMLResponse:
    title, text = NOT_SENT[settings.language]
    items = "".join(
        f"<li>{f'<b>{escape(fault.field)}</b>: ' if fault.field else ''}{escape(fault.message)}</li>"
        for fault in faults
    )
    page = _page(settings, title, f"<p>{escape(text)}</p><ul>{items}</ul>", status=status)
    if retry_after:
        page.headers["Retry-After"] = retry_after
    return page


def _page(
    settings: FormSettings, title: str, body: str, *, status: int = 200, form_action: str = "'none'"
) -> HTMLResponse:
    return HTMLResponse(
        f'<!doctype html><html lang="{settings.language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"{VIEWPORT}<style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>",
        status,
        headers={
            "Content-Security-Policy": f"default-src 'none'; style-src {source_of(_STYLE)}; "
            f"form-action {form_action}; base-uri 'none'; frame-ancestors 'none'",
            "Cache-Control": "no-store",
        },
    )
