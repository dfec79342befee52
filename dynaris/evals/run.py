"""Plays and judges many cases: some stages, each a copy of the workspace with one customer in it at a time."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from dynaris.core.errors import InvalidInput
from dynaris.core.ids import new_id
from dynaris.evals.cases import Case
from dynaris.evals.judge import judge
from dynaris.evals.play import play
from dynaris.evals.record import answers_titled, known_about
from dynaris.evals.results import CaseResult
from dynaris.evals.world import Options, Stage, stage, sweep
from dynaris.pipeline.services import Services


@dataclass(slots=True)
class Rehearsal:
    """`cases`: each with the name of the set that it is of. `copies`: the ids of the copies, one for each stage."""

    services: Services
    workspace_id: UUID
    cases: Sequence[tuple[str, Case]]
    copies: Sequence[UUID]
    options: Options = field(default_factory=Options)
    opened: Callable[[Stage], None] = lambda _: None  # told of each stage
    _waiting: list[tuple[str, Case]] = field(init=False)
    _done: "asyncio.Queue[CaseResult | BaseException | None]" = field(init=False, default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        self._waiting = list(reversed(self.cases))

    async def results(self) -> AsyncGenerator[CaseResult]:
        """As they come; every copy is gone when this ends, however it ends."""
        await sweep(self.services, self.workspace_id)
        workers = [asyncio.create_task(self._work(copy_id)) for copy_id in self.copies[: len(self.cases)]]
        at_work = len(workers)
        try:
            while at_work:
                got = await self._done.get()
                if isinstance(got, BaseException):
                    raise got
                if got is None:
                    at_work -= 1
                else:
                    yield got
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self, copy_id: UUID) -> None:
        try:
            async with stage(self.services, self.workspace_id, copy_id, options=self.options) as own:
                self.opened(own)
                answers = await answers_named([case for _, case in self.cases], own)
                while self._waiting:
                    name, case = self._waiting.pop()
                    self._done.put_nowait(await _result(own, name, case, answers))
        except Exception as error:
            self._done.put_nowait(error)
        else:
            self._done.put_nowait(None)


def new_copies(at_once: int) -> list[UUID]:
    return [new_id() for _ in range(at_once)]


async def _result(own: Stage, name: str, case: Case, answers: dict[str, str]) -> CaseResult:
    played = await play(own, case)
    known = await known_about(own, case, played, answers)
    verdicts = await asyncio.to_thread(judge, case, played, known)  # whose patterns may take their time
    return CaseResult(case=case, set=name, played=played, verdicts=verdicts)


async def answers_named(cases: Sequence[Case], own: Stage) -> dict[str, str]:
    """A case that wants an answer which nobody wrote down could never be met."""
    answers = await answers_titled(own, {title for case in cases for title in case.expect.passages})
    for case in cases:
        unknown = [title for title in case.expect.passages if title not in answers]
        if unknown:
            raise InvalidInput(
                f"case {case.id!r}: expect.passages: the title of a FAQ entry of this workspace was expected, "
                f"not {unknown[0]!r}"
            )
    return answers
