"""A turn of which nothing stays but what it cost: an agent is tried with what it is set to, or could be set to.

Its journal is not written, tools that only read are called, and those that change or send something are taken as if
they had been: the model goes on, and who tries sees what would have been done.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dynaris.agents.context import Context, Said
from dynaris.agents.journal import Journal, RunHeader, Step
from dynaris.agents.providers import Models
from dynaris.agents.spending import SPENT
from dynaris.agents.turn import Done, TurnRequest
from dynaris.core.db import Database


@dataclass(slots=True)
class UnwrittenJournal(Journal):
    """Keeps its steps to itself; what is paid for is counted all the same."""

    kept: list[dict[str, Any]] = field(default_factory=list)

    async def _write(
        self,
        *,
        position: int | None = None,  # noqa: ARG002 - nothing is written twice
        recorded: dict[str, Any] | None = None,  # noqa: ARG002 - nothing has changed
        spent: dict[str, Any] | None = None,
        **step: Any,
    ) -> Step:
        self.position += 1
        self.kept.append(step)
        if spent:
            async with self.db.workspace(self.workspace_id) as connection:
                await connection.execute(f"WITH {SPENT} SELECT 1", {"ws": self.workspace_id, **step, **spent})
        return self.as_step(self.position - 1, step)


@dataclass(slots=True, kw_only=True)
class Rehearsal:
    """What is said before, and what comes of the turn."""

    said: Sequence[Said] = ()
    context: Context | None = None
    journal: UnwrittenJournal | None = None
    not_called: dict[str, str | None] = field(default_factory=dict)  # by call id: why a person would have been asked

    def begin(self, db: Database, request: TurnRequest, context: Context, header: RunHeader) -> UnwrittenJournal:
        self.context, self.journal = context, UnwrittenJournal(db, request.workspace_id, request.run_id, header)
        return self.journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    done: Done
    context: Context
    journal: UnwrittenJournal
    not_called: dict[str, str | None]
    seconds: float


async def rehearse(
    db: Database, request: TurnRequest, said: Sequence[Said], *, models: Models, seconds: float
) -> Rehearsed:
    """A turn of a contact that nobody knows. The ids of the request stand for nothing that is stored."""
    from dynaris.agents.conduct import conduct

    began, rehearsal = time.perf_counter(), Rehearsal(said=said)
    ended = await conduct(db, request, verdicts={}, seconds=seconds, models=models, rehearsal=rehearsal)
    assert isinstance(ended, Done), "nothing waits for a person in a rehearsal"
    assert rehearsal.context is not None
    assert rehearsal.journal is not None
    return Rehearsed(
        done=ended,
        context=rehearsal.context,
        journal=rehearsal.journal,
        not_called=rehearsal.not_called,
        seconds=round(time.perf_counter() - began, 3),
    )


AS_IF = "This is a rehearsal: it was not done. Go on as if it had succeeded."
