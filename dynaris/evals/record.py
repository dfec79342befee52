"""What is written down in the workspace, as far as it bears on one case. Its knowledge may be as large as it likes:
the database is asked for what the replies state, and only those passages are read.
"""

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import LiteralString
from uuid import UUID

from dynaris.evals.cases import Case
from dynaris.evals.facts import Facts, sources, without
from dynaris.evals.judge import unfounded
from dynaris.evals.playing import Known, Played
from dynaris.evals.spellings import spellings
from dynaris.evals.world import Stage

PORTION = 500  # passages that one statement looks through: a short one, as customers use the database meanwhile
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_ANSWERS: LiteralString = """SELECT p.heading, p.text FROM passage p JOIN knowledge_source s
        ON s.workspace_id = p.workspace_id AND s.id = p.source_id
    WHERE p.workspace_id = %(ws)s AND s.enabled AND s.kind = 'faq' AND """
_BY_TITLE: LiteralString = r"btrim(regexp_replace(p.heading, '\s+', ' ', 'g')) = ANY(%(titles)s)"
_BY_ID: LiteralString = "p.id = ANY(%(ids)s)"

_WITH: LiteralString = """WITH portion AS (SELECT p.id, s.title || ' ' || p.heading || ': ' || p.text AS written
        FROM passage p JOIN knowledge_source s ON s.workspace_id = p.workspace_id AND s.id = p.source_id AND s.enabled
        WHERE p.workspace_id = %(ws)s AND p.id > %(after)s ORDER BY p.id LIMIT %(most)s)
    SELECT (SELECT id FROM portion ORDER BY id DESC LIMIT 1) AS last,
           array(SELECT written FROM portion WHERE written ~* %(pattern)s ORDER BY id) AS texts"""


async def answers_titled(own: Stage, titles: Iterable[str]) -> dict[str, str]:
    return await _answers(own, _ANSWERS + _BY_TITLE + " ORDER BY p.id", titles=list(titles))


async def known_about(own: Stage, case: Case, played: Played, answers: dict[str, str]) -> Known:
    """`answers`: those that the run's cases name. Nobody recites others than the agent was shown."""
    shown = {UUID(each) for turn in played.turns for tool in turn.tools for each in _ID.findall(str(tool.result))}
    quotable = await _answers(own, _ANSWERS + _BY_ID + " ORDER BY p.id", ids=list(shown))
    known = replace(own.known, answers={**answers, **quotable})
    left = await asyncio.to_thread(unfounded, case, played, known)
    return replace(known, facts=await _with_their_sources(own, left, known))


async def _with_their_sources(own: Stage, left: Facts, known: Known) -> Facts:
    """What the workspace says of itself, and of its knowledge the facts that are looked for, where they stand."""
    facts, after = Facts(), UUID(int=0)
    facts.add(known.facts)
    while left:
        found = {"ws": own.workspace_id, "after": after, "most": PORTION, "pattern": spellings(left, facts.words)}
        async with own.services.db.workspace(own.workspace_id) as connection:
            row = await (await connection.execute(_WITH, found)).fetchone()
        if row is None or row["last"] is None:
            break
        after = row["last"]
        if row["texts"]:
            left = await asyncio.to_thread(_still_missing, left, facts, row["texts"], known)
    return facts


def _still_missing(left: Facts, facts: Facts, texts: Sequence[str], known: Known) -> Facts:
    facts.add(sources(texts, zone=known.zone, today=known.today))
    return without(left, facts)


async def _answers(own: Stage, query: LiteralString, **named: object) -> dict[str, str]:
    async with own.services.db.workspace(own.workspace_id) as connection:
        cursor = await connection.execute(query, {"ws": own.workspace_id, **named})
        return {" ".join(row["heading"].split()): row["text"] for row in await cursor.fetchall()}
