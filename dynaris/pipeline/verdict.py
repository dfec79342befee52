"""What follows from a person's verdict on an approval: the reply leaves, or the agent goes on."""

from typing import Any
from uuid import UUID

from dynaris.agents import herald
from dynaris.agents.turn import Done
from dynaris.approvals import actions as approvals
from dynaris.conversations.follow_ups import set_follow_up
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput
from dynaris.pipeline.by_template import as_it_may_leave
from dynaris.pipeline.handoff import give_to_team
from dynaris.pipeline.identify import identified_before
from dynaris.pipeline.inquiry import Inquiry, QueuedEvent
from dynaris.pipeline.outcome import wait
from dynaris.pipeline.reply import Reply, commit_reply, mail_headers
from dynaris.pipeline.requeue import requeue, stored_event
from dynaris.pipeline.services import Services

_EVENT = """SELECT id, workspace_id, lane, channel, account_id, external_id, kind, ''::bytea AS raw, meta, created_at,
       occurred_at, attempts, reason, conversation_id, message_id, run_id
    FROM event WHERE workspace_id = %s AND id = %s"""


async def decide_approval(
    services: Services,
    workspace_id: UUID,
    approval_id: UUID,
    *,
    decision: str,
    edits: dict[str, Any] | None,
    reason: str | None,
    by: str,
) -> dict[str, Any]:
    """Records the verdict and sets going what follows, in one transaction. The approval's row."""
    async with services.db.transaction(workspace_id) as connection:
        approval = await approvals.decide(
            connection, workspace_id, approval_id, decision=decision, edits=edits, reason=reason, by=by
        )
        if approval["action"] == "reply":
            await _reply_decided(services, connection, approval)
        elif await approvals.verdicts_of(connection, workspace_id, approval["run_id"]) is not None:
            await _go_on(connection, approval, {})
    return approval


async def _reply_decided(services: Services, connection: Connection, approval: dict[str, Any]) -> None:
    workspace_id = approval["workspace_id"]
    edited = (approval["edits"] or {}).get("text", approval["proposal"]["text"])
    if set(approval["edits"] or {}) - {"text"} or not isinstance(edited, str) or not edited.strip():
        raise InvalidInput('the edits of a reply are {"text": "…"}, and the text is not empty')
    if approval["status"] == "rejected":
        event = await _event_of(connection, approval)
        feedback = [*event.meta.get("feedback", []), approval["reason"] or "no reason given"]
        await _go_on(connection, approval, {"feedback": feedback})
        return
    inquiry = await inquiry_of(services, connection, approval)
    if inquiry.meta.get("already_sent"):
        raise Conflict("an earlier reply to this event stands: nothing was sent")
    done = Done.model_validate(approval["proposal"]["done"])
    if done.due_at and done.decision in ("wait", "follow_up"):
        await set_follow_up(
            connection,
            workspace_id,
            conversation_id=inquiry.conversation_id,
            contact_id=inquiry.contact_id,
            run_id=inquiry.run_id,
            kind=done.decision,
            reason=done.reason,
            due_at=done.due_at,
        )
    said, by_template = await as_it_may_leave(connection, inquiry, edited)
    committed = await commit_reply(
        connection,
        inquiry,
        Reply(text=said, output={**done.model_dump(mode="json"), "text": edited}, summary=done.summary, approved=True),
        content={
            "text": said,
            "in_reply_to": inquiry.in_reply_to,
            "data": inquiry.meta.get("echo", {}),
            **await mail_headers(connection, inquiry),
            **by_template,
        },
        deliver_later=True,
    )
    if committed.outbox_id is None:
        raise Conflict("this event has a reply already: nothing was sent")
    await wait(
        connection,
        workspace_id,
        inquiry.event_ids,
        waiting_for="delivery",
        reason="the approved reply is on its way",
        deadline=approval["deadline"],
    )
    if done.escalate:
        await give_to_team(
            services,
            connection,
            inquiry,
            because=done.because,
            reason=done.reason,
            summary=done.summary,
            story={},
        )


async def _go_on(connection: Connection, approval: dict[str, Any], meta: dict[str, Any]) -> None:
    # Locked: who takes it back from a call that waited for this verdict does so before, or after.
    event = await stored_event(connection, approval["workspace_id"], approval["event_id"], locked=True)
    await requeue(
        connection,
        approval["workspace_id"],
        event_id=event["id"],
        from_status=("waiting",),
        meta=meta,
    )


async def _event_of(connection: Connection, approval: dict[str, Any]) -> QueuedEvent:
    cursor = await connection.execute(_EVENT, (approval["workspace_id"], approval["event_id"]))
    row = await cursor.fetchone()
    assert row is not None
    return QueuedEvent(**row)


async def inquiry_of(services: Services, connection: Connection, approval: dict[str, Any]) -> Inquiry:
    event = await _event_of(connection, approval)
    account = await services.accounts.by_id(event.workspace_id, event.account_id)
    return await identified_before(connection, event, account)


async def expire_approval(services: Services, workspace_id: UUID, approval_id: UUID) -> None:
    """Nobody decided in time: the conversation is handed to the team."""
    async with services.db.transaction(workspace_id) as connection:
        approval = await approvals.expire(connection, workspace_id, approval_id)
        if approval is None:
            return
        inquiry = await inquiry_of(services, connection, approval)
        reason = f"nobody decided on {approval['action']} in time"
        output = {"decision": "escalate", "reason": reason}
        await herald.finish(connection, workspace_id, inquiry.run_id, status="done", output=output)
        story = {"mode": "approval expired"}
        await give_to_team(services, connection, inquiry, because="undecided", reason=reason, summary="", story=story)
