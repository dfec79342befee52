"""An agent's first request, made without the agent: where the answer to it is the end, its graph need not run.

What an agent sends is the same in every turn but for the conversation, so it is taken from the agent itself, once.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_ai import Agent
from pydantic_ai.messages import (
    InstructionPart,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    UserPromptPart,
    repair_messages,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from dynaris.agents.builtin_model import BuiltinModel

_ENDED = (None, "stop", "tool_call")  # why a model stopped, where its answer is whole


@dataclass(frozen=True, slots=True)
class FirstStep:
    parameters: ModelRequestParameters
    own: tuple[InstructionPart, ...]  # what the agent is told in every run

    async def ask(
        self,
        model: Model,
        prompt: str,
        *,
        words: str = "",
        instructions: str = "",
        tools: Container[str] | None = None,
        more: Sequence[ToolDefinition] = (),
        before: Sequence[ModelMessage] = (),
    ) -> ModelResponse:
        """The model's response to what the agent would send first. Raises what the model raises.

        `words`: the workspace's own. `tools`: those that may be used; none are named: all of them. `more`: beside the
        agent's own, in this run alone."""
        # What is told in every run comes first, so that a provider can keep it; the rest is of this run.
        parts = list(self.own)
        parts += [InstructionPart(words)] if words else []
        parts += [InstructionPart(instructions, dynamic=True)] if instructions else []
        offered = [*self.parameters.function_tools, *more]
        if tools is not None:
            offered = [tool for tool in offered if tool.name in tools]
        parameters = replace(self.parameters, instruction_parts=parts, function_tools=offered)
        request = ModelRequest(
            [UserPromptPart(prompt)], instructions=InstructionPart.join(parts), timestamp=datetime.now(UTC)
        )
        sent = model.prepare_messages(_merged([*before, request]), parameters)
        return await model.request(sent, model.settings, parameters)


_known: dict[int, tuple[Agent[Any, Any], FirstStep]] = {}  # by the agent's identity, which the entry keeps alive
_MOST_KNOWN = 256  # supervisors of workspaces with agents of their own come and go


async def first_step(agent: Agent[Any, Any]) -> FirstStep:
    if id(agent) not in _known:
        parameters = await _sent_by(agent)
        if len(_known) >= _MOST_KNOWN:
            del _known[next(iter(_known))]
        _known[id(agent)] = agent, FirstStep(parameters, tuple(parameters.instruction_parts or ()))
    return _known[id(agent)][1]


class _Asked(Exception):
    def __init__(self, parameters: ModelRequestParameters) -> None:
        super().__init__()
        self.parameters = parameters


class _Listener(BuiltinModel):
    async def request(
        self,
        messages: list[ModelMessage],  # noqa: ARG002
        model_settings: ModelSettings | None,  # noqa: ARG002
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        raise _Asked(model_request_parameters)


async def _sent_by(agent: Agent[Any, Any]) -> ModelRequestParameters:
    try:
        await agent.run("", model=_Listener())
    except _Asked as asked:
        return asked.parameters
    raise AssertionError("an agent's run begins with a request to its model")


def _merged(messages: list[ModelMessage]) -> list[ModelMessage]:
    """Providers want requests and responses in turn."""
    if any(type(message) is type(following) for message, following in pairwise(messages)):
        return repair_messages(messages)
    return messages


class Answered(WrapperModel):
    """A model whose first response is there already: the agent goes on from it."""

    def __init__(self, wrapped: Model, response: ModelResponse) -> None:
        super().__init__(wrapped)
        self._response: ModelResponse | None = response

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        if self._response is not None:
            response, self._response = self._response, None
            return response
        return await self.wrapped.request(messages, model_settings, model_request_parameters)


def plain_text(response: ModelResponse) -> str | None:
    """The text, where the response is a text and nothing else."""
    part = _only_part(response)
    return part.content if isinstance(part, TextPart) and part.content.strip() else None


Decision = TypeVar("Decision", bound=BaseModel)


def plain_decision(response: ModelResponse, decisions: Mapping[str, type[Decision]]) -> Decision | None:
    """The decision, where the response calls one, with arguments that fit, and nothing else."""
    part = _only_part(response)
    decision = decisions.get(part.tool_name) if isinstance(part, ToolCallPart) else None
    if decision is None or not isinstance(part, ToolCallPart):
        return None
    try:
        if isinstance(part.args, str):
            return decision.model_validate_json(part.args or "{}")
        return decision.model_validate(part.args or {})
    except ValidationError:
        return None


def _only_part(response: ModelResponse) -> Any:
    whole = response.state == "complete" and response.finish_reason in _ENDED
    return response.parts[0] if whole and len(response.parts) == 1 else None
