"""A contact who wrote in a conversation, a turn to answer it, and models that follow a script."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic_ai.messages import ModelMessage, ModelResponse, ModelResponseStreamEvent, TextPart, ToolCallPart
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from dynaris.agents import model_choice
from dynaris.agents.turn import Policy, TurnRequest
from dynaris.channels.contract import ChannelTraits, Identity
from dynaris.conversations import tools as conversation_tools
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import NewWorkspace

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)  # a Monday
AUTO = Policy(automatic=frozenset({"read", "write", "send"}))
MANUAL = Policy()

Step = str | dict[str, Any] | list[dict[str, Any]] | BaseException | Callable[[list[ModelMessage]], Any]


def call(tool: str, /, call_id: str | None = None, **arguments: Any) -> dict[str, Any]:
    return {"tool": tool, "arguments": arguments, "id": call_id}


@dataclass(init=False)
class Script(Model):
    """Answers with the step that follows the responses it has given so far, which it counts in the messages."""

    steps: list[Step]
    asked: list[list[ModelMessage]] = field(default_factory=list)

    def __init__(self, *steps: Step) -> None:
        super().__init__()
        self.steps = list(steps)
        self.asked = []
        self.instructions: list[str] = []

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        self.asked.append(list(messages))
        self.instructions.append(getattr(messages[-1], "instructions", None) or "")
        given = sum(isinstance(message, ModelResponse) for message in messages)
        step = self.steps[min(given, len(self.steps) - 1)]
        if isinstance(step, BaseException):
            raise step
        if callable(step):
            step = step(messages)
        calls = [step] if isinstance(step, dict) else step
        parts: list[Any] = (
            [TextPart(calls)]
            if isinstance(calls, str)
            else [
                ToolCallPart(c["tool"], c["arguments"], tool_call_id=c["id"] or f"call-{given}-{n}")
                for n, c in enumerate(calls)
            ]
        )
        return ModelResponse(
            parts=parts, model_name="script", usage=RequestUsage(input_tokens=10, output_tokens=5), timestamp=NOW
        )

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: Any = None,
    ) -> AsyncGenerator[StreamedResponse]:
        whole = await self.request(messages, model_settings, model_request_parameters)
        yield _Streamed(model_request_parameters=model_request_parameters, whole=whole)

    @property
    def model_name(self) -> str:
        return "script"

    @property
    def system(self) -> str:
        return "test"


@dataclass
class _Streamed(StreamedResponse):
    """Part by part."""

    whole: ModelResponse

    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        for number, part in enumerate(self.whole.parts):
            if isinstance(part, ToolCallPart):
                yield self._parts_manager.handle_tool_call_part(
                    vendor_part_id=number,
                    tool_name=part.tool_name,
                    args=part.args_as_dict(),
                    tool_call_id=part.tool_call_id,
                )
            elif isinstance(part, TextPart):
                for event in self._parts_manager.handle_text_delta(vendor_part_id=number, content=part.content):
                    yield event

    async def close_stream(self) -> None:
        """Nothing is open."""

    @property
    def model_name(self) -> str:
        return "script"

    @property
    def provider_name(self) -> str:
        return "test"

    @property
    def provider_url(self) -> str | None:
        return None

    @property
    def timestamp(self) -> datetime:
        return NOW


UseModel = Callable[[Model], None]


@pytest.fixture
def use_model(monkeypatch: pytest.MonkeyPatch) -> UseModel:
    """The workspace's model `scripted` is this one; `builtin` stays what it is."""

    def use(model: Model) -> None:
        named = model_choice.model_named

        def model_named(name: str) -> Model:
            return model if name == "scripted" else named(name)

        monkeypatch.setattr(model_choice, "model_named", model_named)

    return use


@dataclass
class Story:
    """One contact with one conversation, and the ids that a turn needs."""

    db: Database
    workspace: NewWorkspace
    account_id: UUID = field(default_factory=new_id)
    contact_id: UUID = field(default_factory=new_id)
    conversation_id: UUID = field(default_factory=new_id)
    event_id: UUID = field(default_factory=new_id)
    run_id: UUID = field(default_factory=new_id)
    reply_to: str = "visitor-1"

    async def execute(self, statement: str, *parameters: Any) -> list[dict[str, Any]]:
        async with self.db.workspace(self.workspace.id) as connection:
            cursor = await connection.execute(statement, parameters)  # type: ignore[arg-type]
            return await cursor.fetchall() if cursor.description else []

    async def open(
        self, *, channel: str = "webchat", identity: str = "claimed", reply_to: str | None = None, proved: str = ""
    ) -> UUID:
        """Another conversation of the same contact; `proved`: the address that was proved in it."""
        conversation_id = new_id()
        await self.execute(
            """INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to, identity, proved)
               VALUES (%s, %s, %s, %s, %s, %s, %s, array_remove(ARRAY[%s], ''))""",
            *(self.workspace.id, conversation_id, self.contact_id, channel, self.account_id),
            *(reply_to or self.reply_to, identity, proved),
        )
        return conversation_id

    async def prove(self, *addresses: str) -> None:
        """Addresses ("email:ada@example.org") were proved in this conversation."""
        await self.execute(
            "UPDATE conversation SET identity = 'verified', proved = %s WHERE workspace_id = %s AND id = %s",
            *(list(addresses), self.workspace.id, self.conversation_id),
        )

    async def say(
        self, text: str, *, author: str = "contact", conversation_id: UUID | None = None, event_id: UUID | None = None
    ) -> UUID:
        message_id = new_id()
        await self.execute(
            """INSERT INTO message (workspace_id, id, conversation_id, contact_id, event_id, direction, author, text)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s)""",
            *(self.workspace.id, message_id, conversation_id or self.conversation_id, self.contact_id, event_id),
            *("inbound" if author == "contact" else "outbound", author, text),
        )
        return message_id

    def request(self, text: str = "What does a massage cost?", **changes: Any) -> TurnRequest:
        values: dict[str, Any] = {
            "workspace_id": self.workspace.id,
            "run_id": self.run_id,
            "event_id": self.event_id,
            "conversation_id": self.conversation_id,
            "contact_id": self.contact_id,
            "channel": "webchat",
            "traits": ChannelTraits(live=True),
            "identity": Identity.CLAIMED,
            "agent": "chat",
            "model": "scripted",
            "policy": AUTO,
            "text": text,
            "now": NOW,
        }
        return TurnRequest(**{**values, **changes})

    async def steps(self) -> list[dict[str, Any]]:
        return await self.execute(
            "SELECT * FROM run_step WHERE workspace_id = %s AND run_id = %s ORDER BY position",
            self.workspace.id,
            self.run_id,
        )

    async def count(self, table: str) -> int:
        return (await self.execute(f"SELECT count(*) AS n FROM {table} WHERE workspace_id = %s", self.workspace.id))[0][
            "n"
        ]


@pytest.fixture
async def story(db: Database, workspace: NewWorkspace) -> Story:
    story = Story(db, workspace)
    await story.execute(
        """WITH person AS (INSERT INTO contact (workspace_id, id, name) VALUES (%s, %s, 'Ada Quist') RETURNING id)
           INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to)
           SELECT %s, %s, id, 'webchat', %s, %s FROM person""",
        *(workspace.id, story.contact_id, workspace.id, story.conversation_id, story.account_id, story.reply_to),
    )
    return story


@pytest.fixture
async def mail_account(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """The workspace can write mails."""
    monkeypatch.setattr(conversation_tools, "mail_channels", lambda: ["mail"])
    await story.execute(
        "INSERT INTO account (workspace_id, id, channel, address) VALUES (%s, %s, 'mail', 'hello@clinic.example')",
        *(story.workspace.id, story.account_id),
    )


def later(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)
