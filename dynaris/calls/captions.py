"""Our words while they are spoken, for whoever looks at the call."""

from collections.abc import Callable

from livekit.agents.voice.io import TextOutput


class Captions(TextOutput):
    def __init__(self, show: Callable[..., None]) -> None:
        super().__init__(label="captions", next_in_chain=None)
        self._show = show

    async def capture_text(self, text: str) -> None:
        self._show("saying", text=text)

    def flush(self) -> None:
        """What was said, whole or cut off, is told once more by then."""
