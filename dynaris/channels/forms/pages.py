"""A form's own few pages: the form to try, the thanks, and what is to be mended. No scripts; everything escaped."""

import base64
import hashlib
from collections.abc import Sequence
from html import escape

from fastapi.responses import HTMLResponse

from dynaris.channels.contract import Account
from dynaris.channels.forms.lead import Fault
from dynaris.channels.forms.settings import FormSettings, origin_of
from dynaris.channels.forms.snippet import fields_html
from dynaris.channels.forms.words import CONTACT_US, NOT_SENT, THANKS

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem; color: #1c2430; }
h1 { font-size: 1.5rem; } label { display: block; margin: 1rem 0 .2rem; } input, textarea { font: inherit; width: 100%;
box-sizing: border-box; padding: .5rem; border: 1px solid #b6bfca; border-radius: 6px; } input[type=checkbox] {
width: auto; } button { font: inherit; margin-top: 1rem; padding: .6rem 1.4rem; border: 0; border-radius: 6px;
background: #0b5cad; color: #fff; cursor: pointer; } .unseen { position: absolute; left: -10000px; }
@media (prefers-color-scheme: dark) { body { background: #14181f; color: #e4e7ec; } input, textarea {
background: #1c222b; color: inherit; border-color: #465061; } }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


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
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><h1>{escape(title)}</h1>{body}</body></html>",
        status,
        headers={
            "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
            f"form-action {form_action}; base-uri 'none'; frame-ancestors 'none'",
            "Cache-Control": "no-store",
        },
    )
