"""One call while it goes on: its line, the agent session that listens and speaks, and what ends it."""

import asyncio
import time
from collections.abc import Coroutine
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, LiteralString
from uuid import UUID, uuid4

import structlog
from livekit.agents import AgentSession, ConversationItemAddedEvent
from livekit.agents.llm import ChatMessage

from dynaris.agents.agent_parts import CallLimits, VoiceSettings
from dynaris.agents.agent_settings import DEFAULT_GREETING, AgentSettings, settings_of
from dynaris.agents.turn import Policy
from dynaris.calls import record
from dynaris.calls.answering import Answering
from dynaris.calls.atlas import Atlas, Voice, begin
from dynaris.calls.audio.heard import HeardAudio
from dynaris.calls.audio.played import PlayedAudio
from dynaris.calls.audio.recorded import Recorded, Recorder
from dynaris.calls.audio.tones import hold_music
from dynaris.calls.ending import end
from dynaris.calls.ledger import Ledger
from dynaris.calls.record import Call
from dynaris.calls.recording import REFUSES, drop_pieces, recorder
from dynaris.calls.speech.choosing import voice_of
from dynaris.calls.taking import MOST_CONNECTIONS, read_ticket
from dynaris.calls.transferring import number_of, transfer
from dynaris.calls.usage import Used
from dynaris.calls.words import LANGUAGES, words
from dynaris.channels.contract import Key, Line, Rejected, Sound
from dynaris.core.errors import NoStorage
from dynaris.core.phone_numbers import spaced
from dynaris.pipeline.answer import route_of
from dynaris.pipeline.decide import AgentAnswers, decide
from dynaris.pipeline.identify import identified_before
from dynaris.pipeline.inquiry import Inquiry, QueuedEvent
from dynaris.pipeline.services import Services

log = structlog.get_logger()

_BEAT_SECONDS, _COUNT_SECONDS = 1.5, 10.0
_TAKES_SECONDS, _ASKS_SECONDS = 8.0, 0.2  # whose process died is known so soon; asked so often
_MACHINE_SECONDS, _LOOKS_SECONDS = 60.0, 0.5  # until we know that no machine answered; we ask so often
_KEYS_SECONDS, _MOST_KEYS = 2.0, 40  # without a further key, what was pressed is whole; # says so at once
_EVENT: LiteralString = """SELECT id, workspace_id, lane, channel, account_id, external_id, kind, raw, meta, created_at,
    occurred_at, attempts, reason, conversation_id, message_id, run_id FROM event WHERE workspace_id = %s AND id = %s"""
_SPEAKS: LiteralString = """SELECT w.name AS business, w.language AS business_language, c.language, w.languages
    FROM workspace w JOIN contact c ON c.workspace_id = w.id AND c.id = %s WHERE w.id = %s"""


async def hold(services: Services, line: Line) -> None:
    """Until either side ends the call, or its line is lost. Raises `Rejected` for a ticket that is not ours."""
    named = read_ticket(services.accounts.vault, line.ticket)
    if named is None:
        raise Rejected("the ticket is not one of this installation")
    holder = uuid4()
    call = await _claimed(services, *named, holder)
    beating = asyncio.create_task(_beat(services, call, holder))
    ended: Ended | None = None
    try:
        ended = await LiveCall(services, call, line).run()
    except Exception as error:
        log.exception("call.failed", call=str(call.id), error=error)
        if call.connections >= MOST_CONNECTIONS:
            ended = Ended("failed", f"it failed {call.connections} times: {type(error).__name__}")
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        try:
            if ended:
                await end(services, call, outcome=ended.outcome, reason=ended.reason)
        finally:
            await record.let_go(services.db, call, holder)


async def _claimed(services: Services, workspace_id: UUID, call_id: UUID, holder: UUID) -> Call:
    """A carrier opens a line anew at once, also where the process that had the old one died a moment ago."""
    until = time.monotonic() + _TAKES_SECONDS
    while (call := await record.claim(services.db, workspace_id, call_id, holder)) is None:
        is_over = (await record.load(services.db, workspace_id, call_id)).status == "ended"
        if is_over or time.monotonic() > until:
            raise Rejected("the call has ended" if is_over else "the call is on another line", 409, "conflict")
        await asyncio.sleep(_ASKS_SECONDS)
    return call


async def _beat(services: Services, call: Call, holder: UUID) -> None:
    while True:
        await asyncio.sleep(_BEAT_SECONDS)
        try:
            await record.beat(services.db, call, holder)
        except OSError as error:
            log.warning("call.beat_failed", call=str(call.id), error=error)


@dataclass(frozen=True, slots=True)
class Ended:
    """`None` as the outcome: as what is known of it says."""

    outcome: record.CallOutcome | None = None
    reason: str | None = None


class LiveCall:
    def __init__(self, services: Services, call: Call, line: Line) -> None:
        self._services, self._call, self._line = services, call, line
        self._ledger: Ledger
        self._recorder: Recorder | None = None
        self._spoken: VoiceSettings | None = None
        self._voices: list[Voice] = []  # since the caller chose another language
        self._records = False  # the agent does, and the caller wants it
        self._over: asyncio.Future[Ended | None] = asyncio.get_running_loop().create_future()
        self._is_put_through = False
        self._asides: set[asyncio.Task[None]] = set()
        self._keys: asyncio.Queue[str] = asyncio.Queue(_MOST_KEYS)

    async def run(self) -> Ended | None:
        """`None`: the line was lost, and the call may go on."""
        prepared = await self._prepared()
        if isinstance(prepared, Ended):
            await self._line.close()
            return prepared
        answering, limits, greeting = prepared
        async with aclosing(await voice_of(self._services, self._call, self._spoken, answering.language)) as voice:
            return await self._talk(answering, limits, voice, greeting)

    async def _talk(self, answering: Answering, limits: CallLimits, voice: Voice, greeting: str) -> Ended | None:
        used = Used(voice)
        self._recorder = await self._recording()
        far_end = Recorded(self._line, self._recorder) if self._recorder else self._line
        heard, played = HeardAudio(self._line.rate), PlayedAudio(far_end, rate=self._line.rate)
        leg = await record.joined(self._services.db, self._call, "agent", answering.route.agent)
        atlas = Atlas(answering, voice, greeting=greeting)
        session = await begin(atlas, voice, heard=heard, played=played)
        self._note_what_is_said(session, answering)
        if self._call.direction == "outbound":
            self._aside(self._leave_a_message(session, answering))
        answering.put_through = partial(self._put_through, session, answering)
        answering.hold = lambda on: played.behind(hold_music(played.rate) if on else None)
        answering.switch = partial(self._switch, session, answering, used, played)
        _heed_failures(session, answering, voice)
        tasks = [
            asyncio.create_task(self._listen(heard)),
            asyncio.create_task(self._hear_keys(session, answering)),
            asyncio.create_task(self._watch(session, answering, limits)),
            asyncio.create_task(self._count(used)),
        ]
        try:
            return await self._over
        finally:
            for task in (*tasks, *self._asides):
                task.cancel()
            await asyncio.gather(*tasks, *self._asides, return_exceptions=True)
            heard.end()
            await session.aclose()
            await record.used(self._services.db, self._call, used.metrics())  # who carries the call may end it now
            for each in (voice, *self._voices):
                await each.aclose()  # some say at last what they count
            await played.aclose()
            if self._recorder:
                await self._recorder.aclose()
            await self._ledger.aclose()
            await record.used(self._services.db, self._call, used.metrics())
            await record.left(self._services.db, self._call, leg, "the call or its line ended")
            await self._line.close()

    async def _prepared(self) -> tuple[Answering, CallLimits, str] | Ended:
        services, call = self._services, self._call
        account = await services.accounts.by_id(call.workspace_id, call.account_id)
        async with services.db.workspace(call.workspace_id) as connection:
            row = await (await connection.execute(_EVENT, (call.workspace_id, call.event_id))).fetchone()
            assert row is not None, f"call {call.id} has no event"
            inquiry = await identified_before(connection, QueuedEvent(**row), account)
            spoken = await (await connection.execute(_SPEAKS, (call.contact_id, call.workspace_id))).fetchone()
            assert spoken is not None, f"contact {call.contact_id} is gone"
        route = await route_of(services, inquiry)
        if route is None:
            return Ended("failed", f"no agent is active on {call.channel}")
        settings = settings_of(inquiry.agents, route.agent)
        language = _language(settings, spoken)
        await record.answered_by(services.db, call, route.agent, language)
        self._ledger = Ledger(services, call)
        answering = Answering(
            services=services,
            call=call,
            inquiry=inquiry,
            decision=_decision(inquiry),
            route=route,
            language=language,
            ledger=self._ledger,
            calling=_calling(call, language, spoken["business"]) if call.direction == "outbound" else "",
            message=words(
                "voicemail",
                language,
                business=spoken["business"] or "",
                purpose=(call.purpose or "").rstrip(" .!?"),
                number=spaced(call.caller or ""),
            ),
            speaks=[each for each in settings.languages or LANGUAGES if each in LANGUAGES],
            stop_words=(settings.voice.stop_words if settings.voice else None) or (),
            transfer_to=None if call.transfer else number_of(settings.voice.transfer_to if settings.voice else None),
        )
        opening = _opening(call, settings, language, spoken["business"])
        self._spoken = settings.voice
        self._records = bool(settings.voice and settings.voice.record_calls) and call.recorded is not False
        if self._records and call.connections <= 1:
            opening = f"{opening} {words('recorded', language)}"
        return answering, CallLimits.of(settings.voice), opening

    def _note_what_is_said(self, session: AgentSession[None], answering: Answering) -> None:
        @session.on("conversation_item_added")
        def note(event: ConversationItemAddedEvent) -> None:
            """What the caller said is written before it is answered (`Answering`)."""
            item = event.item
            if (
                isinstance(item, ChatMessage)
                and item.role == "assistant"
                and (text := (item.text_content or "").strip())
            ):
                self._ledger.said(text, run_id=answering.run_id, interrupted=item.interrupted)

    async def _listen(self, heard: HeardAudio) -> None:
        """Until the other side is gone."""
        async for event in self._line:
            if isinstance(event, Sound):
                heard.push(event.samples)
                if self._recorder:
                    self._recorder.caller(event.samples)
            elif isinstance(event, Key):
                with suppress(asyncio.QueueFull):
                    self._keys.put_nowait(event.pressed)
        self._end(Ended() if self._line.hung_up and not self._is_put_through else None)

    async def _hear_keys(self, session: AgentSession[None], answering: Answering) -> None:
        """What is pressed one after the other is one thing that they say."""
        while True:
            pressed = await self._keys.get()
            while not pressed.endswith("#") and len(pressed) < _MOST_KEYS:
                try:
                    pressed += await asyncio.wait_for(self._keys.get(), _KEYS_SECONDS)
                except TimeoutError:
                    break
            if pressed == REFUSES and self._recorder:
                await self._record_no_more(session, answering)
            elif keys := pressed.removesuffix("#"):
                with suppress(RuntimeError):  # a goodbye is not interrupted
                    await session.interrupt()
                    session.generate_reply(user_input=words("keys", answering.language, keys=keys))

    async def _recording(self) -> Recorder | None:
        if not self._records:
            return None
        await record.is_recorded(self._services.db, self._call, True)
        return recorder(self._services.files, self._call, rate=self._line.rate, at=self._ledger.at)

    async def _record_no_more(self, session: AgentSession[None], answering: Answering) -> None:
        """Nothing is kept of it."""
        assert self._recorder is not None
        stopped, self._recorder = self._recorder, None
        await stopped.aclose(drop=True)
        await record.is_recorded(self._services.db, self._call, False)
        with suppress(NoStorage):  # what is left of it is never put together
            await drop_pieces(self._services.files, self._call)
        with suppress(RuntimeError):
            await session.interrupt()
            session.say(words("not_recorded", answering.language))

    def _switch(
        self, session: AgentSession[None], answering: Answering, used: Used, played: PlayedAudio, text: str
    ) -> None:
        """To the language that is answered in from here on: other ears, another voice, which begins with `text`."""

        async def when_quiet() -> None:
            services, call = self._services, self._call
            await record.answered_by(services.db, call, answering.route.agent, answering.language)
            voice = await voice_of(services, call, self._spoken, answering.language)
            self._voices.append(voice)
            used.add(voice)
            _heed_failures(session, answering, voice)
            while speech := session.current_speech:
                await speech.wait_for_playout()
            atlas = Atlas(answering, voice, greeting=text, replaces=True)
            atlas.played = played
            session.update_agent(atlas)

        self._aside(when_quiet())

    def _put_through(self, session: AgentSession[None], answering: Answering, reason: str, summary: str) -> None:
        """Once all that we say is heard; where it cannot be, the call goes on with us."""
        assert answering.transfer_to is not None
        number, answering.transfer_to = answering.transfer_to, None

        async def when_said() -> None:
            while speech := session.current_speech:
                await speech.wait_for_playout()
            self._is_put_through = True
            language = answering.language
            # They may leave our line before the carrier says that they were put through.
            trying = transfer(self._services, self._call, number, reason=reason, summary=summary, language=language)
            why = await asyncio.shield(trying)
            if why is None:
                self._end(None)
            else:
                self._is_put_through = False
                session.say(words("nobody", language))

        self._aside(when_said())

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        self._asides.add(asyncio.create_task(work))

    async def _leave_a_message(self, session: AgentSession[None], answering: Answering) -> None:
        """Where a machine answered: after its tone, and nothing else is waited for."""
        until = time.monotonic() + _MACHINE_SECONDS
        while (
            who := (await record.load(self._services.db, self._call.workspace_id, self._call.id)).answered_by
        ) is None:
            if time.monotonic() > until:
                return
            await asyncio.sleep(_LOOKS_SECONDS)
        if who == "machine":
            with suppress(RuntimeError):
                await session.interrupt()
            await self._say_goodbye(session, answering.message, "a message was left with a machine", "voicemail")

    async def _count(self, used: Used) -> None:
        """Now and then, so that little is lost with the process."""
        while True:
            await asyncio.sleep(_COUNT_SECONDS)
            with suppress(OSError):
                await record.used(self._services.db, self._call, used.metrics())

    async def _watch(self, session: AgentSession[None], answering: Answering, limits: CallLimits) -> None:
        """Silence is asked about, and ends the call at last; so does its longest time."""
        latest = time.monotonic() + limits.max_call_duration_minutes * 60
        quiet, asked = time.monotonic(), 0
        while True:
            await asyncio.sleep(min(limits.silence_check_interval, 0.5))
            now, language = time.monotonic(), answering.language
            if now > latest:
                await self._say_goodbye(session, words("time", language), "the longest time of a call was over")
                return
            if session.user_state == "speaking":
                quiet, asked = now, 0
            elif self._is_put_through or session.agent_state in ("speaking", "thinking"):
                quiet = now
            elif now - quiet > limits.silence_timeout_seconds:
                if asked >= limits.silence_max_retries:
                    await self._say_goodbye(session, words("bye", language), "the caller said nothing any more")
                    return
                asked, quiet = asked + 1, now
                session.say(words("there", language))

    async def _say_goodbye(
        self, session: AgentSession[None], text: str, reason: str, outcome: record.CallOutcome | None = None
    ) -> None:
        with suppress(RuntimeError, TimeoutError):
            async with asyncio.timeout(30):
                await session.say(text, allow_interruptions=False)
        self._end(Ended(outcome, reason))

    def _end(self, ended: Ended | None) -> None:
        if not self._over.done():
            self._over.set_result(ended)


def _heed_failures(session: AgentSession[None], answering: Answering, voice: Voice) -> None:
    def ask_again() -> None:
        with suppress(RuntimeError):  # it is closing
            session.say(words("again", answering.language))

    voice.hears.on("not_understood", ask_again)  # type: ignore[arg-type]


def _decision(inquiry: Inquiry) -> AgentAnswers:
    """A caller cannot wait in a queue: where a person would answer, the agent does, and every effect waits for them."""
    decision = decide(inquiry)
    if isinstance(decision, AgentAnswers):
        return decision
    policy = Policy(
        automatic=frozenset({"read"}),
        needs_person=inquiry.needs_person,
        trusted_recipients=inquiry.trusted_recipients,
    )
    return AgentAnswers(
        policy, f"on a call, and {getattr(decision, 'reason', 'a person acts')}: every action is approved"
    )


def _language(settings: AgentSettings, spoken: dict[str, Any]) -> str:
    """The contact's, where the agent speaks it; else the agent's first, else the business's."""
    known = settings.languages or spoken["languages"] or [spoken["business_language"]]
    wanted = [spoken["language"], *known, spoken["business_language"]]
    return next((each for each in wanted if each in LANGUAGES and (each in known or each != spoken["language"])), "en")


def _opening(call: Call, settings: AgentSettings, language: str, business: str | None) -> str:
    """What they hear first on this line."""
    if call.direction == "outbound" and call.connections <= 1:
        return _calling(call, language, business)
    if call.transfer and call.transfer["state"] == "failed":
        if call.connections > 1:
            return words("nobody", language)
        return words("message", language, business=business) if business else words("message_unnamed", language)
    return words("back", language) if call.connections > 1 else _greeting(settings, language, business)


def _calling(call: Call, language: str, business: str | None) -> str:
    return words("calling", language, business=business or "", purpose=(call.purpose or "").rstrip(" .!?"))


def _greeting(settings: AgentSettings, language: str, business: str | None) -> str:
    own = settings.greeting or {}
    if greeting := own.get(language) or own.get(DEFAULT_GREETING):
        return greeting
    return words("greeting", language, business=business) if business else words("greeting_unnamed", language)
