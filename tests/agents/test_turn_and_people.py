"""A turn that needs a person: Manual Mode, doubtful senders, mail to strangers."""

import pytest

from dynaris.agents import herald
from dynaris.agents.turn import Done, Paused, Policy
from dynaris.channels.contract import Identity
from tests.agents.conftest import MANUAL, Script, Story, UseModel, call


async def test_manual_mode_pauses_at_the_action_and_goes_on_with_the_verdict(story: Story, use_model: UseModel) -> None:
    model = Script(
        [call("search_knowledge", query="massage"), call("create_task", "task-1", title="Call Ada")], "We will call."
    )
    use_model(model)
    request = story.request(policy=MANUAL)
    paused = await herald.run_turn(story.db, request)
    assert isinstance(paused, Paused)
    [proposal] = paused.proposals
    assert (proposal.call_id, proposal.action, proposal.effect) == ("task-1", "create_task", "write")
    assert proposal.arguments["title"] == "Call Ada"
    assert await story.count("task") == 0
    [run] = await story.execute("SELECT status FROM run WHERE workspace_id = %s", story.workspace.id)
    assert run["status"] == "waiting"

    again = await herald.run_turn(story.db, request)
    assert isinstance(again, Paused)
    assert again.proposals == paused.proposals

    verdicts = {"task-1": {"kind": "approved", "edits": {"title": "Call Ada Quist today"}}}
    ended = await herald.run_turn(story.db, request, verdicts=verdicts)
    assert isinstance(ended, Done)
    assert ended.text == "We will call."
    [task] = await story.execute("SELECT title FROM task WHERE workspace_id = %s", story.workspace.id)
    assert task["title"] == "Call Ada Quist today"
    assert len(model.asked) == 2
    steps = [(step["tool"], step["done"], step["error"]) for step in await story.steps() if step["kind"] == "tool"]
    assert steps == [("search_knowledge", True, None), ("create_task", True, None)]


async def test_a_rejected_action_is_told_to_the_agent_with_the_reason(story: Story, use_model: UseModel) -> None:
    model = Script(call("create_task", "task-1", title="Call Ada"), "I understand.")
    use_model(model)
    request = story.request(policy=MANUAL)
    assert isinstance(await herald.run_turn(story.db, request), Paused)
    verdicts = {"task-1": {"kind": "denied", "reason": "she asked not to be called"}}
    assert isinstance(await herald.run_turn(story.db, request, verdicts=verdicts), Done)
    assert await story.count("task") == 0
    assert "she asked not to be called" in str(model.asked[1][-1])


async def test_a_failed_identity_needs_a_person_even_in_auto_mode(story: Story, use_model: UseModel) -> None:
    use_model(Script(call("create_task", "task-1", title="Pay"), "x"))
    policy = Policy(automatic=frozenset({"read", "write", "send"}), needs_person="dmarc=fail")
    paused = await herald.run_turn(story.db, story.request(policy=policy, identity=Identity.FAILED))
    assert isinstance(paused, Paused)
    assert paused.proposals[0].why == "dmarc=fail"


@pytest.mark.parametrize(
    ("to", "asks"),
    [
        (None, False),
        ("ada@example.org", False),
        ("ADA@Example.org", False),
        ("boss@clinic.example", False),
        ("claimed@example.org", True),
        ("stranger@example.net", True),
    ],
)
async def test_mail_to_strangers_needs_a_person_even_in_auto_mode(
    story: Story, use_model: UseModel, mail_account: None, to: str | None, asks: bool
) -> None:
    for value, holds in (("ada@example.org", True), ("claimed@example.org", False)):
        await story.execute(
            """INSERT INTO address (workspace_id, id, contact_id, kind, value, holds, verified_at)
               VALUES (%s, gen_random_uuid(), %s, 'email', %s, %s, CASE WHEN %s THEN now() END)""",
            *(story.workspace.id, story.contact_id, value, holds, holds),
        )
    policy = Policy(
        automatic=frozenset({"read", "write", "send"}), trusted_recipients=frozenset({"boss@clinic.example"})
    )
    use_model(Script(call("send_email", subject="Prices", text="69 euros.", **({"to": to} if to else {})), "Sent."))
    request = story.request(policy=policy, agent="email_sales")
    ended = await herald.run_turn(story.db, request)
    assert isinstance(ended, Paused) == asks
    sent = await story.execute("SELECT recipient FROM outbox WHERE workspace_id = %s", story.workspace.id)
    expected = (to or "ada@example.org").replace("ADA", "ada").replace("Example", "example")
    assert [row["recipient"] for row in sent] == ([] if asks else [expected])
