"""Who hears and speaks on calls, by the voice library's plugins; each is loaded when it is first chosen."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import aiohttp
from livekit.agents import stt, tts
from livekit.agents.types import NOT_GIVEN

from dynaris.calls.speech.needed import Kind, key_of, why_not
from dynaris.calls.speech.source import Source, Unusable
from dynaris.core.settings import Settings

_LOCAL_PATIENCE = 15.0  # seconds: a model on this machine is slow rather than gone
_CARTESIA_END = 640  # milliseconds of silence after which a turn has ended; the least that it takes
_NO_KEY = "no-key"  # for a server that asks for none; the library insists on one


@dataclass(slots=True)
class Wanted:
    """What a call wants of its providers, and what they share on it."""

    settings: Settings
    language: str  # ISO 639-1
    speed: float = 1.0
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)
    _session: aiohttp.ClientSession | None = None

    async def hearing(self, name: str, model: str | None = None) -> Source[stt.STT]:
        """Raises `Unusable`."""
        made = await self._made("stt", name, model, None)
        patience = max(self.settings.speech_timeout, _LOCAL_PATIENCE if name == "whisper" else 0)
        finds_turns = name == "cartesia" and not made.model.startswith("ink-whisper")
        return Source(name, made, patience, told_of_pauses=not finds_turns)

    async def speaking(self, name: str, model: str | None = None, voice: str | None = None) -> Source[tts.TTS]:
        """Raises `Unusable`."""
        made = await self._made("tts", name, model, voice)
        return Source(name, made, self.settings.speech_timeout, voice=voice)

    async def _made(self, kind: Kind, name: str, model: str | None, voice: str | None) -> Any:
        if why := why_not(self.settings, kind, name):
            raise Unusable(why)
        try:
            return await _MAKERS[kind][name](self, model, voice)
        except (ValueError, TypeError) as error:  # a plugin does not take what the agent's record says
            raise Unusable(f"it refuses what it is asked for: {error}"[:300]) from error

    def http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
            self._open.push_async_callback(self._session.close)
        return self._session

    def openai(self, url: str, key: str, *, own: bool) -> Any:
        import openai

        client = openai.AsyncClient(api_key=key, base_url=url, max_retries=0)
        if own:  # what the environment says of OpenAI's account is not for another server
            client.organization = client.project = None
            client._custom_headers = {}
        self._open.push_async_callback(client.close)
        return client

    async def aclose(self) -> None:
        await self._open.aclose()


Maker = Callable[[Wanted, str | None, str | None], Awaitable[Any]]


def _within(speed: float, least: float, most: float) -> float:
    return min(max(speed, least), most)


async def _deepgram_hears(wanted: Wanted, model: str | None, _: str | None) -> stt.STT:
    key = key_of(wanted.settings, "deepgram")
    if (model or "").startswith("flux"):
        raise Unusable("its flux models end turns by themselves; choose a nova model")
    from livekit.plugins import deepgram

    return deepgram.STT(
        model=model or "nova-3",
        language=wanted.language,
        smart_format=True,
        filler_words=False,
        api_key=key,
        base_url=f"{wanted.settings.deepgram_url}/v1/listen",
        http_session=wanted.http(),
    )


async def _deepgram_speaks(wanted: Wanted, model: str | None, voice: str | None) -> tts.TTS:
    """Its models are its voices."""
    key = key_of(wanted.settings, "deepgram")
    chosen = voice or model or ("aura-2-andromeda-en" if wanted.language == "en" else None)
    if chosen is None:
        raise Unusable(f"name a voice for {wanted.language!r}; its usual one speaks English")
    if not chosen.startswith("aura"):
        chosen = f"aura-2-{chosen}-{wanted.language}"
    from livekit.plugins import deepgram

    return deepgram.TTS(
        model=chosen,
        speed=_within(wanted.speed, 0.7, 1.5) if wanted.speed != 1 else None,
        api_key=key,
        base_url=f"{wanted.settings.deepgram_url}/v1/speak",
        http_session=wanted.http(),
    )


async def _elevenlabs_hears(wanted: Wanted, model: str | None, _: str | None) -> stt.STT:
    key = key_of(wanted.settings, "elevenlabs")
    from livekit.plugins import elevenlabs

    return elevenlabs.STT(
        model=model or "scribe_v2_realtime",
        language_code=wanted.language,
        tag_audio_events=False,
        api_key=key,
        base_url=wanted.settings.elevenlabs_url,
        http_session=wanted.http(),
    )


async def _elevenlabs_speaks(wanted: Wanted, model: str | None, voice: str | None) -> tts.TTS:
    key = key_of(wanted.settings, "elevenlabs")
    from livekit.plugins import elevenlabs

    settings = elevenlabs.VoiceSettings(stability=0.5, similarity_boost=0.75, speed=_within(wanted.speed, 0.7, 1.2))
    chosen: dict[str, Any] = {"voice_id": voice} if voice else {}
    return elevenlabs.TTS(
        **chosen,
        model=model or "eleven_turbo_v2_5",
        voice_settings=settings if wanted.speed != 1 else NOT_GIVEN,
        encoding="pcm_24000",
        language=wanted.language,
        api_key=key,
        base_url=wanted.settings.elevenlabs_url,
        http_session=wanted.http(),
    )


async def _cartesia_hears(wanted: Wanted, model: str | None, _: str | None) -> stt.STT:
    key = key_of(wanted.settings, "cartesia")
    from livekit.plugins import cartesia

    chosen = model or ("ink-2" if wanted.language == "en" else "ink-whisper")
    return cartesia.STT(
        model=chosen,
        language=wanted.language,
        turn_end_timeout_ms=NOT_GIVEN if chosen.startswith("ink-whisper") else _CARTESIA_END,
        api_key=key,
        base_url=wanted.settings.cartesia_url,
        http_session=wanted.http(),
    )


async def _cartesia_speaks(wanted: Wanted, model: str | None, voice: str | None) -> tts.TTS:
    key = key_of(wanted.settings, "cartesia")
    from livekit.plugins import cartesia

    chosen: dict[str, Any] = {"voice": voice} if voice else {}
    return cartesia.TTS(
        **chosen,
        model=model or "sonic-3",
        language=wanted.language,
        speed=_within(wanted.speed, 0.6, 2) if wanted.speed != 1 else None,
        word_timestamps=False,
        api_key=key,
        base_url=wanted.settings.cartesia_url,
        http_session=wanted.http(),
    )


async def _openai_hears(wanted: Wanted, model: str | None, _: str | None) -> stt.STT:
    plugin, client = await _of_openai(wanted)
    return plugin.STT(model=model or "gpt-4o-mini-transcribe", language=wanted.language, client=client)


async def _openai_speaks(wanted: Wanted, model: str | None, voice: str | None) -> tts.TTS:
    plugin, client = await _of_openai(wanted)
    speed, chosen = _within(wanted.speed, 0.25, 4), voice or "alloy"
    return plugin.TTS(model=model or "gpt-4o-mini-tts", voice=chosen, speed=speed, client=client, response_format="pcm")


async def _compatible_hears(wanted: Wanted, model: str | None, _: str | None) -> stt.STT:
    plugin, client = await _of_own(wanted)
    return plugin.STT(model=model or "whisper-1", language=wanted.language, client=client, use_realtime=False)


async def _compatible_speaks(wanted: Wanted, model: str | None, voice: str | None) -> tts.TTS:
    """In a format that says how many samples a second it has: models have their own."""
    plugin, client = await _of_own(wanted)
    speed, chosen = _within(wanted.speed, 0.25, 4), voice or "alloy"
    return plugin.TTS(model=model or "tts-1", voice=chosen, speed=speed, client=client, response_format="wav")


async def _of_openai(wanted: Wanted) -> tuple[Any, Any]:
    key = key_of(wanted.settings, "openai")
    return await _openai_plugin(), wanted.openai(wanted.settings.openai_speech_url, key, own=False)


async def _of_own(wanted: Wanted) -> tuple[Any, Any]:
    settings = wanted.settings
    key = settings.speech_api_key.get_secret_value().strip() if settings.speech_api_key else ""
    return await _openai_plugin(), wanted.openai(key_of(settings, "openai-compatible"), key or _NO_KEY, own=True)


async def _openai_plugin() -> Any:
    """It loads for most of a second, which other calls must not wait for; its own part only in the main thread."""
    for part in ("openai.resources.realtime.realtime", "openai.types.beta.realtime.session"):
        await asyncio.to_thread(import_module, part)
    return import_module("livekit.plugins.openai")


async def _whisper_hears(wanted: Wanted, model: str | None, _: str | None) -> stt.STT:  # noqa: ARG001 - it is one
    assert wanted.settings.whisper_directory is not None
    from dynaris.calls.speech.whisper import WhisperSTT, loaded

    directory = wanted.settings.whisper_directory.expanduser()
    return WhisperSTT(await asyncio.to_thread(loaded, directory), directory, wanted.language)


_HEARS: Mapping[str, Maker] = {
    "deepgram": _deepgram_hears,
    "elevenlabs": _elevenlabs_hears,
    "cartesia": _cartesia_hears,
    "openai": _openai_hears,
    "openai-compatible": _compatible_hears,
    "whisper": _whisper_hears,
}
_SPEAKS: Mapping[str, Maker] = {
    "deepgram": _deepgram_speaks,
    "elevenlabs": _elevenlabs_speaks,
    "cartesia": _cartesia_speaks,
    "openai": _openai_speaks,
    "openai-compatible": _compatible_speaks,
}
_MAKERS: Mapping[Kind, Mapping[str, Maker]] = {"stt": _HEARS, "tts": _SPEAKS}
