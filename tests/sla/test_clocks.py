"""Clocks start with what a contact writes and stop with the answer, in the time that their policy counts."""

import asyncio
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from dynaris.core import clock
from dynaris.core.ids import new_id
from dynaris.sla.watching import look
from dynaris.workspaces.actions import add_member
from tests.sla.conftest import WEEK, Desk, local, minutes, policy, shown


async def test_without_policies_there_are_no_clocks(desk: Desk) -> None:
    await desk.writes(await desk.conversation(), "2026-11-20 10:00")
    assert await desk.clocks() == []


async def test_the_first_message_starts_first_response_and_resolution(desk: Desk) -> None:
    await desk.policies(policy())
    await desk.writes(await desk.conversation(), "2026-11-20 10:00")
    await desk.at("2026-11-20 10:01")
    first, resolution = await desk.clock("first_response"), await desk.clock("resolution")
    assert (shown(first["due_at"]), shown(first["warn_at"])) == ("2026-11-20 11:00", "2026-11-20 10:48")
    assert shown(resolution["due_at"]) == "2026-11-20 18:00"


async def test_an_answer_stops_the_response_and_the_next_message_starts_another(desk: Desk) -> None:
    await desk.policies(policy())
    conversation = await desk.conversation()
    await desk.writes(conversation, "2026-11-20 10:00")
    await desk.answers(conversation, "2026-11-20 10:20")
    await desk.at("2026-11-20 10:21")
    first = await desk.clock("first_response")
    assert (first["status"], first["seconds"], first["breached_at"]) == ("stopped", 1200, None)
    assert await desk.clocks("next_response") == []
    await desk.writes(conversation, "2026-11-20 12:00")
    await desk.writes(conversation, "2026-11-20 12:30")
    await desk.at("2026-11-20 12:31")
    following = await desk.clock("next_response")
    assert shown(following["due_at"]) == "2026-11-20 14:00", "the earliest that nobody answered counts"


async def test_resolution_stands_still_while_the_contact_is_to_answer(desk: Desk) -> None:
    await desk.policies(policy())
    conversation = await desk.conversation()
    await desk.writes(conversation, "2026-11-20 10:00")
    await desk.answers(conversation, "2026-11-20 10:30")
    await desk.at("2026-11-20 10:31")
    paused = await desk.clock("resolution")
    assert (paused["status"], paused["due_at"]) == ("paused", None)
    await desk.writes(conversation, "2026-11-21 10:00")
    await desk.at("2026-11-21 10:01")
    assert shown((await desk.clock("resolution"))["due_at"]) == "2026-11-21 17:30"


async def test_business_hours_stand_still_over_the_weekend_and_on_holidays(desk: Desk) -> None:
    await desk.opens(WEEK, "2026-11-23")
    await desk.policies(policy(business_hours=True))
    conversation = await desk.conversation()
    await desk.writes(conversation, "2026-11-20 16:30")
    await desk.at("2026-11-20 16:31")
    assert shown((await desk.clock("first_response"))["due_at"]) == "2026-11-24 09:30", "Monday is a holiday"
    await desk.answers(conversation, "2026-11-24 09:15")
    await desk.at("2026-11-24 09:16")
    first = await desk.clock("first_response")
    assert (first["seconds"], first["breached_at"]) == (45 * 60, None)


async def test_opening_hours_that_change_plan_what_runs_anew(desk: Desk) -> None:
    await desk.opens(WEEK)
    await desk.policies(policy(business_hours=True))
    await desk.writes(await desk.conversation(), "2026-11-20 16:30")
    await desk.at("2026-11-20 16:31")
    assert shown((await desk.clock("first_response"))["due_at"]) == "2026-11-23 09:30"
    await desk.opens({**WEEK, "saturday": ["10:00-12:00"]})
    await desk.at("2026-11-20 16:32")
    assert shown((await desk.clock("first_response"))["due_at"]) == "2026-11-21 10:30"


async def test_a_teams_own_hours_count_for_what_it_has(desk: Desk) -> None:
    await desk.opens(WEEK)
    await desk.policies(policy(business_hours=True))
    team = new_id()
    await desk.world.rows(
        """INSERT INTO team (workspace_id, id, name, business_hours) VALUES (%(ws)s, %(id)s, 'Night', %(hours)s)
           RETURNING id""",
        id=team,
        hours=Jsonb({"friday": ["16:00-20:00"]}),
    )
    await desk.writes(await desk.conversation(team_id=team), "2026-11-20 16:30")
    await desk.at("2026-11-20 16:31")
    assert shown((await desk.clock("first_response"))["due_at"]) == "2026-11-20 17:30"
    await desk.world.rows(
        "UPDATE team SET business_hours = NULL WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING id", id=team
    )
    await desk.at("2026-11-20 16:32")
    assert shown((await desk.clock("first_response"))["due_at"]) == "2026-11-23 09:30"


async def test_a_night_in_which_clocks_change_has_its_real_hours(desk: Desk) -> None:
    await desk.opens({"saturday": ["00:00-24:00"], "sunday": ["00:00-24:00"]})
    await desk.policies(
        policy(business_hours=True, first_response_minutes=24 * 60, resolution_minutes=None, warn_percent=None)
    )
    await desk.writes(await desk.conversation(), "2026-10-25 00:00")
    await desk.at("2026-10-25 00:01")
    assert shown((await desk.clock("first_response"))["due_at"]) == "2026-10-25 23:00"


async def test_the_first_policy_that_fits_counts_and_running_clocks_follow_the_conversation(desk: Desk) -> None:
    (team,) = await desk.world.rows(
        "INSERT INTO team (workspace_id, id, name) VALUES (%(ws)s, %(id)s, 'Night') RETURNING id", id=new_id()
    )
    tag = new_id()
    await desk.world.rows(
        "INSERT INTO tag (workspace_id, id, name, colour) VALUES (%(ws)s, %(id)s, 'urgent', 'red') RETURNING id", id=tag
    )
    await desk.policies(
        policy("Urgent", tag_ids=[tag], first_response_minutes=5),
        policy("VIP", contact_tags=["VIP"], first_response_minutes=10),
        policy("Night", team_ids=[team["id"]], first_response_minutes=20),
        policy("Chat", channels=["webchat"], first_response_minutes=30),
        policy("Rest", first_response_minutes=60),
    )
    expected = {"2026-11-20 10:10": {"tags": ["vip"]}, "2026-11-20 10:20": {"team_id": team["id"]}}
    kinds = {**expected, "2026-11-20 10:30": {"channel": "webchat"}, "2026-11-20 11:00": {}}
    made: dict[str, UUID] = {}
    for due, values in kinds.items():
        made[due] = await desk.conversation(**values)
        await desk.writes(made[due], "2026-11-20 10:00")
    await desk.at("2026-11-20 10:01")
    found = {row["conversation_id"]: shown(row["due_at"]) for row in await desk.clocks("first_response")}
    assert found == {conversation: due for due, conversation in made.items()}
    last = made["2026-11-20 11:00"]
    await desk.world.rows(
        """INSERT INTO conversation_tag (workspace_id, conversation_id, tag_id) VALUES (%(ws)s, %(id)s, %(tag)s)
           RETURNING tag_id""",
        id=last,
        tag=tag,
    )
    await desk.at("2026-11-20 10:02")
    found = {row["conversation_id"]: shown(row["due_at"]) for row in await desk.clocks("first_response")}
    assert found[last] == "2026-11-20 10:05"


async def test_lines_of_the_product_and_holding_replies_are_no_answers(desk: Desk) -> None:
    await desk.policies(policy())
    conversation = await desk.conversation()
    await desk.writes(conversation, "2026-11-20 10:00")
    await desk.answers(conversation, "2026-11-20 10:01", author="system")
    await desk.answers(conversation, "2026-11-20 10:02", author="agent", holding=True)
    assert ("first_response", "running") in await desk.states()


@pytest.mark.parametrize("delivery", ["failed", "cancelled"])
async def test_an_answer_that_does_not_arrive_is_none(desk: Desk, delivery: str) -> None:
    await desk.policies(policy())
    conversation = await desk.conversation()
    await desk.writes(conversation, "2026-11-20 10:00")
    answer = await desk.answers(conversation, "2026-11-20 10:20")
    set_to = "UPDATE message SET delivery = %(delivery)s WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING id"
    await desk.world.rows(set_to, delivery=delivery, id=answer)
    assert await desk.states() == [("first_response", "running"), ("resolution", "running")]
    await desk.world.rows(set_to, delivery="queued", id=answer)
    assert await desk.states() == [("first_response", "stopped"), ("resolution", "paused")]


async def test_warning_and_breach_are_told_once_each_by_two_workers(desk: Desk) -> None:
    await desk.policies(policy(resolution_minutes=None))
    owner = desk.world.workspace.owner_id
    conversation = await desk.conversation()
    await desk.writes(conversation, "2026-11-20 10:00")
    await desk.at("2026-11-20 10:47")
    assert await desk.told() == []
    for moment, topics in (("2026-11-20 10:48", ["warning"]), ("2026-11-20 11:00", ["warning", "breached"])):
        looks = (look(desk.world.services.db, desk.world.workspace.id, now=local(moment)) for _ in range(2))
        assert sum(await asyncio.gather(*looks)) == 1
        await desk.at(moment)
        assert await desk.told() == [(f"sla_{topic}", owner) for topic in topics]
    await desk.answers(conversation, "2026-11-20 11:30")
    await desk.at("2026-11-20 12:00")
    first = await desk.clock("first_response")
    assert shown(first["breached_at"]) == "2026-11-20 11:00"
    assert len(await desk.told()) == 2


async def test_what_was_missed_while_no_worker_ran_is_missed_and_nobody_is_told_late(desk: Desk) -> None:
    await desk.policies(policy(resolution_minutes=None))
    conversation = await desk.conversation()
    await desk.writes(conversation, "2026-11-20 10:00")
    await desk.answers(conversation, "2026-11-20 11:30")
    await desk.at("2026-11-20 12:00")
    assert shown((await desk.clock("first_response"))["breached_at"]) == "2026-11-20 11:00"
    assert await desk.told() == []


async def test_who_has_the_conversation_is_told_else_its_team(desk: Desk) -> None:
    world = desk.world
    async with world.services.db.transaction(world.workspace.id) as connection:
        tess, theo = [
            await add_member(
                connection,
                world.workspace.id,
                person_id=new_id(),
                email=f"{name}@x.example",
                name=name,
                role="teammate",
            )
            for name in ("Tess", "Theo")
        ]
    team = new_id()
    await world.rows("INSERT INTO team (workspace_id, id, name) VALUES (%(ws)s, %(id)s, 'One') RETURNING id", id=team)
    await world.rows(
        """INSERT INTO team_member (workspace_id, team_id, member_id) VALUES (%(ws)s, %(team)s, %(tess)s)
           RETURNING team_id""",
        team=team,
        tess=tess,
    )
    await desk.policies(policy(resolution_minutes=None, warn_percent=None, warn_minutes=10))
    await desk.writes(await desk.conversation(team_id=team), "2026-11-20 10:00")
    held = await desk.conversation(team_id=team)
    await world.rows(
        """UPDATE conversation SET holder = 'member', holder_id = %(theo)s WHERE workspace_id = %(ws)s AND id = %(id)s
           RETURNING id""",
        theo=theo,
        id=held,
    )
    await desk.writes(held, "2026-11-20 10:01")
    await desk.at("2026-11-20 10:51")
    assert await desk.told() == [("sla_warning", tess), ("sla_warning", theo)]


async def test_what_is_ignored_afterwards_never_counted(desk: Desk) -> None:
    await desk.policies(policy())
    conversation = await desk.conversation()
    ignored = await desk.writes(conversation, "2026-11-20 10:00")
    end = "UPDATE event SET status = 'done', outcome = 'ignored' WHERE workspace_id = %s AND id = %s RETURNING id"
    await desk.world.rows(end, ignored)
    assert await desk.states() == [("first_response", "cancelled"), ("resolution", "cancelled")]
    thanks = await desk.writes(conversation, "2026-11-20 11:00")
    await desk.writes(conversation, "2026-11-20 11:20")
    await desk.world.rows(end, thanks)
    await desk.at("2026-11-20 11:21")
    running = [row for row in await desk.clocks("first_response") if row["status"] == "running"]
    assert [shown(row["due_at"]) for row in running] == ["2026-11-20 12:20"]


async def test_an_agent_answers_what_it_was_asked_and_what_came_since_waits_on(desk: Desk) -> None:
    await desk.policies(policy())
    conversation, run = await desk.conversation(), new_id()
    asked = await desk.writes(conversation, "2026-11-20 10:00")
    await desk.world.rows(
        "UPDATE event SET run_id = %(run)s WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING id", run=run, id=asked
    )
    await desk.writes(conversation, "2026-11-20 10:01")
    await desk.world.rows(
        """INSERT INTO message (workspace_id, id, conversation_id, contact_id, run_id, direction, author, text,
                                delivery)
           SELECT workspace_id, %(message)s, id, contact_id, %(run)s, 'outbound', 'agent', 'Yes.', 'queued'
           FROM conversation WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING id""",
        message=new_id(),
        run=run,
        id=conversation,
    )
    await desk.at("2026-11-20 10:02")
    assert await desk.states() == [
        ("first_response", "stopped"),
        ("next_response", "running"),
        ("resolution", "running"),
    ]
    assert shown((await desk.clock("next_response"))["due_at"]) == "2026-11-20 12:01"


async def test_a_deadline_of_a_person_is_the_clocks_whichever_was_there_first(desk: Desk) -> None:
    await desk.policies(policy())
    conversation, now = await desk.conversation(), clock.now()
    event = await desk.writes(conversation, now)
    by_hand = (
        "UPDATE conversation SET respond_by = %(by)s WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING respond_by"
    )
    event_by = "UPDATE event SET deadline = %(by)s WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING deadline"
    later = now + minutes(500)
    (row,) = await desk.world.rows(by_hand, by=later, id=conversation)
    assert row["respond_by"] == later, "nothing is planned yet"
    await desk.world.rows(event_by, by=later, id=event)
    await desk.at(now)
    due = (await desk.clock("first_response"))["due_at"]
    (row,) = await desk.world.rows(
        "SELECT respond_by FROM conversation WHERE workspace_id = %s AND id = %s", conversation
    )
    assert row["respond_by"] == due
    assert (await desk.world.event(event))["deadline"] == due
    assert await desk.world.rows(by_hand, by=later, id=conversation) == [{"respond_by": due}]
    assert await desk.world.rows(event_by, by=later, id=event) == [{"deadline": due}]


async def test_policies_that_change_plan_what_runs_anew_and_leave_what_is_over(desk: Desk) -> None:
    await desk.policies(policy())
    over, runs = await desk.conversation(), await desk.conversation()
    await desk.writes(over, "2026-11-20 10:00")
    await desk.answers(over, "2026-11-20 10:50")
    await desk.writes(runs, "2026-11-20 10:00")
    await desk.at("2026-11-20 10:51")
    await desk.policies(policy(first_response_minutes=30))
    await desk.at("2026-11-20 10:52")
    breached = {row["conversation_id"]: row["breached_at"] is not None for row in await desk.clocks("first_response")}
    assert breached == {over: False, runs: True}
    await desk.policies()
    await desk.at("2026-11-20 10:53")
    live = [row for row in await desk.clocks("first_response") if row["conversation_id"] == runs]
    assert [(row["status"], row["due_at"]) for row in live] == [("running", None)]
    assert live[0]["breached_at"] is not None, "what was told to be late is counted as late"
