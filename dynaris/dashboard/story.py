"""An event's whole story: what `dynaris trace` tells, the runs with what they cost, and the arrival in short."""

import email.parser
import email.policy
from typing import Any
from uuid import UUID

import orjson

from dynaris.core.db import Connection
from dynaris.dashboard import ledger
from dynaris.pipeline import trace

_MOST_FIELDS, _MOST_CHARACTERS = 60, 500
_MOST_HEAD = 64_000  # bytes that are looked at


async def event_story(connection: Connection, workspace_id: UUID, event_id: UUID) -> dict[str, Any]:
    """Raises `NotFound`."""
    line = await ledger.line(connection, workspace_id, event_id)
    told = await trace.story(connection, workspace_id, "event", event_id)
    cursor = await connection.execute(
        "SELECT raw, length(raw) AS size, match, decision FROM event WHERE workspace_id = %s AND id = %s",
        (workspace_id, event_id),
    )
    event = await cursor.fetchone()
    assert event is not None
    ids = {UUID(step.ids["run"]) for step in told.steps if "run" in step.ids} | {line["run_id"]} - {None}
    return {
        "event": line,
        "match": event["match"],
        "decision": event["decision"],
        "arrival": {"size": event["size"], "fields": fields_of(bytes(event["raw"]))},
        "runs": await _runs(connection, workspace_id, list(ids)),
        "steps": [step.model_dump() for step in told.steps],
    }


async def _runs(connection: Connection, workspace_id: UUID, ids: list[UUID]) -> list[dict[str, Any]]:
    cursor = await connection.execute(
        """SELECT id, agent, model, status, error, input_tokens, output_tokens, cached_tokens, cost, created_at,
                  ended_at FROM run WHERE workspace_id = %s AND id = ANY(%s) ORDER BY created_at, id""",
        (workspace_id, ids),
    )
    return await cursor.fetchall()


def fields_of(raw: bytes) -> list[dict[str, str]]:
    """What an arrival says of itself: the fields of a JSON document, or the header of a message; without its text."""
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _header(raw)
    return list(_scalars(document, ""))[:_MOST_FIELDS] if isinstance(document, dict) else []


def _scalars(document: dict[str, Any], above: str) -> Any:
    for name, value in document.items():
        if isinstance(value, dict) and not above:
            yield from _scalars(value, f"{name}.")
        elif value is not None and not isinstance(value, dict | list):
            yield {"name": f"{above}{name}", "value": str(value)[:_MOST_CHARACTERS]}


def _header(raw: bytes) -> list[dict[str, str]]:
    parsed = email.parser.BytesHeaderParser(policy=email.policy.compat32).parsebytes(raw[:_MOST_HEAD])
    return [
        {"name": name, "value": " ".join(str(value).split())[:_MOST_CHARACTERS]}
        for name, value in parsed.items()[:_MOST_FIELDS]
    ]
