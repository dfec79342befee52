"""Doctor asks the models that agents are set to, those of the workspace's own providers too."""

from dynaris.app.doctor.agents import agents
from dynaris.app.doctor.finding import Examined
from tests.fakes.model_server import Fail
from tests.flows.models.conftest import Wired


async def test_doctor_asks_every_model_of_the_agents_chains(wired: Wired) -> None:
    await wired.provider("spare", "openai-compatible", wired.spare)
    await wired.use("anthropic", fallbacks=["spare:wire-1"])
    wired.spare.otherwise = Fail("bad_key")
    services, workspace = wired.world.services, wired.world.workspace
    examined = Examined(
        settings=services.settings,
        db=services.db,
        vault=wired.vault,
        workspaces=((workspace.id, "clinic"),),
        work={("x", "y", "z"): 0.0},
    )
    found = {each.subject: (each.status, each.found) for each in await agents(examined) if each.check == "model"}
    assert found["main:wire-1"][0] == "ok"
    assert found["spare:wire-1"][0] == "failed"
    assert "the key was refused" in found["spare:wire-1"][1]
    assert (len(wired.server.asked), len(wired.spare.asked)) == (1, 1)
