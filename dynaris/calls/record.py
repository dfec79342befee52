"""What is kept of a call while it goes on: who has it, who was on its line, and what each said."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.channels.contract import Account, Leg, TransferState
from dynaris.core.db import Connection, Database
from dynaris.core.ids import new_id

CallOutcome = Literal["answered", "handed_off", "transferred", "voicemail", "missed", "busy", "no_answer", "failed"]
Party = Literal["contact", "agent", "member", "number"]

COLUMNS: LiteralString = """workspace_id, id, channel, account_id, external_id, event_id, conversation_id, contact_id,
    direction, caller, called, agent, language, status, outcome, reason, holder, connections, created_at, answered_at,
    ended_at, transfer, purpose, variables, answered_by, recorded"""
# All that is said on one call has the lane of the event that it began with.
LANE: LiteralString = "(SELECT o.lane FROM event o WHERE o.workspace_id = %(ws)s AND o.id = %(call_event)s)"
# A line that broke may be taken by another process; one whose process is there is not taken from it.
_CLAIM: LiteralString = f"""UPDATE call SET status = 'live', holder = %(holder)s, connections = connections + 1,
        beat_at = clock_timestamp(), answered_at = coalesce(answered_at, clock_timestamp())
    WHERE workspace_id = %(ws)s AND id = %(call)s AND status <> 'ended'
      AND (holder IS NULL OR beat_at < clock_timestamp() - interval '5 seconds')
    RETURNING {COLUMNS}"""
_BEAT = """UPDATE call SET beat_at = clock_timestamp()
    WHERE workspace_id = %s AND id = %s AND holder = %s AND status = 'live' RETURNING id"""


@dataclass(frozen=True, slots=True)
class Call:
    workspace_id: UUID
    id: UUID
    channel: str
    account_id: UUID
    external_id: str
    event_id: UUID
    conversation_id: UUID
    contact_id: UUID
    direction: str
    caller: str | None
    called: str
    agent: str | None
    language: str | None
    status: str
    outcome: CallOutcome | None
    reason: str | None
    holder: UUID | None
    connections: int
    created_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    transfer: dict[str, Any] | None
    purpose: str | None
    variables: dict[str, str]
    answered_by: Literal["person", "machine"] | None
    recorded: bool | None

    @property
    def number(self) -> str | None:
        """Of whoever is not the business; `None`: withheld."""
        return self.called if self.direction == "outbound" else self.caller


async def by_external_id(db: Database, account: Account[Any], external_id: str) -> Call | None:
    async with db.workspace(account.workspace_id) as connection:
        cursor = await connection.execute(
            f"""SELECT {COLUMNS} FROM call WHERE workspace_id = %s AND channel = %s AND account_id = %s
                AND external_id = %s""",
            (account.workspace_id, account.channel, account.id, external_id),
        )
        row = await cursor.fetchone()
    return Call(**row) if row else None


async def named_by_carrier(db: Database, account: Account[Any], call_id: UUID, external_id: str) -> Call | None:
    """One that we placed, and whose name at the carrier is known from here on."""
    async with db.workspace(account.workspace_id) as connection:
        cursor = await connection.execute(
            f"""UPDATE call SET external_id = %s WHERE workspace_id = %s AND id = %s AND account_id = %s
                AND direction = 'outbound' RETURNING {COLUMNS}""",
            (external_id, account.workspace_id, call_id, account.id),
        )
        row = await cursor.fetchone()
    return Call(**row) if row else None


async def answered_by_whom(db: Database, call: Call, who: Literal["person", "machine"]) -> None:
    async with db.workspace(call.workspace_id) as connection:
        await connection.execute(
            "UPDATE call SET answered_by = %s WHERE workspace_id = %s AND id = %s", (who, call.workspace_id, call.id)
        )


async def load(db: Database, workspace_id: UUID, call_id: UUID) -> Call:
    async with db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            f"SELECT {COLUMNS} FROM call WHERE workspace_id = %s AND id = %s", (workspace_id, call_id)
        )
        row = await cursor.fetchone()
    assert row is not None, f"call {call_id} is gone"
    return Call(**row)


async def claim(db: Database, workspace_id: UUID, call_id: UUID, holder: UUID) -> Call | None:
    """The call, now on the line of `holder`; `None` where it has ended or another process has it."""
    async with db.workspace(workspace_id) as connection:
        cursor = await connection.execute(_CLAIM, {"ws": workspace_id, "call": call_id, "holder": holder})
        row = await cursor.fetchone()
    return Call(**row) if row else None


async def let_go(db: Database, call: Call, holder: UUID) -> None:
    """All that was said on this line is written. Where the call has not ended, whoever opens it again goes on."""
    async with db.workspace(call.workspace_id) as connection:
        await connection.execute(
            "UPDATE call SET holder = NULL WHERE workspace_id = %s AND id = %s AND holder = %s",
            (call.workspace_id, call.id, holder),
        )


async def beat(db: Database, call: Call, holder: UUID) -> bool:
    """Whether it is still `holder`'s and goes on."""
    async with db.workspace(call.workspace_id) as connection:
        cursor = await connection.execute(_BEAT, (call.workspace_id, call.id, holder))
        return await cursor.fetchone() is not None


async def used(db: Database, call: Call, metrics: dict[str, Any]) -> None:
    """By this opening of its line, so far."""
    async with db.workspace(call.workspace_id) as connection:
        await connection.execute(
            "UPDATE call SET metrics = metrics || %s WHERE workspace_id = %s AND id = %s AND status <> 'ended'",
            (Jsonb({str(call.connections): metrics}), call.workspace_id, call.id),
        )


async def joined(db: Database, call: Call, party: Party, name: str, member_id: UUID | None = None) -> UUID:
    """The leg's id."""
    leg_id = new_id()
    async with db.workspace(call.workspace_id) as connection:
        await connection.execute(
            """INSERT INTO call_leg (workspace_id, id, call_id, party, name, member_id, joined_at)
               VALUES (%s, %s, %s, %s, %s, %s, clock_timestamp())""",
            (call.workspace_id, leg_id, call.id, party, name, member_id),
        )
    return leg_id


async def member_of_line(connection: Connection, call: Call, name: str) -> None:
    """Somebody at a number outside, from now on."""
    await connection.execute(
        """INSERT INTO call_leg (workspace_id, id, call_id, party, name, joined_at)
           VALUES (%s, %s, %s, 'number', %s, clock_timestamp())""",
        (call.workspace_id, new_id(), call.id, name),
    )


_LEG: LiteralString = """INSERT INTO call_leg (workspace_id, id, call_id, party, name, joined_at)
    SELECT %(ws)s, %(id)s, %(call)s, %(party)s, %(name)s, %(joined_at)s
    WHERE NOT EXISTS (SELECT FROM call_leg WHERE workspace_id = %(ws)s AND call_id = %(call)s
                      AND party = %(party)s AND joined_at = %(joined_at)s)"""
_LEG_LEFT: LiteralString = """UPDATE call_leg SET left_at = %(left_at)s, left_because = %(left_because)s
    WHERE workspace_id = %(ws)s AND call_id = %(call)s AND party = %(party)s AND joined_at = %(joined_at)s"""


async def leg_told(db: Database, call: Call, leg: Leg) -> None:
    """By the carrier, in any order."""
    names = {"ws": call.workspace_id, "id": new_id(), "call": call.id, **leg.model_dump()}
    async with db.workspace(call.workspace_id) as connection:
        await connection.execute(_LEG, names)
        if leg.left_at:
            await connection.execute(_LEG_LEFT, names)


async def not_ended(db: Database, account: Account[Any]) -> list[tuple[Call, bool]]:
    """Of an account; each with whether a process has it on its line."""
    async with db.workspace(account.workspace_id) as connection:
        cursor = await connection.execute(
            f"""SELECT {COLUMNS}, holder IS NOT NULL AND beat_at > clock_timestamp() - interval '5 seconds' AS held
                FROM call WHERE workspace_id = %s AND account_id = %s AND status <> 'ended' ORDER BY id LIMIT 1000""",
            (account.workspace_id, account.id),
        )
        rows = await cursor.fetchall()
    return [(Call(**{name: row[name] for name in row if name != "held"}), row["held"]) for row in rows]


async def left(db: Database, call: Call, leg_id: UUID, why: str) -> None:
    async with db.workspace(call.workspace_id) as connection:
        await connection.execute(
            """UPDATE call_leg SET left_at = clock_timestamp(), left_because = %s
               WHERE workspace_id = %s AND id = %s AND left_at IS NULL""",
            (why, call.workspace_id, leg_id),
        )


async def transferring(db: Database, call: Call, to: str, *, reason: str, note: str) -> None:
    """From here on no process of ours has it on its line, until the transfer fails."""
    about = {"to": to, "state": "dialling", "reason": reason, "note": note}
    async with db.workspace(call.workspace_id) as connection:
        await connection.execute(
            """UPDATE call SET transfer = %s, beat_at = clock_timestamp()
               WHERE workspace_id = %s AND id = %s AND status <> 'ended'""",
            (Jsonb(about), call.workspace_id, call.id),
        )


async def transferred(connection: Connection, call: Call, state: TransferState, reason: str | None) -> bool:
    """What became of it; False where that was known."""
    cursor = await connection.execute(
        """UPDATE call SET transfer = transfer || %(about)s, beat_at = clock_timestamp(),
                  answered_at = CASE WHEN %(state)s = 'talking' THEN coalesce(answered_at, clock_timestamp())
                                     ELSE answered_at END
           WHERE workspace_id = %(ws)s AND id = %(call)s AND status <> 'ended' AND transfer->>'state' <> %(state)s
             AND transfer->>'state' <> 'failed' RETURNING id""",
        {
            "about": Jsonb({"state": state, **({"failed_because": reason} if reason else {})}),
            "ws": call.workspace_id,
            "call": call.id,
            "state": state,
        },
    )
    return await cursor.fetchone() is not None


async def is_recorded(db: Database, call: Call, recorded: bool) -> None:
    """False, by the caller's wish, stays."""
    async with db.workspace(call.workspace_id) as connection:
        await connection.execute(
            "UPDATE call SET recorded = coalesce(recorded, true) AND %s WHERE workspace_id = %s AND id = %s",
            (recorded, call.workspace_id, call.id),
        )


async def answered_by(db: Database, call: Call, agent: str, language: str) -> None:
    async with db.workspace(call.workspace_id) as connection:
        await connection.execute(
            "UPDATE call SET agent = %s, language = %s WHERE workspace_id = %s AND id = %s AND status <> 'ended'",
            (agent, language, call.workspace_id, call.id),
        )


_SAID: LiteralString = """INSERT INTO message (workspace_id, id, conversation_id, contact_id, event_id, run_id,
        direction, author, text, delivery, data)
    SELECT %(ws)s, %(id)s, c.conversation_id, c.contact_id, %(event)s, %(run)s, %(direction)s, %(author)s, %(text)s,
           %(delivery)s, %(data)s
    FROM call c WHERE c.workspace_id = %(ws)s AND c.id = %(call)s"""
_MOVED: LiteralString = """UPDATE conversation SET last_message_at = clock_timestamp(), status = 'open',
        last_inbound_at = CASE WHEN %(direction)s = 'inbound' THEN clock_timestamp() ELSE last_inbound_at END
    WHERE workspace_id = %(ws)s AND id = %(conversation)s"""
_SPOKEN: LiteralString = """INSERT INTO event (workspace_id, id, channel, account_id, external_id, kind, lane, raw,
        status, attempts, contact_id, conversation_id, message_id, run_id, match)
    SELECT %(ws)s, %(event)s, e.channel, e.account_id, e.external_id || ':' || %(number)s, 'spoken', e.lane, %(raw)s,
           'live', 1, e.contact_id, e.conversation_id, %(id)s, %(run)s, e.match
    FROM event e WHERE e.workspace_id = %(ws)s AND e.id = %(call_event)s"""


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something that the caller said: an event of its own, answered once."""

    event_id: UUID
    message_id: UUID
    run_id: UUID
    text: str


async def caller_said(
    connection: Connection, call: Call, text: str, *, number: str, at: float, sentiment: float | None = None
) -> Utterance:
    """`at`: seconds after the call was answered. `number` tells what was said from all else that was in the call."""
    said = Utterance(new_id(), new_id(), new_id(), text)
    felt = {} if sentiment is None else {"sentiment": sentiment}
    names: dict[str, Any] = {
        "ws": call.workspace_id,
        "call": call.id,
        "call_event": call.event_id,
        "conversation": call.conversation_id,
        "event": said.event_id,
        "id": said.message_id,
        "run": said.run_id,
        "number": number,
        "raw": text.encode(),
        "direction": "inbound",
        "author": "contact",
        "text": text,
        "delivery": None,
        "data": Jsonb({"call": str(call.id), "at": round(at, 2), **felt}),
    }
    await connection.execute(_SPOKEN, names)
    await connection.execute(_SAID, {**names, "run": None})
    await connection.execute(_MOVED, names)
    return said


async def we_said(
    connection: Connection, call: Call, text: str, *, run_id: UUID | None, at: float, interrupted: bool
) -> None:
    """What was heard of it, and nothing else."""
    cut = {"interrupted": True} if interrupted else {}
    names: dict[str, Any] = {
        "ws": call.workspace_id,
        "call": call.id,
        "conversation": call.conversation_id,
        "event": None,
        "id": new_id(),
        "run": run_id,
        "direction": "outbound",
        "author": "agent",
        "text": text,
        "delivery": "delivered",
        "data": Jsonb({"call": str(call.id), "at": round(at, 2), **cut}),
    }
    await connection.execute(_SAID, names)
    await connection.execute(_MOVED, names)
