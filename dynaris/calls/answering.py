"""What a caller says is a turn of the workspace's agents, as all that is written: an event, a run, an outcome."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from textwrap import shorten
from typing import Any, Literal
from uuid import UUID

import structlog

from dynaris.agents import herald
from dynaris.agents.agent_parts import OutboundSettings
from dynaris.agents.builtin.emergency import is_emergency
from dynaris.agents.guardrails.outgoing import Outgoing, own_hosts
from dynaris.agents.turn import Done, Paused, Route, TextDelta, TurnEvent
from dynaris.calls.asking import Asked, Verdicts
from dynaris.calls.calling_back import call_back
from dynaris.calls.languages import asked_for
from dynaris.calls.ledger import Ledger
from dynaris.calls.record import Call, Utterance
from dynaris.calls.words import screens, stops_for, words
from dynaris.core.db import Connection
from dynaris.core.phone_numbers import spaced
from dynaris.pipeline.answer import request_of
from dynaris.pipeline.decide import AgentAnswers
from dynaris.pipeline.handoff import hand_off
from dynaris.pipeline.inquiry import Inquiry
from dynaris.pipeline.outcome import settle
from dynaris.pipeline.services import Services

log = structlog.get_logger()

# Seconds without a word of ours until the caller hears that somebody is at it, and again after so many more.
FIRST_WORD, NEXT_WORD = 1.2, 6.0
_MOST_QUESTIONS = 3  # to people, for one thing that was said
_PERSON = "0"  # the key that calls one, as everywhere
_ENDS = (". ", "! ", "? ", "\n")

_SETTLED = """UPDATE conversation SET summary = coalesce(nullif(%(summary)s, ''), summary)
    WHERE workspace_id = %(ws)s AND id = %(conversation)s"""


@dataclass(slots=True)
class Answering:
    """One call's turns, one after the other. `run_id`: of the answer that is spoken now."""

    services: Services
    call: Call
    inquiry: Inquiry
    decision: AgentAnswers
    route: Route
    language: str
    ledger: Ledger
    transfer_to: str | None = None  # a number: whom a person has to help is put through
    calling: str = ""  # of a call that we placed: who calls, and about what
    message: str = ""  # and the same for a machine
    speaks: Collection[str] = ()  # the languages that the caller may choose from
    stop_words: Sequence[str] = ()  # at which a person is called
    hold: Callable[[bool], object] = lambda _: None  # whether the caller hears that somebody works for them
    put_through: Callable[[str, str], None] = lambda *_: None  # with why, and what was said so far
    switch: Callable[[str], None] = lambda _: None  # to that language, once nothing is said
    run_id: UUID | None = None
    _outgoing: Outgoing = field(init=False)

    def __post_init__(self) -> None:
        services, inquiry = self.services, self.inquiry
        hosts = own_hosts(services.settings)
        self._outgoing = Outgoing(services.db, inquiry.workspace_id, inquiry.conversation_id, own_hosts=hosts)

    async def __call__(self, said: str) -> AsyncIterator[str | None]:
        """The answer's text while it comes. Left before its end (the caller goes on speaking), what was done stays
        done, and what they said so far is part of what they say next."""
        utterance = await asyncio.shield(self.ledger.heard(said, self.language))
        inquiry = replace(
            self.inquiry, event_ids=(utterance.event_id,), run_id=utterance.run_id, text=said, resumed=False, meta={}
        )
        self.run_id = utterance.run_id
        turn = _Turn(Asked(self.services, inquiry))
        try:
            if (done := self._at_once(said)) is not None:
                turn.ended = done
                yield done.text
            elif language := asked_for(said, spoken=set(self.speaks) - {self.language}):
                self.language = language
                text = words("switched", language)
                turn.ended = Done(decision="reply", reason=f"the caller would rather speak {language}", text=text)
                self.switch(text)
            else:
                async for text in self._answer(inquiry, said, turn):
                    yield text
        except Exception as error:
            log.exception("call.turn_failed", call=str(self.call.id), error=error)
            yield words("sorry", self.language)
        finally:
            self.hold(False)
            self.ledger.later(partial(self._conclude, inquiry, utterance, turn))

    def _at_once(self, said: str) -> Done | None:
        """What no model is asked about: danger to somebody, the key for a person, and the words that the business wants
        one for."""
        if said == words("keys", self.language, keys=_PERSON):
            text, because = words("stop", self.language), "asked_for_person"
            return Done(decision="escalate", because=because, reason="the caller pressed 0", text=text)
        if self.calling and screens(said):
            return Done(decision="reply", reason="a machine asked who calls", text=self.calling)
        if is_emergency(said):
            text, reason = words("emergency", self.language), "this may be an emergency"
        elif word := stops_for(said, self.stop_words):
            text, reason = words("stop", self.language), f"the caller said “{word}”"
        else:
            return None
        summary = f"The caller said: {shorten(said, 300)}"
        return Done(decision="escalate", escalate=True, because="policy", reason=reason, summary=summary, text=text)

    async def _answer(self, inquiry: Inquiry, said: str, turn: "_Turn") -> AsyncIterator[str | None]:
        for _ in range(_MOST_QUESTIONS):
            async for text in self._spoken(inquiry, said, turn):
                yield text
            if not isinstance(turn.ended, Paused):
                break
            async for text in self._asking(turn, turn.ended):
                yield text
            if turn.verdicts is None:
                break
        self.hold(False)
        if isinstance(turn.ended, Paused):
            yield words("later", self.language)
        elif turn.ended is None:
            yield words("sorry", self.language)
        elif not turn.has_spoken:
            yield await self._checked(turn.ended.text) if turn.ended.text else words("more", self.language)

    async def _spoken(self, inquiry: Inquiry, said: str, turn: "_Turn") -> AsyncIterator[str | None]:
        turn.ended = None
        async for event in self._turn(inquiry, said, turn.verdicts):
            if isinstance(event, Done | Paused):
                turn.ended = event
            elif isinstance(event, TextDelta):
                self.hold(False)
                turn.has_spoken = True
                yield event.text
            elif isinstance(event, str):
                yield f"{words(event, self.language)} "
                yield None
                self.hold(True)

    async def _asking(self, turn: "_Turn", paused: Paused) -> AsyncIterator[str | None]:
        """A person decides meanwhile, or not in time."""
        story = {**self.route.model_dump(), "mode": self.decision.reason}
        await asyncio.shield(turn.asked.ask(paused, story))
        yield f"{words('colleague', self.language)} "
        yield None
        self.hold(True)
        turn.verdicts = None
        async for found in turn.asked.verdicts():
            if (verdicts := found) is None:
                yield f"{words('still_colleague', self.language)} "
                yield None
            turn.verdicts = verdicts

    async def _turn(
        self, inquiry: Inquiry, said: str, verdicts: Verdicts | None
    ) -> AsyncIterator[TurnEvent | Literal["moment", "still"]]:
        """With words of ours where the agent needs long. Each sentence is looked at before it is spoken: what a person
        must see first is not said."""
        services = self.services
        request = request_of(inquiry, self.decision, self.route, text=said, hosts=own_hosts(services.settings))
        changed: dict[str, Any] = {"traits": replace(request.traits, transfers=bool(self.transfer_to))}
        if self.call.purpose:
            outbound = OutboundSettings(purpose=self.call.purpose)
            changed["settings"] = request.settings.model_copy(update={"outbound": outbound})
        request = request.model_copy(update=changed)
        seconds = services.settings.run_timeout
        events = herald.turn(
            services.db, request, verdicts=verdicts, stream=True, seconds=seconds, models=services.models
        )
        held, said_moment = "", False
        async for event in _patiently(events):
            if event is None:
                yield "still" if said_moment else "moment"
                said_moment = True
            elif isinstance(event, TextDelta):
                held += event.text
                whole, held = _whole_sentences(held)
                if whole:
                    yield TextDelta(text=await self._checked(whole))
            else:
                if isinstance(event, Done | Paused) and held:
                    yield TextDelta(text=await self._checked(held))
                    held = ""
                yield event

    async def _checked(self, sentence: str) -> str:
        if why := await self._outgoing.why_ask(sentence):
            log.warning("call.sentence_withheld", call=str(self.call.id), why=why)
            return f"{words('withheld', self.language)} "
        return sentence

    async def _conclude(self, inquiry: Inquiry, said: Utterance, turn: "_Turn") -> None:
        story = {**self.route.model_dump(), "mode": self.decision.reason}
        ended = turn.ended
        if isinstance(ended, Paused):
            await turn.asked.release()
            return
        if isinstance(ended, Done) and (ended.escalate or ended.decision == "escalate"):
            if self.transfer_to:
                async with self.services.db.transaction(inquiry.workspace_id) as connection:
                    await self._put_through(connection, inquiry, said, ended, self.transfer_to)
                self.put_through(ended.reason, ended.summary)
                return
            await hand_off(
                self.services,
                inquiry,
                because=ended.because,
                reason=ended.reason,
                summary=ended.summary,
                text="",
                story=story,
            )
            async with self.services.db.transaction(inquiry.workspace_id) as connection:
                await call_back(connection, self.call, f"{ended.reason}\n\n{ended.summary}".strip())
            return
        async with self.services.db.transaction(inquiry.workspace_id) as connection:
            await self._settle(connection, inquiry, said, ended)

    async def _put_through(
        self, connection: Connection, inquiry: Inquiry, said: Utterance, ended: Done, number: str
    ) -> None:
        output = ended.model_dump(mode="json")
        await herald.finish(connection, inquiry.workspace_id, inquiry.run_id, status="done", output=output)
        names = {"ws": inquiry.workspace_id, "conversation": inquiry.conversation_id, "summary": ended.summary}
        await connection.execute(_SETTLED, names)
        reason = f"put through to {spaced(number)}: {ended.reason}"
        await settle(connection, inquiry.workspace_id, [said.event_id], outcome="handed_off", reason=reason)

    async def _settle(self, connection: Connection, inquiry: Inquiry, said: Utterance, ended: Done | None) -> None:
        names: dict[str, Any] = {"ws": inquiry.workspace_id, "conversation": inquiry.conversation_id, "summary": ""}
        events = [said.event_id]
        if isinstance(ended, Done):
            output = ended.model_dump(mode="json")
            await herald.finish(connection, inquiry.workspace_id, inquiry.run_id, status="done", output=output)
            await connection.execute(_SETTLED, {**names, "summary": ended.summary})
            outcome = "answered" if ended.text else "ignored"
            await settle(connection, inquiry.workspace_id, events, outcome=outcome, reason=ended.reason or None)
        else:
            await herald.finish(connection, inquiry.workspace_id, inquiry.run_id, status="failed", output=None)
            reason = "the caller went on speaking before it was answered"
            await settle(connection, inquiry.workspace_id, events, outcome="ignored", reason=reason)


@dataclass(slots=True)
class _Turn:
    """How it ends, and who was asked meanwhile."""

    asked: Asked
    ended: Done | Paused | None = None
    verdicts: Verdicts | None = None
    has_spoken: bool = False


def _whole_sentences(text: str) -> tuple[str, str]:
    """What is whole, and what is not yet."""
    end = max(text.rfind(sign) + len(sign) if sign in text else 0 for sign in _ENDS)
    return text[:end], text[end:]


async def _patiently(events: AsyncIterator[TurnEvent]) -> AsyncIterator[TurnEvent | None]:
    """`None` each time that the caller has waited long enough for a word."""
    coming = aiter(events)
    following: asyncio.Future[TurnEvent] | None = None
    patience = FIRST_WORD
    try:
        while True:
            following = following or asyncio.ensure_future(anext(coming))
            done, _ = await asyncio.wait([following], timeout=patience)
            if not done:
                patience = NEXT_WORD
                yield None
                continue
            try:
                event = following.result()
            except StopAsyncIteration:
                return
            finally:
                following = None
            if isinstance(event, TextDelta):
                patience = NEXT_WORD
            yield event
    finally:
        if following:
            following.cancel()
            with suppress(asyncio.CancelledError, StopAsyncIteration):
                await following
        await events.aclose()  # type: ignore[attr-defined] - a generator
