"""A run over HTTP."""

import sys
from pathlib import Path
from subprocess import run

from dynaris.agents import herald
from dynaris.agents.routes import router
from dynaris.core.ids import new_id
from tests.agents.conftest import Script, Story, UseModel, call
from tests.web import client_of, new_key, web_app


async def test_a_run_shows_every_response_and_call_with_its_duration(
    story: Story, use_model: UseModel, tmp_path: Path
) -> None:
    use_model(Script(call("add_note", text="Prefers mornings"), "Noted."))
    await herald.run_turn(story.db, story.request())
    async with story.db.workspace(story.workspace.id) as connection:
        await herald.finish(connection, story.workspace.id, story.run_id, status="done", output={"text": "Noted."})
    key = await new_key(story.db, story.workspace.id)
    async with client_of(web_app(story.db, tmp_path, [router]), Authorization=f"Bearer {key}") as client:
        shown = await client.get(f"/api/runs/{story.run_id}")
        unknown = await client.get(f"/api/runs/{new_id()}")
    body = shown.json()
    assert (body["status"], body["output"], body["input_tokens"]) == ("done", {"text": "Noted."}, 20)
    assert [step["kind"] for step in body["steps"]] == ["model", "tool", "model"]
    tool = body["steps"][1]
    assert (tool["tool"], tool["arguments"], tool["effect"]) == ("add_note", {"text": "Prefers mornings"}, "write")
    assert tool["result"] == {"noted": "Prefers mornings"}
    assert all(step["duration_ms"] >= 0 for step in body["steps"])
    assert body["steps"][2]["result"]["parts"][0]["content"] == "Noted."
    assert unknown.status_code == 404


def test_the_web_process_does_not_load_the_agent_library() -> None:
    code = (
        "import sys\n"
        "import dynaris.agents.routes, dynaris.agents.herald, dynaris.agents.supervisor, dynaris.agents.context\n"
        "assert 'pydantic_ai' not in sys.modules, [name for name in sys.modules if 'dynaris.agents' in name]"
    )
    done = run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
