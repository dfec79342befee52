"""The built-in model: answers without any key, deterministically, from what a language model would be given.

It reads the messages and the tool definitions of a request and nothing else. What `agents/rendering.py` renders
into the instructions, and this model reads (attribute values and texts XML-escaped, unknown attributes left out,
each block at most once unless said otherwise):

    <task>specialist: chat</task>                    or `supervisor`
    <business name="…" agent_name="Anna" timezone="Europe/Berlin" open_now="true|false">hours in words</business>
    <hours_exception date="2026-12-24" note="Christmas Eve">09:00-12:00</hours_exception>
                                                     or `closed`; one for each coming day with other hours
    <service id="…" name="…" duration_minutes="45" price="75.00 EUR"/>   for the scheduling specialist, one for each
    <channel name="webchat" subject="…" salutation="true|false" live="true" typed_address="true"
             proactive="true|false"/>                salutation: a greeting line belongs over a reply (e-mail)
    <contact name="…" status="lead" identity="verified|claimed|failed" email="…" phone="…" language="de"></contact>
    <booking id="…" status="confirmed" service="…" with="…" starts_at="2026-01-02T15:00+01:00"/>
    <history>                                        older messages that are not in the message history
      <message from="contact|agent|member" at="2026-01-01T11:00+01:00">text</message>
    </history>
    <knowledge floor="0.55" answers="none"/>         the score from which a passage answers; `none`: no passage does
    <passages>                                       searched with the contact's text, best first
      <passage id="…" title="…" heading="…" page="…" score="0.83" part="0">text</passage>
    </passages>                                      part: of the text, as `knowledge.questions.parts` counts
    <now>2026-01-01T11:00:00+01:00</now>

Earlier turns come as the message history; the last user prompt is the contact's new text. Prompts that nobody
typed begin with `REJECTED` (a teammate rejected the draft; the reason follows) or `WOKEN` (nobody wrote; why
the turn is due follows).
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic_ai.messages import (
    InstructionPart,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    ModelResponseStreamEvent,
    TextPart,
    ToolCallPart,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.profiles import ModelProfile
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from dynaris.agents.builtin.answer import respond
from dynaris.agents.builtin.given import REJECTED, WOKEN, Given, read
from dynaris.agents.builtin.route import route
from dynaris.agents.builtin.situation import Call, Say, Step

__all__ = ["REJECTED", "WOKEN", "BuiltinModel"]

_SENTENCE = re.compile(r".+?(?:[.!?:]\s+|\n+|$)", re.DOTALL)


class BuiltinModel(Model[Any]):
    """No network, no state, no key: the same request always gets the same answer."""

    def __init__(self) -> None:
        # Not `Model.__init__`: it loads the prices of every provider's models (14 MB, 0.3 s), and this one is free.
        self._settings = None
        self._profile = ModelProfile(context_window=None)

    @property
    def model_name(self) -> str:
        return "builtin"

    @property
    def system(self) -> str:
        return "dynaris"

    @property
    def provider(self) -> None:
        return None

    def prepare_messages(
        self, messages: list[ModelMessage], model_request_parameters: ModelRequestParameters | None = None
    ) -> list[ModelMessage]:
        """A plain conversation is read as it is: nothing has to be put into some provider's terms."""
        if all(isinstance(part, UserPromptPart | TextPart) for message in messages for part in message.parts):
            return messages
        return super().prepare_messages(messages, model_request_parameters)

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,  # noqa: ARG002 - nothing to set
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        part = answer_to(messages, model_request_parameters)
        return ModelResponse(parts=[part], model_name=self.model_name, provider_name=self.system)

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,  # noqa: ARG002 - nothing to set
        model_request_parameters: ModelRequestParameters,
        run_context: Any = None,  # noqa: ARG002
    ) -> AsyncGenerator[StreamedResponse]:
        parameters = model_request_parameters.with_default_output_mode("tool")
        yield _Streamed(model_request_parameters=parameters, part=answer_to(messages, model_request_parameters))


@dataclass
class _Streamed(StreamedResponse):
    """The answer, sentence by sentence."""

    part: TextPart | ToolCallPart
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        if isinstance(self.part, ToolCallPart):
            call = self.part
            yield self._parts_manager.handle_tool_call_part(
                vendor_part_id=0, tool_name=call.tool_name, args=call.args_as_dict(), tool_call_id=call.tool_call_id
            )
            return
        for sentence in _SENTENCE.findall(self.part.content):
            for event in self._parts_manager.handle_text_delta(vendor_part_id=0, content=sentence):
                yield event

    async def close_stream(self) -> None:
        """Nothing is open."""

    @property
    def model_name(self) -> str:
        return "builtin"

    @property
    def provider_name(self) -> str:
        return "dynaris"

    @property
    def provider_url(self) -> str | None:
        return None

    @property
    def timestamp(self) -> datetime:
        return self.started


def answer_to(messages: list[ModelMessage], parameters: ModelRequestParameters) -> TextPart | ToolCallPart:
    """Pure: what is said or called next."""
    given = read(_instructions(messages, parameters), messages)
    decisions = {tool.name: tool for tool in parameters.output_tools}
    routing = next((tool for tool in decisions.values() if "agent" in _properties(tool)), None)
    if routing is not None:
        return _called(Call(routing.name, dict(route(given))), routing, given)
    tools = {tool.name: tool for tool in parameters.function_tools} | decisions
    step = respond(given, {name: _properties(tool) for name, tool in tools.items()})
    if isinstance(step, Say):
        return TextPart(step.text)
    tool = tools.get(step.name)
    if tool is None or given.retried:
        return TextPart(_in_words(step))
    return _called(step, tool, given)


def _called(call: Call, tool: ToolDefinition, given: Given) -> ToolCallPart:
    """Arguments that the tool does not take are left out; the id counts the calls of the conversation."""
    known = _properties(tool)
    arguments = {name: value for name, value in call.arguments.items() if name in known}
    return ToolCallPart(call.name, arguments, tool_call_id=f"builtin-{given.calls + 1}")


def _properties(tool: ToolDefinition) -> frozenset[str]:
    return frozenset(tool.parameters_json_schema.get("properties", ()))


def _in_words(step: Step) -> str:
    """Where a decision cannot be called, its text is said."""
    return step.text if isinstance(step, Say) else str(step.arguments.get("message", ""))


def _instructions(messages: list[ModelMessage], parameters: ModelRequestParameters) -> str:
    if parameters.instruction_parts:
        return InstructionPart.join(parameters.instruction_parts) or ""
    for message in reversed(messages):
        if isinstance(message, ModelRequest) and message.instructions:
            return message.instructions
    return ""
