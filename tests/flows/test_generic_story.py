"""A signed event is answered at its reply_url, once, whatever happens in between."""

from tests.flows.conftest import Sink, World


async def test_a_question_is_answered_from_knowledge_on_its_own_channel(world: World, sink: Sink) -> None:
    accepted = await world.say("What does a first assessment cost?", reply_url=sink.url)
    await world.settle()

    event = await world.event(accepted.event_id)
    assert (event["status"], event["outcome"]) == ("done", "answered")
    assert "€75" in sink.texts[0]
    assert sink.got[0]["event_id"] == str(accepted.event_id)
    assert event["match"]["rule"] == "new"


async def test_redelivered_event_is_answered_once(world: World, sink: Sink) -> None:
    first = await world.say("Is there parking?", reply_url=sink.url, event_id="evt-1")
    second = await world.say("Is there parking?", reply_url=sink.url, event_id="evt-1")
    await world.settle()

    assert (second.event_id, second.duplicate) == (first.event_id, True)
    assert len(sink.got) == 1


async def test_two_events_of_one_person_make_one_contact_and_one_conversation(world: World, sink: Sink) -> None:
    await world.say("Is there parking?", reply_url=sink.url)
    await world.say("What are your opening hours?", reply_url=sink.url, email="ADA@example.com")
    await world.settle()

    events = await world.rows("SELECT contact_id, conversation_id FROM event WHERE workspace_id = %s")
    assert len({event["contact_id"] for event in events}) == 1
    assert len({event["conversation_id"] for event in events}) == 1
    assert len(sink.got) == 2
