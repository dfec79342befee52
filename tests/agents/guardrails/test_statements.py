"""What a tool states of itself decides whether it runs by itself; what it does not state counts against it."""

from typing import Any

import pytest
from pydantic import BaseModel

from dynaris.agents.tool import Tool, ToolContext, only_this_contact
from dynaris.agents.toolbox import TurnState, why_ask
from dynaris.agents.tools import built_in_tools
from tests.agents.conftest import AUTO, Story


class Something(BaseModel):
    """Does something."""

    contact: str = ""
    forever: bool = False


async def _run(_context: ToolContext, _arguments: Any) -> None:
    return None


def tool(effect: Any = "write", **stated: Any) -> Tool:
    return Tool(name="it", description="", effect=effect, arguments=Something, run=_run, **stated)


def state(story: Story, **changes: Any) -> TurnState:
    return TurnState(
        db=story.db,
        request=story.request(policy=AUTO, **changes),
        journal=None,  # type: ignore[arg-type]
        may_disclose=False,
        own_addresses=frozenset({"ada@example.org"}),
        verdicts={},
        emit=lambda _: None,
    )


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (tool(), "does not state whom it is about"),
        (tool("read"), "does not state whom it is about"),
        (tool(about=only_this_contact), "does not state whether it deletes"),
        (tool("send", about=only_this_contact, destructive=False), "does not state whom it reaches"),
        (tool("send", about=only_this_contact, destructive=False, recipients=lambda _: ()), "does not state whom"),
        (tool(about=only_this_contact, destructive=True), "cannot be brought back"),
        (tool("spend", about=only_this_contact, destructive=False), "needs a person's yes"),
    ],
)
def test_what_is_unstated_deletes_or_spends_needs_a_person(story: Story, made: Tool, why: str) -> None:
    assert why in str(why_ask(state(story), made, Something()))


def test_what_is_about_another_contact_needs_a_person_even_to_read(story: Story) -> None:
    def about(arguments: Something) -> list[str]:
        return [arguments.contact] if arguments.contact else []

    turn = state(story)
    for made in (tool("read", about=about), tool(about=about, destructive=False)):
        for own in ("", "Ada@example.org", str(story.contact_id)):
            assert why_ask(turn, made, Something(contact=own)) is None
        for other in ("bob@example.org", str(story.run_id)):
            assert "somebody else" in str(why_ask(turn, made, Something(contact=other)))


def test_whether_it_deletes_may_depend_on_the_arguments(story: Story) -> None:
    made = tool(about=only_this_contact, destructive=lambda arguments: arguments.forever)
    assert why_ask(state(story), made, Something()) is None
    assert why_ask(state(story), made, Something(forever=True))


def test_every_tool_of_ours_states_what_it_must() -> None:
    for made in built_in_tools().values():
        assert made.about is not None, made.name
        assert made.effect == "read" or made.destructive is not None, made.name
        assert made.effect != "send" or (made.recipients and made.says), made.name
