"""The built-in model knows what a person has to answer, however it is put, and does not raise false alarms."""

import pytest
from pydantic_ai.messages import ToolCallPart

from dynaris.agents.builtin.concerns import concern_of
from tests.agents.asked import HOURS, PARKING, calls, step, told, wrote
from tests.agents.sentences_for_people import FOR_A_PERSON, NOT_FOR_A_PERSON

# Search may find something for anything: that does not make it an answer.
FOUND = (PARKING, (*HOURS[:3], 1))


@pytest.mark.parametrize("text", FOR_A_PERSON)
def test_what_a_person_has_to_answer_goes_to_one(text: str) -> None:
    for written in (text, text.upper(), text.replace("?", "").replace(",", "").replace(".", "")):
        name, arguments = calls(told(passages=FOUND), wrote(written))
        assert name == "escalate", arguments


@pytest.mark.parametrize("text", NOT_FOR_A_PERSON)
def test_an_ordinary_question_raises_no_alarm(text: str) -> None:
    part = step(told(passages=FOUND), wrote(text))
    assert concern_of(text) is None
    assert not isinstance(part, ToolCallPart) or part.tool_name != "escalate", part.args
