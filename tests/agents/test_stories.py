"""The story of a conversation: what is too old to be shown whole, told in short, and within whose budget."""

from dataclasses import replace
from typing import Any

import pytest

from dynaris.agents.budget import fitted, tokens
from dynaris.agents.builtin.story import LONGEST, story_of
from dynaris.agents.context import Context
from dynaris.agents.rendering import render
from dynaris.agents.stories import MOST_UNTOLD, TAIL
from dynaris.agents.story_telling import tell
from dynaris.channels.contract import Identity
from tests.agents.conftest import Script, Story, UseModel
from tests.agents.test_context import loaded

ADAS = "email:ada@example.org"


async def long_talk(story: Story, count: int, **where: Any) -> None:
    for number in range(count):
        author = "agent" if number % 2 else "contact"
        await story.say(f"Message {number}.", author=author, **where)


async def row_of(story: Story) -> dict[str, Any]:
    [row] = await story.execute("SELECT story, story_to FROM conversation WHERE id = %s", story.conversation_id)
    return row


async def retold(story: Story) -> None:
    await tell(story.db, None, story.workspace.id, story.conversation_id)


async def test_a_short_conversation_needs_no_story(story: Story) -> None:
    await long_talk(story, MOST_UNTOLD)
    assert (await loaded(story)).behind == ()


async def test_a_long_one_is_told_up_to_its_last_messages_and_then_the_model_reads_it(story: Story) -> None:
    await story.say("I need the ramp. Can you open the side door?")
    await story.say("Yes, we will open the side door for you on Friday.", author="agent")
    await long_talk(story, 28)
    assert (await loaded(story)).behind == (story.conversation_id,)
    await retold(story)
    context = await loaded(story)
    assert context.behind == ()
    assert context.story is not None
    assert "We said: Yes, we will open the side door for you on Friday." in context.story
    assert "Contact: Can you open the side door?" in context.story
    assert "side door" in render(context, "specialist: chat")
    assert f"Message {28 - TAIL}" not in context.story


async def test_a_story_goes_on_where_it_ended_and_is_told_once(story: Story) -> None:
    await long_talk(story, 20)
    await retold(story)
    first = await row_of(story)
    await retold(story)
    assert await row_of(story) == first
    await story.say("Could you send the invoice again?")
    await long_talk(story, 13)
    await retold(story)
    second = await row_of(story)
    assert second["story_to"] > first["story_to"]
    assert "invoice" in second["story"]
    assert second["story"].startswith(first["story"].split("\n")[0])


async def test_messages_of_another_conversation_that_are_not_shown_are_in_its_story(story: Story) -> None:
    other = await story.open(channel="email", identity="verified", reply_to="ada@example.org", proved=ADAS)
    await story.say("Please keep my file for Doctor Weber.", conversation_id=other)
    await long_talk(story, TAIL, conversation_id=other)
    await story.prove(ADAS)
    assert (await loaded(story, identity=Identity.VERIFIED)).behind == (other,)
    await tell(story.db, None, story.workspace.id, other)
    context = await loaded(story, identity=Identity.VERIFIED)
    assert context.behind == ()
    assert [told.text for told in context.stories] == ["Contact: Please keep my file for Doctor Weber."]
    assert "Doctor Weber" not in render(await loaded(story), "specialist: chat"), "who has proved nothing hears nothing"


async def test_of_many_short_conversations_the_older_ones_are_known_by_what_was_asked_and_promised(
    story: Story,
) -> None:
    """None of them is long enough to have a story of its own."""
    for number in range(4):
        other = await story.open(channel="email", identity="verified", reply_to="ada@example.org", proved=ADAS)
        await story.say(f"Where is invoice {number}?", conversation_id=other)
        await story.say(f"We will send invoice {number} on Friday.", author="agent", conversation_id=other)
        await long_talk(story, 2, conversation_id=other)
    await story.prove(ADAS)
    context = await loaded(story, identity=Identity.VERIFIED)
    assert len(context.elsewhere) == 12
    assert [told.text for told in context.stories] == [
        "Contact: Where is invoice 0?\nContact: Message 0.\nWe said: We will send invoice 0 on Friday."
    ]


async def test_a_model_is_not_asked_for_a_story_of_messages_that_were_emptied(
    story: Story, use_model: UseModel
) -> None:
    model = Script("Ada bought a house.")
    use_model(model)
    await story.execute("UPDATE workspace SET supervisor_model = 'scripted' WHERE id = %s", story.workspace.id)
    await long_talk(story, 20)
    await story.execute("UPDATE message SET text = '' WHERE workspace_id = %s", story.workspace.id)
    await retold(story)
    assert model.asked == []
    row = await row_of(story)
    assert (row["story"], row["story_to"] is None) == (None, False)


async def test_a_model_tells_the_story_where_a_workspace_has_one(story: Story, use_model: UseModel) -> None:
    model = Script("Ada wants the ramp; we promised the side door for Friday.")
    use_model(model)
    await story.execute("UPDATE workspace SET supervisor_model = 'scripted' WHERE id = %s", story.workspace.id)
    await long_talk(story, 20)
    await retold(story)
    assert (await row_of(story))["story"] == "Ada wants the ramp; we promised the side door for Friday."
    [asked] = model.asked
    assert "Message 0." in str(asked)
    assert f"Message {20 - TAIL}." not in str(asked)


async def test_where_the_model_fails_the_story_is_told_plainly(story: Story, use_model: UseModel) -> None:
    use_model(Script(OSError("down")))
    await story.execute("UPDATE workspace SET supervisor_model = 'scripted' WHERE id = %s", story.workspace.id)
    await story.say("Where is the ramp?")
    await long_talk(story, 19)
    await retold(story)
    assert "Where is the ramp?" in (await row_of(story))["story"]


@pytest.mark.parametrize(
    "said",
    [
        "A colleague will call you on Monday.",
        "Ihr Termin wurde auf Dienstag verschoben.",
        "Su cita está confirmada para el martes.",
        "Un collègue vous rappellera demain.",
        "Your appointment is booked for Tuesday at 15:30.",
    ],
)
def test_a_promise_is_kept_word_for_word(said: str) -> None:
    assert f"We said: {said}" in story_of(None, [("agent", f"Hello! {said} Anything else?")])


def test_greetings_and_thanks_are_no_part_of_a_story() -> None:
    assert story_of(None, [("contact", "Hello!"), ("contact", "Thanks a lot!"), ("agent", "You are welcome!")]) == ""


def test_a_story_does_not_grow_without_end() -> None:
    story = None
    for turn in range(100):
        said = [("contact", f"Question {turn} about {'x' * 150}?"), ("agent", f"We will see to {turn}.")]
        story = story_of(story, said)
    assert story is not None
    assert len(story) <= LONGEST
    assert "We said: We will see to 99." in story


async def many(story: Story) -> Context:
    for number in range(20):
        await story.say(f"{number} " + "word " * 700)
    return await loaded(story)


async def test_a_context_that_is_too_long_loses_its_oldest_messages_first(story: Story) -> None:
    context = await many(story)
    short = fitted(replace(context, story="Ada asked for a ramp."), 5_000)
    assert 2 <= len(short.messages) < len(context.messages)
    assert short.messages == context.messages[-len(short.messages) :]
    assert short.story == "Ada asked for a ramp."
    assert sum(tokens(said.text) for said in short.messages) < 5_000


async def test_a_context_that_fits_is_left_as_it_is(story: Story) -> None:
    context = await many(story)
    assert fitted(context, 1_000_000) is context


async def test_a_small_budget_holds_whatever_is_kept_of_a_contact(story: Story) -> None:
    context = await many(story)
    kept = replace(
        context,
        facts=tuple({"text": f"{number} " + "word " * 90, "at": "2026-03-01T10:00:00+00:00"} for number in range(20)),
        fields={f"field {number}": "word " * 60 for number in range(30)},
        services=tuple({"id": "x" * 36, "name": f"{number} " + "word " * 20} for number in range(40)),
    )
    short = fitted(kept, 2_000)
    assert tokens(render(short, "specialist: scheduling")) < 2_000
    assert short.facts == kept.facts[: len(short.facts)]
    assert len(short.facts) > 2


async def test_other_conversations_go_before_this_one(story: Story) -> None:
    other = await story.open(channel="email", identity="verified", reply_to="ada@example.org", proved=ADAS)
    for number in range(TAIL):
        await story.say(f"Elsewhere {number} " + "word " * 190, conversation_id=other)
    await story.say("Here. " + "word " * 700)
    await story.prove(ADAS)
    context = await loaded(story, identity=Identity.VERIFIED)
    assert len(context.elsewhere) == TAIL
    short = fitted(context, 2_000)
    assert len(short.messages) == 1
    assert len(short.elsewhere) < TAIL
