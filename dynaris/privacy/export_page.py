"""The page of an export that a person reads: who, what was said and when, without scripts, printable."""

from datetime import datetime
from html import escape
from typing import IO, Any, LiteralString
from urllib.parse import quote
from uuid import UUID

from dynaris.core.db import Connection

_ROWS = 20
_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.5rem;border-bottom:1px solid #bbb}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0}
article{margin:1.25rem 0;padding:.75rem 1rem;border:1px solid #ccc;border-radius:6px;break-inside:avoid}
article.outbound{background:#f3f6fa}article.note{background:#fbf7e9}
header{color:#555;font-size:.875rem}pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;margin:.5rem 0}
@media print{body{margin:0;max-width:none}a{color:inherit}}"""
_WHO = {
    ("inbound", "contact"): "The contact wrote",
    ("outbound", "agent"): "Our assistant wrote",
    ("outbound", "member"): "Our team wrote",
    ("outbound", "system"): "Our system wrote",
}

_CONTACT = """SELECT c.name, c.status, c.tags, c.fields, c.language, c.timezone, c.blocked_channels, c.created_at,
        w.name AS business
    FROM contact c JOIN workspace w ON w.id = c.workspace_id
    WHERE c.workspace_id = %(ws)s AND c.id = ANY(%(contacts)s) ORDER BY c.merged_into IS NOT NULL LIMIT 1"""
_ADDRESSES = """SELECT kind, coalesce(display, value) AS given, verified_at, holds FROM address
    WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s) ORDER BY kind, value"""
_CONSENTS = """SELECT created_at, state, channel, purpose, source FROM consent
    WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s) ORDER BY id"""
_TASKS = """SELECT created_at, title, detail, status FROM task
    WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s) ORDER BY id"""
_MESSAGES = """SELECT m.id, m.direction, m.author, m.subject, m.text, m.quoted, m.delivery, m.created_at, c.channel
    FROM message m JOIN conversation c ON c.workspace_id = m.workspace_id AND c.id = m.conversation_id
    WHERE m.workspace_id = %(ws)s AND m.conversation_id = ANY(%(conversations)s) ORDER BY m.created_at, m.id"""


async def write_page(
    connection: Connection, names: dict[str, Any], page: IO[bytes], files: dict[UUID, list[tuple[str, str]]]
) -> None:
    """`files`: the attachments of each message, by path in the archive and name as it was given."""
    contact = await (await connection.execute(_CONTACT, names)).fetchone()
    assert contact is not None
    title = escape(f"What {contact['business']} keeps about {contact['name'] or 'this contact'}")
    _write(
        page,
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1><p>This page shows what was said. Everything that is kept, down to the last row, is in "
        '<a href="contact.json">contact.json</a>; messages as they arrived are in the folder <code>events</code>.</p>',
    )
    _table(page, "Contact", [(name, value) for name, value in contact.items() if name != "business"])
    lists: tuple[tuple[str, LiteralString], ...] = (
        ("Addresses", _ADDRESSES),
        ("Consents", _CONSENTS),
        ("Tasks", _TASKS),
    )
    for heading, statement in lists:
        rows = await (await connection.execute(statement, names)).fetchall()
        _list(page, heading, rows)
    _write(page, "<h2>Messages</h2>")
    async with connection.cursor(name="shown") as cursor:
        cursor.itersize = _ROWS
        await cursor.execute(_MESSAGES, names)
        async for message in cursor:
            _write(page, _message(message, files.get(message["id"], [])))
    _write(page, "</body></html>\n")


def _message(row: dict[str, Any], files: list[tuple[str, str]]) -> str:
    who = "Internal note" if row["direction"] == "note" else _WHO.get((row["direction"], row["author"]), "Written")
    not_sent = f" · {row['delivery']}" if row["delivery"] not in (None, "sent", "delivered") else ""
    subject = f"<strong>{escape(row['subject'])}</strong>" if row["subject"] else ""
    quoted = f"<pre><small>{escape(row['quoted'])}</small></pre>" if row["quoted"] else ""
    links = "".join(f'<li><a download href="{escape(quote(path))}">{escape(name)}</a></li>' for path, name in files)
    attached = f"<ul>{links}</ul>" if links else ""
    return (
        f'<article class="{escape(row["direction"])}"><header>{_shown(row["created_at"])} · {escape(who)} · '
        f"{escape(row['channel'])}{escape(not_sent)}</header>{subject}<pre>{escape(row['text'])}</pre>"
        f"{quoted}{attached}</article>\n"
    )


def _table(page: IO[bytes], heading: str, rows: list[tuple[str, Any]]) -> None:
    lines = "".join(f"<tr><th>{escape(name)}</th><td>{_shown(value)}</td></tr>" for name, value in rows)
    _write(page, f"<h2>{escape(heading)}</h2><table>{lines}</table>")


def _list(page: IO[bytes], heading: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    head = "".join(f"<th>{escape(name)}</th>" for name in rows[0])
    lines = "".join(f"<tr>{''.join(f'<td>{_shown(value)}</td>' for value in row.values())}</tr>" for row in rows)
    _write(page, f"<h2>{escape(heading)}</h2><table><tr>{head}</tr>{lines}</table>")


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return escape(f"{value:%Y-%m-%d %H:%M} UTC")
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    if isinstance(value, dict):
        return "<br>".join(f"{escape(str(name))}: {_shown(each)}" for name, each in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else escape(str(value))


def _write(page: IO[bytes], text: str) -> None:
    page.write(text.encode("utf-8", "replace"))
