"""Once a call is over: its recording, what it was about, how the caller felt, and what follows."""

from io import BytesIO
from typing import Any

import av
import numpy as np
import pytest

from dynaris.calls.afterwards import wrap_up, wrap_up_ended
from dynaris.calls.record import load
from dynaris.calls.recording import drop_pieces
from dynaris.pipeline.deliver import deliver
from tests.agents.conftest import Script, UseModel, use_model
from tests.flows.telephones import ADA, COLLEAGUE, Telephones, telephones

__all__ = ["telephones", "use_model"]

QUESTION = "Is there parking?"
Sides = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]


async def asked_about_parking(telephones: Telephones) -> dict[str, Any]:
    """A call that has ended, and that its process has let go of."""
    sid = await telephones.calls()
    await telephones.until_said(1)
    await telephones.says(sid, QUESTION)
    await telephones.until_said(2)
    return await over(telephones, sid)


async def over(telephones: Telephones, sid: str) -> dict[str, Any]:
    await telephones.hangs_up(sid)
    (call,) = await telephones.found(
        "SELECT * FROM call WHERE workspace_id = %s AND status = 'ended' AND holder IS NULL"
    )
    return call


async def wrapped_up(telephones: Telephones, call: dict[str, Any]) -> dict[str, Any]:
    """As people see it then."""
    await wrap_up(telephones.world.services, call["workspace_id"], call["id"])
    return (await telephones.owner.get(f"/api/calls/{call['id']}")).raise_for_status().json()


async def has_mail(telephones: Telephones, call: dict[str, Any]) -> None:
    """The contact's address is known, and the workspace writes mail."""
    address = {"kind": "email", "value": "ada@example.com"}
    added = await telephones.owner.post(f"/api/contacts/{call['contact_id']}/addresses", json=address)
    assert added.is_success, added.text
    await telephones.world.rows(
        """INSERT INTO account (workspace_id, id, channel, address, settings)
           VALUES (%(ws)s, gen_random_uuid(), 'email', %(address)s, '{}') RETURNING id""",
        address=f"desk-{call['id']}@clinic.example",
    )


def loud(side: np.ndarray[Any, Any], rate: int) -> list[float]:
    """The seconds at which something is heard, a tenth of a second each."""
    tenths = [side[i : i + rate // 10] for i in range(0, len(side), rate // 10)]
    return [n / 10 for n, part in enumerate(tenths) if float(np.sqrt(np.mean(part**2))) > 0.01]


async def recording_of(telephones: Telephones, shown: dict[str, Any]) -> tuple[int, Sides]:
    file = await telephones.owner.get(f"/api/attachments/{shown['recording']}")
    assert (file.status_code, file.headers["content-type"]) == (200, "audio/mpeg")
    with av.open(BytesIO(file.content), "r") as content:
        frames = [frame.to_ndarray() for frame in content.decode(audio=0)]
        rate = content.streams.audio[0].rate
    left, right = np.concatenate(frames, axis=1)
    return rate, (left, right)


async def test_a_call_is_summed_up_once(telephones: Telephones) -> None:
    call = await asked_about_parking(telephones)
    shown = await wrapped_up(telephones, call)
    assert shown["summary"].startswith(f"Asked: {QUESTION}\nAnswered: ")
    assert "garage" in shown["summary"]
    assert shown["recording"] is None
    await wrapped_up(telephones, call)
    assert await wrap_up_ended(telephones.world.services) >= 0
    notes = await telephones.world.rows("SELECT text FROM message WHERE workspace_id = %s AND direction = 'note'")
    assert [note["text"] for note in notes] == [f"The call in short:\n{shown['summary']}"]
    assert not await telephones.world.rows("SELECT id FROM task WHERE workspace_id = %s"), "none is configured"


async def test_the_agents_model_sums_it_up_and_its_mail_leaves(telephones: Telephones, use_model: UseModel) -> None:
    model = Script("greeted", "Yes, in the garage below us.")
    use_model(model)
    await telephones.world.rows("UPDATE workspace SET model = 'scripted' WHERE id = %s RETURNING id")
    await telephones.agent(voice={"after_call": "mail"})
    call = await asked_about_parking(telephones)
    await has_mail(telephones, call)
    model.steps[:] = ["Ada asked about parking.\nNothing is left to do.\n---\nDear Ada,\n\nthere is a garage."] * 9
    shown = await wrapped_up(telephones, call)
    assert shown["summary"] == "Ada asked about parking.\nNothing is left to do."
    (mail,) = await telephones.world.rows(
        "SELECT recipient, content, contact_id FROM outbox WHERE workspace_id = %s AND channel = 'email'"
    )
    assert (mail["recipient"], mail["contact_id"]) == ("ada@example.com", call["contact_id"])
    assert mail["content"]["text"] == "Dear Ada,\n\nthere is a garage."


async def test_in_manual_mode_its_mail_is_a_task(telephones: Telephones) -> None:
    await telephones.agent(voice={"after_call": "mail"})
    call = await asked_about_parking(telephones)
    await has_mail(telephones, call)
    await telephones.world.set_auto_mode(enabled=False)
    await wrapped_up(telephones, call)
    assert not await telephones.world.rows("SELECT id FROM outbox WHERE workspace_id = %s AND channel = 'email'")
    (task,) = (await telephones.owner.get("/api/tasks")).json()["items"]
    assert task["title"].startswith("Send +49")
    assert f"You said: {QUESTION}" in task["detail"]
    assert "Manual mode" in task["detail"]


async def test_a_task_follows_where_that_is_wanted(telephones: Telephones) -> None:
    await telephones.agent(voice={"after_call": "task"})
    await wrapped_up(telephones, await asked_about_parking(telephones))
    (task,) = (await telephones.owner.get("/api/tasks")).json()["items"]
    assert task["title"].startswith("Look after the call with +49")
    assert QUESTION in task["detail"]


async def test_how_the_caller_felt_is_known_of_english_alone(telephones: Telephones) -> None:
    shown = await wrapped_up(telephones, await asked_about_parking(telephones))
    (said,) = [each for each in shown["transcript"] if each["author"] == "contact"]
    assert said["sentiment"] == 0.0, "a mere question"
    assert shown["sentiment"] == 0.0


async def test_a_call_is_recorded_where_that_is_chosen_and_the_caller_is_told(telephones: Telephones) -> None:
    await telephones.agent(voice={"record_calls": True})
    call = await asked_about_parking(telephones)
    ((_, greeting), *_) = await telephones.spoken()
    assert greeting.endswith("This call is recorded. If you do not want that, press nine.")
    shown = await wrapped_up(telephones, call)
    rate, (caller, ours) = await recording_of(telephones, shown)
    assert abs(len(caller) / rate - shown["seconds"]) < 3
    heard, said = loud(caller, rate), loud(ours, rate)
    assert 0.5 < len(heard) / 10 < 4, "their question, and nothing of ours on their side"
    assert said[0] < 1.5, "our greeting"
    assert said[-1] > heard[-1], "and our answer after their question"
    assert not set(heard) & {at for at in said if heard[0] + 0.3 < at < heard[-1] - 0.3}, "each in their turn"
    assert not await pieces(telephones, call), "they are one file now"


async def pieces(telephones: Telephones, call: dict[str, Any]) -> int:
    """Dropped, if there were any."""
    services = telephones.world.services
    return await drop_pieces(services.files, await load(services.db, call["workspace_id"], call["id"]))


async def test_who_wants_no_recording_presses_nine(telephones: Telephones) -> None:
    await telephones.agent(voice={"record_calls": True})
    sid = await telephones.calls()
    await telephones.until_said(1)
    await telephones.presses(sid, "9")
    await telephones.until_said(2)
    call = await over(telephones, sid)
    shown = await wrapped_up(telephones, call)
    assert (shown["recorded"], shown["recording"]) == (False, None)
    assert (await telephones.spoken())[-1] == ("agent", "All right, this call is not recorded.")
    assert not await pieces(telephones, call)


async def missed(telephones: Telephones, **settings: str) -> dict[str, Any]:
    """A call that no agent is there for."""
    settings = {"missed_call_text": "We will call you back.", **settings}
    changed = await telephones.owner.patch(f"/api/accounts/{telephones.account_id}", json={"settings": settings})
    assert changed.is_success, changed.text
    for name in ("voice", "chat", "email_sales", "scheduling", "research"):
        (await telephones.owner.patch(f"/api/agents/{name}", json={"status": "inactive"})).raise_for_status()
    sid = await telephones.calls()
    await telephones.until_over(sid)
    return await over(telephones, sid)


async def test_who_reached_nobody_is_written_a_mail_where_that_is_chosen(telephones: Telephones) -> None:
    call = await missed(telephones, missed_call_by="mail")
    await has_mail(telephones, call)
    await wrap_up(telephones.world.services, call["workspace_id"], call["id"])
    (mail,) = await telephones.world.rows("SELECT channel, recipient, content FROM outbox WHERE workspace_id = %s")
    assert (mail["channel"], mail["recipient"]) == ("email", "ada@example.com")
    assert mail["content"]["text"] == "We will call you back."


@pytest.mark.parametrize(("auto_mode", "texts"), [(True, ["We will call you back."]), (False, [])])
async def test_who_reached_nobody_is_written_a_text(telephones: Telephones, auto_mode: bool, texts: list[str]) -> None:
    await telephones.world.set_auto_mode(enabled=auto_mode)
    call = await missed(telephones)
    await wrap_up(telephones.world.services, call["workspace_id"], call["id"])
    rows = await telephones.world.rows("SELECT id FROM outbox WHERE workspace_id = %s AND channel = 'voice_twilio'")
    for row in rows:
        await deliver(telephones.world.services, call["workspace_id"], row["id"])
    assert (await telephones.person(ADA))["texts"] == texts


async def test_what_was_left_where_nobody_took_the_call_is_in_the_task(telephones: Telephones) -> None:
    await telephones.agent(voice={"transfer_to": COLLEAGUE})
    await telephones.world.set_auto_mode(enabled=False)
    await telephones.person(COLLEAGUE, manner="busy")
    await wrapped_up(telephones, await asked_about_parking(telephones))
    (task,) = (await telephones.owner.get("/api/tasks")).json()["items"]
    assert task["title"].startswith("Call the caller back")
    assert task["detail"].endswith(f"They said: “{QUESTION}”")
