"""Handing a conversation to the team: the contact is told, somebody is notified, the agents fall silent."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from dynaris.agents import herald
from dynaris.conversations.actions import hand_over
from dynaris.conversations.naming import with_whom
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.notifications.actions import notify
from dynaris.pipeline.comebacks import wait_for
from dynaris.pipeline.deliver import deliver
from dynaris.pipeline.inquiry import Inquiry
from dynaris.pipeline.outcome import settle
from dynaris.pipeline.reply import Reply, commit_reply, mail_headers
from dynaris.pipeline.services import Services


async def hand_off(
    services: Services,
    inquiry: Inquiry,
    *,
    reason: str,
    summary: str,
    text: str,
    story: dict[str, Any],
    citations: Sequence[Mapping[str, Any]] = (),
    waits_for: Sequence[str] = (),
) -> None:
    """`text` is what the contact is told. The outcome is `handed_off`, whether or not that text arrives.

    `waits_for`: models that were down, and nothing else was: it comes back to the agents when one of them answers.
    """
    outbox_id = None
    output = {"decision": "escalate", "reason": reason, "citations": list(citations)}
    async with services.db.transaction(inquiry.workspace_id) as connection:
        if text and not inquiry.meta.get("already_sent"):
            reply = Reply(text=text, output=output, summary=summary)
            content = {"text": text, "in_reply_to": inquiry.in_reply_to, **await mail_headers(connection, inquiry)}
            outbox_id = (await commit_reply(connection, inquiry, reply, content=content)).outbox_id
        await herald.finish(
            connection,
            inquiry.workspace_id,
            inquiry.run_id,
            status="done",
            output=output,
        )
        if waits_for:
            story = {**story, "waits_for": list(waits_for)}
        deadline = await give_to_team(services, connection, inquiry, reason=reason, summary=summary, story=story)
        if waits_for:
            await wait_for(services, connection, inquiry, list(waits_for), deadline=deadline)
    if outbox_id:
        await deliver(services, inquiry.workspace_id, outbox_id)


async def give_to_team(
    services: Services,
    connection: Connection,
    inquiry: Inquiry,
    *,
    reason: str,
    summary: str,
    story: dict[str, Any],
) -> datetime:
    """The conversation is the team's, its events are handed off, owner and admins are told. The team's deadline."""
    deadline = clock.now() + timedelta(minutes=services.settings.respond_within_minutes)
    await hand_over(
        connection,
        inquiry.workspace_id,
        conversation_id=inquiry.conversation_id,
        respond_by=deadline,
        summary=summary,
    )
    await connection.execute(
        "UPDATE event SET decision = coalesce(decision, '{}') || %s WHERE workspace_id = %s AND id = ANY(%s)",
        (Jsonb({**story, "handed_off": reason}), inquiry.workspace_id, list(inquiry.event_ids)),
    )
    await settle(connection, inquiry.workspace_id, inquiry.event_ids, outcome="handed_off", reason=reason)
    whom = await with_whom(connection, inquiry.workspace_id, inquiry.conversation_id)
    await notify(
        connection,
        inquiry.workspace_id,
        cause=f"hand_off:{inquiry.run_id}",
        title=f"The conversation with {whom} needs a person",
        body=f"{reason}\n\n{summary or inquiry.text[:500]}\n\n{_outage(story)}".strip(),
        subject=f"conversation:{inquiry.conversation_id}",
    )
    return deadline


def _outage(story: dict[str, Any]) -> str:
    if not (models := story.get("waits_for")):
        return ""
    return f"{' and '.join(models)} did not answer. When it answers again before anybody took this, the AI goes on."
