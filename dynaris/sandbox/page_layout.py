"""HTML of the sandbox's pages, above all the mailbox's: plain strings, every value from outside escaped."""

from html import escape
from typing import TypedDict
from urllib.parse import quote, unquote

from dynaris.core.look import ELEMENTS, PALETTE, VIEWPORT
from dynaris.sandbox.mail_folder import StoredMail
from dynaris.sandbox.mail_view import MailView, clean

ROOT = "/sandbox/mail"
_REFRESH_SECONDS = 5

_STYLE = f"""{PALETTE}{ELEMENTS}
body {{ max-width: 64rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }}
nav {{ font-size: .9rem; min-height: 1.4rem; }} .soft {{ color: var(--soft); font-size: .9rem; }}
h1 {{ margin: .3rem 0 1rem; }} h2 {{ margin-top: 1.6rem; }}
a {{ text-decoration: none; }} a:hover {{ text-decoration: underline; }}
table {{ border-collapse: collapse; width: 100%; background: var(--card); border-radius: 12px; overflow: hidden; }}
th, td {{ text-align: left; padding: .55rem .8rem; border-bottom: 1px solid var(--line); vertical-align: top; }}
th {{ font-weight: 500; font-size: .85rem; color: var(--soft); white-space: nowrap; }}
td.number, th.number {{ text-align: right; white-space: nowrap; }}
tr.unread td {{ font-weight: 600; }} tbody tr:hover {{ background: var(--tint); }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; padding: 1rem; background: var(--card); border-radius: 12px; }}
iframe {{ width: 100%; height: 60vh; border: 1px solid var(--line); border-radius: 12px; background: #fff; }}
details {{ margin: 1rem 0; }} summary {{ cursor: pointer; }}
"""


class MailboxSummary(TypedDict):
    address: str
    url: str
    mails: int
    unseen: int
    newest: str | None


MailSummary = TypedDict(
    "MailSummary",
    {"uid": int, "received": str, "size": int, "flags": list[str], "from": str, "to": str, "subject": str},
)


def shown(address: str) -> str:
    return clean(address)


def url_of(address: str) -> str:
    """The mailbox's page. Quoted twice, because a path is unquoted before it is split."""
    once = quote(address.encode("utf-8", "surrogatepass"), safe="@+=")
    if set(once) == {"."}:  # `..` would be a way up
        once = once.replace(".", "%2E")
    return f"{ROOT}/{quote(once, safe='@+=')}"


def address_from(segment: str) -> str:
    return unquote(segment, errors="surrogatepass") if "%" in segment else segment


def mailboxes(summaries: list[MailboxSummary]) -> str:
    rows = "".join(
        f'<tr><td><a href="{summary["url"]}">{escape(summary["address"])}</a></td>'
        f'<td class="number">{summary["unseen"]}</td><td class="number">{summary["mails"]}</td>'
        f"<td>{moment(summary['newest'])}</td></tr>"
        for summary in summaries
    )
    table = _table(("Address", "#Unread", "#Mails", "Newest"), rows)
    return page("Sandbox mail", "", table if rows else _empty("No mail yet."), refresh=True)


def mails(address: str, summaries: list[MailSummary], total: int) -> str:
    rows = "".join(_mail_row(address, summary) for summary in summaries)
    table = _table(("From", "Subject", "Received", "#Size"), rows)
    note = f'<p class="soft">The newest {len(summaries)} of {total}.</p>' if total > len(summaries) else ""
    content = table + note if rows else _empty("No mail yet.")
    return page(shown(address), f'<a href="{ROOT}">All mailboxes</a>', content, refresh=True)


def one_mail(address: str, mail: StoredMail, view: MailView) -> str:
    here = url_of(address)
    fields = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in view.fields)
    attached = "".join(
        f'<li><a href="{here}/{mail.uid}/attachments/{part.number}">{escape(part.name)}</a> '
        f'<span class="soft">{escape(part.content_type)}, {_size(part.size)}</span></li>'
        for part in view.attachments
    )
    content = (
        f"<table>{fields}</table>"
        + (f"<h2>Attachments</h2><ul>{attached}</ul>" if attached else "")
        + (_frame(view.html) if view.html else "")
        + _text(view)
        + f"<details><summary>All headers</summary><pre>{escape(view.all_headers)}</pre></details>"
        + f'<p><a href="{here}/{mail.uid}/source">Download the source</a></p>'
    )
    title = view.value("Subject") or "(no subject)"
    trail = f'<a href="{ROOT}">All mailboxes</a> / <a href="{here}">{escape(shown(address))}</a>'
    return page(title, trail, content, refresh=False)


def _mail_row(address: str, summary: MailSummary) -> str:
    unread = "" if "\\Seen" in summary["flags"] else ' class="unread"'
    link = f"{url_of(address)}/{summary['uid']}"
    subject = escape(summary["subject"] or "(no subject)")
    return (
        f'<tr{unread}><td>{escape(summary["from"])}</td><td><a href="{link}">{subject}</a></td>'
        f'<td>{moment(summary["received"])}</td><td class="number">{_size(summary["size"])}</td></tr>'
    )


def _frame(html: str) -> str:
    """Scripts stay off and the origin is none of ours; links open in a tab of their own."""
    document = f'<base target="_blank"><meta charset="utf-8">{html}'
    return (
        '<iframe title="The mail\'s HTML" sandbox="allow-popups allow-popups-to-escape-sandbox" '
        f'referrerpolicy="no-referrer" srcdoc="{escape(document)}"></iframe>'
    )


def _text(view: MailView) -> str:
    if view.html and view.text:
        return f"<details><summary>Plain text</summary><pre>{escape(view.text)}</pre></details>"
    return f"<pre>{escape(view.text)}</pre>" if view.text else ""


def _table(columns: tuple[str, ...], rows: str) -> str:
    """A column whose name begins with `#` holds numbers."""
    heads = "".join(
        f'<th class="number">{column[1:]}</th>' if column.startswith("#") else f"<th>{column}</th>"
        for column in columns
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _empty(text: str) -> str:
    return f'<p class="soft">{text} This page looks again every {_REFRESH_SECONDS} seconds.</p>'


def moment(stamp: str | None) -> str:
    return f'<time datetime="{stamp}">{stamp[:19].replace("T", " ")} UTC</time>' if stamp else ""


def _size(octets: int) -> str:
    return f"{octets / 1_000_000:.1f} MB" if octets >= 1_000_000 else f"{max(octets, 100) / 1000:.1f} kB"


def page(title: str, trail: str, content: str, *, refresh: bool) -> str:
    again = f'<meta http-equiv="refresh" content="{_REFRESH_SECONDS}">' if refresh else ""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{again}'
        f"{VIEWPORT}<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><nav>{trail}</nav><h1>{escape(title)}</h1>{content}</body></html>"
    )
