"""The overview: what waits and for whom, first responses, volume, spending; the counts; the preview of Auto mode."""

import httpx
import pytest

from tests.dashboard.desk import QUESTION, fail, manual
from tests.flows.conftest import Sink, World

AUTO = "/api/settings/auto-mode"


async def test_the_overview_says_what_waits_how_fast_it_was_and_how_much(
    api: httpx.AsyncClient, world: World, sink: Sink
) -> None:
    for number in range(3):
        await world.say(QUESTION, reply_url=sink.url, email=f"p{number}@example.com")
    await world.settle()
    late = await manual(world, sink, "Bo")
    await manual(world, sink, "Cy")
    await world.rows(
        "UPDATE event SET deadline = now() - interval '1 hour' WHERE workspace_id = %s AND id = %s RETURNING id",
        late["id"],
    )
    shown = (await api.get("/api/overview", params={"days": 1})).json()
    [group] = shown["open"]
    assert (group["waiting_for"], group["owner_name"], group["events"], group["overdue"]) == (
        "run",
        "Olivia Owner",
        2,
        1,
    )
    assert [line["contact_name"] for line in shown["urgent"]] == ["Bo", "Cy"]
    [responses] = shown["responses"]
    assert (responses["channel"], responses["responses"], len(responses["worst"])) == ("generic", 3, 3)
    assert 0 < responses["p50"] <= responses["p95"]
    slowest = [line["first_response_seconds"] for line in responses["worst"]]
    assert slowest == sorted(slowest, reverse=True)
    assert (shown["unit"], len(shown["parts"])) == ("hour", 24)
    assert {(each["state"], each["events"]) for each in shown["volume"]} == {("answered", 3), ("open", 2)}
    assert all(each["part"] in shown["parts"] for each in shown["volume"])
    assert (shown["answered"], shown["answered_by_agents"]) == (3, 3)
    assert shown["spending"]["spent"] == "0.000000"


async def test_days_are_those_of_the_workspace(api: httpx.AsyncClient, world: World, sink: Sink) -> None:
    """Half an hour after midnight in Auckland it is another day in UTC."""
    await api.patch("/api/settings/workspace", json={"timezone": "Pacific/Auckland"})
    event = await manual(world, sink)
    await world.rows(
        """UPDATE event SET created_at = (date_trunc('day', now() AT TIME ZONE 'Pacific/Auckland')
               + interval '30 minutes' - interval '1 day') AT TIME ZONE 'Pacific/Auckland'
           WHERE workspace_id = %s AND id = %s RETURNING id""",
        event["id"],
    )
    shown = (await api.get("/api/overview", params={"days": 3})).json()
    assert (shown["timezone"], shown["unit"], len(shown["parts"])) == ("Pacific/Auckland", "day", 3)
    assert [each["part"] for each in shown["volume"]] == [shown["parts"][1]]


async def test_the_navigation_counts_what_waits_failed_and_is_due(
    api: httpx.AsyncClient, world: World, sink: Sink
) -> None:
    await manual(world, sink, "Bo")
    await fail(world, (await manual(world, sink, "Cy"))["id"])
    await api.post("/api/tasks", json={"title": "Call", "due_at": "2026-01-01T00:00:00Z"})
    await api.post("/api/tasks", json={"title": "Later", "due_at": "2100-01-01T00:00:00Z"})
    assert (await api.get("/api/counts")).json() == {
        "events_waiting": 1,
        "events_failed": 1,
        "approvals_pending": 0,
        "tasks_due": 1,
        "tasks_mine": 2,
    }


async def test_a_preview_says_what_auto_mode_would_do_and_changes_nothing(
    api: httpx.AsyncClient, world: World, sink: Sink
) -> None:
    await manual(world, sink)
    before = (await api.get(AUTO)).json()
    shown = (await api.post(f"{AUTO}/preview", json={"enabled": True, "effects": {"send": False}})).json()
    [channel] = shown["channels"]
    assert (channel["channel"], channel["automatic"], channel["automatic_now"]) == ("generic", True, False)
    assert (channel["event_types"], channel["waiting"]) == (["signed events"], 1)
    assert channel["oldest_waiting"]
    assert [account["address"] for account in channel["accounts"]] == ["site"]
    effects = {each["effect"]: each["automatic"] for each in shown["effects"]}
    assert effects == {"read": True, "write": True, "send": False, "spend": False}
    assert (shown["waiting"], shown["to_process"], shown["warnings"]) == (1, 1, [])
    narrowed = (await api.post(f"{AUTO}/preview", json={"enabled": True, "channels": {"generic": False}})).json()
    assert (narrowed["waiting"], narrowed["to_process"]) == (1, 0)
    assert (await api.get(AUTO)).json() == before
    assert (await api.post(f"{AUTO}/preview", json={"enabled": True, "channels": {"fax": True}})).status_code == 422


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("DELETE FROM knowledge_source WHERE workspace_id = %s RETURNING id", "no_knowledge"),
        ("UPDATE account SET enabled = false WHERE workspace_id = %s RETURNING id", "no_account"),
        ("UPDATE account SET error = 'it is locked' WHERE workspace_id = %s RETURNING id", "account_unhealthy"),
        ("UPDATE workspace SET spending_cap = 0 WHERE id = %s RETURNING id", "spending_cap"),
        (
            "INSERT INTO model_outage (workspace_id, model, due_at, failures) VALUES (%s, 'x:y', now(), 1) "
            "RETURNING model",
            "model_down",
        ),
    ],
    ids=lambda value: value if len(value) < 20 else "",
)
async def test_a_preview_warns_of_what_is_amiss(api: httpx.AsyncClient, world: World, change: str, code: str) -> None:
    await world.rows(change)
    shown = (await api.post(f"{AUTO}/preview", json={"enabled": True})).json()
    assert [warning["code"] for warning in shown["warnings"]] == [code]
