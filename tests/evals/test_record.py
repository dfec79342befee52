"""What is judged is held against all knowledge, of which only what bears on a case is ever read."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dynaris.core.ids import new_id
from dynaris.evals import record
from dynaris.evals.cases import case_of
from dynaris.evals.facts import sources
from dynaris.evals.judge import judge
from dynaris.evals.playing import Played, Turn, UsedTool
from dynaris.evals.record import answers_titled, known_about
from dynaris.evals.world import Stage, stage
from dynaris.knowledge.actions import add_source
from tests.evals.examples import a_case
from tests.flows.conftest import World

# What stands in the knowledge, and what a reply may then say.
WRITTEN = [
    ("We open at 7.30 Uhr.", "We open at 7:30."),
    ("Der Kurs beginnt um 16 Uhr.", "It begins at 4 pm."),
    ("El curso empieza a las 21:00.", "It begins at 9:00."),
    ("Ouvert de 6 à 22 h.", "Open from 6:00."),
    ("The fair is on 24 December.", "It is on 24.12."),
    ("Le marché a lieu le 1er mai.", "It is on 1 May."),
    ("Ours ends on 2027-03-31T22:30:00-03:00.", "It ends on 1 April at 01:30."),
    ("The tour takes an hour and a half, ninety that is: 1,5 Stunden.", "It takes 90 minutes."),
    ("It takes two weeks.", "It takes 14 days."),
    ("Das Zimmer kostet 1.234,50 Euro.", "It costs €1234.50."),
    ("A night is $80.", "It is 80.00 dollars."),
    ("You pay half of it.", "You pay 50 %."),
    ("Zwölf Prozent, also 12,0 %.", "It is 12 percent."),
    ("We have 1,200 seats in room 07.", "Room 7."),
    ("Call (030) 5557-7799.", "Call +49 30 55577799."),
    ("Write to Team@Lake.example.", "Write to team@lake.example."),
    ("See HTTPS://Lake.example/Boats.", "See https://lake.example/boats."),
    ("Frau Österle-Müller leads the ÜBERGASSE office.", "Ask for Mrs Österle-Müller in Übergasse."),
    ("We do acupuncture.", "We do acupuncture."),
]


@pytest.fixture
async def staged(world: World) -> AsyncIterator[Stage]:
    """Each in a passage of its own, among many that say nothing of the kind."""
    async with world.services.db.transaction(world.workspace.id) as connection:
        for number, (text, _) in enumerate(WRITTEN):
            await add_source(
                connection, world.workspace.id, kind="text", title=f"Note {'x' * number}", content=text, language="en"
            )
    async with stage(world.services, world.workspace.id, new_id()) as own:
        yield own


def replied(reply: str, *, shown: Any = None) -> Played:
    tools = [UsedTool(name="search_knowledge", result=shown)] if shown else []
    return Played(case_id="x", turns=[Turn(wrote="Hello", outcome="answered", replies=[reply], tools=tools)])


CASE = case_of(a_case(expect={"outcome": "answered"}))


@pytest.mark.parametrize(("text", "reply"), WRITTEN)
async def test_a_fact_is_found_in_knowledge_however_it_is_written(staged: Stage, text: str, reply: str) -> None:
    played = replied(reply)
    known = await known_about(staged, CASE, played, {})
    verdict = judge(CASE, played, known)["nothing_invented"]
    assert verdict.holds, verdict.why


async def test_what_stands_nowhere_is_invented(staged: Stage) -> None:
    played = replied("It costs €79.")
    known = await known_about(staged, CASE, played, {})
    assert judge(CASE, played, known)["nothing_invented"].why == "in no source: amount 79"


async def test_a_number_without_end_is_invented_and_holds_nobody_up(staged: Stage) -> None:
    endless = "1" * 20_000
    played = replied(f"It costs €{endless}, takes {endless} days and saves {endless}.{endless} %.")
    async with asyncio.timeout(10):
        known = await known_about(staged, CASE, played, {})
    assert not judge(CASE, played, known)["nothing_invented"].holds


async def test_only_passages_that_bear_on_a_reply_are_read(staged: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(texts: Any, **named: Any) -> Any:
        read.extend(texts)
        return sources(texts, **named)

    monkeypatch.setattr(record, "sources", counted)
    monkeypatch.setattr(record, "PORTION", 4)
    await known_about(staged, CASE, replied("Thank you, and good bye."), {})
    assert read == []
    await known_about(staged, CASE, replied("It costs €1234.50."), {})
    assert [text.split(": ")[1] for text in read] == ["Das Zimmer kostet 1.234,50 Euro."]


async def test_the_look_ends_where_everything_was_found(staged: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    patterns: list[str] = []
    real = record.spellings

    def counted(*given: Any) -> str:
        patterns.append(real(*given))
        return patterns[-1]

    monkeypatch.setattr(record, "spellings", counted)
    monkeypatch.setattr(record, "PORTION", 4)
    await known_about(staged, CASE, replied("We open at 7:30."), {})
    assert len(patterns) == 1
    await known_about(staged, CASE, replied("We open at 7:30, and it costs €79."), {})
    assert len(patterns) == 1 + -(-(len(WRITTEN) + 3) // 4) + 1  # to the end
    assert "eur" in patterns[-1]
    assert "uhr" not in patterns[-1]


async def test_what_the_conversation_shows_is_not_looked_up(staged: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(record, "spellings", lambda *given: asked.append(given) or "x")
    await known_about(staged, CASE, replied("It costs €79.", shown=[{"text": "It costs €79."}]), {})
    assert asked == []


async def test_answers_that_an_agent_was_shown_are_known_as_quotable(staged: Stage) -> None:
    async with staged.services.db.workspace(staged.workspace_id) as connection:
        cursor = await connection.execute(
            "SELECT id, heading FROM passage WHERE workspace_id = %s AND heading = 'Is there parking?'",
            (staged.workspace_id,),
        )
        [row] = await cursor.fetchall()
    known = await known_about(staged, CASE, replied("Yes.", shown=[{"id": str(row["id"])}]), {"A": "b"})
    assert known.answers.keys() == {"A", "Is there parking?"}
    assert (await answers_titled(staged, ["Is there parking?", "Unknown?"])).keys() == {"Is there parking?"}


async def test_knowledge_is_not_read_when_the_stage_is_set(staged: Stage) -> None:
    assert "garage" not in staged.known.facts.words
    assert "test clinic" in staged.known.facts.words


def test_many_sources_are_put_together_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one after the other onto what is there: that would copy everything for each."""
    joined = 0
    real = record.Facts.add

    def counted(self: Any, *others: Any) -> None:
        nonlocal joined
        joined += 1
        real(self, *others)

    monkeypatch.setattr(record.Facts, "add", counted)
    known = sources([f"Number {number}." for number in range(100)], zone=ZoneInfo("UTC"), today=date(2026, 11, 23))
    assert (joined, len(known.numbers)) == (1, 100)
