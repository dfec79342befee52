"""The smallest request there is: does a model answer at all?"""

import asyncio

from pydantic_ai.messages import ModelRequest
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.settings import ModelSettings

from dynaris.agents.model_choice import model_named


async def probe(name: str, *, seconds: float) -> None:
    """Raises `ModelUnavailable`, TimeoutError, or whatever the provider's library raises."""
    model = await asyncio.to_thread(model_named, name)
    request = ModelRequest.user_text_prompt("Say: ok", instructions="<task>specialist: chat</task>")
    async with asyncio.timeout(seconds):
        await model.request([request], ModelSettings(max_tokens=16, timeout=seconds), ModelRequestParameters())
