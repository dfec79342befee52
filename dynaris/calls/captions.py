"""Our words while they are spoken, for whoever looks at the call."""

from collections.abc import Callable

from livekit.agents.voice.io import TextOutput

_CHARACTERS = 15  # of a second of speech, about


def played_of(text: str, late: float) -> str:
    """Without the words that were due in the last `late` seconds, and that a far end had not played yet."""
    text = text.strip()
    lost = round(late * _CHARACTERS)
    if lost < 5:  # less than a word
        return text
    return text[: max(0, len(text) - lost)].rpartition(" ")[0].strip()


class Captions(TextOutput):
    def __init__(self, show: Callable[..., None]) -> None:
        super().__init__(label="captions", next_in_chain=None)
        self._show = show

    async def capture_text(self, text: str) -> None:
        self._show("saying", text=text)

    def flush(self) -> None:
        """What was said, whole or cut off, is told once more by then."""
