"""A number at a carrier: connected with its credentials alone, assigned to an agent, looked at, given back."""

from typing import Any

from dynaris.sandbox.twilio.account import Number, keep
from tests.flows.telephones import Telephones, telephones

__all__ = ["telephones"]


def another(telephones: Telephones, number: str) -> Number:
    """A number of the same account at Twilio, whose calls go elsewhere."""
    known = telephones.running.standin.account
    known.numbers.append(Number("PN2", number, "Second", "https://elsewhere.example/voice", "POST", ""))
    keep(telephones.running.standin.folder, known)
    return known.numbers[-1]


def credentials(telephones: Telephones, **other: str) -> dict[str, str]:
    known = telephones.running.standin.account
    return {"account_sid": known.sid, "auth_token": known.auth_token, "api_url": "sandbox", **other}


async def connected(telephones: Telephones, **body: Any) -> Any:
    return await telephones.owner.post("/api/voice/twilio/connect", json=body)


async def findings(telephones: Telephones, account_id: str) -> dict[str, tuple[str, str]]:
    check = (await telephones.owner.post(f"/api/accounts/{account_id}/check")).raise_for_status().json()
    return {each["part"]: (each["status"], each["found"]) for each in check["findings"]}


async def test_a_number_is_connected_assigned_and_given_back(telephones: Telephones) -> None:
    second = another(telephones, f"+1501{telephones.number[5:]}")
    number = second.phone_number
    answer = await connected(telephones, settings=credentials(telephones), number=number)
    assert answer.status_code == 201, answer.text
    assert [each["number"] for each in answer.json()["numbers"]] == [telephones.number, number]
    assert second.voice_url.endswith("/twilio/voice"), "nothing is left to do in the console"
    account_id = answer.json()["numbers"][1]["account_id"]

    here = await telephones.owner.post("/api/voice/twilio/assign", json={"number": number, "agent": "scheduling"})
    assert here.json()["numbers"][1]["agent"] == "scheduling"
    seen = await findings(telephones, account_id)
    assert (seen["webhook"][0], seen["agent"]) == ("ok", ("ok", "scheduling answers"))
    gone = await telephones.owner.post("/api/voice/twilio/unassign", json={"number": number})
    assert gone.json()["numbers"][1]["agent"] is None

    left = await telephones.owner.post("/api/voice/twilio/disconnect", json={"number": number})
    assert [each["number"] for each in left.json()["numbers"]] == [telephones.number]
    assert second.voice_url == "", "and none of its calls is told here"
    shown = (await telephones.owner.get("/api/voice/twilio/account")).json()
    assert (shown["connected"], len(shown["numbers"])) == (True, 1)
    again = await telephones.owner.post("/api/voice/twilio/disconnect", json={"number": number})
    assert again.status_code == 404


async def test_what_is_wrong_is_said_and_nothing_is_connected(telephones: Telephones) -> None:
    wrong = credentials(telephones, auth_token="wrong")
    answer = await connected(telephones, settings=wrong, number=telephones.number)
    assert (answer.status_code, "Authenticate" in answer.text) == (422, True), answer.text
    answer = await connected(telephones, settings=credentials(telephones), number="+15550000000")
    assert (answer.status_code, telephones.number in answer.text) == (422, True), "it says which there are"
    answer = await connected(telephones, settings={"account_sid": "AC1"}, number=telephones.number)
    assert answer.status_code == 422
    telephones.running.standin.faults[:] = [500]
    answer = await connected(telephones, settings=credentials(telephones), number=telephones.number)
    assert answer.status_code == 503
    answer = await telephones.owner.get("/api/voice/pigeon/account")
    assert (answer.status_code, "twilio" in answer.text) == (404, True)
    answer = await telephones.owner.post(
        "/api/voice/twilio/assign", json={"number": telephones.number, "agent": "nobody"}
    )
    assert answer.status_code == 422
    rows = await telephones.world.rows("SELECT id FROM account WHERE workspace_id = %s AND channel = 'voice_twilio'")
    assert len(rows) == 1


async def test_the_check_says_why_the_agent_would_not_answer(telephones: Telephones) -> None:
    account_id = str(telephones.account_id)
    seen = await findings(telephones, account_id)
    assert seen["assignment"] == ("ok", "no agent is assigned: the supervisor chooses, for calls mostly `voice`")
    assert seen["transfer"][0] == "warning"
    await telephones.agent(greeting={"en": "*** 🎉 ***"})
    assert (await findings(telephones, account_id))["greeting"][0] == "failed"
    await telephones.agent(greeting={"de": "Guten Tag, mehr auf https://clinic.example"})
    assert (await findings(telephones, account_id))["greeting"][0] == "warning"
    long = [{"title": "One", "text": "word " * 1500}, {"title": "Two", "text": "w " * 3000}]
    await telephones.agent(components=long)
    assert "13,498 characters" in (await findings(telephones, account_id))["prompt"][1]
    await telephones.owner.patch(f"/api/accounts/{account_id}", json={"agent": "voice"})
    await telephones.agent(status="inactive")
    assert (await findings(telephones, account_id))["agent"][0] == "failed"


async def test_who_did_what_with_a_number_is_in_the_audit_log(telephones: Telephones) -> None:
    number = another(telephones, f"+1501{telephones.number[5:]}").phone_number
    await connected(telephones, settings=credentials(telephones), number=number)
    for what, body in (("assign", {"agent": "voice"}), ("unassign", {}), ("disconnect", {})):
        (await telephones.owner.post(f"/api/voice/twilio/{what}", json={"number": number, **body})).raise_for_status()
    for action, times in (("account.connected", 1), ("account.changed", 2), ("account.removed", 1)):
        found = (await telephones.owner.get("/api/audit-log", params={"action": action})).json()["items"]
        assert len(found) >= times, action
