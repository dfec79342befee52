"""Rehearsals over HTTP: start, follow, read what was said, and what a wrong case is answered with."""

from pathlib import Path
from uuid import UUID

from dynaris.app.jobs import jobs
from dynaris.evals import routes
from dynaris.evals.runs import EVALS_JOB
from tests.evals.examples import a_case
from tests.flows.conftest import World
from tests.web import client_of, new_key, web_app


async def test_a_workspace_plays_its_cases_and_reads_what_was_said(world: World, tmp_path: Path) -> None:
    workspace_id = world.workspace.id
    key = await new_key(world.services.db, workspace_id)
    app = web_app(world.services.db, tmp_path, [routes.router])
    wrong = a_case(id="chat-en-wrong-1", expect={"outcome": "handed_off", "escalate": True})
    async with client_of(app, authorization=f"Bearer {key}") as api:
        begun = await api.post("/api/evals", json={"cases": [a_case(), wrong]})
        assert (begun.status_code, begun.json()["status"], begun.json()["played"]) == (202, "queued", 0)
        second = await api.post("/api/evals", json={"cases": [a_case()]})
        assert (second.status_code, second.json()["code"]) == (409, "conflict")
        run_id = begun.json()["id"]
        [job] = await world.rows(
            "SELECT 1 AS one FROM audit_entry WHERE workspace_id = %s AND action = 'evals.started'"
        )
        assert job
        await jobs(world.services)[EVALS_JOB](workspace_id=str(workspace_id), run_id=run_id)
        ended = (await api.get(f"/api/evals/{run_id}")).json()
        assert (ended["status"], ended["played"], ended["failed"]) == ("done", 2, ["chat-en-wrong-1"])
        assert ended["measures"]["escalated"] == {"held": 0, "of": 1}
        assert ended["measures"]["right_passage"] == {"held": 1, "of": 1}
        [failed] = (await api.get(f"/api/evals/{run_id}/cases", params={"failed": "true"})).json()
        assert "garage" in failed["played"]["turns"][0]["replies"][0]
        assert failed["verdicts"]["outcome"] == {"holds": False, "why": "answered, not handed_off"}
        listed = (await api.get("/api/evals")).json()["items"]
        assert [UUID(each["id"]) for each in listed] == [UUID(run_id)]


async def test_a_wrong_case_is_refused_by_its_field(world: World, tmp_path: Path) -> None:
    key = await new_key(world.services.db, world.workspace.id)
    app = web_app(world.services.db, tmp_path, [routes.router])
    async with client_of(app, authorization=f"Bearer {key}") as api:
        answer = await api.post("/api/evals", json={"cases": [a_case(turns=["at {first_slot}"])]})
        twice = await api.post("/api/evals", json={"cases": [a_case(), a_case()]})
        unknown = await api.post("/api/evals", json={"cases": [a_case()], "model": "no-such:model"})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "model")
    assert answer.status_code == 422
    assert "{first_slot} in the first turn" in answer.text
    assert (twice.status_code, "another case has it" in twice.text) == (422, True)
