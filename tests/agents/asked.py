"""The built-in model, given what a language model would be given: instructions, messages and tools."""

from typing import Any
from xml.sax.saxutils import escape, quoteattr

from pydantic import BaseModel
from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, TextPart, ToolCallPart, UserPromptPart
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.tools import ToolDefinition

from dynaris.agents.builtin_model import answer_to
from dynaris.agents.decisions import Escalate, FollowUp, Ignore, Wait

PARKING = ("Is there parking?", "Yes, free for two hours.", 0.95, 0)
HOURS = ("Opening hours", "We are open Monday to Friday, 8:00 to 18:00.", 1.0, 0)
Passage = tuple[str, str, float, int]


def tool(name: str, arguments: type[BaseModel]) -> ToolDefinition:
    return ToolDefinition(name=name, parameters_json_schema=arguments.model_json_schema())


class Contact(BaseModel):
    name: str | None = None
    email: str | None = None
    phone: str | None = None


class Query(BaseModel):
    query: str


DECISIONS = [tool("escalate", Escalate), tool("follow_up", FollowUp), tool("wait", Wait), tool("ignore", Ignore)]
TOOLS = [tool("update_contact", Contact), tool("search_knowledge", Query)]


def told(
    *,
    contact: dict[str, str] | None = None,
    passages: tuple[Passage, ...] = (),
    mail: bool = False,
    open_now: str = "true",
) -> str:
    attributes = " ".join(f"{key}={quoteattr(value)}" for key, value in (contact or {"identity": "claimed"}).items())
    shown = "\n".join(
        f'<passage id="1" title="FAQ" heading={quoteattr(heading)} score="{score:.2f}" part="{part}">'
        f"{escape(text)}</passage>"
        for heading, text, score, part in passages
    )
    return (
        "Call `escalate` where the <passages> say nothing.\n"
        f'<task>specialist: chat</task><business name="Demo Clinic" open_now="{open_now}">8-18</business>'
        f'<channel name="any" salutation="{"true" if mail else "false"}"/><contact {attributes}></contact>'
        f"<passages>\n{shown}\n</passages>"
    )


def wrote(text: str) -> ModelRequest:
    return ModelRequest(parts=[UserPromptPart(content=text)])


def replied(text: str) -> ModelResponse:
    return ModelResponse(parts=[TextPart(text)])


INTRODUCED = [wrote("Hi"), replied("Hello! I am the basic assistant of Demo Clinic.\n\nHow can I help you?")]


def step(instructions: str, *messages: ModelMessage, tools: bool = True) -> TextPart | ToolCallPart:
    parameters = ModelRequestParameters(function_tools=TOOLS if tools else [], output_tools=DECISIONS)
    given = [*messages]
    given[-1] = ModelRequest(parts=given[-1].parts, instructions=instructions)  # type: ignore[arg-type]
    return answer_to(given, parameters)


def says(instructions: str, *messages: ModelMessage) -> str:
    part = step(instructions, *messages)
    assert isinstance(part, TextPart), part
    return part.content


def calls(instructions: str, *messages: ModelMessage) -> tuple[str, dict[str, Any]]:
    part = step(instructions, *messages)
    assert isinstance(part, ToolCallPart), part
    return part.tool_name, part.args_as_dict()
