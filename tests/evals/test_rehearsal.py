"""A workspace's cases are played in a hidden copy of it: through the real flow, and leaving nothing behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from psycopg.sql import SQL, Identifier
from pydantic import SecretStr

from dynaris.agents.agent_settings_store import change
from dynaris.app.worker import teller_of
from dynaris.channels.registry import channels
from dynaris.core import clock
from dynaris.core.errors import Conflict, InvalidInput
from dynaris.core.ids import new_id
from dynaris.core.settings import Settings
from dynaris.evals.cases import case_of
from dynaris.evals.judge import judge
from dynaris.evals.play import play
from dynaris.evals.runs import cancel, results_of, shown, start
from dynaris.evals.schemas import NewRun
from dynaris.evals.working import MOST_TRIES, work
from dynaris.evals.world import COPIED, Options, Stage, beat, next_monday, stage, sweep_everywhere
from dynaris.migrations.tables import metadata
from dynaris.notifications.telling import tell_due
from dynaris.pipeline.deliver import deliver
from dynaris.pipeline.inbound import run_lane
from dynaris.scheduling import links
from dynaris.scheduling.actions import book
from dynaris.scheduling.catalogue import add_person, add_service
from dynaris.workspaces.actions import create_workspace
from dynaris.workspaces.queries import workspace_ids
from tests.evals.examples import a_case
from tests.flows.conftest import World

TENANT = sorted(table.name for table in metadata.tables.values() if table.info["tenant"] and table.name != "workspace")


@pytest.fixture
async def staged(world: World) -> AsyncIterator[Stage]:
    async with stage(world.services, world.workspace.id, new_id()) as own:
        yield own


async def rows_in(world: World, workspace_id: UUID) -> dict[str, int]:
    """How many rows each table has of a workspace."""
    found = {}
    async with world.services.db.workspace(workspace_id) as connection:
        for table in TENANT:
            query = SQL("SELECT count(*) AS n FROM {} WHERE workspace_id = %s").format(Identifier(table))
            row = await (await connection.execute(query, (workspace_id,))).fetchone()
            found[table] = row["n"] if row else 0
    return found


def changed(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {table: after[table] - before[table] for table in after if after[table] != before[table]}


def conversation(channel: str) -> dict[str, Any]:
    """Two turns, the second of which leans on the first."""
    subject = {"subject": "A question"} if channel == "email" else {}
    return a_case(
        id=f"{channel}-en-talk-1",
        channel=channel,
        turns=["What does a first assessment cost?", "Is there parking?"],
        **subject,
    )


@pytest.mark.parametrize("channel", ["email", "webchat", "whatsapp"])
async def test_a_customer_is_answered_on_every_channel_in_one_conversation(staged: Stage, channel: str) -> None:
    played = await play(staged, case_of(conversation(channel)))
    assert [turn.outcome for turn in played.turns] == ["answered", "answered"]
    assert "75" in played.turns[0].replies[0]
    assert "garage" in played.turns[1].replies[0]
    assert all(turn.agent for turn in played.turns)
    async with staged.services.db.workspace(staged.workspace_id) as connection:
        cursor = await connection.execute(
            "SELECT count(*) AS n FROM conversation WHERE workspace_id = %s", (staged.workspace_id,)
        )
        assert await cursor.fetchone() == {"n": 1}


async def test_two_customers_are_two_contacts(staged: Stage) -> None:
    for number in (1, 2):
        await play(staged, case_of(a_case(id=f"whatsapp-en-{number}", channel="whatsapp")))
    async with staged.services.db.workspace(staged.workspace_id) as connection:
        cursor = await connection.execute(
            "SELECT count(*) AS n FROM contact WHERE workspace_id = %s", (staged.workspace_id,)
        )
        assert await cursor.fetchone() == {"n": 2}


async def test_it_is_monday_at_ten_on_the_stage_alone(world: World) -> None:
    async with stage(world.services, world.workspace.id, new_id()) as own:
        assert clock.now() == own.known.moment
        local = own.known.moment.astimezone(own.known.zone)
        assert (local.weekday(), local.hour, local.minute) == (0, 10, 0)
        assert local > datetime.now(own.known.zone)
    assert clock.now() != own.known.moment


async def test_no_worker_takes_a_rehearsals_lane(staged: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    claimed: list[dict[str, Any]] = []

    async def looked_at(*_: Any) -> None:
        async with staged.services.db.system() as connection:
            claimed.extend(
                await (await connection.execute("SELECT * FROM claim_lanes(%s, 1000)", (new_id(),))).fetchall()
            )

    monkeypatch.setattr("dynaris.evals.play.run_lane", looked_at)
    played = await play(staged, case_of(a_case()))
    assert played.ended_as == "waiting for None"
    assert [row for row in claimed if row["workspace_id"] == staged.workspace_id] == []


async def test_the_copy_is_on_no_list_and_cannot_be_ended_from_elsewhere(world: World, staged: Stage) -> None:
    assert staged.workspace_id not in await workspace_ids(world.services.db)
    slug = f"other-{new_id().hex}"
    other = await create_workspace(
        world.services.db, slug=slug, name="Other", owner_email=f"o@{slug}.example", owner_name="O"
    )
    for from_there, copy_id in ((other.id, staged.workspace_id), (world.workspace.id, other.id)):
        async with world.services.db.workspace(from_there) as connection:
            row = await (await connection.execute("SELECT end_rehearsal(%s) AS ended", (copy_id,))).fetchone()
        assert row == {"ended": False}
    assert (await rows_in(world, staged.workspace_id))["passage"] == 3
    assert (await rows_in(world, other.id))["member"] == 1


async def test_nothing_leaves_even_through_a_worker_that_finds_it(world: World, staged: Stage) -> None:
    """What our people would be told by mail is not even looked for, and would not leave from the copy's outbox."""
    email: Any = channels()["email"]
    email.configure(Settings(smtp_url=SecretStr("smtp://127.0.0.1:9")))
    played = await play(staged, case_of(a_case(turns=["I want to talk to a person, please"])))
    assert played.ended_as == "handed_off"
    teller = teller_of(world.services)
    async with world.services.db.system() as connection:
        found = await (await connection.execute("SELECT workspaces_to_tell(now()) AS id")).fetchall()
    assert staged.workspace_id not in {row["id"] for row in found}
    assert await tell_due(teller, staged.workspace_id, now=clock.now())
    async with staged.services.db.workspace(staged.workspace_id) as connection:
        cursor = await connection.execute(
            "SELECT id FROM outbox WHERE workspace_id = %s AND status = 'queued'", (staged.workspace_id,)
        )
        queued = await cursor.fetchall()
    assert queued
    for row in queued:  # nobody listens at that address: what is tried to be sent is queued again
        assert await deliver(world.services, staged.workspace_id, row["id"]) == "sent"
    email.configure(Settings(private_networks="loopback"))


def test_every_copied_table_exists() -> None:
    assert set(COPIED) <= set(TENANT)


async def test_bookings_are_read_and_the_next_customer_finds_the_calendar_empty(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.services.db.transaction(world.workspace.id) as connection:
        fields = {"name": "Massage", "duration_minutes": 60}
        massage = (await add_service(connection, world.workspace.id, fields=fields, by="system")).id
        whole = {"name": "Ann", "hours": {"tuesday": ["09:00-18:00"]}}
        await add_person(connection, world.workspace.id, fields=whole, by="system")
    starts = (next_monday(ZoneInfo("UTC")) + timedelta(days=1)).replace(hour=15)

    async def and_somebody_books(services: Any, workspace_id: UUID, lane: str, holder: UUID) -> None:
        await run_lane(services, workspace_id, lane, holder)
        async with services.db.transaction(workspace_id) as connection:
            cursor = await connection.execute(
                "SELECT id FROM contact WHERE workspace_id = %s ORDER BY id DESC", (workspace_id,)
            )
            [contact, *_] = await cursor.fetchall()
            await book(
                connection,
                workspace_id,
                service_id=massage,
                starts_at=starts,
                contact_id=contact["id"],
                key=new_id().hex,
                by="agent:scheduling",
                now=clock.now(),
            )

    monkeypatch.setattr("dynaris.evals.play.run_lane", and_somebody_books)
    wish = {"service": "Massage", "weekday": "tuesday", "from": "15:00", "until": "16:00"}
    wanted = case_of(a_case(expect={"outcome": "answered", "booking": wish}))
    async with stage(world.services, world.workspace.id, new_id()) as own:
        for _ in range(2):
            verdict = judge(wanted, await play(own, wanted), own.known)["booked_right"]
            assert verdict.holds, verdict.why


async def test_the_address_that_a_booking_has_of_us_is_not_invented(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its mail is another message of the conversation, once a worker has taken it up."""
    links.configure("https://dynaris.example", world.services.accounts.vault)
    real = run_lane

    async def and_a_worker_comes_by(services: Any, workspace_id: UUID, *lane: Any) -> None:
        await real(services, workspace_id, *lane)
        async with services.db.workspace(workspace_id) as connection:
            query = "SELECT id FROM outbox WHERE workspace_id = %s AND status = 'queued'"
            queued = await (await connection.execute(query, (workspace_id,))).fetchall()
        for row in queued:
            await deliver(services, workspace_id, row["id"])

    monkeypatch.setattr("dynaris.evals.play.run_lane", and_a_worker_comes_by)
    async with world.services.db.transaction(world.workspace.id) as connection:
        fields = {"name": "Massage", "duration_minutes": 60}
        await add_service(connection, world.workspace.id, fields=fields, by="system")
        whole = {"name": "Ann", "hours": {"tuesday": ["09:00-18:00"]}}
        await add_person(connection, world.workspace.id, fields=whole, by="system")
    turns = ["Can I come in tomorrow after three for a massage?", "{first_slot} is perfect."]
    wish = {"service": "Massage", "weekday": "tuesday", "from": "15:00", "until": "18:00"}
    mail = a_case(channel="email", subject="Massage", turns=turns, expect={"outcome": "answered", "booking": wish})
    run_id = await started(world, asked(mail))
    await work(world.services, world.workspace.id, run_id)
    async with world.services.db.workspace(world.workspace.id) as connection:
        [result] = await results_of(connection, world.workspace.id, run_id)
    assert "https://dynaris.example/book/" in result.played.letters
    assert result.failed == [], result.verdicts


def asked(*cases: dict[str, Any], **more: Any) -> NewRun:
    return NewRun.model_validate({"cases": list(cases), **more})


async def started(world: World, wanted: NewRun) -> UUID:
    async with world.services.db.transaction(world.workspace.id) as connection:
        return await start(connection, world.workspace.id, wanted, by="system")


async def test_a_run_is_judged_and_leaves_nothing_but_its_results(world: World) -> None:
    before = await rows_in(world, world.workspace.id)
    wrong = a_case(id="chat-en-wrong-1", turns=["Is there parking?"], expect={"outcome": "handed_off"})
    run_id = await started(world, asked(a_case(), wrong))
    await work(world.services, world.workspace.id, run_id)
    async with world.services.db.workspace(world.workspace.id) as connection:
        row = await shown(connection, world.workspace.id, run_id)
        results = await results_of(connection, world.workspace.id, run_id)
    assert (row["status"], row["played"], row["error"], row["model"]) == ("done", 2, None, "builtin")
    assert {result.case.id: result.failed for result in results} == {
        "chat-en-parking-1": [],
        "chat-en-wrong-1": ["outcome"],
    }
    left = changed(before, await rows_in(world, world.workspace.id))
    assert left == {"eval_run": 1, "eval_result": 2, "audit_entry": 1}


async def test_a_second_run_waits_for_the_end_of_the_first(world: World) -> None:
    run_id = await started(world, asked(a_case()))
    with pytest.raises(Conflict):
        await started(world, asked(a_case()))
    await work(world.services, world.workspace.id, run_id)
    await started(world, asked(a_case()))


async def test_a_run_is_not_taken_from_a_worker_that_lives(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its job may be, where that worker was silent for some seconds."""
    run_id = await started(world, asked(a_case(), a_case(id="chat-en-parking-2")))
    real, takeover = run_lane, list[asyncio.Task[None]]()

    async def and_another_worker_gets_the_job(*lane: Any) -> None:
        if not takeover:
            takeover.append(asyncio.create_task(work(world.services, world.workspace.id, run_id)))
            await asyncio.sleep(0.5)
        await real(*lane)

    monkeypatch.setattr("dynaris.evals.play.run_lane", and_another_worker_gets_the_job)
    await work(world.services, world.workspace.id, run_id)
    [row] = await world.rows("SELECT status, copies, tries FROM eval_run WHERE workspace_id = %s")
    assert row == {"status": "done", "copies": [], "tries": 1}
    await takeover[0]
    async with world.services.db.workspace(world.workspace.id) as connection:
        results = await results_of(connection, world.workspace.id, run_id)
    assert [result.failed for result in results] == [[], []]


async def test_a_play_whose_run_another_worker_began_again_stops_and_its_copy_goes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = await started(world, asked(a_case(), a_case(id="chat-en-parking-2")))
    real, played_in = run_lane, list[UUID]()

    async def and_it_is_begun_again(services: Any, workspace_id: UUID, *lane: Any) -> None:
        await real(services, workspace_id, *lane)
        played_in.append(workspace_id)
        await world.rows("UPDATE eval_run SET tries = tries + 1 WHERE workspace_id = %s RETURNING id")

    monkeypatch.setattr("dynaris.evals.play.run_lane", and_it_is_begun_again)
    await work(world.services, world.workspace.id, run_id)
    assert len(played_in) == 1
    assert {table: n for table, n in (await rows_in(world, played_in[0])).items() if n} == {}
    [row] = await world.rows("SELECT status, tries FROM eval_run WHERE workspace_id = %s")
    assert row == {"status": "running", "tries": 2}  # it is for the other to end it


async def test_a_copy_has_a_heartbeat_while_a_case_takes_its_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats: list[UUID] = []
    again = asyncio.Event()

    async def counted(_: Any, copy_id: UUID) -> None:
        beats.append(copy_id)
        if len(beats) > 1:
            again.set()

    monkeypatch.setattr("dynaris.evals.world.beat", counted)
    monkeypatch.setattr("dynaris.evals.world._BEAT_SECONDS", 0.01)
    async with stage(world.services, world.workspace.id, new_id()) as own, asyncio.timeout(10):
        await again.wait()  # without a case begun
    assert set(beats) == {own.workspace_id}


async def test_after_a_crash_the_copy_is_cleared_away_and_what_was_judged_stands(world: World) -> None:
    run_id = await started(world, asked(a_case(), a_case(id="chat-en-parking-2")))
    copy_id = new_id()
    dies = stage(world.services, world.workspace.id, copy_id, options=Options())
    own = await dies.__aenter__()
    played = await play(own, case_of(a_case()))
    assert played.turns[0].outcome == "answered"
    async with world.services.db.workspace(copy_id) as connection:
        await connection.execute(
            "INSERT INTO model_spending (workspace_id, month, spent, requests) VALUES (%s, '2026-10', 0.5, 3)",
            (copy_id,),
        )
    await world.rows(
        """UPDATE eval_run SET status = 'running', tries = 1, copies = ARRAY[%(copy)s::uuid]
           WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING id""",
        copy=copy_id,
        id=run_id,
    )
    await work(world.services, world.workspace.id, run_id)
    assert {table: n for table, n in (await rows_in(world, copy_id)).items() if n} == {}
    async with world.services.db.workspace(world.workspace.id) as connection:
        assert (await shown(connection, world.workspace.id, run_id))["played"] == 2
    [spent] = await world.rows("SELECT month, spent, requests FROM model_spending WHERE workspace_id = %s")
    assert spent == {"month": "2026-10", "spent": Decimal("0.500000"), "requests": 3}
    await dies.__aexit__(None, None, None)  # what the dead worker never did; done twice, nothing is charged twice
    [spent] = await world.rows("SELECT requests FROM model_spending WHERE workspace_id = %s")
    assert spent == {"requests": 3}


async def test_what_a_dead_command_left_long_ago_goes_with_the_next_rehearsal(world: World) -> None:
    old, fresh = new_id(), new_id()
    for copy_id in (old, fresh):
        await world.rows("SELECT begin_rehearsal(%(copy)s, '{knowledge_source,passage}'::text[])", copy=copy_id)
    async with world.services.db.workspace(old) as connection:
        await connection.execute(
            "UPDATE workspace SET created_at = created_at - interval '1 day' WHERE id = %s", (old,)
        )
    await work(world.services, world.workspace.id, await started(world, asked(a_case())))
    assert [(await rows_in(world, each))["passage"] for each in (old, fresh)] == [0, 3]


async def test_what_a_dead_command_left_goes_by_itself_and_what_is_played_stays(world: World) -> None:
    dead, slow = new_id(), new_id()
    for copy_id in (dead, slow):
        await world.rows("SELECT begin_rehearsal(%(copy)s, '{knowledge_source,passage}'::text[])", copy=copy_id)
        async with world.services.db.workspace(copy_id) as connection:
            await connection.execute(
                "UPDATE workspace SET created_at = created_at - interval '3 hours' WHERE id = %s", (copy_id,)
            )
    await beat(world.services, slow)
    with suppress(TimeoutError):
        await asyncio.wait_for(sweep_everywhere(world.services), 3)
    assert [(await rows_in(world, each))["passage"] for each in (dead, slow)] == [0, 3]


async def test_a_run_whose_worker_dies_each_time_ends(world: World) -> None:
    run_id = await started(world, asked(a_case()))
    await world.rows(
        "UPDATE eval_run SET tries = %(tries)s WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING id",
        tries=MOST_TRIES,
        id=run_id,
    )
    await work(world.services, world.workspace.id, run_id)
    async with world.services.db.workspace(world.workspace.id) as connection:
        assert (await shown(connection, world.workspace.id, run_id))["status"] == "failed"


async def test_a_cancelled_run_stops_after_the_case_under_way(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = await started(world, asked(a_case(), a_case(id="chat-en-parking-2"), a_case(id="chat-en-parking-3")))
    real = run_lane

    async def and_somebody_cancels(*lane: Any) -> None:
        await real(*lane)
        async with world.services.db.transaction(world.workspace.id) as connection:
            with suppress(Conflict):
                await cancel(connection, world.workspace.id, run_id, by="system")

    monkeypatch.setattr("dynaris.evals.play.run_lane", and_somebody_cancels)
    await work(world.services, world.workspace.id, run_id)
    async with world.services.db.workspace(world.workspace.id) as connection:
        row = await shown(connection, world.workspace.id, run_id)
        assert (row["status"], row["error"], row["played"]) == ("cancelled", None, 1)
        cursor = await connection.execute("SELECT copies FROM eval_run WHERE workspace_id = %s", (world.workspace.id,))
        assert await cursor.fetchone() == {"copies": []}
    with pytest.raises(Conflict):
        async with world.services.db.transaction(world.workspace.id) as connection:
            await cancel(connection, world.workspace.id, run_id, by="system")
    await started(world, asked(a_case()))


async def test_a_case_that_wants_an_unknown_answer_is_refused_in_words(world: World) -> None:
    expect = {"outcome": "answered", "knowledge": True, "passages": ["Do you sell cars?"]}
    run_id = await started(world, asked(a_case(expect=expect)))
    await work(world.services, world.workspace.id, run_id)
    async with world.services.db.workspace(world.workspace.id) as connection:
        row = await shown(connection, world.workspace.id, run_id)
    assert row["status"] == "failed"
    assert "not 'Do you sell cars?'" in row["error"]


async def test_agents_are_played_as_they_were_in_an_earlier_version(world: World) -> None:
    workspace_id = world.workspace.id
    for temperature in (0.1, 0.9):
        async with world.services.db.transaction(workspace_id) as connection:
            await change(
                connection, workspace_id, "chat", {"temperature": temperature, "model": "builtin"}, by="system"
            )

    async def agents_with(options: Options) -> dict[str, Any]:
        copy_id = new_id()
        async with (
            stage(world.services, workspace_id, copy_id, options=options),
            world.services.db.workspace(copy_id) as connection,
        ):
            cursor = await connection.execute("SELECT agents FROM workspace WHERE id = %s", (copy_id,))
            row = await cursor.fetchone()
        return row["agents"] if row else {}

    assert (await agents_with(Options()))["chat"]["temperature"] == 0.9
    assert (await agents_with(Options(agent_versions=(("chat", 1),))))["chat"]["temperature"] == 0.1
    assert (await agents_with(Options(agent_versions=(("*", 1),))))["chat"]["temperature"] == 0.1
    assert (await agents_with(Options(model="openai:gpt-5.2")))["chat"] == {"temperature": 0.9}
    with pytest.raises(InvalidInput, match="the agent voice has no version 1"):
        await agents_with(Options(agent_versions=(("voice", 1),)))


async def test_a_cap_leaves_a_rehearsal_what_is_left_of_the_month(world: World) -> None:
    for cap, left in ((None, None), (Decimal(10), Decimal("7.5"))):
        await world.rows("UPDATE workspace SET spending_cap = %(cap)s WHERE id = %(ws)s RETURNING id", cap=cap)
        await world.rows(
            """INSERT INTO model_spending (workspace_id, month, spent, requests)
               VALUES (%(ws)s, to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM'), 2.5, 1)
               ON CONFLICT DO NOTHING RETURNING month""",
            x=1,
        )
        async with stage(world.services, world.workspace.id, new_id()) as own:
            async with own.services.db.workspace(own.workspace_id) as connection:
                row = await (
                    await connection.execute("SELECT spending_cap FROM workspace WHERE id = %s", (own.workspace_id,))
                ).fetchone()
            assert row == {"spending_cap": left}
