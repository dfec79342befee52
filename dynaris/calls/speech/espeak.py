"""eSpeak NG as a voice of calls."""

from livekit.agents import APIConnectionError, APIConnectOptions, tts, utils
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

from dynaris.core.espeak import EspeakFailed, EspeakProcess

WORDS_A_MINUTE = 160


class EspeakTTS(tts.TTS):
    def __init__(self, process: EspeakProcess, *, language: str = "en", speed: int = WORDS_A_MINUTE) -> None:
        """`language`: ISO 639-1; eSpeak NG knows over a hundred, and speaks English where it knows none."""
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=process.rate, num_channels=1)
        self.process, self.language, self.speed = process, language, speed

    @property
    def model(self) -> str:
        return "espeak-ng"

    @property
    def provider(self) -> str:
        return "local"

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _Sentence(tts=self, input_text=text, conn_options=conn_options)


class _Sentence(tts.ChunkedStream):
    _tts: EspeakTTS

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        mine = self._tts
        output_emitter.initialize(
            request_id=utils.shortuuid(),
            sample_rate=mine.process.rate,
            num_channels=1,
            mime_type="audio/pcm",
            frame_size_ms=20,
        )
        try:
            async for piece in mine.process.speak(self.input_text, language=mine.language, speed=mine.speed):
                output_emitter.push(piece)
        except EspeakFailed as error:
            raise APIConnectionError(str(error)) from error
        output_emitter.flush()
