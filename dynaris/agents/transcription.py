"""What was said aloud, in writing: by the model that the workspace names for it (`transcription_model`).

Any provider whose library offers OpenAI's `audio.transcriptions` will do: OpenAI, Groq, or a server of one's own such
as speaches, LocalAI or vLLM with a Whisper model.
"""

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID

from dynaris.agents import spending
from dynaris.agents.providers import Models, owned
from dynaris.core.db import Connection, Database

if TYPE_CHECKING:
    from pydantic_ai.models import Model

MOST_BYTES = 25_000_000  # of one recording: OpenAI's own limit
_SECONDS = 60.0
_PASSING = frozenset({408, 409, 429})  # statuses after which the same request may succeed, beside those of the server


class NotTranscribed(Exception):
    """`passes`: another try, later, may succeed."""

    def __init__(self, reason: str, *, passes: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.passes = reason, passes


async def transcription_model(connection: Connection, workspace_id: UUID) -> str | None:
    """`None`: nothing is transcribed. Raises `NotTranscribed` at the month's spending cap."""
    cursor = await connection.execute("SELECT transcription_model FROM workspace WHERE id = %s", (workspace_id,))
    row = await cursor.fetchone()
    if row is None or not row["transcription_model"]:
        return None
    month = await spending.this_month(connection, workspace_id)
    if month["monthly_cap"] is not None and month["spent"] >= month["monthly_cap"]:
        raise NotTranscribed("the month's spending cap for models is reached")
    return row["transcription_model"]


async def transcribe(
    db: Database, models: Models, workspace_id: UUID, *, filename: str, mime_type: str, content: bytes
) -> tuple[str, str] | None:
    """The words and the model's name; `None` where the workspace names no model. Raises `NotTranscribed`."""
    async with db.workspace(workspace_id) as connection:
        name = await transcription_model(connection, workspace_id)
        if name is None:
            return None
        has = await owned(connection, workspace_id)
    if len(content) > MOST_BYTES:
        raise NotTranscribed(f"it is larger than {MOST_BYTES:,} bytes")
    try:
        model = await asyncio.to_thread(models.named, has, name)  # it may load the agent library
    except Exception as error:  # ModelUnavailable: of a module that is loaded only now
        raise NotTranscribed(str(error)) from error
    words = await _asked(model, name, (filename, content, mime_type.partition(";")[0].strip()))
    if not words:
        raise NotTranscribed("no words were heard in it")
    return words, name


async def _asked(model: "Model", name: str, file: tuple[str, bytes, str]) -> str:
    from openai import APIConnectionError, APIStatusError, OpenAIError

    transcriptions = _transcriptions(model)
    if transcriptions is None:
        raise NotTranscribed(f"{name} hears nothing: its provider offers no audio/transcriptions")
    try:
        async with asyncio.timeout(_SECONDS):
            made = await transcriptions.create(model=name.partition(":")[2], file=file)
    except APIStatusError as error:
        passes = error.status_code >= 500 or error.status_code in _PASSING
        raise NotTranscribed(f"{name}: {error.message}"[:500], passes=passes) from error
    except (APIConnectionError, TimeoutError) as error:
        raise NotTranscribed(f"{name} did not answer", passes=True) from error
    except (OpenAIError, ValueError) as error:
        raise NotTranscribed(f"{name}: its answer could not be read: {error}"[:500]) from error
    text = made if isinstance(made, str) else getattr(made, "text", None)
    return " ".join(text.split()) if isinstance(text, str) else ""


def _transcriptions(model: "Model") -> Any:
    client: Any = getattr(getattr(getattr(model, "wrapped", model), "provider", None), "client", None)
    return getattr(getattr(client, "audio", None), "transcriptions", None)
