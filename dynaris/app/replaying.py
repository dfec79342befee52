"""`dynaris replay`: the same batches as over HTTP, worked off here while somebody watches.

The worker has each batch as a job, too: should this process end before the batch does, the rest is the worker's.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from dynaris.core.errors import InvalidInput, NotFound
from dynaris.core.invalid import in_words
from dynaris.pipeline.batches.choosing import MOST_IDS, BatchRequest, EventFilter, matching
from dynaris.pipeline.batches.queries import events_of, get
from dynaris.pipeline.batches.starting import start
from dynaris.pipeline.batches.working import work_off
from dynaris.pipeline.services import Services
from dynaris.workspaces.queries import workspace_ids

Say = Callable[[str], object]
_TOLD_EVERY = 100
_BY = "system"


async def replay_events(services: Services, event_ids: Sequence[UUID], *, dry_run: bool, say: Say) -> None:
    """Whichever workspace each belongs to. Raises `NotFound` where one is nobody's; then none is replayed."""
    by_workspace = await _by_workspace(services, event_ids)
    if missing := set(event_ids) - {event_id for found in by_workspace.values() for event_id in found}:
        raise NotFound(f"no event {', '.join(sorted(map(str, missing)))}")
    for workspace_id, found in by_workspace.items():
        if dry_run:
            say(f"would replay {len(found)} events of workspace {workspace_id}")
            continue
        for first in range(0, len(found), MOST_IDS):
            wanted = BatchRequest(event_ids=found[first : first + MOST_IDS])
            await _replay(services, workspace_id, wanted, replay_all=True, say=say)


async def _by_workspace(services: Services, event_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for workspace_id in await workspace_ids(services.db):
        async with services.db.workspace(workspace_id) as connection:
            cursor = await connection.execute(
                "SELECT id FROM event WHERE workspace_id = %s AND id = ANY(%s) ORDER BY id",
                (workspace_id, list(event_ids)),
            )
            if rows := await cursor.fetchall():
                found[workspace_id] = [row["id"] for row in rows]
    return found


async def replay_matching(
    services: Services, workspace_id: UUID, chosen: dict[str, str], *, dry_run: bool, say: Say
) -> None:
    """`chosen`: fields of `EventFilter`, as they were typed."""
    try:
        wanted = EventFilter.model_validate(chosen)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]).replace("_", "-")
        raise InvalidInput(f"--{where}: {in_words(first)}" if where else in_words(first)) from error
    if dry_run:
        async with services.db.workspace(workspace_id) as connection:
            rows = await matching(connection, workspace_id, wanted)
        for row in rows:
            say(f"{row['n']:>7}  {row['channel']}: {row['state']}")
        say(f"{sum(row['n'] for row in rows)} events fit; nothing was changed")
        return
    request = BatchRequest(filter=wanted)
    replay_all = wanted.outcome not in (None, "failed")
    await _replay(services, workspace_id, request, replay_all=replay_all, say=say)


async def _replay(services: Services, workspace_id: UUID, wanted: BatchRequest, *, replay_all: bool, say: Say) -> None:
    async with services.db.transaction(workspace_id) as connection:
        batch_id, total = await start(connection, workspace_id, wanted, by=_BY, replay_all=replay_all)
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        if done % _TOLD_EVERY == 0:
            say(f"{done} of {total}")

    await work_off(services.db, workspace_id, batch_id, told=count)
    await _tell(services, workspace_id, batch_id, say)


async def _tell(services: Services, workspace_id: UUID, batch_id: UUID, say: Say) -> None:
    """What became of them, with a line for each that was left alone or will send nothing."""
    async with services.db.workspace(workspace_id) as connection:
        batch: dict[str, Any] = await get(connection, workspace_id, batch_id)
        events = await events_of(
            connection,
            workspace_id,
            batch_id,
            results=("run", "replayed", "skipped", "not_found"),
            after=None,
            limit=batch["total"],
        )
    for event in events:
        if event["reason"]:
            say(f"{event['event_id']}: {event['result'].replace('_', ' ')}; {event['reason']}")
    counted = ", ".join(f"{n} {result.replace('_', ' ')}" for result, n in sorted(batch["by_result"].items()))
    say(f"batch {batch_id}: {counted or 'no event fits'}")
