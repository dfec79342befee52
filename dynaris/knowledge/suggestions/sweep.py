"""Looks for questions that had no answer, beside the flow: what was handed on, or answered with "I do not know".

How far that went is kept; the last minutes are looked at again, since a transaction may commit later than its rows say.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from dynaris.core import clock
from dynaris.core.db import Connection, Database
from dynaris.core.ids import first_id, new_id
from dynaris.core.jobs import lost_database
from dynaris.core.language import detect
from dynaris.knowledge.marking import renew_marks
from dynaris.knowledge.questions import Part, parts
from dynaris.knowledge.ranking import FLOOR
from dynaris.knowledge.searching import search
from dynaris.knowledge.sources import answer_floor
from dynaris.knowledge.suggestions.masking import masked
from dynaris.knowledge.web.actions import visit_due
from dynaris.workspaces.queries import workspace_ids

log = structlog.get_logger()

ALIKE = 0.6  # share of their words that like questions have in common

_ROUND_SECONDS = 60.0
_AGAIN = timedelta(minutes=2)
_IDLE = timedelta(minutes=10)  # where nothing happens, the place is written so seldom
_PORTION = 100
_MOST_OPEN = 5000  # suggestions of a workspace that are compared
_WAITED_FOR = timedelta(days=14)  # that a teammate may take to answer
_FIRST_LOOK = timedelta(days=1)

# Why an agent hands on that has nothing to do with what the business wrote down.
_OTHER_REASON = re.compile(
    r"emergenc|complain|legal|money|own data|contacted|asks for a person|reject|no text|question marks|verif|approv|"
    r"limit|provider|budget|deadline|sender check",
    re.IGNORECASE,
)
_UNKNOWN_REASON = re.compile(
    r"does not answer|no (?:answer|passage|information)|not (?:know|in (?:the|our) knowledge|found)|unknown|unanswered|"
    r"below the (?:floor|confidence)|unsure",
    re.IGNORECASE,
)
_UNSURE = (
    r"(do not|don't|don’t) (have (that|this|any) information|know (that|this))|"
    r"(could not|couldn't|couldn’t) find (that|this)|weiß ich (leider )?nicht|keine information(en)? (dazu|darüber)|"
    r"nichts (dazu )?gefunden|no tengo esa información|no lo sé|no he encontrado eso|"
    r"je n['’]ai pas (cette information|trouvé cela)|je ne (le )?sais pas"
)

_HANDED_OFF = """SELECT e.id, e.conversation_id, e.contact_id, e.settled_at, e.reason, m.text, c.name
    FROM event e JOIN message m ON m.workspace_id = e.workspace_id AND m.id = e.message_id
    JOIN contact c ON c.workspace_id = e.workspace_id AND c.id = e.contact_id
    WHERE e.workspace_id = %(ws)s AND e.outcome = 'handed_off' AND e.settled_at > %(since)s AND e.kind = 'message'
      AND NOT c.erasing
      AND NOT EXISTS (SELECT FROM knowledge_ask a WHERE a.workspace_id = e.workspace_id AND a.event_id = e.id)
    ORDER BY e.settled_at, e.id LIMIT %(most)s"""

_UNSURE_REPLIES = """SELECT e.id, e.conversation_id, e.contact_id, r.created_at AS settled_at, 'unsure' AS reason,
           m.text, c.name
    FROM message r JOIN run ON run.workspace_id = r.workspace_id AND run.id = r.run_id
    JOIN event e ON e.workspace_id = run.workspace_id AND e.id = run.event_id
    JOIN message m ON m.workspace_id = e.workspace_id AND m.id = e.message_id
    JOIN contact c ON c.workspace_id = e.workspace_id AND c.id = e.contact_id
    WHERE r.workspace_id = %(ws)s AND r.id > %(since_id)s AND r.direction = 'outbound' AND r.author = 'agent'
      AND r.text ~* %(unsure)s AND NOT c.erasing
      AND NOT EXISTS (SELECT FROM knowledge_ask a WHERE a.workspace_id = e.workspace_id AND a.event_id = e.id)
    ORDER BY r.id LIMIT %(most)s"""

_ANSWERS = """SELECT a.id, a.suggestion_id, c.name, r.text, member.name AS teammate
    FROM knowledge_ask a
    JOIN contact c ON c.workspace_id = a.workspace_id AND c.id = a.contact_id
    LEFT JOIN LATERAL (
        SELECT text, author_id FROM message
        WHERE workspace_id = a.workspace_id AND conversation_id = a.conversation_id AND id > a.event_id
          AND direction = 'outbound' AND author = 'member' ORDER BY id LIMIT 1) r ON true
    LEFT JOIN member ON member.workspace_id = a.workspace_id AND member.id = r.author_id
    WHERE a.workspace_id = %(ws)s AND NOT a.answered AND (r.text IS NOT NULL OR a.created_at < %(before)s)
    ORDER BY a.id LIMIT %(most)s"""


@dataclass(slots=True)
class _Known:
    id: UUID
    terms: frozenset[str]
    status: str


async def sweep_everywhere(db: Database) -> None:
    """Goes round all workspaces for ever: visits that are due, marks of passages, questions without an answer."""
    while True:
        for workspace_id in await workspace_ids(db):
            try:
                await visit_due(db, workspace_id, clock.now())
                await renew_marks(db, workspace_id)
                await sweep(db, workspace_id)
            except Exception as error:
                if lost_database(error):
                    raise
                log.exception("knowledge.sweep_failed", workspace=str(workspace_id))
        await asyncio.sleep(_ROUND_SECONDS)


async def sweep(db: Database, workspace_id: UUID) -> int:
    """How many questions were added or counted."""
    async with db.workspace(workspace_id) as connection:
        since = await _since(connection, workspace_id)
        names = {"ws": workspace_id, "since": since, "since_id": first_id(since), "unsure": _UNSURE, "most": _PORTION}
        handed = await (await connection.execute(_HANDED_OFF, names)).fetchall()
        unsure = await (await connection.execute(_UNSURE_REPLIES, names)).fetchall()
        rows = sorted((*handed, *unsure), key=lambda row: row["id"])
        floor = await answer_floor(connection, workspace_id) if rows else FLOOR
        asked = [(row, part) for row in rows if (part := await _unanswered(connection, workspace_id, row, floor=floor))]
    added = 0
    async with db.transaction(workspace_id) as connection:
        # Two workers look at once: the second finds what the first has added.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"asked:{workspace_id}",))
        known = await _suggestions(connection, workspace_id) if asked else []
        for row, part in asked:
            added += await _add(connection, workspace_id, known, row=row, part=part)
        await _keep(connection, workspace_id, handed, unsure)
        await _take_answers(connection, workspace_id)
    return added


async def _since(connection: Connection, workspace_id: UUID) -> datetime:
    cursor = await connection.execute("SELECT settled_to FROM knowledge_sweep WHERE workspace_id = %s", (workspace_id,))
    row = await cursor.fetchone()
    return row["settled_to"] if row else clock.now() - _FIRST_LOOK


async def _keep(connection: Connection, workspace_id: UUID, *looks: Sequence[dict[str, Any]]) -> None:
    """A look that was full goes on where it ended; else all is known until a moment ago."""
    ends = [rows[-1]["settled_at"] for rows in looks if len(rows) == _PORTION]
    await connection.execute(
        """INSERT INTO knowledge_sweep (workspace_id, settled_to)
           VALUES (%(ws)s, least(%(end)s, clock_timestamp() - %(again)s))
           ON CONFLICT (workspace_id) DO UPDATE SET settled_to = excluded.settled_to
           WHERE %(moves)s OR knowledge_sweep.settled_to < excluded.settled_to - %(idle)s""",
        {
            "ws": workspace_id,
            "end": min(ends, default=None),
            "again": _AGAIN,
            "moves": any(looks),
            "idle": _IDLE,
        },
    )


async def _unanswered(connection: Connection, workspace_id: UUID, row: dict[str, Any], *, floor: float) -> Part | None:
    """What was asked, if nothing that is known answers it."""
    reason = row["reason"] or ""
    unknown = reason == "unsure" or bool(_UNKNOWN_REASON.search(reason))
    if not unknown and _OTHER_REASON.search(reason):
        return None
    found = [part for part in parts(row["text"]) if part.asks]
    for part in found:
        passages = await search(connection, workspace_id, part.text, limit=1)
        if not passages or round(passages[0].score, 2) < floor:
            return part
    return None


async def _suggestions(connection: Connection, workspace_id: UUID) -> list[_Known]:
    cursor = await connection.execute(
        "SELECT id, terms, status FROM knowledge_suggestion WHERE workspace_id = %s ORDER BY id DESC LIMIT %s",
        (workspace_id, _MOST_OPEN),
    )
    return [_Known(row["id"], frozenset(row["terms"]), row["status"]) for row in await cursor.fetchall()]


async def _add(
    connection: Connection, workspace_id: UUID, known: list[_Known], *, row: dict[str, Any], part: Part
) -> int:
    """Under the like question that is known; one that was judged does not come back."""
    terms = frozenset(_stem(term.word) for term in part.terms if term.weight == 1 or term.kind == "side")
    if not terms:
        return 0
    like = max(known, key=lambda each: _alike(each.terms, terms), default=None)
    if like is None or _alike(like.terms, terms) < ALIKE:
        like = _Known(new_id(), terms, "open")
        known.append(like)
        await connection.execute(
            """INSERT INTO knowledge_suggestion
                   (workspace_id, id, question, language, terms, asked, contact_id, asked_at)
               VALUES (%s, %s, %s, %s, %s, 0, %s, %s)""",
            (
                *(workspace_id, like.id, masked(part.text, [row["name"] or ""]), detect(row["text"]) or "en"),
                *(sorted(terms), row["contact_id"], row["settled_at"]),
            ),
        )
    if like.status != "open":
        return 0
    cursor = await connection.execute(
        """INSERT INTO knowledge_ask (workspace_id, id, suggestion_id, event_id, conversation_id, contact_id, question)
           VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (workspace_id, event_id) DO NOTHING""",
        (
            *(workspace_id, new_id(), like.id, row["id"], row["conversation_id"], row["contact_id"]),
            masked(part.text, [row["name"] or ""]),  # it may outlive the message, which retention removes
        ),
    )
    await connection.execute(
        """UPDATE knowledge_suggestion SET asked = asked + %s, asked_at = greatest(asked_at, %s)
           WHERE workspace_id = %s AND id = %s""",
        (cursor.rowcount, row["settled_at"], workspace_id, like.id),
    )
    return cursor.rowcount


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _stem(word: str) -> str:
    """Rough, and the same for a word's usual endings."""
    return word if len(word) < 5 else re.sub(r"(?:ings?|en|es|er|e|s|n)$", "", word)


async def _take_answers(connection: Connection, workspace_id: UUID) -> None:
    """What a teammate wrote afterwards is proposed as the answer, without what names anybody."""
    names = {"ws": workspace_id, "before": clock.now() - _WAITED_FOR, "most": _PORTION}
    for row in await (await connection.execute(_ANSWERS, names)).fetchall():
        if row["text"]:
            await connection.execute(
                """UPDATE knowledge_suggestion SET answer = coalesce(answer, %s)
                   WHERE workspace_id = %s AND id = %s AND status = 'open'""",
                (masked(row["text"], [row["name"] or "", row["teammate"] or ""]), workspace_id, row["suggestion_id"]),
            )
        await connection.execute(
            "UPDATE knowledge_ask SET answered = true WHERE workspace_id = %s AND id = %s", (workspace_id, row["id"])
        )
