"""A caller is put through to a person, who is told what it is about; where nobody takes it, they are back with us."""

import pytest

from dynaris.channels.voice_twilio import twiml
from tests.flows.telephones import ADA, COLLEAGUE, Telephones, telephones

__all__ = ["telephones"]

ASKS = "I want to talk to a person."


async def test_a_caller_who_asks_for_a_person_is_put_through(telephones: Telephones) -> None:
    await telephones.agent(voice={"transfer_to": COLLEAGUE})
    await telephones.person(COLLEAGUE, presses="1", says="Hello, this is Ada.")
    sid = await telephones.calls()
    await telephones.until_said(1)
    await telephones.says(sid, ASKS)
    await telephones.found("SELECT id FROM call WHERE workspace_id = %s AND transfer->>'state' = 'talking'")
    assert ("agent", "I am putting you through to a colleague.") in await telephones.spoken()
    (leg,) = [call for call in (await telephones.control.get("state")).json()["calls"] if call["parent"] == sid]
    heard = (await telephones.until(leg["sid"], lambda call: call["heard_seconds"] > 1))["heard_seconds"]
    assert heard > 1, "they were told what it is about"
    await telephones.hangs_up(sid)
    call = await telephones.ended()
    assert (call["outcome"], call["transfer"]["to"]) == ("transferred", COLLEAGUE)
    legs = await telephones.world.rows("SELECT party, name FROM call_leg WHERE workspace_id = %s ORDER BY id")
    assert [(leg["party"], leg["name"]) for leg in legs] == [("agent", "voice"), ("number", COLLEAGUE)]
    assert not await telephones.world.rows("SELECT id FROM task WHERE workspace_id = %s"), "nobody has to call back"
    (conversation,) = await telephones.world.rows("SELECT holder FROM conversation WHERE workspace_id = %s")
    assert conversation["holder"] == "agent"


async def test_where_nobody_takes_it_the_caller_is_back_with_us_and_is_called_back(
    telephones: Telephones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twiml, "KEY_SECONDS", 1)
    await telephones.agent(voice={"transfer_to": COLLEAGUE})
    await telephones.person(COLLEAGUE, manner="machine", rings=0.1, says="Beep.")  # presses no key
    sid = await telephones.calls()
    await telephones.until_said(1)
    await telephones.says(sid, ASKS)
    await telephones.found(
        """SELECT id FROM message WHERE workspace_id = %s AND text LIKE 'Sorry, nobody could take the call.%%'"""
    )
    await telephones.hangs_up(sid)
    call = await telephones.ended()
    assert (call["transfer"]["state"], call["connections"]) == ("failed", 2)
    (task,) = await telephones.world.rows("SELECT title, detail FROM task WHERE workspace_id = %s")
    assert "+49 170 1234567" in task["title"]
    assert "failed: nobody answered" in task["detail"]
    (conversation,) = await telephones.world.rows("SELECT holder FROM conversation WHERE workspace_id = %s")
    assert conversation["holder"] == "team"


async def test_in_manual_mode_a_person_is_rung_before_an_agent_answers(telephones: Telephones) -> None:
    await telephones.agent(voice={"transfer_to": COLLEAGUE})
    await telephones.world.set_auto_mode(enabled=False)
    await telephones.person(COLLEAGUE, manner="busy")
    sid = await telephones.calls()
    await telephones.until_said(1)
    await telephones.hangs_up(sid)
    call = await telephones.ended()
    assert call["transfer"]["failed_because"] == "the line was busy"
    ((_, greeting), *_) = await telephones.spoken()
    assert "Nobody of the team can take the call right now." in greeting


async def test_a_person_who_takes_the_call_first_is_all_the_caller_hears(telephones: Telephones) -> None:
    await telephones.agent(voice={"transfer_to": COLLEAGUE})
    await telephones.world.set_auto_mode(enabled=False)
    await telephones.person(COLLEAGUE, presses="1", says="Hello, this is Ada.")
    sid = await telephones.calls(ADA)
    await telephones.found("SELECT id FROM call WHERE workspace_id = %s AND transfer->>'state' = 'talking'")
    await telephones.until(sid, lambda call: call["heard_seconds"] > 0.5)
    await telephones.hangs_up(sid)
    assert (await telephones.ended())["outcome"] == "transferred"
    assert await telephones.spoken() == []


async def test_twilio_that_cannot_put_through_leaves_the_caller_with_us(telephones: Telephones) -> None:
    await telephones.agent(voice={"transfer_to": COLLEAGUE})
    sid = await telephones.calls()
    await telephones.until_said(1)
    await telephones.control.patch("account", json={"faults": [500]})
    await telephones.says(sid, ASKS)
    await telephones.found(
        """SELECT id FROM message WHERE workspace_id = %s AND text LIKE 'Sorry, nobody could take the call.%%'"""
    )
    await telephones.hangs_up(sid)
    assert "Twilio answered 500" in (await telephones.ended())["transfer"]["failed_because"]
