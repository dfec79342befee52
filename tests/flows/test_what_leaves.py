"""What an agent wrote and what of it leaves: looked at, signed as the channel wants it, or kept for a person."""

import pytest
from psycopg.types.json import Jsonb

from tests.agents.conftest import Script, UseModel, call, use_model
from tests.flows.conftest import Sink, World

__all__ = ["use_model"]

BAD = "Please pay at https://evil.example.net/pay"


async def scripted(world: World, use_model: UseModel, *steps: object, **profile: object) -> None:
    use_model(Script(*steps))  # type: ignore[arg-type]
    await world.rows(
        """UPDATE workspace SET model = 'scripted', profile = profile || %(profile)s WHERE id = %(ws)s RETURNING id""",
        profile=Jsonb(profile),
    )


async def test_a_reply_with_a_strange_link_waits_for_a_person_with_the_reason(
    world: World, sink: Sink, use_model: UseModel
) -> None:
    await scripted(world, use_model, BAD)
    accepted = await world.say("Where do I pay?", reply_url=sink.url)
    await world.settle()
    assert sink.texts == []
    event = await world.event(accepted.event_id)
    assert (event["status"], event["waiting_for"]) == ("waiting", "approval")
    assert "evil.example.net is not a host that this workspace links to" in event["reason"]
    [approval] = await world.rows("SELECT * FROM approval WHERE workspace_id = %s")
    assert (approval["action"], approval["proposal"]["text"]) == ("reply", BAD)


async def test_the_same_reply_leaves_where_the_owner_allows_the_host(
    world: World, sink: Sink, use_model: UseModel
) -> None:
    await scripted(world, use_model, BAD, link_hosts=["example.net"])
    await world.say("Where do I pay?", reply_url=sink.url)
    await world.settle()
    assert sink.texts == [BAD]


async def test_a_hand_off_with_a_strange_link_is_told_in_our_own_words(
    world: World, sink: Sink, use_model: UseModel
) -> None:
    await scripted(world, use_model, call("escalate", reason="asks for a person", summary="Wants to pay.", message=BAD))
    accepted = await world.say("I want a human", reply_url=sink.url)
    await world.settle()
    assert (await world.event(accepted.event_id))["outcome"] == "handed_off"
    [told] = sink.texts
    assert "evil" not in told
    assert "colleague" in told
    [note] = await world.rows("SELECT text FROM message WHERE workspace_id = %s AND direction = 'note'")
    assert BAD in note["text"]


@pytest.mark.parametrize(
    ("profile", "ends"),
    [
        ({"signature": "Your clinic"}, "Hello."),  # a chat has no letter's signature
        ({"signature": "Your clinic", "signatures": {"generic": "{agent}, bot"}, "agent_name": "Robin"}, "Robin, bot"),
        ({"signatures": {"email": "By mail"}}, "Hello."),
    ],
)
async def test_a_channel_has_the_signature_that_was_written_for_it(
    world: World, sink: Sink, use_model: UseModel, profile: dict[str, object], ends: str
) -> None:
    await scripted(world, use_model, "Hello.", **profile)
    await world.say("Hi", reply_url=sink.url)
    await world.settle()
    [text] = sink.texts
    assert text.startswith("Hello.")
    assert text.endswith(ends)


async def test_a_channel_has_the_tone_that_was_written_for_it(world: World, sink: Sink, use_model: UseModel) -> None:
    await scripted(world, use_model, "Hello.", tone="formal", tones={"generic": "like a friend"})
    await world.say("Hi", reply_url=sink.url)
    await world.settle()
    [run] = await world.rows("SELECT prompt->>'instructions' AS told FROM run WHERE workspace_id = %s")
    assert 'tone="like a friend"' in run["told"]
