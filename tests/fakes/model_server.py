"""A server of models on this machine that speaks OpenAI's chat completions and responses and Anthropic's messages.

It answers with what a test scripted, in order, and fails as the vendors' own servers do.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

USED = {"input": 100, "output": 20, "cached": 40}


@dataclass(frozen=True)
class Say:
    text: str


@dataclass(frozen=True)
class Call:
    tool: str
    arguments: dict[str, Any] | str  # a string is sent as it is, valid or not


@dataclass(frozen=True)
class Fail:
    """`kind`: rate_limit, server_error, overloaded, too_long, bad_key."""

    kind: str
    retry_after: str | None = None


HANG, CUT, EMPTY, ODD = "hang", "cut", "empty", "odd"
CUT_EARLY = "cut early"  # a stream, before its first word
Step = Say | Call | Fail | str
Event = tuple[str | None, Any]  # of a stream: its name, where it has one, and data

_OPENAI: dict[str, tuple[int, dict[str, Any]]] = {
    "rate_limit": (
        429,
        {
            "message": "Rate limit reached for requests",
            "type": "requests",
            "param": None,
            "code": "rate_limit_exceeded",
        },
    ),
    "server_error": (
        500,
        {
            "message": "The server had an error while processing your request. Sorry about that!",
            "type": "server_error",
            "param": None,
            "code": None,
        },
    ),
    "overloaded": (
        503,
        {"message": "The engine is currently overloaded, please try again later", "type": "server_error", "code": None},
    ),
    "too_long": (
        400,
        {
            "message": "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 "
            "tokens. Please reduce the length of the messages.",
            "type": "invalid_request_error",
            "param": "messages",
            "code": "context_length_exceeded",
        },
    ),
    "bad_key": (
        401,
        {
            "message": "Incorrect API key provided: sk-wrong.",
            "type": "invalid_request_error",
            "param": None,
            "code": "invalid_api_key",
        },
    ),
}
_ANTHROPIC = {
    "rate_limit": (429, "rate_limit_error", "This request would exceed your organization's rate limit"),
    "server_error": (500, "api_error", "Internal server error"),
    "overloaded": (529, "overloaded_error", "Overloaded"),
    "too_long": (400, "invalid_request_error", "prompt is too long: 210001 tokens > 200000 maximum"),
    "bad_key": (401, "authentication_error", "invalid x-api-key"),
}


@dataclass
class ModelServer:
    url: str = ""
    steps: deque[Step] = field(default_factory=deque)  # of the next answers; then `otherwise`
    otherwise: Step = Say("Gladly.")
    asked: list[dict[str, Any]] = field(default_factory=list)  # bodies, in order
    headers: list[dict[str, str]] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def will(self, *steps: Step) -> None:
        self.steps.extend(steps)

    async def transcribe(self, request: web.Request) -> web.Response:
        """OpenAI's audio/transcriptions: form fields beside the recording."""
        form = await request.post()
        recording = form["file"]
        assert isinstance(recording, web.FileField)
        about = {"filename": recording.filename, "type": recording.content_type, "bytes": recording.file.read()}
        self.asked.append({**{name: value for name, value in form.items() if name != "file"}, "file": about})
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        step = self.steps.popleft() if self.steps else self.otherwise
        if isinstance(step, Fail):
            return _failure(step, _Chat)
        return web.json_response({"text": _text(step), "usage": {"type": "duration", "seconds": 3}})

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = orjson.loads(await request.read())
        self.asked.append(body)
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        self.reached.set()
        step = self.steps.popleft() if self.steps else self.otherwise
        dialect = _DIALECTS[request.path.rpartition("/v1/")[2]]
        if isinstance(step, Fail):
            return _failure(step, dialect)
        if step == HANG:
            await self.closing.wait()
            return web.Response(status=500)
        if step == ODD:  # as proxies do: 200, and JSON of their own
            return web.json_response({"error": {"message": "upstream is busy", "code": 502}})
        if body.get("stream"):
            return await _streamed(request, *_as_far_as(list(dialect.stream(step, len(self.asked))), step))
        return await _whole(request, dialect.whole(step, len(self.asked)), cut=step == CUT)


def _failure(step: Fail, dialect: "type[_Chat]") -> web.Response:
    headers = {"retry-after": step.retry_after} if step.retry_after else {}
    if dialect is _Messages:
        status, kind, message = _ANTHROPIC[step.kind]
        body: Any = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}
    else:
        status, error = _OPENAI[step.kind]
        body = {"error": error}
    return web.json_response(body, status=status, headers=headers)


async def _whole(request: web.Request, body: Any, *, cut: bool) -> web.StreamResponse:
    raw = orjson.dumps(body)
    response = web.StreamResponse(headers={"content-type": "application/json", "content-length": str(len(raw))})
    await response.prepare(request)
    await response.write(raw[: len(raw) // 2] if cut else raw)
    if cut:
        assert request.transport
        request.transport.close()
    return response


def _as_far_as(events: list[Event], step: Step) -> tuple[list[Event], bool]:
    """What is sent of them, and whether it breaks off there."""
    if step in (CUT, CUT_EARLY):
        return events[: len(events) // 2 if step == CUT else 1], True
    return events, False


async def _streamed(request: web.Request, events: list[Event], cut: bool) -> web.StreamResponse:
    response = web.StreamResponse(headers={"content-type": "text/event-stream"})
    await response.prepare(request)
    for name, data in events:
        head = f"event: {name}\n".encode() if name else b""
        await response.write(head + b"data: " + (data if isinstance(data, bytes) else orjson.dumps(data)) + b"\n\n")
    if cut:
        assert request.transport
        request.transport.close()
    return response


def _arguments(step: Call) -> str:
    return step.arguments if isinstance(step.arguments, str) else orjson.dumps(step.arguments).decode()


def _text(step: Step) -> str:
    return step.text if isinstance(step, Say) else "" if step == EMPTY else "This will never be heard to its end."


class _Chat:
    @staticmethod
    def usage() -> dict[str, Any]:
        return {
            "prompt_tokens": USED["input"],
            "completion_tokens": USED["output"],
            "total_tokens": USED["input"] + USED["output"],
            "prompt_tokens_details": {"cached_tokens": USED["cached"]},
        }

    @classmethod
    def whole(cls, step: Step, number: int) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": _text(step) or None}
        if isinstance(step, Call):
            function = {"name": step.tool, "arguments": _arguments(step)}
            message = {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": f"call_{number}", "type": "function", "function": function}],
            }
        choice = {
            "index": 0,
            "message": message,
            "finish_reason": "tool_calls" if isinstance(step, Call) else "stop",
            "logprobs": None,
        }
        return {
            "id": f"chatcmpl-{number}",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": "wire-1",
            "choices": [choice],
            "usage": cls.usage(),
        }

    @classmethod
    def stream(cls, step: Step, number: int) -> Iterator[tuple[str | None, Any]]:
        head = {"id": f"chatcmpl-{number}", "object": "chat.completion.chunk", "created": 1, "model": "wire-1"}

        def chunk(delta: dict[str, Any], finish: str | None = None) -> tuple[None, Any]:
            return None, {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

        yield chunk({"role": "assistant", "content": ""})
        if isinstance(step, Call):
            function = {"name": step.tool, "arguments": ""}
            call = {"index": 0, "id": f"call_{number}", "type": "function", "function": function}
            yield chunk({"tool_calls": [call]})
            for piece in _pieces(_arguments(step)):
                yield chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
        else:
            for piece in _pieces(_text(step)):
                yield chunk({"content": piece})
        yield chunk({}, "tool_calls" if isinstance(step, Call) else "stop")
        yield None, {**head, "choices": [], "usage": cls.usage()}
        yield None, b"[DONE]"


def _pieces(text: str) -> list[str]:
    return [text[start : start + 8] for start in range(0, len(text), 8)]


class _Responses(_Chat):
    @staticmethod
    def usage() -> dict[str, Any]:
        return {
            "input_tokens": USED["input"],
            "output_tokens": USED["output"],
            "total_tokens": USED["input"] + USED["output"],
            "input_tokens_details": {"cached_tokens": USED["cached"]},
            "output_tokens_details": {"reasoning_tokens": 0},
        }

    @classmethod
    def whole(cls, step: Step, number: int) -> dict[str, Any]:
        return cls._response(number, [] if step == EMPTY else [cls._item(step, number)], "completed")

    @classmethod
    def _item(cls, step: Step, number: int) -> dict[str, Any]:
        if isinstance(step, Call):
            return {
                "type": "function_call",
                "id": f"fc_{number}",
                "call_id": f"call_{number}",
                "name": step.tool,
                "arguments": _arguments(step),
                "status": "completed",
            }
        content = {"type": "output_text", "text": _text(step), "annotations": []}
        return {
            "type": "message",
            "id": f"msg_{number}",
            "role": "assistant",
            "status": "completed",
            "content": [content],
        }

    @classmethod
    def _response(cls, number: int, output: list[Any], status: str) -> dict[str, Any]:
        return {
            "id": f"resp_{number}",
            "object": "response",
            "created_at": 1_700_000_000,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "model": "wire-1",
            "output": output,
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "metadata": {},
            "temperature": 1.0,
            "top_p": 1.0,
            "usage": cls.usage() if status == "completed" else None,
        }

    @classmethod
    def stream(cls, step: Step, number: int) -> Iterator[tuple[str | None, Any]]:
        item = cls._item(step, number)
        events: list[dict[str, Any]] = [
            {"type": "response.created", "response": cls._response(number, [], "in_progress")}
        ]
        if isinstance(step, Call):
            events.append({**_added(item), "item": {**item, "arguments": "", "status": "in_progress"}})
            delta = {"type": "response.function_call_arguments.delta", "item_id": item["id"], "output_index": 0}
            events += [{**delta, "delta": piece} for piece in _pieces(_arguments(step))]
            done = {"type": "response.function_call_arguments.done", "item_id": item["id"], "output_index": 0}
            events.append({**done, "arguments": _arguments(step), "name": step.tool})
        else:
            events.append({**_added(item), "item": {**item, "content": [], "status": "in_progress"}})
            place = {"item_id": item["id"], "output_index": 0, "content_index": 0}
            part = {"type": "output_text", "text": "", "annotations": []}
            events.append({"type": "response.content_part.added", **place, "part": part})
            delta = {"type": "response.output_text.delta", **place, "logprobs": []}
            events += [{**delta, "delta": piece} for piece in _pieces(_text(step))]
            events.append({"type": "response.output_text.done", **place, "text": _text(step), "logprobs": []})
        events.append({"type": "response.output_item.done", "output_index": 0, "item": item})
        events.append({"type": "response.completed", "response": cls._response(number, [item], "completed")})
        for sequence, event in enumerate(events):
            yield event["type"], {**event, "sequence_number": sequence}


def _added(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.output_item.added", "output_index": 0, "item": item}


class _Messages(_Chat):
    @staticmethod
    def usage() -> dict[str, Any]:
        return {
            "input_tokens": USED["input"] - USED["cached"],
            "output_tokens": USED["output"],
            "cache_read_input_tokens": USED["cached"],
            "cache_creation_input_tokens": 0,
        }

    @classmethod
    def whole(cls, step: Step, number: int) -> dict[str, Any]:
        if isinstance(step, Call):
            given = step.arguments if isinstance(step.arguments, dict) else {"broken": step.arguments}
            content: list[Any] = [{"type": "tool_use", "id": f"toolu_{number}", "name": step.tool, "input": given}]
        else:
            content = [] if step == EMPTY else [{"type": "text", "text": _text(step)}]
        return {
            "id": f"msg_{number}",
            "type": "message",
            "role": "assistant",
            "model": "wire-1",
            "content": content,
            "stop_reason": "tool_use" if isinstance(step, Call) else "end_turn",
            "stop_sequence": None,
            "usage": cls.usage(),
        }

    @classmethod
    def stream(cls, step: Step, number: int) -> Iterator[tuple[str | None, Any]]:
        events: list[dict[str, Any]] = [
            {"type": "message_start", "message": {**cls.whole(EMPTY, number), "stop_reason": None}}
        ]
        start: dict[str, Any] = {"type": "text", "text": ""}
        deltas = [{"type": "text_delta", "text": piece} for piece in _pieces(_text(step))]
        if isinstance(step, Call):
            start = {"type": "tool_use", "id": f"toolu_{number}", "name": step.tool, "input": {}}
            deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in _pieces(_arguments(step))]
        if step != EMPTY:
            events.append({"type": "content_block_start", "index": 0, "content_block": start})
            events += [{"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas]
            events.append({"type": "content_block_stop", "index": 0})
        stop = {"stop_reason": "tool_use" if isinstance(step, Call) else "end_turn", "stop_sequence": None}
        events.append({"type": "message_delta", "delta": stop, "usage": {"output_tokens": USED["output"]}})
        events.append({"type": "message_stop"})
        for event in events:
            yield event["type"], event


_DIALECTS: dict[str, type[_Chat]] = {"chat/completions": _Chat, "responses": _Responses, "messages": _Messages}


@asynccontextmanager
async def model_server() -> AsyncIterator[ModelServer]:
    server = ModelServer()
    application = web.Application()
    for path in _DIALECTS:
        application.router.add_post(f"/v1/{path}", server.answer)
    application.router.add_post("/v1/audio/transcriptions", server.transcribe)
    runner = web.AppRunner(application, shutdown_timeout=1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        server.closing.set()
        await runner.cleanup()
