"""What a failed model request is: tried again, asked in fewer words, or the next model's; and for how long it rests."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from pydantic_ai.exceptions import (
    AgentRunError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelServerError,
    ModelUnavailableError,
    UnexpectedModelBehavior,
    UserError,
)
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestParameters

from dynaris.agents.builtin.given import REJECTED

# What a provider's failure looks like; anything else is a mistake of ours and is not papered over.
PROVIDER_FAILED = (AgentRunError, UserError, OSError, TimeoutError, ValueError)

SHORT_WAIT = 10.0  # seconds that a provider may ask us to wait; for longer ones the next model answers
AGAIN_AFTER = 0.5  # seconds, where it does not say
MOST_TRIES = 2  # of one model for one request
_REFUSED_PAUSE = 60.0  # seconds; a key that was refused is not accepted a moment later
_LONGEST_TEXT = 4_000  # characters of one text, where the whole was too long
_TOO_LONG = re.compile(
    r"context.{0,20}(length|window|size)|(prompt|input|request).{0,10} (is )?too (long|large)|maximum context|too many "
    r"(input )?tokens",
    re.IGNORECASE,
)
_HISTORY = re.compile(r"\n?<history\b.*?</history>", re.DOTALL)


class EmptyResponse(UnexpectedModelBehavior):
    """The provider answered, and said and called nothing."""


class CutOff(UnexpectedModelBehavior):
    """The response broke off."""


class Unreadable(UnexpectedModelBehavior):
    """What came is no response at all, and the provider's library stumbled over it."""


@contextmanager
def at_the_edge() -> Iterator[None]:
    """Around a provider's library and nothing of ours: whatever it raises is that provider's failure."""
    try:
        yield
    except PROVIDER_FAILED:
        raise
    except Exception as error:
        raise Unreadable(f"its answer could not be read: {type(error).__name__}: {error}") from error


@dataclass(frozen=True, slots=True)
class Remedy:
    """`again`: the same model is asked once more, after `wait` seconds, with less where it was too long."""

    again: bool = False
    wait: float = 0.0
    shorten: bool = False
    rests: bool = False  # the provider is down, for everybody
    pause: float = 0.0  # seconds that it rests at least
    passes: bool = False  # an outage: over by itself some time, other than a refused key


def remedy(error: Exception, *, tries: int, shortened: bool) -> Remedy:
    """`tries`: requests that were made to this model, with this one."""
    if is_too_long(error):
        return Remedy(again=not shortened, shorten=True)
    if isinstance(error, ModelAuthenticationError | ModelQuotaExceededError | ModelNotFoundError):
        return Remedy(rests=True, pause=_REFUSED_PAUSE)
    if isinstance(error, ModelRateLimitError):
        wait = error.retry_after if error.retry_after is not None else AGAIN_AFTER
        return Remedy(again=tries < MOST_TRIES and wait <= SHORT_WAIT, wait=wait, rests=True, pause=wait, passes=True)
    if _passes(error):
        wait = (error.retry_after if isinstance(error, ModelAPIError) else None) or AGAIN_AFTER
        return Remedy(again=tries < MOST_TRIES and wait <= SHORT_WAIT, wait=wait, rests=True, pause=wait, passes=True)
    if isinstance(error, CutOff):
        return Remedy(again=tries < MOST_TRIES, passes=True)
    is_silent = isinstance(error, TimeoutError)
    return Remedy(rests=is_silent, passes=is_silent)


def _passes(error: Exception) -> bool:
    """What is often over a moment later."""
    if isinstance(error, ModelServerError | ModelUnavailableError | ModelConnectionError):
        return True
    return isinstance(error, ModelHTTPError) and error.status_code >= 500


def is_too_long(error: Exception) -> bool:
    """Not every server has a code for it."""
    if isinstance(error, ModelContextWindowExceededError):
        return True
    is_refused = isinstance(error, ModelHTTPError) and error.status_code in (400, 413, 422)
    return is_refused and bool(_TOO_LONG.search(str(error)))


def in_words(error: Exception) -> str:
    if isinstance(error, TimeoutError) and not str(error):
        return "it gave no answer in time"
    return f"{type(error).__name__}: {error}"[:1_000]


def checked(response: ModelResponse, *, once_more: bool) -> None:
    """Raises where nothing whole was said; `once_more`: of an empty response its agent is still to tell the model."""
    if response.state != "complete":
        raise CutOff(f"the response is {response.state}")
    if is_empty(response) and not once_more:
        raise EmptyResponse("the response is empty, again")


def is_empty(response: ModelResponse) -> bool:
    return not any(
        isinstance(part, ToolCallPart) or (isinstance(part, TextPart) and part.content.strip())
        for part in response.parts
    )


def shortened(
    messages: Sequence[ModelMessage], parameters: ModelRequestParameters
) -> tuple[list[ModelMessage], ModelRequestParameters]:
    """The turn itself, a teammate's objections included, its long texts cut, without what was said before it."""
    start = max(
        (number for number, message in enumerate(messages) if _is_prompt(message)), default=max(len(messages) - 1, 0)
    )
    kept = [_cut(message) for message in messages[start:]]
    parts = [replace(part, content=_HISTORY.sub("", part.content)) for part in parameters.instruction_parts or ()]
    return kept, replace(parameters, instruction_parts=parts or None)


def _is_prompt(message: ModelMessage) -> bool:
    return isinstance(message, ModelRequest) and any(
        isinstance(part, UserPromptPart) and not str(part.content).startswith(REJECTED) for part in message.parts
    )


def _cut(message: ModelMessage) -> ModelMessage:
    if not isinstance(message, ModelRequest):
        return message
    instructions = message.instructions and _HISTORY.sub("", message.instructions)
    return replace(message, parts=[_cut_part(part) for part in message.parts], instructions=instructions)


def _cut_part(part: Any) -> Any:
    if isinstance(part, UserPromptPart) and isinstance(part.content, str):
        return replace(part, content=part.content[:_LONGEST_TEXT])
    if isinstance(part, ToolReturnPart):
        told = part.model_response_str()
        return replace(part, content=told[:_LONGEST_TEXT]) if len(told) > _LONGEST_TEXT else part
    return part


def length_of(messages: Sequence[ModelMessage], parameters: ModelRequestParameters) -> int:
    """In characters, about: what a request will cost is reckoned with it."""
    size = sum(len(part.content) for part in parameters.instruction_parts or ())
    for message in messages:
        for part in message.parts:
            content = getattr(part, "content", None) or getattr(part, "args", None)
            size += len(content if isinstance(content, str) else str(content))
    return size + 500 * (len(parameters.function_tools) + len(parameters.output_tools))
