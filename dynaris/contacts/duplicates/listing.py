"""Reads of likely duplicates: pages by score, single pairs, and which of two contacts a merge keeps."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from dynaris.contacts import queries
from dynaris.contacts.duplicates.rules import Rule
from dynaris.contacts.duplicates.verdicts import Verdict, verdicts_of
from dynaris.contacts.schemas import Contact
from dynaris.core.db import Connection
from dynaris.core.errors import NotFound
from dynaris.core.http import Rank

State = Literal["open", "not_the_same"]


class Reason(BaseModel):
    rule: str = Field(description="As in `GET /api/contacts/matching-rules`.")
    words: str
    weight: float


class Judgement(BaseModel):
    judged_by: str
    judged_at: datetime


class Duplicate(BaseModel):
    """Two contacts that may be one person."""

    id: UUID
    score: float = Field(ge=0, le=1)
    reasons: list[Reason]
    state: State
    judged: Judgement | None = Field(description="Who said that they are not the same.")
    judged_before: bool = Field(description="It was judged, and a proved address has come up since.")
    contacts: list[Contact] = Field(min_length=2, max_length=2)
    found_at: datetime


class DuplicateMerge(BaseModel):
    model_config = ConfigDict(extra="forbid")

    keep: UUID | None = Field(
        default=None, description="The contact that stays; else the one with more proved addresses, else the older one."
    )
    dry_run: bool = Field(default=False, description="Only show what would happen.")


class MatchingRules(BaseModel):
    """How contacts are matched, and how likely duplicates are found."""

    matching: list[Rule]
    duplicates: list[Rule]
    listed_from: float


_PAIR = """SELECT p.id, p.low_id, p.high_id, p.points, p.reasons, p.state, p.created_at FROM duplicate_pair p
    JOIN contact l ON l.workspace_id = p.workspace_id AND l.id = p.low_id
        AND l.merged_into IS NULL AND NOT l.erasing
    JOIN contact h ON h.workspace_id = p.workspace_id AND h.id = p.high_id
        AND h.merged_into IS NULL AND NOT h.erasing"""

_OF_CONTACT = "AND (p.low_id = %(contact)s OR p.high_id = %(contact)s)"


async def page(
    connection: Connection,
    workspace_id: UUID,
    *,
    state: State,
    contact_id: UUID | None,
    after: Rank | None,
    limit: int,
) -> list[Duplicate]:
    """Highest score first; `after` holds the last pair's points (thousandths)."""
    points, pair_id = after or (1001, UUID(int=0))
    cursor = await connection.execute(
        f"""{_PAIR} WHERE p.workspace_id = %(ws)s AND p.state = %(state)s
              AND (p.points, p.id) < (%(points)s::bigint, %(id)s)
              {_OF_CONTACT if contact_id else ""} ORDER BY p.points DESC, p.id DESC LIMIT %(limit)s""",
        {
            "ws": workspace_id,
            "state": state,
            "points": points,
            "id": pair_id,
            "contact": contact_id,
            "limit": limit,
        },
    )
    return await _shown(connection, workspace_id, await cursor.fetchall())


async def one(connection: Connection, workspace_id: UUID, pair_id: UUID) -> Duplicate:
    """Raises `NotFound`, also for a pair of which one was merged."""
    cursor = await connection.execute(f"{_PAIR} WHERE p.workspace_id = %s AND p.id = %s", (workspace_id, pair_id))
    found = await _shown(connection, workspace_id, await cursor.fetchall())
    if not found:
        raise NotFound(f"no likely duplicate {pair_id}")
    return found[0]


def keeps(pair: Duplicate) -> UUID:
    """The contact that a merge keeps where nobody says which."""
    return min(pair.contacts, key=lambda c: (-sum(a.verified for a in c.addresses), c.created_at, c.id)).id


async def _shown(connection: Connection, workspace_id: UUID, rows: list[dict[str, Any]]) -> list[Duplicate]:
    pairs = [(row["low_id"], row["high_id"]) for row in rows]
    contacts = await queries.several(connection, workspace_id, list({one for pair in pairs for one in pair}))
    judged = await verdicts_of(connection, workspace_id, pairs)
    return [
        _duplicate(row, [Contact(**contacts[one]) for one in pair], judged.get(pair))
        for row, pair in zip(rows, pairs, strict=True)
    ]


def _duplicate(row: dict[str, Any], contacts: list[Contact], verdict: Verdict | None) -> Duplicate:
    return Duplicate(
        id=row["id"],
        score=row["points"] / 1000,
        reasons=row["reasons"],
        state=row["state"],
        judged=Judgement(judged_by=verdict.judged_by, judged_at=verdict.judged_at) if verdict else None,
        judged_before=verdict is not None and row["state"] == "open",
        contacts=contacts,
        found_at=row["created_at"],
    )
