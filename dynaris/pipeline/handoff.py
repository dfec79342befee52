"""Handing a conversation to the team: the contact is told, somebody is notified, the agents fall silent."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.agents import herald
from dynaris.agents.closed_words import closed_until
from dynaris.agents.hand_off_words import handed_off
from dynaris.agents.turn import HandOffReason
from dynaris.conversations.actions import hand_over
from dynaris.conversations.handling import team_of
from dynaris.conversations.naming import with_whom
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.notifications.actions import notify
from dynaris.pipeline.comebacks import wait_for
from dynaris.pipeline.decide import TeamAnswers, is_automatic
from dynaris.pipeline.deliver import deliver
from dynaris.pipeline.inquiry import Inquiry
from dynaris.pipeline.offers.teams import answering_team, is_offered
from dynaris.pipeline.outcome import settle
from dynaris.pipeline.reply import Reply, commit_reply, mail_headers
from dynaris.pipeline.services import Services
from dynaris.workspaces.business_time import hours_of, time_after
from dynaris.workspaces.teams import hand_off_team


async def hand_off(
    services: Services,
    inquiry: Inquiry,
    *,
    because: HandOffReason,
    reason: str,
    summary: str,
    text: str,
    story: dict[str, Any],
    citations: Sequence[Mapping[str, Any]] = (),
    waits_for: Sequence[str] = (),
    team_id: UUID | None = None,
) -> None:
    """`text` is what the contact is told. The outcome is `handed_off`, whether or not that text arrives.

    `waits_for`: models that were down, and nothing else was: it comes back to the agents when one of them answers.
    """
    outbox_id = None
    output = {"decision": "escalate", "because": because, "reason": reason, "citations": list(citations)}
    async with services.db.transaction(inquiry.workspace_id) as connection:
        if text and not inquiry.meta.get("already_sent"):
            reply = Reply(text=text, output=output, summary=summary, holding=True)
            content = {
                "text": text,
                "in_reply_to": inquiry.in_reply_to,
                "data": inquiry.meta.get("echo", {}),
                **await mail_headers(connection, inquiry),
            }
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
        deadline = await give_to_team(
            services,
            connection,
            inquiry,
            because=because,
            reason=reason,
            summary=summary,
            story=story,
            team_id=team_id,
        )
        if waits_for:
            await wait_for(services, connection, inquiry, list(waits_for), deadline=deadline)
    if outbox_id:
        await deliver(services, inquiry.workspace_id, outbox_id)


async def give_to_team(
    services: Services,
    connection: Connection,
    inquiry: Inquiry,
    *,
    because: HandOffReason,
    reason: str,
    summary: str,
    story: dict[str, Any],
    team_id: UUID | None = None,
) -> datetime:
    """The conversation is the team's, its events are handed off, and its own team is told, else owner and admins. A
    team that is asked one after the other hears of it from its queue. The team's deadline."""
    now = clock.now()
    deadline = now + timedelta(minutes=services.settings.respond_within_minutes)
    if team_id := await _team_for(connection, inquiry, team_id):
        team_id = await answering_team(connection, inquiry.workspace_id, team_id, now)
    await hand_over(
        connection,
        inquiry.workspace_id,
        conversation_id=inquiry.conversation_id,
        respond_by=deadline,
        because=because,
        summary=summary,
        team_id=team_id,
    )
    await connection.execute(
        "UPDATE event SET decision = coalesce(decision, '{}') || %s WHERE workspace_id = %s AND id = ANY(%s)",
        (
            Jsonb({**story, "handed_off": reason, "handed_off_for": because}),
            inquiry.workspace_id,
            list(inquiry.event_ids),
        ),
    )
    await settle(connection, inquiry.workspace_id, inquiry.event_ids, outcome="handed_off", reason=reason)
    team_id = await team_of(connection, inquiry.workspace_id, inquiry.conversation_id)
    if await is_offered(connection, inquiry.workspace_id, team_id):
        return deadline
    whom = await with_whom(connection, inquiry.workspace_id, inquiry.conversation_id)
    await notify(
        connection,
        inquiry.workspace_id,
        topic="hand_off",
        cause=f"hand_off:{inquiry.run_id}",
        title=f"The conversation with {whom} needs a person",
        body=f"{reason}\n\n{summary or inquiry.text[:500]}\n\n{_outage(story)}".strip(),
        subject=f"conversation:{inquiry.conversation_id}",
        team_id=team_id,
        escalate=True,
    )
    return deadline


async def give_to_people(services: Services, inquiry: Inquiry, decision: TeamAnswers) -> None:
    """Nobody else answers here now: no agent is asked, and the contact is told that a person will answer."""
    told = handed_off(inquiry.text, None) if is_automatic(inquiry.auto_mode, inquiry.account.channel) else ""
    told = await with_hours(services, inquiry, told, team_id=decision.team_id)
    await hand_off(
        services,
        inquiry,
        because=decision.because,
        reason=decision.reason,
        summary="",
        text=told,
        story={"agent": decision.because, "reason": decision.reason},
        team_id=decision.team_id,
    )


async def with_hours(
    services: Services, inquiry: Inquiry, text: str, *, language: str | None = None, team_id: UUID | None = None
) -> str:
    """What the contact is told, and when somebody is there again where nobody is now: by the hours of the team that
    gets it, else the workspace's. `language` is what they write in, as the supervisor saw it."""
    now = clock.now()
    if not text:
        return ""
    async with services.db.workspace(inquiry.workspace_id) as connection:
        if team_id := await _team_for(connection, inquiry, team_id):
            team_id = await answering_team(connection, inquiry.workspace_id, team_id, now)
        when = await hours_of(connection, inquiry.workspace_id, team_id)
    opens = time_after(when, now, timedelta())
    if when.is_open(now) or opens <= now:
        return text
    return f"{text}\n\n{closed_until(when.local(opens), inquiry.text, language)}"


async def _team_for(connection: Connection, inquiry: Inquiry, team_id: UUID | None) -> UUID | None:
    """The one that was named, else that of the conversation, else the one that gets what agents hand off."""
    if team_id:
        return team_id
    cursor = await connection.execute(
        "SELECT team_id FROM conversation WHERE workspace_id = %s AND id = %s",
        (inquiry.workspace_id, inquiry.conversation_id),
    )
    row = await cursor.fetchone()
    if row and row["team_id"]:
        return row["team_id"]
    return await hand_off_team(connection, inquiry.workspace_id)


def _outage(story: dict[str, Any]) -> str:
    if not (models := story.get("waits_for")):
        return ""
    return f"{' and '.join(models)} did not answer. When it answers again before anybody took this, the AI goes on."
