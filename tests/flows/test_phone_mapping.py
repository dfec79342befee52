"""Who answers on a number: an agent or a team, at which hours; and a team's conversation up to its answer."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from dynaris.connections.phone_mapping.lookup import mapped
from dynaris.workspaces.teams import create_team
from tests.flows.phones import Phones, phones

__all__ = ["phones"]


async def mapping(phones: Phones, *items: dict) -> None:
    answer = await phones.owner.put(f"/api/accounts/{phones.account_id}/mappings", json={"items": list(items)})
    assert answer.status_code == 200, answer.text
    phones.world.services.accounts.forget()


async def front_desk(phones: Phones) -> UUID:
    world = phones.world
    async with world.services.db.transaction(world.workspace.id) as connection:
        return await create_team(connection, world.workspace.id, name="Front desk", member_ids=[], by="system")


async def test_a_number_of_a_team_is_its_own_from_the_first_message(phones: Phones) -> None:
    team = await front_desk(phones)
    await mapping(phones, {"team_id": str(team)})
    ada = await phones.customer()
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    (event,) = await phones.events()
    assert (event["outcome"], event["reason"]) == ("handed_off", "Front desk answers on this number now")
    assert not await phones.world.rows("SELECT id FROM run WHERE workspace_id = %s"), "no agent was asked"
    assert [each["text"] for each in await phones.got(ada)] == [
        "Thank you for your message. A colleague will take over and get back to you."
    ]
    (conversation,) = (await phones.owner.get("/api/conversations")).json()["items"]
    assert (conversation["holder"], conversation["team_name"]) == ("team", "Front desk")
    path = f"/api/conversations/{conversation['id']}"
    assert (await phones.owner.post(f"{path}/claim")).status_code == 200
    assert (await phones.owner.post(f"{path}/messages", json={"text": "Yes, in the garage"})).status_code == 201
    await phones.sent()
    assert (await phones.got(ada))[-1]["text"] == "Yes, in the garage"
    await phones.writes(ada, "Thank you!")
    await phones.settled()
    assert len(await phones.got(ada)) == 2, "who was promised a person is not answered by a machine"


async def test_what_a_team_hands_back_is_answered_by_agents_and_does_not_bounce(phones: Phones) -> None:
    await mapping(phones, {"team_id": str(await front_desk(phones))})
    ada = await phones.customer()
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    (conversation,) = (await phones.owner.get("/api/conversations")).json()["items"]
    assert (await phones.owner.post(f"/api/conversations/{conversation['id']}/hand-back")).is_success
    await phones.settled()
    assert "garage" in (await phones.got(ada))[-1]["text"]
    await phones.writes(ada, "What are your opening hours?")
    await phones.settled()
    assert "8:00" in (await phones.got(ada))[-1]["text"]
    await phones.owner.patch(f"/api/conversations/{conversation['id']}", json={"status": "closed"})
    await phones.writes(ada, "Is there lunch?")
    await phones.settled()
    assert (await phones.events())[-1]["reason"] == "Front desk answers on this number now", "once closed, it is anew"


async def test_a_number_of_an_agent_is_answered_by_it(phones: Phones) -> None:
    await mapping(phones, {"ai_agent_id": "email_sales"})
    ada = await phones.customer()
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    (run,) = await phones.world.rows("SELECT agent FROM run WHERE workspace_id = %s AND status = 'done'")
    assert run["agent"] == "email_sales"


async def test_a_number_takes_an_agent_by_its_id_and_shows_its_name(phones: Phones) -> None:
    made = await phones.owner.post("/tenants/agents", json={"agent_name": "front_desk", "agent": "You are kind."})
    assert made.status_code == 201, made.text
    await mapping(phones, {"ai_agent_id": made.json()["agent_id"]})
    shown = (await phones.owner.get(f"/api/accounts/{phones.account_id}/mappings")).json()
    assert shown["items"][0]["ai_agent_id"] == shown["now"]["ai_agent_id"] == "front_desk"
    ada = await phones.customer()
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    (run,) = await phones.world.rows("SELECT agent FROM run WHERE workspace_id = %s AND status = 'done'")
    assert run["agent"] == "front_desk"
    assert (await phones.owner.delete("/api/agents/front_desk")).status_code == 409, "it answers there by its name"
    path = f"/api/accounts/{phones.account_id}"
    changed = await phones.owner.patch(path, json={"agent": made.json()["agent_id"]})
    assert (changed.status_code, changed.json()["agent"]) == (200, "front_desk")


async def test_an_agent_that_answers_on_a_number_is_not_removed(phones: Phones) -> None:
    made = await phones.owner.post("/api/agents", json={"name": "front_desk", "based_on": "chat", "settings": {}})
    assert made.status_code == 201, made.text
    await mapping(phones, {"ai_agent_id": "front_desk"})
    refused = await phones.owner.delete("/api/agents/front_desk")
    assert refused.status_code == 409
    assert "who answers on" in refused.json()["detail"]
    await mapping(phones)
    assert (await phones.owner.delete("/api/agents/front_desk")).status_code == 204


async def test_what_cannot_answer_is_refused(phones: Phones) -> None:
    path = f"/api/accounts/{phones.account_id}/mappings"
    for items, words in (
        ([{}], "name an `ai_agent_id` or a `team_id`"),
        ([{"ai_agent_id": "nobody"}], "nobody"),
        ([{"team_id": "01a20540-0000-7000-8000-000000000000"}], "there is no team"),
        ([{"ai_agent_id": "chat", "hours": {"monday": ["25:00-26:00"]}}], "hours"),
    ):
        answer = await phones.owner.put(path, json={"items": items})
        assert answer.status_code == 422, answer.text
        assert words in answer.text
    assert (await phones.owner.get(path)).json() == {"items": [], "now": None}


@pytest.mark.parametrize(
    ("moment", "who"),
    [
        ("2026-11-23T09:00", "team"),  # Monday, ten o'clock in Vienna
        ("2026-11-23T20:00", "chat"),
        ("2026-12-24T09:00", "chat"),  # the business closed for Christmas
    ],
)
def test_hours_are_the_businesss_own(moment: str, who: str) -> None:
    about = {"timezone": "Europe/Vienna", "hours_exceptions": [{"date": "2026-12-24", "hours": []}]}
    rows = [
        {**about, "agent": None, "team_id": UUID(int=1), "team": "T", "hours": {day: ["09:00-17:00"] for day in _DAYS}},
        {**about, "agent": "chat", "team_id": None, "team": None, "hours": None},
    ]
    found = mapped(rows, datetime.fromisoformat(moment).replace(tzinfo=UTC))
    assert found is not None
    assert (found.agent or "team") == who


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


async def test_a_team_that_answers_on_a_number_is_not_removed_unseen(phones: Phones) -> None:
    """Agents would answer from then on, which nobody asked for."""
    team = await front_desk(phones)
    await mapping(phones, {"team_id": str(team)})
    refused = await phones.owner.delete(f"/api/teams/{team}")
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("the team answers on +")
    await mapping(phones)
    assert (await phones.owner.delete(f"/api/teams/{team}")).status_code == 204


async def test_hours_without_a_span_are_all_hours_as_a_teams_are(phones: Phones) -> None:
    for hours in ({}, {"monday": []}):
        await mapping(phones, {"ai_agent_id": "chat", "hours": hours})
        shown = (await phones.owner.get(f"/api/accounts/{phones.account_id}/mappings")).json()
        assert shown["items"][0]["hours"] is None
        assert shown["now"]["ai_agent_id"] == "chat"
