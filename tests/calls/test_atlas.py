"""A call by sound alone: a caller speaks over a telephone line, and hears what is answered."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
from livekit import rtc
from livekit.agents import AgentSession, ConversationItemAddedEvent
from livekit.agents.llm import ChatMessage

from dynaris.calls.atlas import Answer, Atlas, Voice, begin
from dynaris.calls.audio.heard import HeardAudio
from dynaris.calls.audio.played import SLICE, PlayedAudio
from dynaris.calls.speech.espeak import EspeakProcess, EspeakTTS
from dynaris.calls.speech.phrases import PhraseSTT
from dynaris.core import mulaw

PHRASES = ("Yes.", "Is there parking?", "What are your opening hours?", "No, not that, thank you.")
PARKING = "Patients park free for two hours in the garage. The entrance is in the garden street, behind the bakery."
LONG = " ".join([PARKING] * 3)
LOUD = 300  # of 32,767


def loud(samples: bytes) -> np.ndarray:
    """Where something is to be heard."""
    return np.nonzero(np.abs(np.frombuffer(samples, np.int16).astype(int)) > LOUD)[0]


@dataclass
class Caller:
    """A telephone with somebody at it. The line carries 20 ms at once, with a little noise, both ways in mu-law."""

    voice: EspeakTTS
    line: HeardAudio = field(default_factory=lambda: HeardAudio(mulaw.RATE))
    heard: list[tuple[float, bool]] = field(default_factory=list)  # when, and whether anything was to be heard
    cleared: list[float] = field(default_factory=list)
    _says: bytes = b""

    def play(self, samples: bytes) -> None:
        self.heard.append((time.monotonic(), len(loud(mulaw.decode(mulaw.encode(samples)))) > 0))

    def clear(self) -> None:
        self.cleared.append(time.monotonic())

    async def talks(self) -> None:
        noise, due = np.random.default_rng(1), time.monotonic()
        count = round(mulaw.RATE * SLICE)
        while True:
            now, self._says = self._says[: count * 2], self._says[count * 2 :]
            sound = np.frombuffer(now.ljust(count * 2, b"\0"), np.int16) + noise.normal(0, 15, count)
            self.line.push(mulaw.decode(mulaw.encode(np.clip(sound, -32_768, 32_767).astype(np.int16).tobytes())))
            due += SLICE
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def says(self, text: str) -> float:
        """Until they have said it; when that was."""
        frame = await self.voice.synthesize(text).collect()
        resampler = rtc.AudioResampler(frame.sample_rate, mulaw.RATE)
        said = b"".join(bytes(each.data) for each in [*resampler.push(frame), *resampler.flush()])
        self._says = said[: 2 * (loud(said)[-1] + 1)]
        while self._says:  # noqa: ASYNC110 - sound takes its time
            await asyncio.sleep(SLICE / 2)
        return time.monotonic()

    async def hears_something(self, since: float) -> float:
        async with asyncio.timeout(30):
            while True:
                if found := next((at for at, sound in self.heard if sound and at > since), None):
                    return found
                await asyncio.sleep(SLICE)


@dataclass
class Call:
    caller: Caller
    session: AgentSession[None]
    transcript: list[tuple[str, str, bool]] = field(default_factory=list)  # who, what, whether interrupted

    async def says(self, who: str, times: int = 1) -> None:
        """Until they have said so much, or were interrupted."""
        async with asyncio.timeout(60):
            while [entry[0] for entry in self.transcript].count(who) < times:  # noqa: ASYNC110 - sound takes its time
                await asyncio.sleep(SLICE)


@asynccontextmanager
async def call(answer: Answer, greeting: str = "") -> AsyncIterator[Call]:
    process = EspeakProcess()
    ours = EspeakTTS(process)
    await ours.synthesize("Warm.").collect()
    voice, caller = Voice(PhraseSTT(PHRASES), ours, "en"), Caller(ours)
    played = PlayedAudio(caller, rate=mulaw.RATE)
    session = await begin(Atlas(answer, voice, greeting=greeting), voice, heard=caller.line, played=played)
    made = Call(caller, session)

    @session.on("conversation_item_added")
    def note(event: ConversationItemAddedEvent) -> None:
        if isinstance(item := event.item, ChatMessage):
            made.transcript.append((item.role, item.text_content or "", item.interrupted))

    talking = asyncio.create_task(caller.talks())
    try:
        yield made
    finally:
        talking.cancel()
        caller.line.end()
        await session.aclose()
        await played.aclose()
        await process.aclose()


async def parking(said: str) -> AsyncIterator[str]:
    for piece in ("Patients park free for **2 hours** ", "in the garage. The entrance ", "is in the garden street."):
        yield piece if "parking" in said else "I did not get that. "


async def test_a_question_is_answered_by_voice_after_a_greeting() -> None:
    async with call(parking, greeting="Hello, this is the clinic.") as made:
        await made.says("assistant")
        asked = await made.caller.says("Is there parking?")
        await made.caller.hears_something(asked)
        await made.says("assistant", 2)
    assert made.transcript == [
        ("assistant", "Hello, this is the clinic.", False),
        ("user", "Is there parking?", False),
        ("assistant", "Patients park free for **2 hours** in the garage. The entrance is in the garden street.", False),
    ]


async def test_who_interrupts_is_heard_and_only_what_they_heard_was_said() -> None:
    async def answer(said: str) -> AsyncIterator[str]:
        yield LONG if "parking" in said else "All right, goodbye."

    async with call(answer) as made:
        asked = await made.caller.says("Is there parking?")
        await made.caller.hears_something(asked)
        await asyncio.sleep(1)
        await made.caller.says("No, not that, thank you.")
        await made.says("assistant", 2)
    (_, said, interrupted), last = (entry for entry in made.transcript if entry[0] == "assistant")
    assert interrupted
    assert LONG.startswith(said.strip())
    assert len(said) < len(LONG) * 0.7
    assert [entry[1] for entry in made.transcript if entry[0] == "user"] == [PHRASES[1], PHRASES[3]]
    assert last == ("assistant", "All right, goodbye.", False)


async def test_who_goes_on_speaking_is_not_spoken_over_until_they_are_done() -> None:
    """Ears that hear whole sentences know what was said seconds later."""

    async def answer(said: str) -> AsyncIterator[str]:
        yield LONG

    async with call(answer) as made:
        asked = await made.caller.says("Is there parking?")
        await made.caller.hears_something(asked)
        await asyncio.sleep(1)
        done = await made.caller.says(" ".join([PHRASES[3]] * 4))
        await made.says("assistant")
    assert made.caller.cleared
    assert made.caller.cleared[0] < done - 1


async def test_a_mere_yeah_holds_our_voice_back_and_it_goes_on() -> None:
    async def answer(said: str) -> AsyncIterator[str]:
        yield PARKING

    async with call(answer) as made:
        asked = await made.caller.says("Is there parking?")
        await made.caller.hears_something(asked)
        await asyncio.sleep(1)
        await made.caller.says("Yeah.")
        await made.says("assistant")
    assert made.caller.cleared == []
    assert made.transcript == [("user", PHRASES[1], False), ("assistant", PARKING, False)]
