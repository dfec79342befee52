"""The smallest request there is: does a model answer at all, and if not, why, in plain words?"""

import asyncio

from pydantic_ai.exceptions import (
    ModelAuthenticationError,
    ModelConnectionError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRateLimitError,
)
from pydantic_ai.messages import ModelRequest, ModelResponse
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.settings import ModelSettings

from dynaris.agents.failures import PROVIDER_FAILED, at_the_edge
from dynaris.agents.model_choice import ModelUnavailable, model_named
from dynaris.agents.providers import Models, Owned


async def probe(name: str, *, seconds: float) -> None:
    """Raises `ModelUnavailable`, TimeoutError, or whatever the provider's library raises."""
    await ask(await asyncio.to_thread(model_named, name), seconds=seconds)


async def ask(model: Model, *, seconds: float) -> ModelResponse:
    request = ModelRequest.user_text_prompt("Say: ok", instructions="<task>specialist: chat</task>")
    async with asyncio.timeout(seconds):
        with at_the_edge():
            return await model.request(
                [request], ModelSettings(max_tokens=16, timeout=seconds), ModelRequestParameters()
            )


async def tried(models: Models, has: Owned, name: str, *, seconds: float) -> str | None:
    """Why it does not answer; `None`: it does. Then runs ask it again, too."""
    try:
        await ask(await asyncio.to_thread(models.named, has, name), seconds=seconds)
    except TimeoutError:
        return f"no answer within {seconds:g} seconds: look whether the server runs and is not too slow"
    except ModelUnavailable as error:
        return str(error)
    except PROVIDER_FAILED as error:
        return _in_words(error)
    models.breaker.answered(has.key_of(name))
    await models.set_error(has, name, None)
    return None


def _in_words(error: Exception) -> str:
    match error:
        case ModelAuthenticationError():
            why = "the key was refused: look whether it is whole, valid, and allowed to use this model"
        case ModelNotFoundError():
            why = "there is no such model, or nothing at this address: look at the model's name and `base_url`"
        case ModelQuotaExceededError():
            why = "the account there has no credit left, or its own limit is reached"
        case ModelRateLimitError():
            why = "it answers, but takes no further requests just now: its rate limit is reached"
        case ModelConnectionError():
            cause = error.__cause__.__cause__ if error.__cause__ else None
            why = f"it could not be reached: {cause or error.__cause__ or error}"
        case ModelHTTPError():
            why = f"it answered with an error ({error.status_code}): {error.body}"
        case _:
            why = f"its answer could not be used: {error}"
    return why[:500]
