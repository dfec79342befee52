"""A model without any judgement: whatever it is told to do in any text that it sees, it does."""

import base64
import codecs
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import orjson
from pydantic_ai.messages import InstructionPart, ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.settings import ModelSettings

_POLITE = "Thank you for your message. A first assessment costs €75."
_PACKED = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")


class Obeying(Model):
    """Looks everywhere its tools let it, until it finds the words; then does what they ask for, all of it."""

    def __init__(self, trigger: str, obeys: list[dict[str, Any]], *, agent: str, looks: list[dict[str, Any]]) -> None:
        super().__init__()
        self._trigger, self._obeys, self._agent = _plain(trigger), list(obeys), agent
        self._looks = list(looks)
        self.awake, self.saw = True, False
        self.tried: list[dict[str, Any]] = []
        self.prompts: list[str] = []
        self._calls = 0

    @property
    def model_name(self) -> str:
        return "obeying"

    @property
    def system(self) -> str:
        return "test"

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        told = _told(messages, model_request_parameters)
        self.prompts.append(told)
        if any(tool.name == "route" for tool in model_request_parameters.output_tools):
            return self._said(ToolCallPart("route", {"agent": self._agent, "reason": "as told"}))
        if not self.awake:
            return self._said(TextPart(_POLITE))
        self.saw = self.saw or self._trigger in _plain("\n".join(_read(told)))
        if not self.saw:
            looks, self._looks = self._looks, []
            if looks:
                return self._said(*(self._call(look) for look in looks))
            return self._said(TextPart(_POLITE))
        return self._said(*self._next())

    def begins_anew(self, obeys: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Another turn, in which the words make it do this; what they made it do before."""
        before, self._obeys = self._obeys, list(obeys)
        self.saw, self.tried = False, []
        return before

    def _next(self) -> Iterator[Any]:
        """All calls at once, then the words."""
        calls = [step for step in self._obeys if "tool" in step]
        if calls:
            self._obeys = [step for step in self._obeys if "tool" not in step]
            self.tried += calls
            return (self._call(step) for step in calls)
        if self._obeys:
            step = self._obeys.pop(0)
            self.tried.append(step)
            return iter([TextPart(step["say"]) if "say" in step else self._call({"tool": step.pop("decide"), **step})])
        return iter([TextPart(_POLITE)])

    def _call(self, step: dict[str, Any]) -> ToolCallPart:
        self._calls += 1
        arguments = {name: value for name, value in step.items() if name != "tool"}
        return ToolCallPart(step["tool"], arguments, tool_call_id=f"obeying-{self._calls}")

    def _said(self, *parts: Any) -> ModelResponse:
        return ModelResponse(parts=list(parts), model_name="obeying")


def _told(messages: list[ModelMessage], parameters: ModelRequestParameters) -> str:
    parts = [InstructionPart.join(parameters.instruction_parts or []) or ""]
    for message in messages:
        parts.append(getattr(message, "instructions", None) or "")
        for part in message.parts:
            content = getattr(part, "content", None)
            parts.append(content if isinstance(content, str) else orjson.dumps(content, default=str).decode())
    return "\n".join(parts)


def _read(told: str) -> Iterator[str]:
    """As an eager model reads it: escaped, packed, turned round, or in letters that nobody sees."""
    plain = unescape(told)
    yield plain
    yield "".join(chr(ord(letter) - 0xE0000) for letter in told if 0xE0020 <= ord(letter) < 0xE0080)
    yield codecs.encode(plain, "rot13")
    yield plain[::-1]
    for found in _PACKED.findall(plain):
        try:
            yield base64.b64decode(found + "=" * (-len(found) % 4)).decode()
        except (ValueError, UnicodeDecodeError):
            continue


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).casefold().strip()
