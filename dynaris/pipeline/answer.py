"""The agent's turn: route, run, and turn its decision into a reply, an approval, a follow-up or a hand-off."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from textwrap import shorten
from typing import Any
from uuid import UUID

import structlog
from psycopg.types.json import Jsonb

from dynaris.agents import herald, supervisor
from dynaris.agents.agent_settings import settings_of
from dynaris.agents.guardrails.outgoing import Outgoing, own_hosts
from dynaris.agents.hand_off_words import handed_off, looked_over
from dynaris.agents.remote_herald import RemoteHerald
from dynaris.agents.turn import Done, Paused, Proposal, Route, ToolCall, TurnRequest, Typing, Verdict
from dynaris.approvals import actions as approvals
from dynaris.channels.contract import Identity
from dynaris.channels.registry import channel
from dynaris.conversations.actions import add_note, say_as_product
from dynaris.conversations.follow_ups import set_follow_up
from dynaris.conversations.threads import thread_topic
from dynaris.core import clock, metrics, tracing
from dynaris.core.addresses import addresses
from dynaris.core.db import Connection
from dynaris.core.live import publish
from dynaris.pipeline import comebacks
from dynaris.pipeline.attending import show_typing
from dynaris.pipeline.by_template import as_it_may_leave
from dynaris.pipeline.call_back import tell_by_telephone
from dynaris.pipeline.decide import AgentAnswers
from dynaris.pipeline.deliver import deliver, settle_lost
from dynaris.pipeline.handoff import hand_off, with_hours
from dynaris.pipeline.inquiry import Inquiry
from dynaris.pipeline.latecomers import take_latecomers
from dynaris.pipeline.outcome import settle, wait
from dynaris.pipeline.reply import Reply, commit_reply, mail_headers
from dynaris.pipeline.services import Services
from dynaris.pipeline.visitors import send_codes_for_new_claims
from dynaris.workspaces.signature import rendered, signature_facts

log = structlog.get_logger()

MOST_ADDITIONS = 3  # messages that arrive while the agent thinks are taken into the answer this often
_SHORT = 160  # characters of what was asked, and of what was answered
MOST_REJECTIONS = 3  # drafts that a teammate rejects before the agent gives the conversation up


async def answer(services: Services, inquiry: Inquiry, decision: AgentAnswers) -> None:
    verdicts: dict[str, Verdict] | None = None
    if inquiry.resumed:
        if await _delivery_resumed(services, inquiry):
            return
        async with services.db.workspace(inquiry.workspace_id) as connection:
            verdicts = await approvals.verdicts_of(connection, inquiry.workspace_id, inquiry.run_id)
    if len(inquiry.meta.get("feedback", [])) >= MOST_REJECTIONS:
        reason = f"a teammate rejected {MOST_REJECTIONS} drafts"
        story = {"mode": decision.reason}
        await hand_off(services, inquiry, because="rejected", reason=reason, summary="", text="", story=story)
        return
    if len(inquiry.event_ids) > 1:
        await _share_run(services, inquiry)
    await comebacks.begin_again(services, inquiry)
    route = await route_of(services, inquiry)
    if route is None:
        reason = f"no agent is active on {inquiry.account.channel}"
        story = {"mode": decision.reason}
        await hand_off(services, inquiry, because="no_agent", reason=reason, summary="", text="", story=story)
        return
    tracing.note(agent=route.agent, model=inquiry.model)
    began = time.perf_counter()
    inquiry, ended = await _turn(services, inquiry, decision, route, verdicts)
    metrics.turn_seconds.labels(route.specialist).observe(time.perf_counter() - began)
    story = {**route.model_dump(), "mode": decision.reason}
    if isinstance(ended, Paused):
        await ask(services, inquiry, ended.proposals, story)
    else:
        await _conclude(services, inquiry, decision, ended, story)
    if inquiry.traits.live and inquiry.identity is not Identity.VERIFIED:
        await send_codes_for_new_claims(services, inquiry.workspace_id, inquiry.conversation_id)


async def route_of(services: Services, inquiry: Inquiry) -> Route | None:
    """`None`: no agent is active on its channel."""
    return await supervisor.route(
        services.db,
        workspace_id=inquiry.workspace_id,
        run_id=inquiry.run_id,
        contact_id=inquiry.contact_id,
        conversation_id=inquiry.conversation_id,
        text=inquiry.text,
        channel=inquiry.account.channel,
        mapped_agent=inquiry.mapped_agent,
        model=inquiry.supervisor_model,
        wake=inquiry.wake,
        settings=settings_of(inquiry.agents, "supervisor"),
        agents=inquiry.agents,
        models=services.models,
        spoken=channel(inquiry.account.channel).traits.spoken,
    )


async def _turn(
    services: Services, inquiry: Inquiry, decision: AgentAnswers, route: Route, verdicts: dict[str, Verdict] | None
) -> tuple[Inquiry, Done | Paused]:
    """Runs the agent; what the contact adds meanwhile is taken into the answer."""
    feedback: list[str] = inquiry.meta.get("feedback", [])
    additions: list[str] = []
    while True:
        ended = await _agent_turn(
            services,
            inquiry,
            request_of(inquiry, decision, route, text=inquiry.text, hosts=own_hosts(services.settings)),
            {"verdicts": verdicts, "feedback": feedback, "additions": additions},
        )
        if not services.settings.quiet_period or len(additions) >= MOST_ADDITIONS or isinstance(ended, Paused):
            return inquiry, ended
        late = await take_latecomers(services, inquiry)
        if late is None:
            return inquiry, ended
        inquiry, text = late
        additions.append(text)


async def _agent_turn(
    services: Services, inquiry: Inquiry, request: TurnRequest, given: dict[str, Any]
) -> Done | Paused:
    """On a live channel the contact sees that somebody types, again after each of the agent's steps."""
    seconds = services.settings.run_timeout
    if services.herald and not inquiry.account.rehearses and not inquiry.traits.reports:
        return await _remote_turn(services.herald, inquiry, request, given, seconds=seconds)
    given = {**given, "models": services.models}
    if not inquiry.wake:
        show_typing(inquiry)
    if not inquiry.traits.live or inquiry.wake:
        return await herald.run_turn(services.db, request, **given, seconds=seconds)
    topic = thread_topic(inquiry.account.id, inquiry.reply_to)
    async for event in herald.turn(services.db, request, **given, seconds=seconds):
        if isinstance(event, Done | Paused):
            return event
        if isinstance(event, Typing | ToolCall):
            async with services.db.workspace(inquiry.workspace_id) as connection:
                await publish(connection, inquiry.workspace_id, topic, {"type": "typing"})
    raise RuntimeError("a turn ended without an end")


async def _remote_turn(
    herald: RemoteHerald, inquiry: Inquiry, request: TurnRequest, given: dict[str, Any], *, seconds: float
) -> Done | Paused:
    """By a Herald elsewhere: its typing is shown when it says so."""
    told = {"additions": given["additions"], "feedback": given["feedback"]}
    async for event in herald.turn(request, **told, seconds=seconds):
        if isinstance(event, Done | Paused):
            return event
        if isinstance(event, Typing) and not inquiry.wake:
            show_typing(inquiry)
    raise RuntimeError("a turn ended without an end")


def request_of(
    inquiry: Inquiry, decision: AgentAnswers, route: Route, *, text: str, hosts: frozenset[str] = frozenset()
) -> TurnRequest:
    return TurnRequest(
        workspace_id=inquiry.workspace_id,
        run_id=inquiry.run_id,
        event_id=inquiry.event_ids[0],
        conversation_id=inquiry.conversation_id,
        contact_id=inquiry.contact_id,
        channel=inquiry.account.channel,
        traits=replace(inquiry.traits, typed_address=True) if inquiry.answered_elsewhere else inquiry.traits,
        identity=inquiry.identity,
        agent=route.agent,
        specialist=route.specialist,
        model=inquiry.model,
        settings=settings_of(inquiry.agents, route.agent),
        policy=decision.policy,
        text=text,
        wake=inquiry.wake,
        now=clock.now(),
        own_hosts=hosts,
    )


async def _conclude(
    services: Services, inquiry: Inquiry, decision: AgentAnswers, done: Done, story: dict[str, Any]
) -> None:
    done, objection = await _looked_at(services, inquiry, comebacks.settled(inquiry, done))
    text = signed(services, inquiry, (done.text or "").strip())
    if text and inquiry.traits.spoken:
        await tell_by_telephone(services, inquiry, done, text)
        return
    # A replay whose earlier reply stands asks nobody for another one: its draft becomes a note.
    if text and (objection or not _may_send(inquiry, decision)) and not inquiry.meta.get("already_sent"):
        why = "; ".join(filter(None, [inquiry.needs_person, objection])) or "a reply needs a person's yes here"
        waits_in_chat = inquiry.traits.live and _may_send(inquiry, decision)
        told = looked_over(inquiry.text, story.get("language")) if waits_in_chat else ""
        await ask(services, inquiry, [_reply_proposal(inquiry, done, text, why)], story, told=told)
        return
    if done.escalate or done.decision == "escalate":
        told = (done.text or "").strip()
        if not told and _may_send(inquiry, decision) and not comebacks.was_told(inquiry):
            told = handed_off(inquiry.text, story.get("language"))
        told = signed(services, inquiry, await with_hours(services, inquiry, told, language=story.get("language")))
        cited = [citation.model_dump() for citation in done.citations]
        await hand_off(
            services,
            inquiry,
            because=done.because,
            reason=done.reason,
            summary=done.summary,
            text=told,
            story=story,
            citations=cited,
            waits_for=comebacks.waits_for(services, inquiry, done),
        )
        return
    if done.decision in ("wait", "follow_up") and done.due_at:
        async with services.db.workspace(inquiry.workspace_id) as connection:
            await set_follow_up(
                connection,
                inquiry.workspace_id,
                conversation_id=inquiry.conversation_id,
                contact_id=inquiry.contact_id,
                run_id=inquiry.run_id,
                kind=done.decision,
                reason=done.reason,
                due_at=done.due_at,
            )
    if text:
        await send_reply(services, inquiry, done, text, story)
        return
    reason = f"waits until {done.due_at:%Y-%m-%d %H:%M} UTC: {done.reason}" if done.due_at else done.reason
    await _finish_silently(services, inquiry, reason, done, story)


async def _looked_at(services: Services, inquiry: Inquiry, done: Done) -> tuple[Done, str | None]:
    """With what must be looked at before its text leaves. A hand-off does not wait for that: the contact is told so in
    our own words, and the draft becomes a note."""
    outgoing = Outgoing(
        services.db, inquiry.workspace_id, inquiry.conversation_id, own_hosts=own_hosts(services.settings)
    )
    objection = await outgoing.why_ask(done.text) if done.text else None
    if not (objection and done.text and (done.escalate or done.decision == "escalate")):
        return done, objection
    async with services.db.workspace(inquiry.workspace_id) as connection:
        await _note_instead(connection, inquiry, done.text, f"Not sent: {objection}.")
    return done.model_copy(update={"text": None}), None


def signed(services: Services, inquiry: Inquiry, text: str) -> str:
    """With the workspace's signature, where the channel's letters end with one or the workspace wrote one for it."""
    if not (text and (inquiry.traits.signature or inquiry.has_own_signature)):
        return text
    signature = inquiry.signature
    if (profile := inquiry.signature_facts) is not None:
        facts = signature_facts(profile["business"], profile, addresses(services.settings))
        signature = rendered(signature, facts)
    return f"{text}\n\n{signature}" if signature else text


def _may_send(inquiry: Inquiry, decision: AgentAnswers) -> bool:
    return "send" in decision.policy.automatic and not inquiry.needs_person


async def send_reply(services: Services, inquiry: Inquiry, done: Done, text: str, story: dict[str, Any]) -> None:
    """Commits the reply, then sends it."""
    summary = done.summary or in_short(inquiry.text, text)
    reply = Reply(text=text, output=done.model_dump(mode="json"), summary=summary, decision=story)
    async with services.db.workspace(inquiry.workspace_id) as connection:
        if inquiry.meta.get("already_sent"):
            await _note_instead(connection, inquiry, text, "Replayed: this was not sent, an earlier reply stands.")
            await herald.finish(connection, inquiry.workspace_id, inquiry.run_id, status="done", output=reply.output)
            await earlier_stands(services, connection, inquiry, "replayed; not sent again")
            return
        said, by_template = await as_it_may_leave(connection, inquiry, text)
        reply = replace(reply, text=said)
        content = {
            "text": said,
            "in_reply_to": inquiry.in_reply_to,
            "data": _data(inquiry),
            **await mail_headers(connection, inquiry),
            **by_template,
        }
        committed = await commit_reply(connection, inquiry, reply, content=content)
        if committed.stopped_by_person:
            await _note_instead(connection, inquiry, text, "Draft, not sent: a teammate took this conversation.")
            await _wait_for_person(services, connection, inquiry, "a teammate took this conversation meanwhile")
            return
    if committed.outbox_id:
        await deliver(services, inquiry.workspace_id, committed.outbox_id)


def in_short(asked: str, said: str) -> str:
    """For the next reader of the conversation, where the agent left no words on it."""
    question, answer = (shorten(" ".join(each.split()), _SHORT, placeholder="…") for each in (asked, said))
    return f"Asked: {question}\nAnswered: {answer}"


async def earlier_stands(services: Services, connection: Connection, inquiry: Inquiry, reason: str) -> None:
    """A replay does not change how its event ended; a reply that nobody knows the fate of is for a person to see."""
    if outcome := inquiry.meta.get("outcome_before"):
        await settle(connection, inquiry.workspace_id, inquiry.event_ids, outcome=outcome, reason=reason)
    else:
        await _wait_for_person(services, connection, inquiry, f"{reason}: look whether the earlier reply arrived")


def _data(inquiry: Inquiry) -> dict[str, Any]:
    """What a machine at the other end matches the reply with."""
    data: dict[str, Any] = {
        "event_id": str(inquiry.event_ids[-1]),
        "conversation_id": str(inquiry.conversation_id),
        **inquiry.meta.get("echo", {}),
    }
    if inquiry.wish and inquiry.ready_reply:
        data["confirms"] = inquiry.wish  # the one line that may still leave (pipeline/deliver.py)
    return data


async def _note_instead(connection: Connection, inquiry: Inquiry, text: str, why: str) -> None:
    await add_note(
        connection,
        inquiry.workspace_id,
        conversation_id=inquiry.conversation_id,
        text=f"{why}\n\n{text}",
        author="agent",
        run_id=inquiry.run_id,
    )


async def _wait_for_person(services: Services, connection: Connection, inquiry: Inquiry, reason: str) -> None:
    deadline = clock.now() + timedelta(minutes=services.settings.respond_within_minutes)
    await wait(
        connection, inquiry.workspace_id, inquiry.event_ids, waiting_for="person", reason=reason, deadline=deadline
    )


async def _finish_silently(
    services: Services, inquiry: Inquiry, reason: str, done: Done, story: dict[str, Any]
) -> None:
    async with services.db.transaction(inquiry.workspace_id) as connection:
        await herald.finish(
            connection, inquiry.workspace_id, inquiry.run_id, status="done", output=done.model_dump(mode="json")
        )
        await _keep_decision(connection, inquiry, story)
        await settle(
            connection, inquiry.workspace_id, inquiry.event_ids, outcome="ignored", reason=reason or "nothing to say"
        )


def _reply_proposal(inquiry: Inquiry, done: Done, text: str, why: str) -> Proposal:
    version = len(inquiry.meta.get("feedback", []))
    arguments = {"text": text, "done": done.model_dump(mode="json")}
    return Proposal(call_id=f"reply:{version}", action="reply", effect="send", arguments=arguments, why=why)


async def ask(
    services: Services,
    inquiry: Inquiry,
    proposals: list[Proposal],
    story: dict[str, Any],
    *,
    told: str = "",
    and_then: Callable[[Connection], Awaitable[None]] | None = None,
) -> None:
    """Each proposal becomes an approval; the event waits for them. `told`: what the contact is told meanwhile.
    `and_then`: what is done in the same transaction."""
    deadline = clock.now() + timedelta(minutes=services.settings.approval_minutes)
    async with services.db.transaction(inquiry.workspace_id) as connection:
        await _keep_decision(connection, inquiry, story)
        await wait(
            connection,
            inquiry.workspace_id,
            inquiry.event_ids,
            waiting_for="approval",
            reason="; ".join(sorted({proposal.why for proposal in proposals})),
            deadline=deadline,
        )
        owner = await _owner(connection, inquiry)
        await approvals.request(
            connection,
            inquiry.workspace_id,
            event_id=inquiry.event_ids[-1],
            run_id=inquiry.run_id,
            conversation_id=inquiry.conversation_id,
            contact_id=inquiry.contact_id,
            proposals=[proposal.model_dump() for proposal in proposals],
            owner_id=owner,
            deadline=deadline,
        )
        if told:
            conversation_id = inquiry.conversation_id
            await say_as_product(connection, inquiry.workspace_id, conversation_id=conversation_id, text=told)
        if and_then:
            await and_then(connection)


async def _owner(connection: Connection, inquiry: Inquiry) -> UUID:
    cursor = await connection.execute(
        "SELECT owner_id FROM event WHERE workspace_id = %s AND id = %s",
        (inquiry.workspace_id, inquiry.event_ids[-1]),
    )
    row = await cursor.fetchone()
    assert row is not None
    return row["owner_id"]


async def _keep_decision(connection: Connection, inquiry: Inquiry, story: dict[str, Any]) -> None:
    await connection.execute(
        "UPDATE event SET decision = %s WHERE workspace_id = %s AND id = ANY(%s)",
        (Jsonb(story), inquiry.workspace_id, list(inquiry.event_ids)),
    )


async def _delivery_resumed(services: Services, inquiry: Inquiry) -> bool:
    """A crash after the reply was committed: only its delivery is left to do."""
    async with services.db.workspace(inquiry.workspace_id) as connection:
        cursor = await connection.execute(
            """SELECT id, status FROM outbox WHERE workspace_id = %s AND event_id = ANY(%s) AND run_id = %s
               ORDER BY id DESC LIMIT 1""",
            (inquiry.workspace_id, list(inquiry.event_ids), inquiry.run_id),
        )
        row = await cursor.fetchone()
    if row is None:
        return False
    if row["status"] == "queued":
        await deliver(services, inquiry.workspace_id, row["id"])
    elif row["status"] == "sending":
        await settle_lost(services, inquiry.workspace_id, row["id"])
    elif row["status"] == "sent":
        async with services.db.workspace(inquiry.workspace_id) as connection:
            await settle(connection, inquiry.workspace_id, inquiry.event_ids, outcome="answered", reason=None)
    return True


async def _share_run(services: Services, inquiry: Inquiry) -> None:
    """Events answered together share their run, so that a crash resumes with the same ones."""
    async with services.db.workspace(inquiry.workspace_id) as connection:
        await connection.execute(
            "UPDATE event SET run_id = %s WHERE workspace_id = %s AND id = ANY(%s)",
            (inquiry.run_id, inquiry.workspace_id, list(inquiry.event_ids)),
        )
