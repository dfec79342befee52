"""A provider that is down, what waits for it, and the look at whether it answers again."""

from dataclasses import replace
from typing import Any

import pytest

from dynaris.pipeline import comebacks
from dynaris.pipeline.services import Services
from dynaris.workspaces.access import Access
from tests.fakes.model_server import Fail
from tests.flows.models.conftest import Wired

UNKNOWN = "Do you repair antique clocks, and may I bring two of them along?"
BACK = "We only treat people, no clocks."


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dynaris.agents.journal_model.REQUEST_SECONDS", 0.8)
    monkeypatch.setattr("dynaris.agents.outages._SECONDS", 0.5)
    monkeypatch.setattr("dynaris.agents.failures.AGAIN_AFTER", 0.01)


async def handed_on(wired: Wired, text: str = UNKNOWN, **who: Any) -> dict[str, Any]:
    """While the provider is down, and the built-in model does not know."""
    wired.server.otherwise = Fail("overloaded")
    event = await wired.ask(text, **who)
    assert event["outcome"] == "handed_off", event
    return event


async def due_now(wired: Wired) -> None:
    await wired.world.rows(
        "UPDATE model_outage SET due_at = clock_timestamp() WHERE workspace_id = %s AND due_at > now() RETURNING model"
    )


async def look(wired: Wired, services: Services | None = None) -> int:
    """The next look at each model of this workspace, now."""
    await due_now(wired)
    return await comebacks.look_everywhere(services or wired.world.services)


async def waiting(wired: Wired) -> list[dict[str, Any]]:
    return await wired.world.rows("SELECT * FROM outage_wait WHERE workspace_id = %s")


async def conversation_of(wired: Wired, event: dict[str, Any]) -> dict[str, Any]:
    return (
        await wired.world.rows(
            "SELECT * FROM conversation WHERE workspace_id = %s AND id = %s", event["conversation_id"]
        )
    )[0]


def of_owner(wired: Wired) -> Access:
    owner = wired.world.workspace.owner_id
    return Access(wired.world.workspace.id, f"member:{owner}", owner, "owner")


def in_bursts(wired: Wired) -> None:
    services = wired.world.services
    settings = services.settings.model_copy(update={"quiet_period": 0.01})
    wired.world.services = replace(services, settings=settings)
