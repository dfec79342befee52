"""Which ears and which voice a call has."""

import asyncio
from functools import cache

from dynaris.calls.atlas import Voice
from dynaris.calls.record import Call
from dynaris.calls.speech.espeak import EspeakProcess, EspeakTTS
from dynaris.calls.speech.phrases import PhraseSTT, sphinx
from dynaris.pipeline.services import Services

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


async def warm_up() -> None:
    """A second of loading, and not of somebody's call: the ears, the voice, and what hears that somebody speaks."""
    await asyncio.to_thread(sphinx)
    await EspeakTTS(espeak(), language="en").synthesize("Hello.").collect()


async def voice_of(services: Services, call: Call, language: str) -> Voice:
    """Demo quality, and no provider: the questions of the knowledge are heard, and eSpeak NG speaks."""
    async with services.db.workspace(call.workspace_id) as connection:
        rows = await (await connection.execute(_QUESTIONS, (call.workspace_id,))).fetchall()
    return Voice(
        PhraseSTT([*_USUAL, *(row["heading"] for row in rows)]), EspeakTTS(espeak(), language=language), language
    )
