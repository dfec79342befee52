"""What the team got only because a provider was down comes back to the agents once it answers, and is answered once."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dynaris.agents.outages import LONGEST_PAUSE
from dynaris.core import clock
from dynaris.pipeline import comebacks
from dynaris.pipeline.after_restore import doubt_what_was_under_way
from dynaris.pipeline.trace import trace
from tests.fakes.model_server import CUT, HANG, Fail, Say, Step
from tests.flows.models.conftest import COST, Wired
from tests.flows.models.outage import (
    BACK,
    UNKNOWN,
    conversation_of,
    due_now,
    handed_on,
    impatient,
    in_bursts,
    look,
    waiting,
)

__all__ = ["impatient", "in_bursts"]


@pytest.mark.parametrize("fault", [Fail("overloaded"), Fail("rate_limit", retry_after="3600"), HANG, CUT])
async def test_down_it_is_acknowledged_and_handed_on_and_back_it_is_answered_by_the_model(
    wired: Wired, fault: Step
) -> None:
    await wired.use("anthropic")
    event = await handed_on(wired)
    wired.server.otherwise = fault
    told = list(wired.sink.texts)
    conversation = await conversation_of(wired, event)
    assert (conversation["holder"], len(told)) == ("team", 1)
    assert conversation["respond_by"] > clock.now()
    [wait] = await waiting(wired)
    assert (wait["model"], wait["deadline"]) == ("main:wire-1", conversation["respond_by"])
    assert await look(wired) == 0
    await wired.world.settle()
    assert wired.sink.texts == told

    wired.server.otherwise = Say(BACK)
    asked = len(wired.server.asked)
    assert await look(wired) == 1
    assert len(wired.server.asked) == asked + 1
    await wired.world.settle()
    assert wired.sink.texts == [*told, BACK]
    after = await wired.world.event(event["id"])
    assert (after["outcome"], after["decision"].get("handed_off")) == ("answered", None)
    assert after["run_id"] != event["run_id"]
    assert after["meta"]["replays"][-1]["run_id"] == str(event["run_id"])
    assert await waiting(wired) == []
    conversation = await conversation_of(wired, event)
    assert (conversation["holder"], conversation["respond_by"]) == ("agent", None)

    notes = await wired.world.rows("SELECT text FROM message WHERE workspace_id = %s AND author = 'system'")
    assert [note["text"] for note in notes] == ["Came back to the AI when main:wire-1 answered again."]
    story = await trace(wired.world.services.db, event["id"])
    assert story
    assert any("came back to the AI because main:wire-1 answered again" in step.text for step in story.steps)
    assert await look(wired) == 0
    assert await wired.world.rows("SELECT model FROM model_outage WHERE workspace_id = %s") == []


async def test_a_look_is_one_small_request_for_all_that_wait_and_its_cost_counts(wired: Wired) -> None:
    await wired.use("openai-compatible")
    for number in range(3):
        await handed_on(wired, email=f"p{number}@example.com")
    wired.server.otherwise = Say(BACK)
    asked = len(wired.server.asked)
    assert await look(wired) == 3
    assert len(wired.server.asked) == asked + 1
    [month] = await wired.world.rows("SELECT spent, requests FROM model_spending WHERE workspace_id = %s")
    assert (month["spent"], month["requests"]) == (COST, 1)


async def test_two_workers_that_got_so_far_give_back_once(wired: Wired) -> None:
    """The lease of one was over while it still waited for its answer."""
    await wired.use("openai-compatible")
    event = await handed_on(wired)
    [wait] = await waiting(wired)
    both = [wired.world.workspace.id, "main:wire-1", wait["run_id"]]
    services = wired.world.services
    assert sorted(await asyncio.gather(*(comebacks.come_back(services, *both) for _ in range(2)))) == [False, True]
    replays = (await wired.world.event(event["id"]))["meta"]["replays"]
    assert len(replays) == 1


async def test_at_the_months_cap_nobody_looks(wired: Wired) -> None:
    await wired.use("openai-compatible")
    await handed_on(wired)
    await wired.set_cap("0")
    asked = len(wired.server.asked)
    assert await look(wired) == 0
    assert len(wired.server.asked) == asked
    assert len(await waiting(wired)) == 1


async def test_they_come_back_a_few_at_a_time(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comebacks, "_FIRST_ROUND", 1)
    await wired.use("openai-compatible")
    for number in range(4):
        await handed_on(wired, email=f"p{number}@example.com")
    wired.server.otherwise = Say(BACK)
    assert [await look(wired) for _ in range(4)] == [1, 2, 1, 0]


async def test_looks_in_vain_become_rarer(wired: Wired) -> None:
    await wired.use("openai-compatible")
    await handed_on(wired)
    pauses = []
    for _ in range(6):
        await look(wired)
        [row] = await wired.world.rows(
            """SELECT extract(epoch FROM due_at - clock_timestamp())::float AS pause, error
               FROM model_outage WHERE workspace_id = %s"""
        )
        assert "503" in row["error"]
        pauses.append(row["pause"])
    assert pauses == pytest.approx([20, 40, 80, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE], abs=2)


async def test_a_worker_looks_by_itself(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comebacks, "_TICK_SECONDS", 0.02)
    await wired.use("openai-compatible")
    await handed_on(wired)
    wired.server.otherwise = Say(BACK)
    await due_now(wired)
    working = asyncio.create_task(comebacks.run_comebacks(wired.world.services))
    async with asyncio.timeout(10):
        while await waiting(wired):  # noqa: ASYNC110 - the database does not tell
            await asyncio.sleep(0.02)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await wired.world.settle()
    assert wired.sink.texts[-1] == BACK


async def test_what_comes_between_giving_back_and_running_is_answered_with_it_or_after_it(wired: Wired) -> None:
    in_bursts(wired)
    await wired.use("openai-compatible")
    event = await handed_on(wired)
    told = len(wired.sink.texts)
    wired.server.otherwise = Say(BACK)
    assert await look(wired) == 1
    later = await wired.ask("One of them is two metres tall.")
    assert (await wired.world.event(event["id"]))["outcome"] == later["outcome"] == "answered"
    assert wired.sink.texts[told:] == [BACK]


async def test_one_that_is_down_again_tells_the_contact_nothing_more(wired: Wired) -> None:
    await wired.use("openai-compatible")
    event = await handed_on(wired)
    told = list(wired.sink.texts)
    wired.server.otherwise = Fail("overloaded")
    for times in range(1, comebacks.MOST_TIMES + 1):
        wired.server.will(Say("ok"))  # to the look, and nothing else
        assert await look(wired) == 1
        await wired.world.settle()
        after = await wired.world.event(event["id"])
        assert (after["outcome"], wired.sink.texts) == ("handed_off", told)
        assert (await conversation_of(wired, event))["holder"] == "team"
        assert [wait["times"] for wait in await waiting(wired)] == ([times] if times < comebacks.MOST_TIMES else [])
    wired.server.otherwise = Say(BACK)
    assert await look(wired) == 0


async def test_a_model_that_comes_back_and_hands_on_itself_says_only_its_own_words(wired: Wired) -> None:
    from tests.fakes.model_server import Call

    await wired.use("openai-compatible")
    event = await handed_on(wired)
    told = list(wired.sink.texts)
    wired.server.will(Say("ok"))
    wired.server.otherwise = Call("escalate", {"reason": "clocks", "summary": "Wants clocks repaired."})
    assert await look(wired) == 1
    await wired.world.settle()
    after = await wired.world.event(event["id"])
    assert (after["outcome"], after["reason"]) == ("handed_off", "clocks")
    assert wired.sink.texts == told
    assert await waiting(wired) == []


async def test_two_workers_give_it_back_once(wired: Wired) -> None:
    await wired.use("openai-compatible")
    await handed_on(wired)
    told = list(wired.sink.texts)
    wired.server.otherwise = Say(BACK)
    services = wired.world.services
    other = replace(services)
    asked = len(wired.server.asked)
    await due_now(wired)
    came = await asyncio.gather(*(comebacks.look_everywhere(each) for each in (services, other, services, other)))
    assert sum(came) == 1
    assert len(wired.server.asked) == asked + 1
    await wired.world.settle()
    assert wired.sink.texts == [*told, BACK]
    await other.models.close()


async def test_a_worker_that_still_leaves_the_model_alone_asks_it_for_what_came_back(wired: Wired) -> None:
    await wired.use("openai-compatible")
    await handed_on(wired)
    wired.server.otherwise = Say(BACK)
    other = replace(wired.world.services)
    assert await look(wired, other) == 1  # the one whose breaker is open runs it
    await wired.world.settle()
    assert wired.sink.texts[-1] == BACK
    await other.models.close()


async def test_a_look_whose_worker_died_is_made_again(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    await wired.use("openai-compatible")
    await handed_on(wired)
    wired.server.otherwise = Say(BACK)

    async def dies(*_: Any) -> bool:
        raise KeyError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(comebacks, "_given_back", dies)
        assert await look(wired) == 0
    assert len(await waiting(wired)) == 1
    assert await look(wired) == 1


async def test_it_comes_back_to_the_model_that_the_workspace_chose_instead(wired: Wired) -> None:
    await wired.use("openai-compatible")
    await wired.provider("spare", "anthropic", wired.spare)
    event = await handed_on(wired)
    await wired.set_model("spare:wire-1")
    wired.spare.otherwise = Say(BACK)
    asked = len(wired.server.asked)
    assert [await look(wired), await look(wired)] == [0, 1]
    await wired.world.settle()
    assert (await wired.world.event(event["id"]))["outcome"] == "answered"
    assert (wired.sink.texts[-1], len(wired.server.asked)) == (BACK, asked)
    assert await look(wired) == 0
    assert await wired.world.rows("SELECT model FROM model_outage WHERE workspace_id = %s") == []


async def test_where_the_built_in_model_was_chosen_instead_it_stays_with_the_team(wired: Wired) -> None:
    await wired.use("openai-compatible")
    await handed_on(wired)
    await wired.set_model("builtin")
    wired.server.otherwise = Say(BACK)
    assert await look(wired) == 0
    assert await waiting(wired) == []


async def test_of_a_chain_that_is_down_whichever_answers_first_takes_it(wired: Wired) -> None:
    await wired.provider("spare", "anthropic", wired.spare)
    await wired.use("openai-compatible", fallbacks=["spare:wire-1"])
    wired.spare.otherwise = Fail("overloaded")
    await handed_on(wired)
    assert sorted(wait["model"] for wait in await waiting(wired)) == ["main:wire-1", "spare:wire-1"]
    wired.spare.otherwise = Say(BACK)
    assert await look(wired) == 1
    await wired.world.settle()
    assert wired.sink.texts[-1] == BACK
    assert await waiting(wired) == []


async def test_after_the_hours_that_were_set_it_stays_with_the_team(wired: Wired) -> None:
    await wired.use("openai-compatible")
    event = await handed_on(wired)
    [wait] = await waiting(wired)
    hours = timedelta(hours=wired.world.services.settings.outage_hours)
    assert abs(wait["until"] - wait["created_at"] - hours) < timedelta(minutes=1)
    await wired.world.rows("UPDATE outage_wait SET until = clock_timestamp() WHERE workspace_id = %s RETURNING run_id")
    wired.server.otherwise = Say(BACK)
    asked = len(wired.server.asked)
    assert await look(wired) == 0
    assert (await waiting(wired), len(wired.server.asked)) == ([], asked)
    assert (await conversation_of(wired, event))["holder"] == "team"


async def test_the_teams_deadline_is_told_of_once(wired: Wired) -> None:
    await wired.use("openai-compatible")
    await handed_on(wired)
    await wired.world.rows(
        "UPDATE outage_wait SET deadline = clock_timestamp() WHERE workspace_id = %s RETURNING run_id"
    )
    await look(wired)
    await look(wired)
    told = await wired.world.rows("SELECT title FROM notification WHERE workspace_id = %s AND cause LIKE 'overdue%%'")
    assert [row["title"] for row in told] == ["The conversation with Ada (generic) is overdue"]


@pytest.mark.parametrize(
    "text",
    [
        "My father has collapsed and does not breathe!",
        "I want to speak to a human being, please.",
        "This is a complaint: your staff were rude to me.",
    ],
)
async def test_what_is_for_a_person_in_any_case_waits_for_no_model(wired: Wired, text: str) -> None:
    await wired.use("openai-compatible")
    wired.server.otherwise = Fail("overloaded")
    event = await wired.ask(text)
    assert event["outcome"] == "handed_off"
    assert await waiting(wired) == []


async def test_a_refused_key_is_no_outage(wired: Wired) -> None:
    await wired.use("openai-compatible")
    wired.server.otherwise = Fail("bad_key")
    await wired.ask("Antique clocks, do you repair those too?", email="first@example.com")
    event = await wired.ask(UNKNOWN)  # the key rests: "not asked"
    assert event["outcome"] == "handed_off"
    assert await waiting(wired) == []


async def test_a_healthy_model_and_the_built_in_one_leave_nothing_behind(wired: Wired) -> None:
    await wired.set_model("builtin")
    event = await wired.ask(UNKNOWN)
    assert event["outcome"] == "handed_off"
    assert await waiting(wired) == []


async def test_in_a_restored_copy_nothing_comes_back(wired: Wired) -> None:
    await wired.use("openai-compatible")
    await handed_on(wired)
    await doubt_what_was_under_way(wired.world.services, wired.world.workspace.id, made_at=clock.now())
    wired.server.otherwise = Say(BACK)
    assert await look(wired) == 0


async def test_thousands_that_wait_do_not_slow_the_watchdog_down(wired: Wired) -> None:
    """It looks every second, and nobody has counted the rows yet."""
    workspace_id = wired.world.workspace.id
    async with (
        wired.world.services.db.workspace(workspace_id) as connection,
        connection.transaction(force_rollback=True),
    ):
        await connection.execute("INSERT INTO contact (workspace_id, id) VALUES (%s, %s)", (workspace_id, workspace_id))
        await connection.execute(
            """WITH handed_on AS (
                   INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to, holder,
                                             respond_by)
                   SELECT %(ws)s, gen_random_uuid(), %(ws)s, 'email', %(ws)s, 'ada@example.com', 'team',
                          now() - interval '1 hour' FROM generate_series(1, 6000) RETURNING id)
               INSERT INTO outage_wait (workspace_id, run_id, model, event_ids, conversation_id, deadline, until, times)
               SELECT %(ws)s, gen_random_uuid(), 'main:wire-1', '{}', id, now(), now(), 0 FROM handed_on""",
            {"ws": workspace_id},
        )
        began = time.perf_counter()
        await connection.execute("SELECT * FROM due_work(50)")
        assert time.perf_counter() - began < 0.5
