"""What leaves as an approved template: chosen by a teammate, or by the product when nothing else may leave any more."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.contacts.template_facts import facts_for, wants_marketing
from dynaris.conversations.windows import is_open
from dynaris.core.db import Connection, Database
from dynaris.core.errors import Conflict, InvalidInput
from dynaris.pipeline.inquiry import Inquiry
from dynaris.templates import queries
from dynaris.templates.choosing import fitting, speaks
from dynaris.templates.filling import Filled, fill, values_from
from dynaris.templates.schemas import TemplateChoice, TemplateToSend


async def to_send(
    connection: Connection,
    workspace_id: UUID,
    *,
    contact_id: UUID,
    account_id: UUID,
    member_id: UUID | None,
    text: str = "",
) -> list[TemplateToSend]:
    """Those that may leave on this account, filled with what is known of the contact; first those in their language."""
    facts, about = await facts_for(connection, workspace_id, contact_id=contact_id, member_id=member_id)
    rows = await queries.templates(connection, workspace_id, account_id=account_id, status="approved")
    rows.sort(key=lambda row: not speaks(row["language"], about["likely"]))
    return [_offered(row, {**facts, "reply": text}) for row in rows]


def _offered(row: dict[str, Any], facts: Mapping[str, str]) -> TemplateToSend:
    values = values_from(row, facts)
    try:
        preview = fill(row, values).text
    except (Conflict, InvalidInput):
        preview = None
    return TemplateToSend(**row, values=values, preview=preview)


async def chosen(
    connection: Connection,
    workspace_id: UUID,
    choice: TemplateChoice,
    *,
    contact_id: UUID,
    account_id: UUID,
    channel_name: str,
    member_id: UUID | None,
) -> Filled:
    """As somebody chose it; what they did not fill is filled with what is known. Raises `NotFound`, `Conflict`,
    `InvalidInput`."""
    row = await queries.template(connection, workspace_id, choice.id)
    if row["account_id"] != account_id:
        raise InvalidInput(f"the template {row['name']} belongs to another account")
    facts, about = await facts_for(connection, workspace_id, contact_id=contact_id, member_id=member_id)
    if row["category"] == "marketing" and not wants_marketing(about["blocked_channels"], channel_name):
        raise Conflict("the contact wants no marketing here: this template is marketing")
    return fill(row, {**values_from(row, facts), **choice.values})


_OFFERED = re.compile(r"^\s{0,3}(\d{1,2})[.)]\s+(\S.*)$", re.MULTILINE)
_MOST_CHOICES, _LONGEST_CHOICE = 10, 190


def choices_in(text: str) -> list[dict[str, str]]:
    """The numbered list that a text offers, one choice each: it can be tapped where the channel has that."""
    found = [(int(number), said.strip()) for number, said in _OFFERED.findall(text)]
    numbers, offered = [number for number, _ in found], [said for _, said in found]
    if not 2 <= len(found) <= _MOST_CHOICES or numbers != list(range(1, len(found) + 1)):
        return []
    if len(set(offered)) < len(offered) or max(map(len, offered)) > _LONGEST_CHOICE:
        return []
    return [{"id": said, "title": said} for said in offered]


async def as_it_may_leave(connection: Connection, inquiry: Inquiry, text: str) -> tuple[str, dict[str, Any]]:
    """The text and what else its outbox row holds. Where only a template may leave: one that fits, filled with the text
    where it has a gap for it. Where none fits it stays as it is, is refused when it is sent, and people see why."""
    traits = inquiry.traits
    account = inquiry.account
    more = {"choices": choices} if traits.choices and (choices := choices_in(text)) else {}
    if not traits.templates or inquiry.answered_elsewhere or account.rehearses:
        return text, more
    workspace_id, contact_id = inquiry.workspace_id, inquiry.contact_id
    if await is_open(connection, workspace_id, traits=traits, contact_id=contact_id, account_id=account.id):
        return text, more
    found = await _fitting(
        connection,
        workspace_id,
        contact_id=contact_id,
        account_id=account.id,
        channel_name=account.channel,
        text=text,
        why=inquiry.wake or "",
    )
    return (found.text, {"template": found.use.model_dump()}) if found else (text, {})


_CHANGE = """WITH said AS (
        UPDATE message SET text = %(text)s WHERE workspace_id = %(ws)s AND id = %(message)s)
    UPDATE outbox SET content = content || %(content)s WHERE workspace_id = %(ws)s AND id = %(id)s
      AND status = 'sending' RETURNING *"""


async def in_a_template(db: Database, row: dict[str, Any]) -> dict[str, Any] | None:
    """An agent's outbox row whose window closed on its way, with a template that says the same; `None` where none
    does."""
    content: dict[str, Any] = row["content"]
    if row["run_id"] is None or row["contact_id"] is None or content.get("template") or content.get("attachments"):
        return None
    async with db.transaction(row["workspace_id"]) as connection:
        found = await _fitting(
            connection,
            row["workspace_id"],
            contact_id=row["contact_id"],
            account_id=row["account_id"],
            channel_name=row["channel"],
            text=content["text"],
        )
        if found is None:
            return None
        names = {"ws": row["workspace_id"], "id": row["id"], "message": row["message_id"], "text": found.text}
        names["content"] = Jsonb({"text": found.text, "template": found.use.model_dump()})
        return await (await connection.execute(_CHANGE, names)).fetchone()


async def _fitting(
    connection: Connection,
    workspace_id: UUID,
    *,
    contact_id: UUID,
    account_id: UUID,
    channel_name: str,
    text: str,
    why: str = "",
) -> Filled | None:
    facts, about = await facts_for(connection, workspace_id, contact_id=contact_id, member_id=None)
    rows = await queries.templates(connection, workspace_id, account_id=account_id, status="approved", for_agents=True)
    return fitting(
        rows,
        facts={**facts, "reply": text},
        language=about["language"],
        likely=about["likely"],
        about=f"{why} {text}",
        marketing=wants_marketing(about["blocked_channels"], channel_name),
    )
