"""What is known of a contact for a template: what fills its gaps, their language, their wish for no marketing."""

from typing import Any, LiteralString
from uuid import UUID

from dynaris.channels.registry import channel
from dynaris.contacts.consent import kind_of
from dynaris.core.db import Connection
from dynaris.core.language import detect

_FACTS: LiteralString = """SELECT k.name AS contact_name, w.name AS business, k.blocked_channels, k.language,
        w.language AS ours,
        (SELECT string_agg(said, ' ') FROM (
            SELECT left(m.text, 200) AS said FROM message m
            WHERE m.workspace_id = %(ws)s AND m.contact_id = %(contact)s AND m.direction = 'inbound'
            ORDER BY m.created_at DESC, m.id DESC LIMIT 3) AS lately) AS said,
        coalesce((SELECT m.name FROM member m WHERE m.workspace_id = %(ws)s AND m.id = %(member)s),
                 w.profile->>'agent_name', w.name) AS agent_name
    FROM contact k JOIN workspace w ON w.id = %(ws)s
    WHERE k.workspace_id = %(ws)s AND k.id = %(contact)s"""


async def facts_for(
    connection: Connection, workspace_id: UUID, *, contact_id: UUID, member_id: UUID | None
) -> tuple[dict[str, str], dict[str, Any]]:
    """What gaps can be filled with, and the row that says more: `language`, by the contact's record; `likely`, else by
    what they wrote lately, else the workspace's."""
    names = {"ws": workspace_id, "contact": contact_id, "member": member_id}
    row = await (await connection.execute(_FACTS, names)).fetchone()
    assert row is not None, f"contact {contact_id} is gone"
    known = {name: row[name] for name in ("contact_name", "business", "agent_name") if row[name]}
    if "contact_name" in known:
        known["first_name"] = known["contact_name"].split()[0]
    return known, {**row, "likely": row["language"] or detect(row["said"] or "") or row["ours"]}


def wants_marketing(blocked: list[str], channel_name: str) -> bool:
    kind = kind_of(channel(channel_name).address_kind)
    return not {f"{kind}/marketing", "any/marketing"} & set(blocked)
