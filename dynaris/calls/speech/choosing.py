"""Which ears and which voice a call has: those that the agent's record names, then the installation's, in turn, and at
last what is installed and needs nobody."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import structlog
from livekit.agents import stt, tts

from dynaris.agents.agent_parts import VoiceConfig, VoiceSettings
from dynaris.calls.atlas import Voice
from dynaris.calls.record import Call
from dynaris.calls.speech.espeak import WORDS_A_MINUTE, EspeakProcess, EspeakTTS
from dynaris.calls.speech.fallback_stt import FallbackSTT
from dynaris.calls.speech.fallback_tts import FallbackTTS
from dynaris.calls.speech.needed import order
from dynaris.calls.speech.phrases import PhraseSTT, sphinx
from dynaris.calls.speech.providers import Wanted
from dynaris.calls.speech.resting import rests
from dynaris.calls.speech.source import Source, Unusable
from dynaris.core.settings import Settings
from dynaris.pipeline.services import Services

log = structlog.get_logger()

LAST_PATIENCE = 30.0  # seconds, with what is installed here

# What callers say besides the questions that the knowledge answers.
_USUAL = (
    "Yes.", "Yes, please.", "No.", "No, thank you.", "Thank you.", "Thank you, goodbye.", "Goodbye.", "Hello.",
    "What are your opening hours?", "I would like to make an appointment.", "I want to talk to a person.",
    "Please call me back.", "The first one.", "The second one.", "The third one.",
)  # fmt: skip
_QUESTIONS = """SELECT DISTINCT p.heading FROM passage p JOIN knowledge_source s
    ON s.workspace_id = p.workspace_id AND s.id = p.source_id
    WHERE p.workspace_id = %s AND s.enabled AND p.heading LIKE '%%?' AND length(p.heading) < 120 LIMIT 400"""


@cache
def espeak() -> EspeakProcess:
    """One for all calls of this process."""
    return EspeakProcess()


async def warm_up(settings: Settings) -> None:
    """Seconds of loading, and not of somebody's call: the ears and the voices of all calls."""
    await asyncio.to_thread(sphinx)
    await EspeakTTS(espeak(), language="en").synthesize("Hello.").collect()
    voice = await chosen(settings, VoiceConfig(), "en", PhraseSTT([]), EspeakTTS(espeak()))
    await voice.aclose()


async def voice_of(services: Services, call: Call, settings: VoiceSettings | None, language: str) -> Voice:
    """The last ones are of demo quality, and of no provider: the questions of the knowledge are heard, and eSpeak NG
    speaks. What is named and cannot be used is passed over, and logged."""
    named = settings or VoiceSettings()
    speed = named.speed or 1.0
    async with services.db.workspace(call.workspace_id) as connection:
        rows = await (await connection.execute(_QUESTIONS, (call.workspace_id,))).fetchall()
    phrases = PhraseSTT([*_USUAL, *(row["heading"] for row in rows)])
    installed = EspeakTTS(espeak(), language=language, speed=round(WORDS_A_MINUTE * speed))
    return await chosen(services.settings, named, language, phrases, installed)


async def chosen(
    settings: Settings, named: VoiceConfig, language: str, last_hears: stt.STT, last_speaks: tts.TTS
) -> Voice:
    if named.pipeline_mode == "realtime":
        log.warning(
            "speech.unusable", kind="realtime", why="models that hear and speak by themselves are not supported"
        )
    wanted = Wanted(settings, language, named.speed or 1.0)
    hears: list[Source[stt.STT]] = []
    for name, model in order(named.stt_provider, named.stt_model, settings.stt_providers):
        with _told(name, "stt"):
            hears.append(await wanted.hearing(name, model))
    speaks: list[Source[tts.TTS]] = []
    for name, model in order(named.tts_provider, named.tts_model, settings.tts_providers):
        voice = named.voice if name == named.tts_provider else None
        with _told(name, "tts"):
            speaks.append(await wanted.speaking(name, model, voice))
    if hears:
        hears.append(Source("local", last_hears, LAST_PATIENCE, is_last=True))
        last_hears = FallbackSTT(hears, rests(), language)
    if speaks:
        speaks.append(Source("local", last_speaks, LAST_PATIENCE, is_last=True))
        last_speaks = FallbackTTS(speaks, rests())
    return Voice(last_hears, last_speaks, language, wanted.aclose)


@contextmanager
def _told(name: str, kind: str) -> Iterator[None]:
    try:
        yield
    except Unusable as error:
        log.warning("speech.unusable", provider=name, kind=kind, why=str(error))
