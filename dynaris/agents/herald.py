"""The turn API, one for all channels: a request in, what the agent says and does out, until it is done or waits.

Running a turn again under the same run id goes on where it stopped. This file is light to import; the agent
library is loaded with the first turn.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.agents.agent_settings import SPECIALISTS
from dynaris.agents.providers import Models
from dynaris.agents.turn import Done, Message, Paused, TurnEvent, TurnRequest, Typing
from dynaris.core.db import Connection, Database

SECONDS = 120.0  # that an agent may take for a turn


def warm_up() -> None:
    """Loads the agent library, builds the agents and has the built-in model read a sentence, which takes over a
    second: not in somebody's turn."""
    from dynaris.agents import supervisor
    from dynaris.agents.builtin.concerns import concern_of
    from dynaris.agents.conduct import agent_of
    from dynaris.knowledge.questions import parts

    supervisor.agent()
    for name in SPECIALISTS:
        agent_of(name)
    concern_of("When are you open?")
    parts("When are you open?")


def load_library() -> None:
    """The agent library and the built-in model, without any agent."""
    import dynaris.agents.builtin_model
    import dynaris.agents.model_choice  # noqa: F401 - to have them in memory


async def turn(
    db: Database,
    request: TurnRequest,
    *,
    verdicts: Mapping[str, Any] | None = None,
    feedback: Sequence[str] = (),
    additions: Sequence[str] = (),
    stream: bool = False,
    seconds: float = SECONDS,
    models: Models | None = None,
) -> AsyncIterator[TurnEvent]:
    """Typing, then text deltas (with `stream`) and tool calls as they happen, the message, and `Done` or `Paused`.

    `verdicts`: what people said about proposed actions, by call id. `feedback`: why teammates rejected each draft so
    far, oldest first. `additions`: what the contact wrote while the agent thought. `seconds`: most that it may take.
    `models`: with the workspace's own providers; without them the environment's keys alone.
    """
    from dynaris.agents.conduct import conduct

    yield Typing()
    events: asyncio.Queue[TurnEvent | None] = asyncio.Queue()
    running = asyncio.create_task(
        conduct(
            db,
            request,
            verdicts=verdicts or {},
            feedback=feedback,
            additions=additions,
            emit=events.put_nowait,
            stream=stream,
            seconds=seconds,
            models=models,
        )
    )
    running.add_done_callback(lambda _: events.put_nowait(None))
    try:
        while (event := await events.get()) is not None:
            yield event
        ended = await running
    finally:
        if not running.done():
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
    if isinstance(ended, Done) and ended.text:
        yield Message(text=ended.text)
    yield ended


async def run_turn(
    db: Database,
    request: TurnRequest,
    *,
    verdicts: Mapping[str, Any] | None = None,
    feedback: Sequence[str] = (),
    additions: Sequence[str] = (),
    seconds: float = SECONDS,
    models: Models | None = None,
) -> Done | Paused:
    """As `turn`, for callers that want the end of it only."""
    from dynaris.agents.conduct import conduct

    return await conduct(
        db,
        request,
        verdicts=verdicts or {},
        feedback=feedback,
        additions=additions,
        seconds=seconds,
        models=models,
    )


async def finish(
    connection: Connection, workspace_id: UUID, run_id: UUID, *, status: str, output: dict[str, Any] | None
) -> None:
    """How the run ended (`done`, `failed`) or that it waits (`waiting`), in the caller's transaction."""
    await connection.execute(
        """UPDATE run SET status = %(status)s, output = coalesce(%(output)s, output),
                  ended_at = CASE WHEN %(status)s IN ('done', 'failed') THEN clock_timestamp() END
           WHERE workspace_id = %(ws)s AND id = %(run)s AND status <> 'done'""",
        {
            "ws": workspace_id,
            "run": run_id,
            "status": status,
            "output": Jsonb(output) if output is not None else None,
        },
    )
