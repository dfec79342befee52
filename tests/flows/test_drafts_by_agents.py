"""A draft on request: an agent writes it, and nothing else comes of it."""

from tests.flows.conftest import World
from tests.flows.teammates import Office, office

__all__ = ["office"]

_EFFECTS = """SELECT (SELECT count(*) FROM outbox WHERE workspace_id = %(ws)s) AS sent,
    (SELECT count(*) FROM message WHERE workspace_id = %(ws)s) AS messages,
    (SELECT count(*) FROM approval WHERE workspace_id = %(ws)s) AS approvals,
    (SELECT count(*) FROM booking WHERE workspace_id = %(ws)s) AS bookings,
    (SELECT jsonb_agg(to_jsonb(e) ORDER BY e.id) FROM event e WHERE workspace_id = %(ws)s) AS events,
    (SELECT jsonb_agg(to_jsonb(c) ORDER BY c.id) FROM conversation c WHERE workspace_id = %(ws)s) AS conversations
    WHERE %(now)s"""


async def effects(world: World) -> dict[str, object]:
    return (await world.rows(_EFFECTS, now=True))[0]


async def waiting(office: Office, *texts: str) -> str:
    """What a contact wrote, in a workspace in Manual mode."""
    await office.world.set_auto_mode(enabled=False)
    accepted = [await office.world.say(text, reply_url=office.sink.url) for text in texts]
    await office.world.settle()
    return str((await office.world.event(accepted[-1].event_id))["conversation_id"])


async def test_a_draft_answers_what_was_written_last_and_nothing_comes_of_it(office: Office) -> None:
    conversation = await waiting(office, "Hello, I am Ada.", "What does a first assessment cost?")
    before = await effects(office.world)
    answer = await office.olivia.post(f"/api/conversations/{conversation}/suggest")
    assert answer.status_code == 200, answer.text
    draft = answer.json()
    assert "€75" in draft["text"]
    assert (draft["decision"], draft["proposals"]) == ("reply", [])
    assert draft["citations"][0]["title"] == "What does a first assessment cost?"
    assert await effects(office.world) == before
    assert office.sink.got == []

    run = (await office.olivia.get(f"/api/runs/{draft['run_id']}")).json()
    assert (run["status"], run["output"]["draft"], run["conversation_id"]) == ("done", True, conversation)
    assert {"route", "model"} <= {step["kind"] for step in run["steps"]}


async def test_a_draft_after_the_answer_answers_the_same_again(office: Office) -> None:
    conversation = await office.asked("Is there parking?")
    draft = (await office.olivia.post(f"/api/conversations/{conversation}/suggest")).json()
    assert "garage" in draft["text"]


async def test_an_agent_that_would_act_first_says_so_and_does_not(office: Office) -> None:
    conversation = await waiting(office, "I want to speak to a human, please.")
    before = await effects(office.world)
    draft = (await office.olivia.post(f"/api/conversations/{conversation}/suggest")).json()
    assert draft["decision"] == "escalate"
    assert draft["reason"]
    assert await effects(office.world) == before


async def test_without_a_question_there_is_nothing_to_draft(office: Office) -> None:
    conversation = await office.asked()
    await office.world.rows("UPDATE message SET event_id = NULL WHERE workspace_id = %s RETURNING id")
    refused = await office.olivia.post(f"/api/conversations/{conversation}/suggest")
    assert refused.status_code == 409


async def test_drafts_are_asked_for_at_a_persons_pace(office: Office) -> None:
    conversation = await office.asked()
    await office.world.rows("UPDATE message SET event_id = NULL WHERE workspace_id = %s RETURNING id")
    path = f"/api/conversations/{conversation}/suggest"
    statuses = [(await office.olivia.post(path)).status_code for _ in range(11)]
    assert statuses[-1] == 429
