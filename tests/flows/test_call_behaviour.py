"""What a caller can count on: keys, danger, words for a person, and a colleague who is asked while they wait."""

import pytest

from dynaris.calls import asking
from tests.agents.conftest import Script, UseModel, call, use_model
from tests.flows.telephones import ADA, Telephones, telephones

__all__ = ["telephones", "use_model"]


async def test_keys_are_read_as_one_and_the_key_for_a_person_calls_one(telephones: Telephones) -> None:
    sid = await telephones.calls()
    await telephones.until_said(1)
    await telephones.presses(sid, "4711#")
    await telephones.until_said(2)
    await telephones.presses(sid, "0")
    await telephones.until_said(3)
    await telephones.hangs_up(sid)
    said = [text for author, text in await telephones.spoken() if author == "contact"]
    assert said == ["Keys: 4711", "Keys: 0"]
    assert (await telephones.ended())["outcome"] == "handed_off"


async def test_a_word_that_the_business_wants_a_person_for_is_met_before_any_model(telephones: Telephones) -> None:
    await telephones.agent(voice={"stop_words": ["parking"]})
    sid = await telephones.calls()
    await telephones.until_said(1)
    await telephones.says(sid, "Is there parking?")
    await telephones.until_said(2)
    await telephones.hangs_up(sid)
    assert (await telephones.ended())["outcome"] == "handed_off"
    assert ("agent", "All right. I am calling a person of our team.") in await telephones.spoken()
    (event,) = await telephones.world.rows(
        "SELECT reason FROM event WHERE workspace_id = %s AND kind = 'spoken' AND outcome = 'handed_off'"
    )
    assert event["reason"] == "the caller said “parking”"
    assert not await telephones.world.rows("SELECT id FROM run WHERE workspace_id = %s"), "no model was asked"


def proposing(use_model: UseModel) -> None:
    """A model that notes a task, which a person has to allow, and says so."""
    greeted = "the greeting was the first thing that was said"
    use_model(Script(greeted, call("create_task", title="Send the parking plan"), "I have noted it for the team."))


async def in_manual_mode(telephones: Telephones) -> None:
    await telephones.world.set_auto_mode(enabled=False)
    await telephones.world.rows("UPDATE workspace SET model = 'scripted' WHERE id = %s RETURNING id")


async def test_a_colleague_decides_while_the_caller_waits(telephones: Telephones, use_model: UseModel) -> None:
    proposing(use_model)
    await in_manual_mode(telephones)
    sid = await telephones.calls(ADA)
    await telephones.until_said(1)
    await telephones.says(sid, "Is there parking?")
    (approval,) = await telephones.found(
        "SELECT id, action FROM approval WHERE workspace_id = %s AND status = 'pending'"
    )
    answer = await telephones.owner.post(f"/api/approvals/{approval['id']}", json={"decision": "approve"})
    assert answer.status_code == 200, answer.text
    await telephones.found("SELECT id FROM event WHERE workspace_id = %s AND kind = 'spoken' AND status = 'done'")
    await telephones.until_said(2)
    await telephones.hangs_up(sid)
    said = [text for author, text in await telephones.spoken() if author == "agent"]
    assert said[1:] == ["Let me check that with a colleague. One moment, please. I have noted it for the team."]
    assert await telephones.world.rows(
        "SELECT id FROM task WHERE workspace_id = %s AND title = 'Send the parking plan'"
    )


async def test_who_waits_too_long_goes_on_and_the_verdict_still_counts(
    telephones: Telephones, use_model: UseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "ON_CALL_SECONDS", 1.5)
    proposing(use_model)
    await in_manual_mode(telephones)
    sid = await telephones.calls(ADA)
    await telephones.until_said(1)
    await telephones.says(sid, "Is there parking?")
    (approval,) = await telephones.found("SELECT id FROM approval WHERE workspace_id = %s AND status = 'pending'")
    await telephones.found("SELECT id FROM event WHERE workspace_id = %s AND kind = 'spoken' AND status = 'waiting'")
    await telephones.hangs_up(sid)
    await telephones.ended()
    answer = await telephones.owner.post(f"/api/approvals/{approval['id']}", json={"decision": "approve"})
    assert answer.status_code == 200, answer.text
    await telephones.found("SELECT id FROM event WHERE workspace_id = %s AND kind = 'spoken' AND status = 'queued'")
    await telephones.world.settle()
    assert await telephones.world.rows(
        "SELECT id FROM task WHERE workspace_id = %s AND title = 'Send the parking plan'"
    )
