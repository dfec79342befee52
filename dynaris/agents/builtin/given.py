"""What one request gives the built-in model: the blocks of the instructions and the conversation so far."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from html import unescape
from itertools import dropwhile, takewhile
from typing import Any, Literal

import orjson
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from dynaris.agents.builtin.days import SpecialDay, local_day
from dynaris.knowledge.ranking import FLOOR

REJECTED = "A teammate rejected your draft:"
WOKEN = "Nobody wrote:"
LONGEST = 4000  # characters of a message that are read

Author = Literal["contact", "agent", "member"]
_WORDLESS = re.compile(r"\(no text\)|\[[^\[\]]*\]")  # "[empty mail]", "[1 attachment: scan.pdf]": nobody's words
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_PASSAGE = re.compile(r"<passage\b([^>]*)>(.*?)</passage>", re.DOTALL)
_SPECIAL_DAY = re.compile(r"<hours_exception\b([^>]*)>([^<]*)</hours_exception>")
_MESSAGE = re.compile(r"<message\b([^>]*)>(.*?)</message>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Passage:
    heading: str
    text: str
    score: float
    part: int = 0  # of the contact's text, which it covers best


@dataclass(frozen=True, slots=True)
class Line:
    author: Author
    text: str


@dataclass(frozen=True, kw_only=True)
class Given:
    task: str = ""
    business: dict[str, str]
    channel: dict[str, str]
    contact: dict[str, str]
    passages: tuple[Passage, ...]
    said: tuple[Line, ...]  # before the contact's new text, oldest first
    text: str
    woken: str | None = None
    rejections: int = 0  # of drafts in this turn
    called: frozenset[str] = frozenset()  # tools, in this turn
    calls: int = 0  # tool calls in all messages: numbers the next one
    retried: bool = False  # the last step was refused as malformed
    searched_again: bool = False  # the passages come from a search of our own
    special_days: tuple[SpecialDay, ...] = ()  # on which other hours hold
    today: date | None = None  # where the business is
    now: datetime | None = None
    told_passages: tuple[Passage, ...] = ()  # those of the instructions, whatever was searched since
    returned: tuple[tuple[str, Any], ...] = ()  # what tools of this turn answered, in order; `None`: an error
    floor: float = FLOOR  # a passage with a lower score answers nothing

    def last(self, author: Author) -> str:
        return next((line.text for line in reversed(self.said) if line.author == author), "")

    @cached_property
    def replied(self) -> str:
        """What we wrote last, which may be several messages: that it is booked, and that a code was sent."""
        before = dropwhile(lambda line: line.author != "agent", reversed(self.said))
        return "\n\n".join([line.text for line in takewhile(lambda line: line.author == "agent", before)][::-1])

    def every(self, author: Author) -> Iterator[str]:
        return (line.text for line in self.said if line.author == author)


def read(instructions: str, messages: Sequence[ModelMessage]) -> Given:
    start = _start_of_turn(messages)
    turn = messages[start:]
    # What was left unanswered before stands in the same message, which the agent library makes of both.
    *unanswered, prompt = list(_prompts(turn[:1])) or [""]
    found, told = _search_results(turn), _passages(instructions)
    business, _ = _block(instructions, "business")
    channel, _ = _block(instructions, "channel")
    contact, _ = _block(instructions, "contact")
    _, task = _block(instructions, "task")
    knowledge, _ = _block(instructions, "knowledge")
    return Given(
        task=task,
        business=business,
        channel=channel,
        contact=contact,
        passages=found if found is not None else told,
        said=(
            *_history(instructions),
            *_lines(messages[:start]),
            *(Line("contact", text) for text in unanswered if not text.startswith((REJECTED, WOKEN))),
        ),
        text="" if prompt.startswith(WOKEN) or _WORDLESS.fullmatch(prompt) else prompt[:LONGEST],
        woken=prompt.removeprefix(WOKEN).strip() if prompt.startswith(WOKEN) else None,
        rejections=sum(text.startswith(REJECTED) for text in _prompts(turn)),
        called=frozenset(part.tool_name for part in _calls(turn)),
        calls=sum(1 for _ in _calls(messages)),
        retried=_is_retry(messages[-1]) if messages else False,
        searched_again=found is not None,
        special_days=tuple(_special_days(instructions)),
        floor=_number(knowledge.get("floor")) or FLOOR,
        today=local_day(_inside(instructions, "now"), business.get("timezone", "UTC")),
        now=_moment(_inside(instructions, "now")),
        told_passages=told,
        returned=tuple(_returned(turn)),
    )


def _special_days(instructions: str) -> Iterator[SpecialDay]:
    for match in _SPECIAL_DAY.finditer(instructions):
        said = _attributes(match[1])
        with suppress(KeyError, ValueError):
            yield SpecialDay(date.fromisoformat(said["date"]), unescape(match[2]), said.get("note", ""))


def _start_of_turn(messages: Sequence[ModelMessage]) -> int:
    """Where the contact's new text stands: the last prompt that is no rejection."""
    for index in range(len(messages) - 1, -1, -1):
        if any(not text.startswith(REJECTED) for text in _prompts(messages[index : index + 1])):
            return index
    return 0


def _prompts(messages: Sequence[ModelMessage]) -> Iterator[str]:
    return (
        _plain(part.content)
        for message in messages
        if isinstance(message, ModelRequest)
        for part in message.parts
        if isinstance(part, UserPromptPart)
    )


def _plain(content: Any) -> str:
    if isinstance(content, str):
        return content.strip()
    return "\n".join(item for item in content if isinstance(item, str)).strip()


def _calls(messages: Sequence[ModelMessage]) -> Iterator[ToolCallPart]:
    return (
        part
        for message in messages
        if isinstance(message, ModelResponse)
        for part in message.parts
        if isinstance(part, ToolCallPart)
    )


def _is_retry(message: ModelMessage) -> bool:
    return isinstance(message, ModelRequest) and any(
        isinstance(part, ToolReturnPart) and part.outcome == "retried" for part in message.parts
    )


def _lines(messages: Sequence[ModelMessage]) -> list[Line]:
    lines: list[Line] = []
    for message in messages:
        for part in message.parts:
            if isinstance(part, UserPromptPart):
                text = _plain(part.content)
                if not text.startswith((REJECTED, WOKEN)):
                    lines.append(Line("contact", text))
            elif isinstance(part, TextPart):
                lines.append(Line("agent", part.content))
            elif isinstance(part, ToolCallPart) and (text := _told(part)):
                lines.append(Line("agent", text))
    return lines


def _told(call: ToolCallPart) -> str:
    """What a decision told the contact."""
    arguments = call.args_as_dict(raise_if_invalid=False)
    told = arguments.get("message") or arguments.get("text")
    return told if isinstance(told, str) else ""


def _search_results(turn: Sequence[ModelMessage]) -> tuple[Passage, ...] | None:
    """What `search_knowledge` returned in this turn; the latest search counts."""
    found: tuple[Passage, ...] | None = None
    for message in turn:
        for part in message.parts:
            if isinstance(part, ToolReturnPart) and part.tool_name == "search_knowledge":
                found = tuple(_passage(row, row.get("text", "")) for row in _rows(part.content))
    return found


def _returned(turn: Sequence[ModelMessage]) -> Iterator[tuple[str, Any]]:
    for message in turn:
        for part in message.parts:
            if isinstance(part, ToolReturnPart):
                yield part.tool_name, _value(part.content)


def _value(content: Any) -> Any:
    if not isinstance(content, str):
        return content
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def _moment(said: str) -> datetime | None:
    try:
        return datetime.fromisoformat(said)
    except ValueError:
        return None


def _rows(content: Any) -> list[dict[str, Any]]:
    if isinstance(content, str):
        try:
            content = orjson.loads(content)
        except orjson.JSONDecodeError:
            return []
    if isinstance(content, dict):
        content = next((value for value in content.values() if isinstance(value, list)), [])
    return [row for row in content if isinstance(row, dict)] if isinstance(content, list) else []


def _passages(instructions: str) -> tuple[Passage, ...]:
    inside = _inside(instructions, "passages")
    return tuple(_passage(_attributes(match[1]), unescape(match[2])) for match in _PASSAGE.finditer(inside))


def _passage(attributes: dict[str, Any], text: str) -> Passage:
    heading = str(attributes.get("heading") or attributes.get("title") or "")
    return Passage(heading, str(text).strip(), _number(attributes.get("score")), int(_number(attributes.get("part"))))


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _history(instructions: str) -> list[Line]:
    inside = _inside(instructions, "history")
    lines: list[Line] = []
    for match in _MESSAGE.finditer(inside):
        author = _attributes(match[1]).get("from", "contact")
        who: Author = author if author in ("agent", "member") else "contact"  # type: ignore[assignment]
        lines.append(Line(who, unescape(match[2]).strip()))
    return lines


def _block(instructions: str, tag: str) -> tuple[dict[str, str], str]:
    """Attributes and text of a block; the last one counts, since what explains the blocks stands before them."""
    at = max(instructions.rfind(f"<{tag} "), instructions.rfind(f"<{tag}>"), instructions.rfind(f"<{tag}/>"))
    if at < 0:
        return {}, ""
    end = instructions.find(">", at)
    attributes = _attributes(instructions[at : end + 1])
    if end < 0 or instructions[end - 1] == "/":
        return attributes, ""
    close = instructions.find(f"</{tag}>", end)
    return attributes, unescape(instructions[end + 1 : max(close, end + 1)]).strip()


def _inside(instructions: str, tag: str) -> str:
    at = instructions.rfind(f"<{tag}>")
    if at < 0:
        return ""
    close = instructions.find(f"</{tag}>", at)
    return instructions[at + len(tag) + 2 : close if close >= 0 else None]


def _attributes(source: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(source)}
