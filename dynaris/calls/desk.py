"""Teammates at a call that goes on: they hear both sides, tell the agent what to say, and speak in its place."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from uuid import UUID

import structlog
from livekit.agents import AgentSession

from dynaris.agents.turn import Paused, ToolCall
from dynaris.calls import record
from dynaris.calls.answering import Answering
from dynaris.calls.audio.played import FarEnd
from dynaris.calls.record import Call
from dynaris.calls.teammate import CALLER, OURS, Teammate
from dynaris.calls.words import words
from dynaris.channels.contract import Line, WithScreen
from dynaris.conversations.actions import add_note, claim, hand_back
from dynaris.core.db import Connection
from dynaris.core.errors import DynarisError
from dynaris.pipeline.outcome import settle
from dynaris.pipeline.services import Services
from dynaris.workspaces.actions import record as audit

log = structlog.get_logger()

_MOST_THERE, _MOST_WHISPERS, _LONGEST_WHISPER = 10, 5, 500


class Desk:
    """Of one opening of a call's line. What its caller sees of the call, they see too."""

    def __init__(self, services: Services, call: Call, line: Line) -> None:
        self.call = call
        self._services, self._line = services, line
        self._far_end: FarEnd = line
        self._there: set[Teammate] = set()
        self._speaks: Teammate | None = None
        self._leg: UUID | None = None  # of the agent, or of whoever speaks in its place
        self._session: AgentSession[None] | None = None
        self._answering: Answering | None = None
        self._changing = asyncio.Lock()  # one takes over or hands back at a time

    @property
    def is_taken(self) -> bool:
        """A teammate speaks; the agent is silent."""
        return self._speaks is not None

    def behind(self, far_end: FarEnd) -> FarEnd:
        """Where the agent's voice goes: heard by the teammates too, and by nobody while one of them speaks."""
        self._far_end = far_end
        return _AgentsVoice(self, far_end)

    async def begin(self, session: AgentSession[None], answering: Answering) -> None:
        self._session, self._answering = session, answering
        self._leg = await record.joined(self._services.db, self.call, "agent", answering.route.agent)

    async def aclose(self, why: str) -> None:
        self.show("over")
        for each in list(self._there):
            await each.close()
        if self._leg:
            await record.left(self._services.db, self.call, self._leg, why)

    def heard(self, samples: bytes) -> None:
        """Of the caller."""
        for each in self._there:
            each.hear(CALLER, samples, self._line.rate)

    def said(self, samples: bytes, by: Teammate | None = None) -> None:
        for each in self._there - {by}:
            each.hear(OURS, samples, self._line.rate)

    def show(self, what: str, **about: Any) -> None:
        if isinstance(self._line, WithScreen):
            self._line.show(what, **about)
        self.tell(what, **about)

    def tell(self, what: str, **about: Any) -> None:
        """To the teammates alone."""
        for each in self._there:
            each.show(what, **about)

    def show_event(self, event: ToolCall | Paused) -> None:
        """What the agent does while it answers."""
        if isinstance(event, ToolCall):
            self.show("tool", tool=event.tool, effect=event.effect, failed=event.error is not None)
        else:
            self.show("asks", tools=[proposal.action for proposal in event.proposals])

    async def answer(self, said: str) -> AsyncIterator[str | None]:
        """As `Answering`, but for what a teammate answers: that is written down alone."""
        assert self._answering is not None
        answering = self._answering
        self.show("heard", text=said)
        if not self.is_taken:
            async for piece in answering(said):
                yield piece
            return
        utterance = await answering.ledger.heard(said, answering.language)
        workspace_id, speaker = self.call.workspace_id, self._speaks

        async def settled() -> None:
            async with self._services.db.transaction(workspace_id) as connection:
                reason = f"{speaker.name if speaker else 'a teammate'} talked with them"
                await settle(connection, workspace_id, [utterance.event_id], outcome="handed_off", reason=reason)

        answering.ledger.later(settled)

    async def serve(self, teammate: Teammate) -> None:
        """Until they leave, or the call ends."""
        if len(self._there) >= _MOST_THERE:
            teammate.show("refused", why="too many of you listen already")
            return
        self._there.add(teammate)
        teammate.show("ready", taken_by=self._speaks.name if self._speaks else None)
        try:
            async for said in teammate:
                if isinstance(said, bytes):
                    self._speak(teammate, said)
                else:
                    await self._do(teammate, said)
        finally:
            self._there.discard(teammate)
            if self._speaks is teammate:
                await asyncio.shield(self._hand_back(teammate))

    def _speak(self, teammate: Teammate, sound: bytes) -> None:
        if self._speaks is teammate and (samples := teammate.spoken(sound, self._line.rate)):
            self._far_end.play(samples)
            self.said(samples, by=teammate)

    async def _do(self, teammate: Teammate, said: dict[str, Any]) -> None:
        try:
            match said.get("type"):
                case "whisper" if isinstance(text := said.get("text"), str) and text.strip():
                    await self._whisper(teammate, text.strip()[:_LONGEST_WHISPER])
                case "take-over":
                    await self._take_over(teammate)
                case "hand-back" if self._speaks is teammate:
                    await self._hand_back(teammate)
                case _:
                    pass
        except (DynarisError, OSError) as error:
            log.warning("call.desk_failed", call=str(self.call.id), error=error)
            teammate.show("refused", why=str(error) or "it could not be done now; try again")

    async def _whisper(self, teammate: Teammate, text: str) -> None:
        """The agent knows it from its next words on; the caller never hears it."""
        if self._answering is None:
            teammate.show("refused", why="the agent is not there yet; try again")
            return
        at = round(self._answering.ledger.at, 2)
        async with self._services.db.transaction(self.call.workspace_id) as connection:
            await add_note(
                connection,
                self.call.workspace_id,
                conversation_id=self.call.conversation_id,
                text=text,
                author="member",
                author_id=teammate.member_id,
                data={"call": str(self.call.id), "whispered_at": at},
            )
            await self._audit(connection, teammate, "call.whispered")
        self._answering.whispers = [*self._answering.whispers, text][-_MOST_WHISPERS:]
        self.tell("whispered", by=teammate.name, text=text)

    async def _take_over(self, teammate: Teammate) -> None:
        async with self._changing:
            if self._speaks or self._session is None or self._leg is None:
                by = f"{self._speaks.name} speaks" if self._speaks else "the agent is not there yet"
                teammate.show("refused", why=f"{by}; try again")
                return
            async with self._services.db.transaction(self.call.workspace_id) as connection:
                await claim(
                    connection,
                    self.call.workspace_id,
                    conversation_id=self.call.conversation_id,
                    member_id=teammate.member_id,
                    hold_minutes=self._services.settings.hold_minutes,
                )
                await self._audit(connection, teammate, "call.taken_over")
            self._speaks = teammate
            with suppress(RuntimeError):  # nothing is said
                await self._session.interrupt(force=True)
            await self._changed("member", teammate.name, "a teammate took over", teammate.member_id)
            self.show("taken", by=teammate.name)

    async def _hand_back(self, teammate: Teammate) -> None:
        async with self._changing:
            if self._speaks is not teammate:
                return
            assert self._session is not None
            assert self._answering is not None
            self._speaks = None
            async with self._services.db.transaction(self.call.workspace_id) as connection:
                await hand_back(connection, self.call.workspace_id, conversation_id=self.call.conversation_id)
                await self._audit(connection, teammate, "call.handed_back")
            await self._changed("agent", self._answering.route.agent, "handed back to the agent")
            self.show("handed_back", by=teammate.name)
            with suppress(RuntimeError):  # it is closing
                self._session.say(words("returned", self._answering.language))

    async def _changed(self, party: record.Party, name: str, why: str, member_id: UUID | None = None) -> None:
        """Who speaks for us."""
        db = self._services.db
        if self._leg:
            await record.left(db, self.call, self._leg, why)
        self._leg = await record.joined(db, self.call, party, name, member_id)

    async def _audit(self, connection: Connection, teammate: Teammate, action: str) -> None:
        actor, subject = f"member:{teammate.member_id}", f"call:{self.call.id}"
        await audit(connection, self.call.workspace_id, actor=actor, action=action, subject=subject, detail={})


class _AgentsVoice:
    def __init__(self, desk: Desk, far_end: FarEnd) -> None:
        self._desk, self._far_end = desk, far_end

    def play(self, samples: bytes) -> None:
        if not self._desk.is_taken:
            self._far_end.play(samples)
            self._desk.said(samples)

    def clear(self) -> None:
        if not self._desk.is_taken:
            self._far_end.clear()
            self._desk.tell("clear")
