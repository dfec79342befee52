"""Erasure: nothing of a contact can be read anywhere, what others have is untouched, and it stays erased."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from dynaris.contacts.merge import perform
from dynaris.contacts.suppression import address_hash
from dynaris.core import clock
from dynaris.core.errors import Conflict, NotFound
from dynaris.core.ids import new_id
from dynaris.pipeline.requeue import replay
from dynaris.privacy import erasure, proof
from tests.flows.conftest import Sink, World
from tests.privacy.traces import dump, plant, where_is


async def erased(world: World, contact_id: UUID) -> UUID:
    row, _ = await erasure.request(world.services, world.workspace.id, contact_id, reason="requested", by="system")
    assert await erasure.erase(world.services, world.workspace.id, row["id"])
    return row["id"]


async def test_no_word_of_an_erased_contact_is_found_anywhere_and_others_keep_all(
    world: World, sink: Sink, database_url: str
) -> None:
    word, other = f"zq{new_id().hex}", f"yq{new_id().hex}"
    folder = world.services.settings.home
    contact = await plant(world, word, email=f"{word}@example.com", reply_url=sink.url)
    await plant(world, other, email=f"{other}@example.com", reply_url=sink.url)
    dropped = await plant(world, f"{word}b", email=f"{word}b@example.com", reply_url=sink.url)
    async with world.services.db.transaction(world.workspace.id) as connection:
        await perform(connection, world.workspace.id, contact, dropped, reason=f"both are {word}", by="system")
    before = await dump(database_url)
    assert len(await where_is(word, database_url, folder)) > 30

    preview = await erasure.preview(world.services, world.workspace.id, contact)
    assert preview["contact"] == 2
    assert preview["event"] == 4
    erasure_id = await erased(world, contact)

    assert await where_is(word, database_url, folder) == []
    after = await dump(database_url)
    mine = {row for rows in before.values() for row in rows if other in row}
    assert mine
    assert mine <= {row for rows in after.values() for row in rows}
    events = await world.rows("SELECT * FROM event WHERE workspace_id = %s AND contact_id = %s", contact)
    assert {event["outcome"] for event in events} <= {"answered", "handed_off", "ignored"}
    assert all(event["settled_at"] for event in events)
    (row,) = await world.rows("SELECT * FROM erasure WHERE workspace_id = %s AND id = %s", erasure_id)
    assert row["working"] is None
    assert row["counts"]["message"] == preview["message"]
    assert row["counts"]["files"] >= 2


async def test_a_second_request_says_that_it_was_done_and_an_unknown_contact_is_not_found(world: World) -> None:
    contact = await known_contact(world)
    first, before = await erasure.request(world.services, world.workspace.id, contact, reason="requested", by="system")
    again, known = await erasure.request(world.services, world.workspace.id, contact, reason="other", by="system")
    assert (before, known) == (False, True)
    assert again["id"] == first["id"]
    with pytest.raises(NotFound):
        await erasure.request(world.services, world.workspace.id, new_id(), reason="requested", by="system")


async def test_a_redelivery_of_what_was_erased_is_recognised_and_replaying_it_is_refused(world: World) -> None:
    contact = await known_contact(world, event_id="mail-1")
    await erased(world, contact)
    again = await world.say("Hello, is there parking?", reply_url=None, event_id="mail-1")
    assert again.duplicate
    event = await world.event(again.event_id)
    assert (event["status"], event["raw"]) == ("done", b"")
    async with world.services.db.transaction(world.workspace.id) as connection:
        with pytest.raises(Conflict):
            await replay(connection, world.workspace.id, event_id=again.event_id)


async def test_who_writes_again_is_a_new_contact_without_memory(world: World) -> None:
    contact = await known_contact(world)
    await erased(world, contact)
    accepted = await world.say("Is there parking?", reply_url=None)
    await world.settle()
    event = await world.event(accepted.event_id)
    assert event["contact_id"] not in (None, contact)
    assert event["match"]["rule"] == "new"
    (row,) = await world.rows("SELECT * FROM contact WHERE workspace_id = %s AND id = %s", event["contact_id"])
    assert row["blocked_channels"] == []


async def test_do_not_contact_outlives_the_erasure_without_the_address(world: World, database_url: str) -> None:
    contact = await known_contact(world)
    await world.rows(
        "UPDATE contact SET status = 'do_not_contact' WHERE workspace_id = %s AND id = %s RETURNING id", contact
    )
    await erased(world, contact)
    accepted = await world.say("Is there parking?", reply_url="http://127.0.0.1:1024/reply")
    await world.settle()
    event = await world.event(accepted.event_id)
    assert (event["status"], event["waiting_for"]) == ("waiting", "person")
    assert "no messages" in event["reason"]


async def test_an_erasure_is_proved_by_naming_the_address(world: World) -> None:
    contact = await known_contact(world)
    erasure_id = await erased(world, contact)
    async with world.services.db.workspace(world.workspace.id) as connection:
        found = await proof.check(world.services, connection, world.workspace.id, " ADA@example.com ")
        assert [row["id"] for row in found] == [erasure_id]
        assert await proof.check(world.services, connection, world.workspace.id, "bob@example.com") == []


async def test_a_crash_between_the_request_and_the_end_is_taken_up(world: World, monkeypatch) -> None:
    contact = await known_contact(world)
    row, _ = await erasure.request(world.services, world.workspace.id, contact, reason="requested", by="system")

    async def crash(*_: object) -> None:
        raise RuntimeError("the machine is gone")

    with monkeypatch.context() as patched:
        patched.setattr(erasure, "_settle", crash)
        with pytest.raises(RuntimeError):
            await erasure.erase(world.services, world.workspace.id, row["id"])
    assert await world.rows("SELECT id FROM message WHERE workspace_id = %s AND contact_id = %s", contact)
    assert await erasure.erase(world.services, world.workspace.id, row["id"])
    assert not await world.rows("SELECT id FROM message WHERE workspace_id = %s AND contact_id = %s", contact)


async def test_a_restored_contact_is_erased_again_and_the_proof_is_back(world: World) -> None:
    contact = await known_contact(world)
    record = proof.ErasureRecord(
        workspace_id=world.workspace.id,
        id=new_id(),
        contact_ids=[contact],
        address_hashes=[],
        blocked_channels=[],
        reason="requested",
        requested_by="system",
        created_at=datetime(2026, 11, 21, 10, tzinfo=UTC),
    )
    assert await proof.reapply_erasures(world.services, [record]) == 1
    assert await proof.reapply_erasures(world.services, [record]) == 0
    assert not await world.rows("SELECT id FROM contact WHERE workspace_id = %s AND id = %s", contact)
    (kept,) = [each for each in await proof.erasures_since(world.services) if each.workspace_id == world.workspace.id]
    assert kept.id == record.id


async def test_an_address_that_the_contact_only_typed_counts_as_nobodys(world: World) -> None:
    contact = await known_contact(world)
    await world.rows(
        """INSERT INTO address (workspace_id, id, contact_id, kind, value, display, holds)
           VALUES (%(ws)s, %(id)s, %(contact)s, 'email', 'eve@example.com', 'eve@example.com', false) RETURNING id""",
        id=new_id(),
        contact=contact,
    )
    await world.rows("UPDATE contact SET status = 'do_not_contact' WHERE workspace_id = %s RETURNING id")
    row, _ = await erasure.request(world.services, world.workspace.id, contact, reason="requested", by="system")
    await erasure.erase(world.services, world.workspace.id, row["id"], alone=True)
    async with world.services.db.workspace(world.workspace.id) as connection:
        assert await proof.check(world.services, connection, world.workspace.id, "ada@example.com")
        assert not await proof.check(world.services, connection, world.workspace.id, "eve@example.com")
    assert len(await world.rows("SELECT address_hash FROM suppression WHERE workspace_id = %s")) == 1


async def test_after_a_restore_who_has_an_erased_address_goes_but_not_who_came_later(world: World) -> None:
    contact = await known_contact(world)
    vault = world.services.accounts.vault
    record = proof.ErasureRecord(
        workspace_id=world.workspace.id,
        id=new_id(),
        contact_ids=[new_id()],
        address_hashes=[address_hash(vault, world.workspace.id, "email", "ada@example.com")],
        reason="requested",
        requested_by="system",
        created_at=datetime(2020, 1, 1, tzinfo=UTC),
    )
    assert await proof.reapply_erasures(world.services, [record]) == 0
    later = record.model_copy(update={"created_at": record.created_at.replace(year=2100), "id": new_id()})
    assert await proof.reapply_erasures(world.services, [later]) == 1
    assert not await world.rows("SELECT id FROM contact WHERE workspace_id = %s AND id = %s", contact)


async def test_each_address_is_hashed_once_however_many_erasures_are_done_again(world: World, monkeypatch) -> None:
    contact = await known_contact(world)
    hashed: list[str] = []

    def counted(vault: Any, workspace_id: UUID, kind: str, value: str) -> str:
        hashed.append(value)
        return address_hash(vault, workspace_id, kind, value)

    monkeypatch.setattr(proof, "address_hash", counted)
    records = [
        proof.ErasureRecord(
            workspace_id=world.workspace.id,
            id=new_id(),
            contact_ids=[new_id()],
            address_hashes=[f"of somebody else {number}"],
            reason="requested",
            requested_by="system",
            created_at=clock.now(),
        )
        for number in range(5)
    ]
    assert await proof.reapply_erasures(world.services, records) == 0
    assert hashed == ["ada@example.com"]
    assert await world.rows("SELECT id FROM contact WHERE workspace_id = %s AND id = %s", contact)


async def known_contact(world: World, **more: str) -> UUID:
    accepted = await world.say("Is there parking?", reply_url=None, **more)
    await world.settle()
    return (await world.event(accepted.event_id))["contact_id"]


async def test_an_address_inside_a_longer_one_is_somebody_elses(world: World) -> None:
    accepted = await world.say("Is there parking?", reply_url=None, email="da@example.com")
    await world.settle()
    for said in ("ada@example.com", "da@example.com.au", "DA@example.com"):
        await world.rows(
            """INSERT INTO audit_entry (workspace_id, id, actor, action, subject, detail)
               VALUES (%(ws)s, %(id)s, 'system', 'planted', 'workspace:x',
                       jsonb_build_object('address', %(said)s::text))
               RETURNING id""",
            id=new_id(),
            said=said,
        )
    await erased(world, (await world.event(accepted.event_id))["contact_id"])
    left = await world.rows("SELECT detail FROM audit_entry WHERE workspace_id = %s AND action = 'planted' ORDER BY id")
    assert [row["detail"] for row in left] == [{"address": "ada@example.com"}, {"address": "da@example.com.au"}, {}]


async def test_what_a_run_before_a_replay_left_goes_too(world: World, database_url: str) -> None:
    """A worker that died after the first step left a run without a row of its own."""
    word, run_id = f"zq{new_id().hex}", new_id()
    accepted = await world.say("Is there parking?", reply_url=None)
    await world.settle()
    await world.rows(
        """INSERT INTO run_step (workspace_id, id, run_id, position, kind, response, done)
           VALUES (%(ws)s, %(id)s, %(run)s, 0, 'route', jsonb_build_object('reason', %(word)s::text), true)
           RETURNING id""",
        id=new_id(),
        run=run_id,
        word=word,
    )
    await world.rows(
        "UPDATE event SET run_id = %(run)s WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING id",
        run=run_id,
        id=accepted.event_id,
    )
    async with world.services.db.transaction(world.workspace.id) as connection:
        await replay(connection, world.workspace.id, event_id=accepted.event_id)
    await world.settle()
    event = await world.event(accepted.event_id)
    assert event["run_id"] != run_id
    await erased(world, event["contact_id"])
    assert await where_is(word, database_url, world.services.settings.home) == []


async def test_the_job_asks_for_its_second_look_itself_and_then_rests(world: World) -> None:
    contact = await known_contact(world)
    row, _ = await erasure.request(world.services, world.workspace.id, contact, reason="requested", by="system")
    await erasure.erase_job(world.services, world.workspace.id, row["id"])
    await erasure.erase_job(world.services, world.workspace.id, row["id"])  # too early: asks again
    now = clock.now()
    assert await _due(world, row["id"]) > now + timedelta(minutes=4)
    clock.set_source(lambda: now + timedelta(minutes=6))
    try:
        await erasure.erase_job(world.services, world.workspace.id, row["id"])
        jobs = len(await _jobs(world, row["id"]))
        await erasure.erase_job(world.services, world.workspace.id, row["id"])
    finally:
        clock.set_source(None)
    (done,) = await world.rows("SELECT swept_at, counts FROM erasure WHERE workspace_id = %s AND id = %s", row["id"])
    assert done["swept_at"]
    assert len(await _jobs(world, row["id"])) == jobs


async def _due(world: World, erasure_id: UUID) -> datetime:
    return max(row["scheduled_at"] for row in await _jobs(world, erasure_id) if row["scheduled_at"])


async def _jobs(world: World, erasure_id: UUID) -> list[dict[str, Any]]:
    return await world.rows(
        """SELECT scheduled_at, args FROM procrastinate_jobs
           WHERE args->>'workspace_id' = %(ws)s::text AND args->>'erasure_id' = %(id)s""",
        id=str(erasure_id),
    )
