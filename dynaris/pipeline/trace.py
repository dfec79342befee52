"""The story of an event, a message, a conversation or a contact, told from its rows alone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from pydantic import BaseModel

from dynaris.core.db import Connection, Database
from dynaris.pipeline.outcome import tries
from dynaris.workspaces.audit import in_words
from dynaris.workspaces.queries import workspace_ids

MOST_EVENTS = 200

Row = dict[str, Any]
Kind = Literal["event", "message", "conversation", "contact"]


class Step(BaseModel):
    """One thing that happened."""

    at: datetime
    what: str  # arrived, matched, decided, model, tool, approval, queued, delivery, outcome, replayed, ...
    text: str
    ids: dict[str, str] = {}
    detail: dict[str, Any] = {}


class Story(BaseModel):
    kind: Kind
    id: UUID
    workspace_id: UUID
    steps: list[Step]


_EVENTS_OF: dict[Kind, LiteralString] = {
    "event": "SELECT * FROM event WHERE workspace_id = %(ws)s AND id = %(id)s",
    "message": """SELECT e.* FROM event e JOIN message m ON m.workspace_id = e.workspace_id
        AND (e.message_id = m.id OR e.run_id = m.run_id
             OR e.id = (SELECT r.event_id FROM run r WHERE r.workspace_id = m.workspace_id AND r.id = m.run_id)
             OR (e.conversation_id = m.conversation_id AND e.meta->>'answer' = m.id::text))
        WHERE m.workspace_id = %(ws)s AND m.id = %(id)s""",
    "conversation": "SELECT * FROM event WHERE workspace_id = %(ws)s AND conversation_id = %(id)s",
    "contact": "SELECT * FROM event WHERE workspace_id = %(ws)s AND contact_id = %(id)s",
}


async def trace(db: Database, wanted: UUID) -> Story | None:
    """Looks in every workspace; `None` when nothing has this id."""
    for workspace_id in await workspace_ids(db):
        async with db.workspace(workspace_id) as connection:
            if kind := await _kind_of(connection, workspace_id, wanted):
                return await story(connection, workspace_id, kind, wanted)
    return None


async def _kind_of(connection: Connection, workspace_id: UUID, wanted: UUID) -> Kind | None:
    for kind in _EVENTS_OF:
        cursor = await connection.execute(
            f'SELECT 1 FROM "{kind}" WHERE workspace_id = %s AND id = %s', (workspace_id, wanted)
        )
        if await cursor.fetchone():
            return kind
    return None


async def story(connection: Connection, workspace_id: UUID, kind: Kind, wanted: UUID) -> Story:
    parameters = {"ws": workspace_id, "id": wanted, "most": MOST_EVENTS}
    cursor = await connection.execute(f"{_EVENTS_OF[kind]} ORDER BY 2 DESC LIMIT %(most)s", parameters)
    events = await cursor.fetchall()
    steps = [step for event in events for step in _event_steps(event)]
    scope = _scope(events, await _runs(connection, workspace_id, events), kind, wanted)
    for source in _SOURCES:
        cursor = await connection.execute(source.sql, {"ws": workspace_id, **scope})
        steps += [step for row in await cursor.fetchall() for step in source.tell(row)]
    return Story(kind=kind, id=wanted, workspace_id=workspace_id, steps=sorted(steps, key=lambda step: step.at))


async def _runs(connection: Connection, workspace_id: UUID, events: list[Row]) -> list[UUID]:
    """The last one of each event, and those before it: an event that was replayed or rejected had several."""
    cursor = await connection.execute(
        "SELECT id FROM run WHERE workspace_id = %s AND event_id = ANY(%s)",
        (workspace_id, [event["id"] for event in events]),
    )
    began = {row["id"] for row in await cursor.fetchall()}
    shared = {event["run_id"] for event in events}
    before = {UUID(replay["run_id"]) for event in events for replay in _replays(event) if replay["run_id"]}
    return list((began | shared | before) - {None})


def _replays(event: Row) -> list[dict[str, Any]]:
    return event["meta"].get("replays", [])


def _scope(events: list[Row], runs: list[UUID], kind: Kind, wanted: UUID) -> dict[str, Any]:
    """What the other tables are searched by."""
    whole = kind in ("conversation", "contact")
    return {
        "events": [event["id"] for event in events],
        "runs": runs,
        "conversations": [event["conversation_id"] for event in events if whole and event["conversation_id"]]
        + ([wanted] if kind == "conversation" else []),
        "contacts": [wanted] if kind == "contact" else [],
        "subjects": [f"event:{event['id']}" for event in events],
        "messages": [UUID(event["meta"]["answer"]) for event in events if "answer" in event["meta"]]
        + ([wanted] if kind == "message" else []),
    }


def _event_steps(event: Row) -> list[Step]:
    ids = {"event": str(event["id"])}
    arrival = _kept(event, "kind", "channel", "external_id", "attempts", "occurred_at")
    steps = [Step(at=event["created_at"], what="arrived", ids=ids, text=_arrival_text(event), detail=arrival)]
    if match := event["match"]:
        text = f"contact {event['contact_id']}: {match.get('reason')} (rule {match.get('rule')})"
        steps.append(Step(at=event["created_at"], what="matched", ids=ids, text=text, detail=match))
    if decision := event["decision"]:
        mode = f" [{decision['mode']}]" if decision.get("mode") else ""
        text = f"{decision.get('agent', '?')} answers: {decision.get('reason')}{mode}"
        steps.append(Step(at=event["created_at"], what="decided", ids=ids, text=text, detail=decision))
    if event["status"] == "waiting":
        text = f"for {event['waiting_for']} by {event['deadline']:%Y-%m-%d %H:%M} UTC: {event['reason']}"
        detail = _kept(event, "waiting_for", "deadline", "reason")
        steps.append(Step(at=event["created_at"], what="waits", ids=ids, text=text, detail=detail))
    steps += _ended_steps(event, ids)
    for replay in _replays(event):
        before = {**replay, "settled_at": replay["settled_at"] and datetime.fromisoformat(replay["settled_at"])}
        steps += _ended_steps(before, ids)
        because = f"came back to the AI because {replay['because']}" if replay.get("because") else None
        text = f"{because or 'run again from its stored arrival'}; before: {replay['outcome'] or 'no outcome'}"
        at = datetime.fromisoformat(replay["at"])
        steps.append(Step(at=at, what="replayed", ids=ids, text=text, detail=replay))
    return steps


def _ended_steps(event: Row, ids: dict[str, str]) -> list[Step]:
    if not event["outcome"]:
        return []
    text = event["outcome"] + (f": {event['reason']}" if event["reason"] else "")
    detail = _kept(event, "outcome", "reason")
    return [Step(at=event["settled_at"], what="outcome", ids=ids, text=text, detail=detail)]


def _arrival_text(event: Row) -> str:
    return f"{event['kind']} on {event['channel']}, id {event['external_id']}, attempts {event['attempts']}"


def _message_steps(row: Row) -> list[Step]:
    what = {"inbound": "message", "outbound": "reply", "note": "note"}[row["direction"]]
    text = f"{row['author']}: {_short(row['text'])}" + (f" [{row['delivery']}]" if row["delivery"] else "")
    detail = _kept(row, "author", "subject", "text", "delivery")
    return [Step(at=row["created_at"], what=what, ids={"message": str(row["id"])}, text=text, detail=detail)]


def _run_steps(row: Row) -> list[Step]:
    ids = {"run": str(row["run_id"])}
    took = f", {row['duration_ms']:.1f} ms" if row["duration_ms"] is not None else ""
    said = row["tool"] or row["kind"]
    text = f"step {row['position']}: {said}{took}" + (f", error: {row['error']}" if row["error"] else "")
    detail = {"arguments": row["request"], "result": row["response"], **_kept(row, *_OF_STEP)}
    return [Step(at=row["created_at"], what=row["kind"], ids=ids, text=text, detail=detail)]


def _approval_steps(row: Row) -> list[Step]:
    ids = {"approval": str(row["id"])}
    asked = _kept(row, "action", "effect", "proposal", "why", "deadline")
    text = f"asked for {row['action']}: {row['why']}"
    steps = [Step(at=row["created_at"], what="approval", ids=ids, text=text, detail=asked)]
    if row["decided_at"]:
        text = f"{row['status']} by {row['decided_by']}" + (f": {row['reason']}" if row["reason"] else "")
        verdict = _kept(row, "action", "status", "reason", "edits", "decided_by", "decided_by_name")
        steps.append(Step(at=row["decided_at"], what="approval", ids=ids, text=text, detail=verdict))
    return steps


def _outbox_steps(row: Row) -> list[Step]:
    ids = {"outbox": str(row["id"])}
    text = f"to {row['recipient']} on {row['channel']}"
    to = _kept(row, "recipient", "channel", "audience")
    steps = [Step(at=row["created_at"], what="queued", ids=ids, text=text, detail=to)]
    if row["claimed_at"]:
        text = f"{row['status']} after {tries(row['attempts'])}" + (f": {row['error']}" if row["error"] else "")
        if row["external_id"]:
            text += f", provider's id {row['external_id']}"
        receipt = {**to, **_kept(row, "status", "attempts", "error", "external_id")}
        steps.append(Step(at=row["sent_at"] or row["claimed_at"], what="delivery", ids=ids, text=text, detail=receipt))
    return steps


def _follow_up_steps(row: Row) -> list[Step]:
    ended = f" ({row['ended_because']})" if row["ended_because"] else ""
    text = f"{row['kind']} at {row['due_at']:%Y-%m-%d %H:%M} UTC: {row['reason']}; {row['status']}{ended}"
    detail = _kept(row, "kind", "due_at", "reason", "status", "ended_because")
    return [Step(at=row["created_at"], what="follow-up", ids={"follow_up": str(row["id"])}, text=text, detail=detail)]


def _task_steps(row: Row) -> list[Step]:
    text = f"{row['title']} [{row['status']}]"
    detail = _kept(row, "title", "status", "due_at")
    return [Step(at=row["created_at"], what="task", ids={"task": str(row["id"])}, text=text, detail=detail)]


def _asked_steps(row: Row) -> list[Step]:
    text = f"{row['action']} by {row['actor_name']}"
    detail = {**_kept(row, "action", "actor_name"), **row["detail"]}
    return [Step(at=row["created_at"], what="asked", ids={"entry": str(row["id"])}, text=text, detail=detail)]


def _merge_steps(row: Row) -> list[Step]:
    ids = {"merge": str(row["id"])}
    text = f"contact {row['drop_id']} joined {row['keep_id']}: {row['reason']}"
    steps = [Step(at=row["created_at"], what="merged", ids=ids, text=text)]
    if row["undone_at"]:
        steps.append(Step(at=row["undone_at"], what="merged", ids=ids, text=f"undone by {row['undone_by']}"))
    return steps


_OF_STEP = ("tool", "effect", "duration_ms", "error", "model", "input_tokens", "output_tokens", "cached_tokens", "cost")


def _kept(row: Row, *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names if row.get(name) is not None}


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 160 else f"{line[:157]}…"


@dataclass(frozen=True, slots=True)
class _Source:
    sql: LiteralString
    tell: Callable[[Row], list[Step]]


_SOURCES = (
    _Source(
        """SELECT * FROM message WHERE workspace_id = %(ws)s AND (id = ANY(%(messages)s) OR event_id = ANY(%(events)s)
           OR run_id = ANY(%(runs)s) OR conversation_id = ANY(%(conversations)s) OR contact_id = ANY(%(contacts)s))
           ORDER BY id DESC LIMIT 1000""",
        _message_steps,
    ),
    _Source(
        "SELECT * FROM run_step WHERE workspace_id = %(ws)s AND run_id = ANY(%(runs)s) ORDER BY run_id, position",
        _run_steps,
    ),
    _Source(
        f"""SELECT *, {in_words("decided_by")} AS decided_by_name FROM approval
            WHERE workspace_id = %(ws)s AND event_id = ANY(%(events)s) ORDER BY id""",
        _approval_steps,
    ),
    _Source(
        """SELECT * FROM outbox WHERE workspace_id = %(ws)s AND (run_id = ANY(%(runs)s) OR event_id = ANY(%(events)s)
           OR conversation_id = ANY(%(conversations)s) OR message_id = ANY(%(messages)s)) ORDER BY id""",
        _outbox_steps,
    ),
    _Source(
        """SELECT * FROM follow_up WHERE workspace_id = %(ws)s AND (run_id = ANY(%(runs)s)
           OR conversation_id = ANY(%(conversations)s)) ORDER BY id""",
        _follow_up_steps,
    ),
    _Source(
        """SELECT * FROM task WHERE workspace_id = %(ws)s AND (run_id = ANY(%(runs)s)
           OR conversation_id = ANY(%(conversations)s) OR contact_id = ANY(%(contacts)s)) ORDER BY id""",
        _task_steps,
    ),
    _Source(
        f"""SELECT *, {in_words("e.actor")} AS actor_name FROM audit_entry e
            WHERE workspace_id = %(ws)s AND subject = ANY(%(subjects)s) ORDER BY id""",
        _asked_steps,
    ),
    _Source(
        """SELECT * FROM merge WHERE workspace_id = %(ws)s AND (keep_id = ANY(%(contacts)s)
           OR drop_id = ANY(%(contacts)s)) ORDER BY id""",
        _merge_steps,
    ),
)
