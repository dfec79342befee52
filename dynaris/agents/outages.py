"""Models that do not answer while inquiries wait for them: looked at one by one, each by one worker at a time.

A row of `model_outage` says when the next look is due. Whoever looks moves that on first: the others find nothing, and
a look whose worker died is made again.
"""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from dynaris.agents.providers import Models, Owned
from dynaris.agents.spending import SPENT, LimitReached, hold, let_go, spent
from dynaris.agents.usage import charge_of, count_usage, expected, is_free
from dynaris.core.db import Connection, Database

FIRST_LOOK = 10.0  # seconds after a model failed; doubled with each look in vain
LONGEST_PAUSE = 120.0
LEASE = 60.0  # seconds that a look may take
_SECONDS = 20.0  # that the model has for its answer
_CHARACTERS = 60  # of the question, about
_MOST_OUTPUT = 16

_COUNT = f"WITH {SPENT} SELECT 1"


@dataclass(frozen=True, slots=True)
class Look:
    """One that this worker makes."""

    failures: int  # looks in vain before it
    rounds: int  # since the model answers again


async def note_down(connection: Connection, workspace_id: UUID, models: list[str]) -> None:
    """Something waits for them; in its transaction, and last there: the rows are everybody's."""
    await connection.execute(
        """INSERT INTO model_outage (workspace_id, model, due_at)
           SELECT %(ws)s, model, clock_timestamp() + make_interval(secs => %(first)s)
           FROM unnest(%(models)s::text[]) AS model
           ON CONFLICT (workspace_id, model) DO UPDATE SET rounds = 0""",
        {"ws": workspace_id, "models": sorted(set(models)), "first": FIRST_LOOK},
    )


async def due(db: Database, *, most: int) -> list[tuple[UUID, str]]:
    async with db.system() as connection:
        rows = await (await connection.execute("SELECT * FROM due_outages(%s)", (most,))).fetchall()
    return [(row["workspace_id"], row["model"]) for row in rows]


async def begin_look(db: Database, workspace_id: UUID, model: str) -> Look | None:
    """`None`: another worker looks, or nothing is due."""
    async with db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            """UPDATE model_outage SET due_at = clock_timestamp() + make_interval(secs => %s)
               WHERE workspace_id = %s AND model = %s AND due_at <= clock_timestamp() RETURNING failures, rounds""",
            (LEASE, workspace_id, model),
        )
        row = await cursor.fetchone()
    return Look(**row) if row else None


async def end_look(
    db: Database, workspace_id: UUID, model: str, look: Look, *, error: str | None, pause: float
) -> None:
    """`pause`: seconds until the next round, where it answers."""
    if error is not None:
        pause = min(FIRST_LOOK * 2 ** min(look.failures + 1, 10), LONGEST_PAUSE)
    async with db.workspace(workspace_id) as connection:
        await connection.execute(
            """UPDATE model_outage SET due_at = clock_timestamp() + make_interval(secs => %(pause)s), error = %(error)s,
                      failures = CASE WHEN %(error)s::text IS NULL THEN 0 ELSE failures + 1 END,
                      rounds = CASE WHEN %(error)s::text IS NULL THEN rounds + 1 ELSE 0 END
               WHERE workspace_id = %(ws)s AND model = %(model)s""",
            {
                "ws": workspace_id,
                "model": model,
                "pause": pause,
                "error": error and error.replace("\x00", "")[:500],
            },
        )


async def look_now(db: Database, workspace_id: UUID, model: str) -> None:
    """Somebody found that it answers."""
    async with db.workspace(workspace_id) as connection:
        await connection.execute(
            """UPDATE model_outage SET due_at = clock_timestamp()
               WHERE workspace_id = %s AND model = %s AND due_at > clock_timestamp()""",
            (workspace_id, model),
        )


async def why_down(db: Database, models: Models, has: Owned, name: str) -> str | None:
    """Asks for one word; `None`: it answers, and runs of this process ask it again, too. Its cost is counted."""
    entry, key = has.entry_of(name)[0], has.key_of(name)
    # The environment's models are everybody's: not each workspace asks one that failed a moment ago.
    if entry is None and (why := models.breaker.why_not(key)):
        return why
    held = None
    try:
        if has.cap is not None and not is_free(name, entry):
            held = await hold(db, has, expected(name, entry, characters=_CHARACTERS, most_output=_MOST_OUTPUT))
        await _ask(db, models, has, name, held)
    except Exception as error:
        await let_go(db, has, held)
        return await _failed(models, has, name, error)
    models.breaker.answered(key)
    await models.set_error(has, name, None)
    return None


async def _failed(models: Models, has: Owned, name: str, error: Exception) -> str:
    """In words; what is no failure of a model is raised again."""
    from dynaris.agents.failures import PROVIDER_FAILED, in_words, remedy
    from dynaris.agents.model_choice import ModelUnavailable

    if isinstance(error, LimitReached | ModelUnavailable):
        return str(error)
    if not isinstance(error, PROVIDER_FAILED):
        raise error
    cure = remedy(error, tries=1, shortened=True)
    if cure.rests:
        models.breaker.failed(has.key_of(name), in_words(error), seconds=cure.pause, passes=cure.passes)
        await models.set_error(has, name, in_words(error))
    return in_words(error)


async def _ask(db: Database, models: Models, has: Owned, name: str, held: str | None) -> None:
    from dynaris.agents.failures import CutOff
    from dynaris.agents.probe import ask

    response = await ask(await asyncio.to_thread(models.named, has, name), seconds=_SECONDS)
    charge = charge_of(response, name, has.entry_of(name)[0])
    async with db.workspace(has.workspace_id) as connection:
        await connection.execute(_COUNT, {"ws": has.workspace_id, **spent(has, charge, held)})
    count_usage(charge, "probe")
    if response.state != "complete":
        raise CutOff(f"the response is {response.state}")
