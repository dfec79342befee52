"""How a call ends: once, whoever says it first, and with everything settled that was said on it."""

from collections.abc import Mapping
from typing import LiteralString

from dynaris.calls.billed import bill
from dynaris.calls.calling_back import call_back, missed
from dynaris.calls.record import COLUMNS, LANE, Call, CallOutcome
from dynaris.channels.contract import CallEnd
from dynaris.core.db import Connection
from dynaris.pipeline.outcome import settle
from dynaris.pipeline.services import Services

# The same call may end by its process, by its carrier's word and by the look for lost ones: the first says how. Ours
# may know more than the carrier, which says of all that were connected that they are completed.
_END: LiteralString = f"""UPDATE call SET status = 'ended', outcome = %(outcome)s, reason = %(reason)s,
        ended_at = clock_timestamp()
    WHERE workspace_id = %(ws)s AND id = %(call)s AND status <> 'ended' RETURNING {COLUMNS}"""
_LEFT = """UPDATE call_leg SET left_at = clock_timestamp(), left_because = %(why)s
    WHERE workspace_id = %(ws)s AND call_id = %(call)s AND left_at IS NULL"""
_OPEN_EVENTS: LiteralString = f"""SELECT id, kind FROM event WHERE workspace_id = %(ws)s AND lane = {LANE}
    AND channel = %(channel)s AND account_id = %(account)s
    AND (kind = 'call' AND status <> 'done' OR kind = 'spoken' AND status = 'live')"""
# Somebody was asked, and decides whether or not the caller is still there.
_ASKED: LiteralString = f"""UPDATE event e SET status = 'waiting', waiting_for = 'approval'
    WHERE e.workspace_id = %(ws)s AND e.lane = {LANE} AND e.channel = %(channel)s AND e.account_id = %(account)s
      AND e.status = 'live' AND e.kind = 'spoken' AND e.deadline IS NOT NULL AND EXISTS (
          SELECT FROM approval a
          WHERE a.workspace_id = e.workspace_id AND a.run_id = e.run_id AND a.status = 'pending')"""

# Why a call that nobody had on the line ended.
_UNANSWERED: Mapping[CallEnd, tuple[CallOutcome, str]] = {
    "completed": ("missed", "the caller hung up before anybody answered"),
    "cancelled": ("missed", "the caller hung up before anybody answered"),
    "busy": ("busy", "the line was busy"),
    "no_answer": ("no_answer", "nobody answered"),
    "failed": ("failed", "the carrier could not connect it"),
}
_UNHELPED = frozenset({"missed", "busy", "no_answer", "failed"})


async def end(
    services: Services,
    call: Call,
    *,
    outcome: CallOutcome | None = None,
    reason: str | None = None,
    ended: CallEnd = "completed",
    carrier_seconds: int | None = None,
    lost: str | None = None,
) -> None:
    """Once, whoever says it first; what the carrier counted is kept whenever it comes. Without an `outcome` it is
    found in what is known: whether anybody had the caller on the line, and whether people were asked. `lost`: why,
    of one that broke off."""
    async with services.db.transaction(call.workspace_id) as connection:
        if carrier_seconds is not None:
            await connection.execute(
                "UPDATE call SET carrier_seconds = %s WHERE workspace_id = %s AND id = %s",
                (carrier_seconds, call.workspace_id, call.id),
            )
        if outcome is None:
            outcome, reason = await _how(connection, call, ended)
            reason = reason if outcome == "missed" else lost or reason
        names = {"ws": call.workspace_id, "call": call.id, "outcome": outcome, "reason": reason}
        cursor = await connection.execute(_END, names)
        if (row := await cursor.fetchone()) is None:
            return
        await connection.execute(_LEFT, {**names, "why": reason or "the call ended"})
        if row["transfer"] and row["transfer"]["state"] == "dialling":
            await call_back(
                connection, call, f"{row['transfer']['reason']}\n\nThe caller hung up before anybody took it."
            )
        is_kept = call.direction == "inbound" and outcome in _UNHELPED
        is_kept = is_kept and await missed(connection, call, reason or outcome)
        await _settle(connection, call, outcome, reason, is_kept=is_kept)
        await bill(connection, call)


async def _how(connection: Connection, call: Call, ended: CallEnd) -> tuple[CallOutcome, str | None]:
    cursor = await connection.execute(
        f"""SELECT c.answered_at IS NOT NULL AS answered, c.transfer->>'state' AS transfer,
                  EXISTS (SELECT FROM event e
                          WHERE e.workspace_id = c.workspace_id AND e.channel = c.channel
                            AND e.account_id = c.account_id AND e.outcome = 'handed_off'
                            AND e.lane = {LANE}) AS handed
           FROM call c WHERE c.workspace_id = %(ws)s AND c.id = %(call)s""",
        {"ws": call.workspace_id, "call": call.id, "call_event": call.event_id},
    )
    row = await cursor.fetchone()
    if row and row["transfer"] in ("talking", "done"):
        return "transferred", "a person took over"
    if not (row and row["answered"]):
        return _UNANSWERED[ended]
    return ("handed_off", "a person was asked to take over") if row["handed"] else ("answered", None)


async def _settle(
    connection: Connection, call: Call, outcome: CallOutcome, reason: str | None, *, is_kept: bool
) -> None:
    """The call's own event, unless it is kept for whoever calls back, and what was said and not answered before the
    line was gone."""
    names = {
        "ws": call.workspace_id,
        "call_event": call.event_id,
        "channel": call.channel,
        "account": call.account_id,
    }
    await connection.execute(_ASKED, names)
    rows = await (await connection.execute(_OPEN_EVENTS, names)).fetchall()
    whole = [] if is_kept else [row["id"] for row in rows if row["kind"] == "call"]
    said = [row["id"] for row in rows if row["kind"] == "spoken"]
    if outcome in ("answered", "transferred", "voicemail"):
        await settle(connection, call.workspace_id, whole, outcome="answered", reason=reason)
    elif outcome == "handed_off":
        await settle(connection, call.workspace_id, whole, outcome="handed_off", reason=reason)
    else:
        await settle(connection, call.workspace_id, whole, outcome="failed", reason=reason)
    await settle(connection, call.workspace_id, said, outcome="failed", reason="the call ended before it was answered")
