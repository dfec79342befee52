"""Text from outside as a model reads it: without what nobody sees, and without what looks like our own prompts.

Instructions carry it XML-escaped between tags (`agents/rendering.py`). What a contact wrote and what tools return
stand outside of them, as messages of their own: there nothing may look like one of our tags, like the prompts that
nobody typed (`REJECTED`, `WOKEN`), or like the marks by which models tell speakers apart.
"""

import re
from typing import Any

from dynaris.agents.builtin.given import REJECTED, WOKEN
from dynaris.core.unseen import UNSEEN, seen

_OUR_TAGS = (
    "task|task_open|business|hours_exception|about_business|channel|contact|summary|passages?|history|message|"
    "follow_up|now|today|knowledge|story|field|fact|facts|memory|booking|bookings|service|services|crm|system|assistant|developer|instructions?|"
    "tool|tool_result|tool_call|function_calls?|function_results?|invoke"
)
_FORGED = re.compile(
    rf"<(?=\s{{0,5}}/?\s{{0,5}}(?:{_OUR_TAGS})\b)|<(?=\|)|<(?=<\s{{0,5}}/?SYS>>)|<(?=(?:start|end)_of_turn>)|\[(?=/?INST\])",
    re.IGNORECASE,
)
_OPENED = {"<": "‹", "[": "⁅"}
_PROMPT = re.compile(
    rf"^(?=[^\w\n]{{0,40}}(?:{re.escape(REJECTED)}|{re.escape(WOKEN)}"
    r"|(?:system|assistant|developer|human)[ \t]{0,5}:))",
    re.IGNORECASE | re.MULTILINE,
)
_SUSPECT = re.compile(rf"{UNSEEN.pattern}|[<\[:]")  # most messages have none of it


def as_data(text: str) -> str:
    """What somebody wrote, as a message of its own: it speaks for nobody else. Paragraph by paragraph the same."""
    if not _SUSPECT.search(text):
        return text
    text = _FORGED.sub(lambda mark: _OPENED[mark[0]], seen(text))
    return _PROMPT.sub("“", text)


def data_in(value: Any) -> Any:
    """A tool's result with every text in it as data."""
    if isinstance(value, str):
        return as_data(value)
    if isinstance(value, list):
        return [data_in(item) for item in value]
    if isinstance(value, dict):
        return {as_data(key): data_in(item) for key, item in value.items()}
    return value
