"""A call's one usage event: what its lines used, what its agents' models did, by the times of its own record."""

from collections import defaultdict
from typing import Any, LiteralString

from dynaris.billing.usage import Usage, take
from dynaris.calls.record import LANE, Call
from dynaris.core.db import Connection

_CALL: LiteralString = """SELECT agent, language, outcome, ended_at, metrics,
        coalesce(extract(epoch FROM ended_at - answered_at), 0)::float8 AS seconds,
        (SELECT coalesce(sum(length(m.text)) FILTER (WHERE m.author = 'contact'), 0)::int FROM message m
         WHERE m.workspace_id = c.workspace_id AND m.conversation_id = c.conversation_id
           AND m.data->>'call' = c.id::text AND m.data ? 'at') AS transcript_chars
    FROM call c WHERE c.workspace_id = %(ws)s AND c.id = %(call)s"""
_MODELS: LiteralString = f"""SELECT s.model, count(DISTINCT r.id)::int AS turns, sum(s.input_tokens)::bigint AS input,
        sum(s.output_tokens)::bigint AS output
    FROM event e JOIN run r ON r.workspace_id = e.workspace_id AND r.event_id = e.id
    JOIN run_step s ON s.workspace_id = r.workspace_id AND s.run_id = r.id AND s.kind = 'model'
    WHERE e.workspace_id = %(ws)s AND e.lane = {LANE} AND e.kind = 'spoken'
      AND e.channel = %(channel)s AND e.account_id = %(account)s GROUP BY s.model"""


async def bill(connection: Connection, call: Call) -> None:
    """In the transaction that ends the call: so there is one, whatever happens."""
    names = {
        "ws": call.workspace_id,
        "call": call.id,
        "call_event": call.event_id,
        "channel": call.channel,
        "account": call.account_id,
    }
    row = await (await connection.execute(_CALL, names)).fetchone()
    assert row is not None
    if not row["agent"]:
        return  # nobody answered: nothing was used
    models = await (await connection.execute(_MODELS, names)).fetchall()
    metrics = _summed(row["metrics"])
    if metrics["stt"]:
        metrics["stt"][0]["transcript_chars"] = row["transcript_chars"]
    metrics["llm"] = [
        {
            "provider": _provider(each["model"]),
            "model": (each["model"] or "").rpartition(":")[2],
            "input_tokens": each["input"] or 0,
            "output_tokens": each["output"] or 0,
            "turn_count": each["turns"],
        }
        for each in models
    ]
    usage = Usage(
        call_id=str(call.id),
        at=row["ended_at"],
        channel=call.channel,
        agent=row["agent"],
        seconds=row["seconds"],
        transcript=f"/api/calls/{call.id}",
        metrics=metrics,
        metadata={
            "language": row["language"],
            "transferred": row["outcome"] == "transferred",
            "outcome": row["outcome"],
            "realtime": False,
        },
    )
    await take(connection, call.workspace_id, usage)


def _provider(model: str | None) -> str:
    return (model or "").partition(":")[0]


def _summed(of_lines: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """A call's line may have been opened several times: `metrics` has what each used."""
    sums: dict[tuple[str, str, str, str], float] = defaultdict(float)
    for line in of_lines.values():
        for kind, counted in (("stt", "duration_seconds"), ("tts", "characters")):
            for used in line.get(kind, ()):
                sums[kind, counted, used["provider"], used["model"]] += used[counted]
    found: dict[str, list[dict[str, Any]]] = {"stt": [], "tts": []}
    for (kind, counted, provider, model), total in sums.items():
        found[kind].append({"provider": provider, "model": model, counted: round(total, 3)})
    return found
