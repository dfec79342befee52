"""Atlas: what a caller says is answered by voice, on every way a call comes in.

One agent session of the voice library hears when somebody speaks, when they are done and when they interrupt; who
answers, and what, is ours: a function from what was said to the text that is spoken while it comes.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from livekit import rtc
from livekit.agents import Agent, AgentSession, ModelSettings, UserStateChangedEvent, llm, stt, tts
from livekit.agents.tokenize import blingfire
from livekit.agents.types import FlushSentinel
from livekit.agents.voice.transcription import TranscriptSynchronizer

from dynaris.calls.audio.heard import HeardAudio
from dynaris.calls.audio.played import PlayedAudio
from dynaris.calls.speech.spoken import spoken
from dynaris.calls.words import shows_listening

Answer = Callable[[str], AsyncIterator[str | None]]
"""From what was said to the text that is spoken, piece by piece; `None`: what there is so far is spoken now, as
nothing may follow it soon."""

# Seconds. A pause this long ends what the caller says; they are heard to interrupt so soon, and where it was nothing
# (a cough, a mere "yeah") our voice goes on so soon after it.
_END_OF_TURN, _INTERRUPTS, _GOES_ON = 0.3, 0.1, 0.8
# Who still speaks so long after they began means it, however short their pauses are; looked at so often.
_MEANT, _STILL, _LOOKS = 0.4, 0.06, 0.02
_NEARLY_DONE = 1.0  # of our voice: a "yes" then answers it


@dataclass(frozen=True, slots=True)
class Voice:
    """How a call is heard and spoken."""

    hears: stt.STT
    speaks: tts.TTS
    language: str  # ISO 639-1
    release: Callable[[], Awaitable[None]] | None = None  # what they share

    async def aclose(self) -> None:
        await self.hears.aclose()
        await self.speaks.aclose()
        if self.release:
            await self.release()


class Atlas(Agent):
    def __init__(self, answer: Answer, voice: Voice, *, greeting: str = "", replaces: bool = False) -> None:
        """`replaces`: another one of the same session, with the session's ears and voice no more."""
        own = {"stt": voice.hears, "tts": voice.speaks} if replaces else {}
        super().__init__(instructions="", **own)  # type: ignore[arg-type]
        self._answer, self._voice, self._greeting = answer, voice, greeting
        self.played: PlayedAudio | None = None  # where our voice goes, once the call has begun

    async def on_enter(self) -> None:
        if self._greeting:
            self.session.say(self._greeting)

    async def stt_node(
        self, audio: AsyncIterable[rtc.AudioFrame], model_settings: ModelSettings
    ) -> AsyncIterator[stt.SpeechEvent | str]:
        """Without what callers say to show that they listen: our voice, held back for it, goes on."""
        async for event in Agent.default.stt_node(self, audio, model_settings):
            if isinstance(event, stt.SpeechEvent) and self._is_mere_listening(event):
                continue
            yield event

    def _is_mere_listening(self, event: stt.SpeechEvent) -> bool:
        speaks = self.played and self.played.left > _NEARLY_DONE
        return bool(speaks and event.alternatives and shows_listening(event.alternatives[0].text))

    async def llm_node(
        self,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool],  # noqa: ARG002 - ours are called within the answer
        model_settings: ModelSettings,  # noqa: ARG002 - and so is the model
    ) -> AsyncIterator[str | FlushSentinel]:
        said = next((item.text_content for item in reversed(chat_ctx.messages()) if item.role == "user"), None)
        async for piece in self._answer(said or ""):
            yield FlushSentinel() if piece is None else piece

    async def tts_node(self, text: AsyncIterable[str], model_settings: ModelSettings) -> AsyncIterator[rtc.AudioFrame]:
        """The transcript keeps the text as it was written."""
        async for frame in Agent.default.tts_node(self, _in_words(text, self._voice.language), model_settings):
            yield frame


async def _in_words(text: AsyncIterable[str], language: str) -> AsyncIterator[str]:
    """Sentence by sentence, each as soon as it is whole."""
    found = blingfire.SentenceTokenizer(retain_format=True).stream()

    async def push() -> None:
        async for piece in text:
            found.push_text(piece)
        found.end_input()

    pushing = asyncio.create_task(push())
    try:
        async for sentence in found:
            if said := spoken(sentence.token, language):
                yield f"{said} "
        await pushing
    finally:
        pushing.cancel()
        await found.aclose()


async def begin(atlas: Atlas, voice: Voice, *, heard: HeardAudio, played: PlayedAudio) -> AgentSession[None]:
    """Atlas listens to `heard` and speaks to `played` until the session is closed. What was said, by whom, and of our
    own words those alone that were heard, comes as its `conversation_item_added`."""
    session: AgentSession[None] = AgentSession(
        stt=voice.hears,
        tts=voice.speaks,
        llm=_NoModel(),
        user_away_timeout=None,
        aec_warmup_duration=None,  # else nobody could interrupt for three seconds
        tts_text_transforms=None,  # `spoken` does it
        turn_handling={
            # Named, or the library would choose detectors in its maker's cloud.
            "turn_detection": "vad",
            "endpointing": {"min_delay": _END_OF_TURN},
            "interruption": {"mode": "vad", "min_duration": _INTERRUPTS, "false_interruption_timeout": _GOES_ON},
            # It would ask for answers to what the caller has not finished saying; our turns act.
            "preemptive_generation": {"enabled": False},
        },
    )
    # Without it an interrupted answer would keep the words that were never heard.
    together = TranscriptSynchronizer(next_in_chain_audio=played, next_in_chain_text=None)
    session.input.audio, atlas.played = heard, played
    session.output.audio, session.output.transcription = together.audio_output, together.text_output
    await session.start(atlas, record=False)
    _heed(session, heard)
    return session


def _heed(session: AgentSession[None], heard: HeardAudio) -> None:
    """Our voice is held back as soon as they speak. By itself it would stay so until their words are known, which ears
    that hear whole sentences say seconds later; a mere "yeah" is over before it counts."""
    looking: set[asyncio.Task[None]] = set()

    async def look(began: float) -> None:
        while session.user_state == "speaking" and (ours := session.current_speech) and not ours.interrupted:
            if heard.seconds - began >= _MEANT and heard.seconds - heard.loud_at <= _STILL:
                with suppress(RuntimeError):  # a goodbye is not interrupted
                    await session.interrupt()
                return
            await asyncio.sleep(_LOOKS)

    @session.on("user_state_changed")
    def changed(event: UserStateChangedEvent) -> None:
        if event.new_state == "speaking" and session.current_speech:
            looking.add(task := asyncio.create_task(look(heard.seconds)))
            task.add_done_callback(looking.discard)


class _NoModel(llm.LLM):
    """A session without a model gives no answers, so it has one that nobody asks."""

    def chat(self, **_: object) -> llm.LLMStream:
        raise NotImplementedError("Atlas answers by its own `llm_node`")
