"""What is done once a call is over: its recording, what it was about in short, how the caller felt, what follows.

By a worker, so that it is done too where the process that had the call on its line died. All of it is committed at
once: a second worker, or the same one after a crash, finds it done or does it whole.
"""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from textwrap import shorten
from typing import Any, LiteralString
from uuid import UUID

import structlog
from psycopg.types.json import Jsonb
from structlog.contextvars import bound_contextvars

from dynaris.agents import herald
from dynaris.agents.agent_settings import BUILTIN, settings_of
from dynaris.agents.guardrails.outgoing import Outgoing, own_hosts
from dynaris.agents.turn import Done, Policy
from dynaris.calls.calling_back import call_back_task
from dynaris.calls.record import COLUMNS, Call
from dynaris.calls.recording import Recording, attach, drop_pieces, put_together
from dynaris.calls.sentiment import over_all
from dynaris.calls.words import words
from dynaris.channels.contract import TextsBack
from dynaris.channels.registry import channel
from dynaris.conversations.actions import add_note, say_as_product
from dynaris.conversations.naming import with_whom
from dynaris.conversations.tasks import add_task
from dynaris.conversations.tools import SendEmail, send_email
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import DynarisError, NoStorage
from dynaris.core.ids import id_of
from dynaris.pipeline.answer import in_short, request_of, route_of
from dynaris.pipeline.decide import AgentAnswers, decide, is_automatic
from dynaris.pipeline.identify import identified_before
from dynaris.pipeline.inquiry import Inquiry, QueuedEvent
from dynaris.pipeline.services import Services
from dynaris.workspaces.business_time import hours_of, time_after

log = structlog.get_logger()

_MOST = 20
_MOST_TRIES = 5
_MOST_EXCHANGES, _MOST_WORDS = 4, 2_000  # in a summary that no model wrote; characters of any
_TASK_WITHIN = timedelta(hours=4)  # of business hours
_TALKED = frozenset({"answered", "handed_off", "transferred", "voicemail"})
_NOT_REACHED = frozenset({"missed", "busy", "no_answer", "failed"})
_WAKE = """The telephone call with this contact has just ended: what was said stands above, and nobody hears you any
more. Answer with two texts and a line of --- between them. The first is for the team: in at most three sentences, what
the contact wanted, what was agreed, what is left to do. The second is a short and friendly mail to the contact, in the
language of the call, about what was agreed. Say only what was really said. Use no tools, and decide nothing."""

_BETWEEN = re.compile(r"\n\s*-{3,}\s*\n")

_CLAIM: LiteralString = f"""UPDATE call SET wrapping_up_at = clock_timestamp(), wrap_ups = wrap_ups + 1
    WHERE workspace_id = %s AND id = %s AND wrapped_up_at IS NULL
      AND (wrapping_up_at IS NULL OR wrapping_up_at < clock_timestamp() - interval '5 minutes')
    RETURNING {COLUMNS}, wrap_ups"""
_EVENT: LiteralString = """SELECT id, workspace_id, lane, channel, account_id, external_id, kind, raw, meta, created_at,
    occurred_at, attempts, reason, conversation_id, message_id, run_id FROM event WHERE workspace_id = %s AND id = %s"""
_SAID = """SELECT author, text, (data->>'sentiment')::float8 AS sentiment FROM message
    WHERE workspace_id = %s AND conversation_id = %s AND data->>'call' = %s AND data ? 'at' ORDER BY id"""
_WRAPPED_UP = """UPDATE call SET wrapped_up_at = clock_timestamp(), summary = %(summary)s, sentiment = %(sentiment)s
    WHERE workspace_id = %(ws)s AND id = %(call)s AND wrapped_up_at IS NULL RETURNING id"""
# What somebody left on the line that nobody took belongs to the task of whoever calls back.
_LEFT = """UPDATE task SET detail = detail || E'\\n\\n' || %(said)s
    WHERE workspace_id = %(ws)s AND id = %(task)s AND status = 'open'"""
_IN_SHORT = "UPDATE conversation SET summary = %s WHERE workspace_id = %s AND id = %s"


async def wrap_up_ended(services: Services) -> int:
    """How many calls."""
    async with services.db.system() as connection:
        rows = await (await connection.execute("SELECT * FROM calls_to_wrap_up(%s)", (_MOST,))).fetchall()
    for row in rows:
        with bound_contextvars(workspace=str(row["workspace_id"]), call=str(row["id"])):
            await wrap_up(services, row["workspace_id"], row["id"])
    return len(rows)


async def wrap_up(services: Services, workspace_id: UUID, call_id: UUID) -> None:
    async with services.db.workspace(workspace_id) as connection:
        row = await (await connection.execute(_CLAIM, (workspace_id, call_id))).fetchone()
    if row is None:
        return  # another worker does it
    tries = row.pop("wrap_ups")
    call = Call(**row)
    is_last = tries >= _MOST_TRIES
    try:
        await _WrapUp(services, call, is_last=is_last).run()
    except Exception as error:
        log.exception("call.not_wrapped_up", tries=tries, error=error)
        if is_last:
            async with services.db.workspace(workspace_id) as connection:
                nothing = {"ws": workspace_id, "call": call_id, "summary": None, "sentiment": None}
                await connection.execute(_WRAPPED_UP, nothing)


@dataclass(frozen=True, slots=True)
class _Summary:
    for_team: str
    for_contact: str
    by: UUID | None = None  # the run that wrote it


@dataclass(slots=True)
class _WrapUp:
    services: Services
    call: Call
    is_last: bool  # what failed every time is left out

    async def run(self) -> None:
        services, call = self.services, self.call
        recording = await self._recording()
        async with services.db.workspace(call.workspace_id) as connection:
            names = (call.workspace_id, call.conversation_id, str(call.id))
            said = await (await connection.execute(_SAID, names)).fetchall()
        inquiry = await self._inquiry()
        summary = None
        if call.outcome in _TALKED and any(each["author"] == "contact" for each in said):
            summary = await self._summed_up(inquiry, said)
        sentiment = over_all([each["sentiment"] for each in said if each["sentiment"] is not None])
        objection = await self._objection(inquiry, summary.for_contact) if summary else None
        async with services.db.transaction(call.workspace_id) as connection:
            told: dict[str, Any] = {
                "ws": call.workspace_id,
                "call": call.id,
                "summary": summary and summary.for_team,
                "sentiment": sentiment and Jsonb(sentiment),
            }
            if await (await connection.execute(_WRAPPED_UP, told)).fetchone() is None:
                return
            if recording:
                await attach(connection, call, recording)
            if call.transfer and call.transfer["state"] == "failed":
                await self._left_words(connection, said)
            if summary:
                await self._keep(connection, inquiry, summary, objection)
            elif call.outcome in _NOT_REACHED and call.direction == "inbound":
                await self._text_back(connection, inquiry)
        if recording or call.recorded is not None:
            await drop_pieces(services.files, call)

    async def _recording(self) -> Recording | None:
        if not self.call.recorded:
            return None
        try:
            return await put_together(self.services.files, self.call)
        except NoStorage as error:
            if not self.is_last:
                raise
            log.error("recording.lost", error=error)
            return None

    async def _inquiry(self) -> Inquiry:
        call = self.call
        account = await self.services.accounts.by_id(call.workspace_id, call.account_id)
        async with self.services.db.workspace(call.workspace_id) as connection:
            row = await (await connection.execute(_EVENT, (call.workspace_id, call.event_id))).fetchone()
            assert row is not None, f"call {call.id} has no event"
            inquiry = await identified_before(connection, QueuedEvent(**row), account)
        run_id = id_of("after_call", call.id)
        return replace(inquiry, run_id=run_id, event_ids=(call.event_id,), text="", resumed=False, meta={}, wake=_WAKE)

    async def _summed_up(self, inquiry: Inquiry, said: list[dict[str, Any]]) -> _Summary:
        """By the agent's model; where none answers, what was asked and answered, cut short."""
        done = await self._asked(inquiry)
        own = self._in_words(said)
        written = (done.text or "").strip() if done else ""
        if not written:
            return own
        for_team, for_contact = [*(part.strip() for part in _BETWEEN.split(written, 1)), ""][:2]
        return _Summary(for_team[:_MOST_WORDS], for_contact or own.for_contact, inquiry.run_id)

    async def _asked(self, inquiry: Inquiry) -> Done | None:
        services = self.services
        route = await route_of(services, inquiry)
        if route is None:
            return None
        settings = settings_of(inquiry.agents, self.call.agent or route.agent)
        if list(settings.chain(inquiry.model)) == [BUILTIN]:
            return None
        request = request_of(inquiry, AgentAnswers(Policy(), "after a call"), route, text="")
        ended = await herald.run_turn(
            services.db, request, seconds=services.settings.run_timeout, models=services.models
        )
        done = ended if isinstance(ended, Done) and not ended.stood_in_for else None
        async with services.db.workspace(inquiry.workspace_id) as connection:
            output = done.model_dump(mode="json") if done else None
            status = "done" if done else "failed"
            await herald.finish(connection, inquiry.workspace_id, inquiry.run_id, status=status, output=output)
        return None if done is None or done.because == "failure" else done

    def _in_words(self, said: list[dict[str, Any]]) -> _Summary:
        language = self.call.language or "en"
        exchanges = _exchanges(said)[-_MOST_EXCHANGES:]
        for_team = "\n".join(in_short(asked, answered) for asked, answered in exchanges)
        lines: list[str] = []
        for asked, answered in exchanges:
            lines.append(words("asked", language, text=shorten(asked, 300, placeholder="…")))
            lines.append(words("answered", language, text=shorten(answered, 300, placeholder="…")))
        return _Summary(for_team, words("mail", language, summary="\n".join(lines)))

    async def _objection(self, inquiry: Inquiry, text: str) -> str | None:
        """Why a mail to the contact is for a person to look at; `None`: it may leave."""
        decision = decide(replace(inquiry, wake=_WAKE))
        if not isinstance(decision, AgentAnswers):
            return getattr(decision, "reason", "a person acts here")
        if "send" not in decision.policy.automatic or inquiry.needs_person:
            return inquiry.needs_person or "a person's yes is needed here"
        hosts = own_hosts(self.services.settings)
        guard = Outgoing(self.services.db, inquiry.workspace_id, inquiry.conversation_id, own_hosts=hosts)
        return await guard.why_ask(text)

    async def _keep(self, connection: Connection, inquiry: Inquiry, summary: _Summary, objection: str | None) -> None:
        call = self.call
        await add_note(
            connection,
            call.workspace_id,
            conversation_id=call.conversation_id,
            text=f"The call in short:\n{summary.for_team}",
            author="agent",
            run_id=summary.by,
            data={"call": str(call.id), "kind": "call_summary"},
        )
        await connection.execute(_IN_SHORT, (summary.for_team, call.workspace_id, call.conversation_id))
        voice = settings_of(inquiry.agents, call.agent or "voice").voice
        wanted = voice.after_call if voice else None
        if wanted == "task":
            await self._task(connection, "Look after the call with {whom}", summary.for_team)
        elif wanted == "mail":
            await self._mail(connection, inquiry, summary, objection)

    async def _left_words(self, connection: Connection, said: list[dict[str, Any]]) -> None:
        theirs = [f"“{each['text']}”" for each in said if each["author"] == "contact"]
        if theirs:
            call, text = self.call, shorten("They said: " + " ".join(theirs), _MOST_WORDS, placeholder="…")
            names = {"ws": call.workspace_id, "task": call_back_task(call), "said": text}
            await connection.execute(_LEFT, names)

    async def _mail(self, connection: Connection, inquiry: Inquiry, summary: _Summary, objection: str | None) -> None:
        """Where it may not leave by itself, a task has its words."""
        call = self.call
        mail = SendEmail(subject=words("mail_subject", call.language or "en"), text=summary.for_contact)
        if objection is None:
            try:
                await self._send(connection, inquiry, mail)
            except DynarisError as error:
                objection = str(error)
            else:
                return
        detail = f"{summary.for_contact}\n\nNot sent by itself: {objection}."
        await self._task(connection, "Send {whom} a mail about the call", detail)

    async def _send(self, connection: Connection, inquiry: Inquiry, mail: SendEmail) -> None:
        """Raises `DynarisError` where no address of theirs is known, or no account writes mail."""
        call = self.call
        contact_id, key = call.contact_id, f"after_call:{call.id}"
        await send_email(connection, call.workspace_id, mail, contact_id=contact_id, run_id=inquiry.run_id, key=key)

    async def _task(self, connection: Connection, title: str, detail: str) -> None:
        call = self.call
        whom = await with_whom(connection, call.workspace_id, call.conversation_id)
        await add_task(
            connection,
            call.workspace_id,
            title=title.format(whom=whom)[:200],
            detail=detail,
            created_by="system",
            due_at=time_after(await hours_of(connection, call.workspace_id), clock.now(), _TASK_WITHIN),
            contact_id=call.contact_id,
            conversation_id=call.conversation_id,
            task_id=id_of("after_call", call.id),
        )

    async def _text_back(self, connection: Connection, inquiry: Inquiry) -> None:
        carrier = channel(self.call.channel)
        if self.call.caller is None or inquiry.blocked or not isinstance(carrier, TextsBack):
            return
        back, call = carrier.text_back(inquiry.account), self.call
        if back is None or not is_automatic(inquiry.auto_mode, call.channel):
            return
        if back.by_mail:
            mail = SendEmail(subject=words("mail_subject", call.language or "en"), text=back.text)
            try:
                await self._send(connection, inquiry, mail)
            except DynarisError as error:
                log.info("call.texted_instead", why=str(error))
            else:
                return
        data = {"text_back": str(call.id)}
        conversation_id = call.conversation_id
        await say_as_product(connection, call.workspace_id, conversation_id=conversation_id, text=back.text, data=data)


def _exchanges(said: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """What the caller said in a row, and what we said to it."""
    found: list[tuple[list[str], list[str]]] = []
    for each in said:
        if each["author"] == "contact":
            if not found or found[-1][1]:
                found.append(([], []))
            found[-1][0].append(each["text"])
        elif found:
            found[-1][1].append(each["text"])
    return [(" ".join(asked), " ".join(answered)) for asked, answered in found]
